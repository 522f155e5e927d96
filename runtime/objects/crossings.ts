/** How the values in tables and globals of a store cross to JavaScript, by the host's object. */
import type { FunctionReferences } from "../function-references.ts";
import { refuseContinuation } from "../function-references.ts";
import type { Crossing } from "../signature.ts";

/** Names of function reference types in the JS API's descriptors. */
export function crossingOfName(name: string | undefined): Crossing {
  return name === "anyfunc" || name === "funcref" || name === "nullfuncref" ? "function" : "as-is";
}

/** Why lowered functions may not get into a table or global. */
export const LEFT_TO_HOST =
  'it belongs to a module that is left to the host (lowering: "stack-switching-only"), which could not be unwound';

/** Knows which tables and globals hold function or continuation references. */
export class Crossings {
  readonly #of = new WeakMap<object, Crossing>();
  /** Tables and globals of function references: whether lowered code, or only code left to the host, knows them. */
  readonly #side = new WeakMap<object, "lowered" | "left to host">();
  readonly #functions: FunctionReferences;

  constructor(functions: FunctionReferences) {
    this.#functions = functions;
  }

  note(object: object, crossing: Crossing): void {
    this.#of.set(object, crossing);
  }

  /** `value`, given by JavaScript, as `object` is to hold it. */
  toGuest(object: object, value: unknown): unknown {
    this.check(object);
    if (this.#of.get(object) !== "function") return value;
    if (this.#functions.isWrapper(value) && !this.joinLowered(object)) {
      throw new TypeError(`a function that may suspend cannot be put there: ${LEFT_TO_HOST}`);
    }
    return this.#functions.toRaw(value);
  }

  /** Says that lowered functions may be in `object` from now on; false if code left to the host reads it. */
  joinLowered(object: object): boolean {
    if (this.#of.get(object) !== "function") return true;
    if (this.#side.get(object) === "left to host") return false;
    this.#side.set(object, "lowered");
    return true;
  }

  /** Says that code left to the host reads `object`; false if lowered functions may be in it. */
  leaveToHost(object: object): boolean {
    if (this.#of.get(object) !== "function") return true;
    if (this.#side.get(object) === "lowered") return false;
    this.#side.set(object, "left to host");
    return true;
  }

  /** `value`, held by `object`, as JavaScript is to see it. */
  toJs(object: object, value: unknown): unknown {
    return this.#of.get(object) === "function" ? this.#functions.toJs(value) : value;
  }

  /** @throws {TypeError} if the values of `object` cannot cross */
  check(object: object): void {
    if (this.#of.get(object) === "continuation") refuseContinuation();
  }
}
