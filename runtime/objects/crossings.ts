/** How the values in tables and globals of a store cross to JavaScript, by the host's object. */
import type { FunctionReferences } from "../function-references.ts";
import { refuseContinuation } from "../function-references.ts";
import type { Crossing } from "../signature.ts";

/** Names of function reference types in the JS API's descriptors. */
export function crossingOfName(name: string | undefined): Crossing {
  return name === "anyfunc" || name === "funcref" || name === "nullfuncref" ? "function" : "as-is";
}

/** Knows which tables and globals hold function or continuation references. */
export class Crossings {
  readonly #of = new WeakMap<object, Crossing>();
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
    return this.#of.get(object) === "function" ? this.#functions.toRaw(value) : value;
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
