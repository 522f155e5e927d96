/**
 * Host functions that return promises, as lowered guests import them.
 *
 * When such a function returns a promise, its shim starts the Yield effect and returns: the guest is unwound to the entry, which
 * waits. When the promise is settled, the entry leaves the value where the call of the function expects its results
 * (`put`), and rewinds the guest.
 */
import type { Activation } from "../continuations/index.ts";
import { F32, F64, I32, I64 } from "../wasm/types.ts";
import type { ValType } from "../wasm/types.ts";
import type { AnyFunction, RawFunction } from "./host.ts";

/** A call of a host function that its guest waits for: what the entry has to know about the function. */
export interface WaitSite {
  /** How the function was imported, for error messages. */
  readonly name: string;
  /** Hands the settled value to the guest. @throws {TypeError} if it does not convert to the function's result type */
  deliver(value: unknown): void;
  /** Does the same and rewinds the guest, in one go; for values of type `simple` only, which convert for sure. */
  readonly rewind: RewindWith | undefined;
  readonly simple: "number" | "bigint" | undefined;
}

/** Rewinds an unwound guest with a result of the host function that it waited for; see StoreContext.rewind. */
export type RewindWith = (value: unknown, activation: Activation) => Activation | null;

/**
 * Marks a function as one that may return a promise, which its guests wait for. (The `WebAssembly.Suspending` of a namespace
 * is one.) The embedding API takes functions that are declared `async` for such functions without being told.
 *
 * @example
 * ```ts
 * const read = new AsyncFunction((url: string) => fetch(url).then((response) => response.text()));
 * const instance = await Instance.create(store, module, { env: { read } });
 * ```
 */
export class AsyncFunction {
  readonly #fn: RawFunction;
  readonly #isAwaited: (value: unknown) => value is PromiseLike<unknown>;

  /**
   * @param isAwaited which results are waited for: by default everything that `await` waits for
   * @throws {TypeError} if `fn` is not a function
   */
  constructor(fn: AnyFunction, isAwaited: (value: unknown) => value is PromiseLike<unknown> = isThenable) {
    if (typeof fn !== "function") throw new TypeError("an asynchronous host function is made from a function");
    this.#fn = fn as unknown as RawFunction;
    this.#isAwaited = isAwaited;
  }

  /** What is in a marked function. */
  static parts(marked: AsyncFunction): {
    readonly fn: RawFunction;
    readonly isAwaited: (value: unknown) => value is PromiseLike<unknown>;
  } {
    return { fn: marked.#fn, isAwaited: marked.#isAwaited };
  }

  /** `value`, marked if it is a function that is declared `async`. */
  static mark(value: unknown): unknown {
    return isDeclaredAsync(value) ? new AsyncFunction(value) : value;
  }
}

/** Whether `value` was declared with `async function`. */
export function isDeclaredAsync(value: unknown): value is AnyFunction {
  return typeof value === "function" && Object.prototype.toString.call(value) === "[object AsyncFunction]";
}

/** Whether `value` is to be waited for. Objects with a method `then` of their own are: an `await` waits for them, too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { readonly then?: unknown }).then === "function"
  );
}

/** Whether `value` is a promise, of whichever realm. */
export function isPromise(value: unknown): value is Promise<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Promise || Object.prototype.toString.call(value) === "[object Promise]";
}

/** What stands behind one imported host function. The instance's own exports are not known yet when it is made. */
export class AsyncImport implements WaitSite {
  readonly name: string;
  readonly isAwaited: (value: unknown) => value is PromiseLike<unknown>;
  /** The host function, which sees what JavaScript is to see. */
  readonly fn: RawFunction;
  readonly #results: readonly ValType[];
  readonly #toGuest: ((value: unknown, i: number) => unknown) | undefined;
  readonly simple: "number" | "bigint" | undefined;
  rewind: RewindWith | undefined;
  readonly #placeholder: unknown;
  #put: RawFunction | undefined;
  #makePlaceholder: RawFunction | undefined;

  /** @param toGuest converts the i-th result from what JavaScript sees to what guests hold, if they differ */
  constructor(
    name: string,
    marked: AsyncFunction,
    results: readonly ValType[],
    toGuest: ((value: unknown, i: number) => unknown) | undefined,
  ) {
    const { fn, isAwaited } = AsyncFunction.parts(marked);
    this.name = name;
    this.fn = fn;
    this.isAwaited = isAwaited;
    this.simple = results.length === 1 ? simpleTypeOf(results[0]) : undefined;
    this.#results = results;
    this.#toGuest = toGuest;
    const placeholders = results.map((type) => (type === I64 ? 0n : null));
    this.#placeholder = placeholders.length === 1 ? placeholders[0] : placeholders;
  }

  /**
   * Says how the lowered instance takes the function's results.
   *
   * @param rewind the same, and rewinds; undefined unless there is one result
   * @param makePlaceholder returns values of their types, or throws what unwinds the guest if there are none
   */
  link(put: RawFunction, rewind: RewindWith | undefined, makePlaceholder: RawFunction | undefined): void {
    this.#put = put;
    this.rewind = rewind;
    this.#makePlaceholder = makePlaceholder;
  }

  /** What the function returns to a guest that is being unwound. */
  placeholder(): unknown {
    return this.#makePlaceholder === undefined ? this.#placeholder : this.#makePlaceholder();
  }

  /** What the function returns to its guest for `value`. */
  result(value: unknown): unknown {
    const toGuest = this.#toGuest;
    if (toGuest === undefined) return value;
    if (this.#results.length === 1) return toGuest(value, 0);
    return this.#results.length === 0 ? undefined : Array.from(value as Iterable<unknown>, toGuest);
  }

  deliver(value: unknown): void {
    const count = this.#results.length;
    if (count === 0) return;
    const put = this.#put as RawFunction;
    const toGuest = this.#toGuest;
    if (count === 1) {
      put(toGuest === undefined ? value : toGuest(value, 0));
      return;
    }
    const values = [...(value as Iterable<unknown>)];
    if (values.length !== count) {
      throw new TypeError(`${this.name}: ${count} results are asked for, not ${values.length}`);
    }
    put(...(toGuest === undefined ? values : values.map(toGuest)));
  }
}

/** The JavaScript type whose values are values of the value type `type`, without conversions that run a program's code. */
function simpleTypeOf(type: ValType | undefined): "number" | "bigint" | undefined {
  if (type === I64) return "bigint";
  return type === I32 || type === F32 || type === F64 ? "number" : undefined;
}
