/** How the JS API describes types: its names of value types (`"i32"`, `"externref"`, `"anyfunc"`, ...), and limits. */
import {
  F32,
  F64,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  I32,
  I64,
  V128,
  refType,
} from "../wasm/types.ts";
import type { ValType } from "../wasm/types.ts";

const TYPES: ReadonlyMap<string, ValType> = new Map([
  ["i32", I32],
  ["i64", I64],
  ["f32", F32],
  ["f64", F64],
  ["v128", V128],
  ["anyfunc", refType(HEAP_FUNC, true)],
  ["funcref", refType(HEAP_FUNC, true)],
  ["nullfuncref", refType(HEAP_NOFUNC, true)],
  ["externref", refType(HEAP_EXTERN, true)],
  ["nullexternref", refType(HEAP_NOEXTERN, true)],
  ["exnref", refType(HEAP_EXN, true)],
  ["anyref", refType(HEAP_ANY, true)],
  ["eqref", refType(HEAP_EQ, true)],
  ["i31ref", refType(HEAP_I31, true)],
  ["structref", refType(HEAP_STRUCT, true)],
  ["arrayref", refType(HEAP_ARRAY, true)],
  ["nullref", refType(HEAP_NONE, true)],
]);

/** @throws {TypeError} if a name is not that of a value type */
export function valTypeOfName(name: string): ValType {
  const type = TYPES.get(name);
  if (type === undefined) throw new TypeError(`${JSON.stringify(name)} is not a value type`);
  return type;
}

/** The name that the JS API gives to a value type of the text format. */
export function descriptorName(type: string): string {
  return type === "funcref" ? "anyfunc" : type;
}

/** Limits of a memory or a table, in pages or elements, as an embedder gives them. */
interface Limits {
  readonly minimum: bigint | number;
  readonly maximum?: bigint | number | undefined;
  readonly address?: "i32" | "i64" | undefined;
}

/**
 * Limits as the JS API wants them: bigints where addresses are of 64 bits, numbers elsewhere.
 *
 * @param what the object, as in "a memory"
 * @throws {TypeError} if they are not whole numbers from 0
 */
export function descriptorLimits({ minimum, maximum, address = "i32" }: Limits, what: string): object {
  if (address !== "i32" && address !== "i64") {
    throw new TypeError(`the addresses of ${what} are "i32" or "i64", not ${String(address)}`);
  }
  const limit = (name: string, value: unknown): bigint | number => {
    const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
    if (isWhole && Number(value) >= 0) return address === "i64" ? BigInt(value as number) : Number(value);
    throw new TypeError(`${what} needs a whole number from 0 as its ${name}, not ${String(value)}`);
  };
  return {
    initial: limit("minimum", minimum),
    ...(maximum === undefined ? {} : { maximum: limit("maximum", maximum) }),
    ...(address === "i32" ? {} : { address }),
  };
}
