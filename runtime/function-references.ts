/**
 * The two faces of a lowered function.
 *
 * Inside a store, references to a lowered function are the *raw* function that the lowered instance exports, so that guests
 * call each other without leaving WebAssembly. JavaScript sees a *wrapper* instead, whose call is an entry into the store:
 *
 * ```text
 *   exports.f, table.get(0), results   =  wrapper  --- toRaw --->  raw  = what tables, globals and guests hold
 *                                         wrapper  <-- toJs ----   raw
 * ```
 *
 * One raw function has one wrapper per store, which makes `instance.exports.f === table.get(0)`. Functions of modules that
 * are not lowered are their own wrappers.
 */
import type { AnyFunction, RawFunction } from "./host.ts";
import type { Signature } from "./signature.ts";

/** Calls a raw function as an entry into the store, with arguments and results that need no conversion. */
export type EntryCall = (raw: RawFunction, args: unknown[], take: RawFunction | undefined) => unknown;

function isFunction(value: unknown): value is RawFunction {
  return typeof value === "function";
}

export class FunctionReferences {
  readonly #raws = new WeakMap<AnyFunction, RawFunction>();
  /** A function that is its own wrapper maps to itself. */
  readonly #wrappers = new WeakMap<AnyFunction, RawFunction>();
  readonly #enter: EntryCall;
  /** Until the first lowered instance, all functions are the host's own. */
  #lowered = false;

  constructor(enter: EntryCall) {
    this.#enter = enter;
  }

  /** From now on, functions of unknown origin may be lowered ones. */
  noteLoweredInstance(): void {
    this.#lowered = true;
  }

  /** Says that `fn` is a function of the host or of an instance that is not lowered. */
  keep(fn: unknown): void {
    if (isFunction(fn) && !this.#raws.has(fn) && !this.#wrappers.has(fn)) this.#wrappers.set(fn, fn);
  }

  /** Whether `value` is the wrapper of a lowered function of this store. */
  isWrapper(value: unknown): boolean {
    return isFunction(value) && this.#raws.has(value);
  }

  /** What guests hold for `value`, a value of a function reference type that comes from JavaScript. */
  toRaw(value: unknown): unknown {
    if (!isFunction(value)) return value;
    const raw = this.#raws.get(value);
    if (raw !== undefined) return raw;
    this.keep(value);
    return value;
  }

  /** What JavaScript sees for `value`, a value of a function reference type that comes from a guest. */
  toJs(value: unknown): unknown {
    if (!isFunction(value)) return value;
    const wrapper = this.#wrappers.get(value);
    if (wrapper !== undefined) return wrapper;
    if (this.#lowered) return this.wrap(value, undefined, undefined);
    this.keep(value);
    return value;
  }

  /**
   * The wrapper of `raw`, made now if it has none. The signature of a function that comes out of a table is not known here;
   * but functions with signatures that need care get their wrappers early (referenced-functions.ts), so it is plain.
   *
   * @param take in chaos mode, fetches the results of an activation that was rewound
   */
  wrap(raw: RawFunction, signature: Signature | undefined, take: RawFunction | undefined): RawFunction {
    const known = this.#wrappers.get(raw);
    if (known !== undefined) return known;
    const wrapper =
      signature === undefined || signature.plain
        ? this.#plainWrapper(raw, take)
        : this.#convertingWrapper(raw, signature, take);
    Object.defineProperty(wrapper, "length", { value: raw.length, configurable: true });
    Object.defineProperty(wrapper, "name", { value: raw.name, configurable: true });
    this.#raws.set(wrapper, raw);
    this.#wrappers.set(raw, wrapper);
    return wrapper;
  }

  /** Wrappers are arrow functions: like the host's exported functions, they are no constructors and have no `prototype`. */
  #plainWrapper(raw: RawFunction, take: RawFunction | undefined): RawFunction {
    const enter = this.#enter;
    return (...args) => enter(raw, args, take);
  }

  #convertingWrapper(raw: RawFunction, signature: Signature, take: RawFunction | undefined): RawFunction {
    const enter = this.#enter;
    if (signature.forbidden) return () => refuseContinuation();
    return (...args) => {
      for (const [i, crossing] of signature.params.entries()) {
        if (crossing === "function" && i < args.length) args[i] = this.toRaw(args[i]);
      }
      const result = enter(raw, args, take);
      if (signature.results.length === 1) return signature.results[0] === "function" ? this.toJs(result) : result;
      if (!signature.results.includes("function")) return result;
      return (result as unknown[]).map((value, i) => (signature.results[i] === "function" ? this.toJs(value) : value));
    };
  }

  /**
   * What a lowered instance is given for the JavaScript function `fn`, imported with a signature that needs care: a function
   * that converts what passes.
   */
  importShim(fn: AnyFunction, signature: Signature): RawFunction {
    const call = fn as RawFunction;
    if (signature.forbidden) return () => refuseContinuation();
    return (...args) => {
      for (const [i, crossing] of signature.params.entries()) if (crossing === "function") args[i] = this.toJs(args[i]);
      const result = Reflect.apply(call, undefined, args);
      if (signature.results.length === 1) return signature.results[0] === "function" ? this.toRaw(result) : result;
      if (!signature.results.includes("function")) return result;
      return Array.from(result as Iterable<unknown>, (value, i) =>
        signature.results[i] === "function" ? this.toRaw(value) : value,
      );
    };
  }
}

/** As the JS API has it for v128 and exnref. */
export function refuseContinuation(): never {
  throw new TypeError("a continuation reference cannot pass between WebAssembly and JavaScript");
}
