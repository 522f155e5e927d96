/**
 * Values of the embedding API: how they are typed, checked, and converted to and from those of the JS API.
 *
 * The host converts numbers as the JS API has it, so that `2.5` for an i32 is 2; untyped calls check first. References to
 * functions are {@link Func}s here, and exported functions there.
 */
import { Func } from "./func.ts";
import type { RawFunction } from "./host.ts";
import type { Store } from "./store.ts";
import type { ValType } from "./extern-types.ts";
import { requireStore, TypeMismatchError, WrongStoreError } from "./usage-errors.ts";
import { ownerOf } from "./ownership.ts";

/** The JavaScript type of values of a value type. */
export type ValueOf<T extends ValType> = T extends "i32" | "f32" | "f64"
  ? number
  : T extends "i64"
    ? bigint
    : T extends "funcref"
      ? Func | null
      : T extends "v128"
        ? never
        : unknown;

/** The JavaScript types of a list of values. */
export type ValuesOf<Ts extends readonly ValType[]> = { -readonly [K in keyof Ts]: ValueOf<Ts[K]> };

/** What a call returns: nothing, one value, or an array of several. */
export type ResultOf<Ts extends readonly ValType[]> = Ts extends readonly []
  ? void
  : Ts extends readonly [infer T extends ValType]
    ? ValueOf<T>
    : ValuesOf<Ts>;

/** Whether `type` is a reference to a function. */
export function isFunctionType(type: ValType): boolean {
  return /^(?:(?:null)?funcref|\(ref (?:null )?\(?(?:no)?func\b)/.test(type);
}

/**
 * `value` as the JS API wants it for a value of type `type`.
 *
 * @param what what the value is for, in errors
 * @throws {TypeMismatchError} if it is not a value of that type, so that converting it would change it
 * @throws {WrongStoreError} if it is a function of another store
 */
export function checkedToJs(store: Store, type: ValType, value: unknown, what: string): unknown {
  switch (type) {
    case "i32":
      if (Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 32) return value;
      return mismatch(what, "an i32 (an integer from -2147483648 to 4294967295)", value);
    case "i64":
      if (typeof value === "bigint" && value >= -(2n ** 63n) && value < 2n ** 64n) return value;
      return mismatch(what, "an i64 (a bigint from -2^63 to 2^64 - 1)", value);
    case "f32":
    case "f64":
      return typeof value === "number" ? value : mismatch(what, `an ${type} (a number)`, value);
    case "v128":
      return mismatch(what, "a v128, which JavaScript has no values for", value);
    default:
      return isFunctionType(type) ? functionToJs(store, type, value, what) : value;
  }
}

function functionToJs(store: Store, type: ValType, value: unknown, what: string): unknown {
  if (value === null && !type.startsWith("(ref (") && type !== "(ref func)") return null;
  return isFunc(value) || typeof value === "function" ? toJs(store, value) : mismatch(what, "a Func", value);
}

function mismatch(what: string, expected: string, value: unknown): never {
  throw new TypeMismatchError(`${what} must be ${expected}, not ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "object" && value !== null) return `an object of class ${value.constructor?.name ?? "unknown"}`;
  return typeof value === "function" ? "a function" : String(value);
}

/** A value as the JS API wants it, unchecked: only functions differ. @throws {WrongStoreError} */
export function toJs(store: Store, value: unknown): unknown {
  if (isFunc(value)) {
    requireStore(store, value, "a Func");
    return value.reference;
  }
  if (typeof value === "function") {
    const owner = ownerOf(value);
    if (owner !== undefined && owner !== store) throw new WrongStoreError("a function");
  }
  return value;
}

/**
 * A value of the JS API, as this API has it. Where the type is unknown, a function is taken for a reference if it is known
 * to be a function of the store.
 */
export function fromJs(store: Store, type: ValType | undefined, value: unknown): unknown {
  if (typeof value !== "function") return value;
  const isReference = type === undefined ? ownerOf(value) === store : isFunctionType(type);
  return isReference ? store.externs.func(value as RawFunction) : value;
}

/** What the JS API returns from a call: nothing, one value, or an array. */
export function resultsFromJs(store: Store, types: readonly ValType[] | undefined, returned: unknown): unknown {
  const isList = types === undefined ? Array.isArray(returned) : types.length > 1;
  return isList
    ? (returned as unknown[]).map((value, i) => fromJs(store, types?.[i], value))
    : fromJs(store, types?.[0], returned);
}

function isFunc(value: unknown): value is Func {
  return value instanceof Func;
}
