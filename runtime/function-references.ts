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
import { callNow } from "./entry.ts";
import type { Entries } from "./entry.ts";
import type { AsyncCallOptions } from "./async-call.ts";
import type { AsyncImport } from "./async-imports.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import type { Signature } from "./signature.ts";

/** What stands behind a wrapper. */
interface Target {
  readonly raw: RawFunction;
  /** Undefined for a function that JavaScript got by reference, and of which nothing else is known. */
  readonly signature: Signature | undefined;
  /** Fetches the results of a call that was unwound in between. */
  readonly take: RawFunction | undefined;
}

function isFunction(value: unknown): value is RawFunction {
  return typeof value === "function";
}

export class FunctionReferences {
  readonly #targets = new WeakMap<AnyFunction, Target>();
  /** A function that is its own wrapper maps to itself. */
  readonly #wrappers = new WeakMap<AnyFunction, RawFunction>();
  readonly #entries: Entries;
  /** Until the first lowered instance, all functions are the host's own. */
  #lowered = false;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** From now on, functions of unknown origin may be lowered ones. */
  noteLoweredInstance(): void {
    this.#lowered = true;
  }

  /** Says that `fn` is a function of the host or of an instance that is not lowered. */
  keep(fn: unknown): void {
    if (isFunction(fn) && !this.#targets.has(fn) && !this.#wrappers.has(fn)) this.#wrappers.set(fn, fn);
  }

  /** Whether `value` is the wrapper of a lowered function of this store. */
  isWrapper(value: unknown): boolean {
    return isFunction(value) && this.#targets.has(value);
  }

  /** What guests hold for `value`, a value of a function reference type that comes from JavaScript. */
  toRaw(value: unknown): unknown {
    if (!isFunction(value)) return value;
    const target = this.#targets.get(value);
    if (target !== undefined) return target.raw;
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
   * @param take fetches the results of a call that was unwound in between
   */
  wrap(raw: RawFunction, signature: Signature | undefined, take: RawFunction | undefined): RawFunction {
    const known = this.#wrappers.get(raw);
    if (known !== undefined) return known;
    const wrapper =
      signature === undefined || signature.plain
        ? this.#entries.wrap(raw, take)
        : this.#convertingWrapper(raw, signature, take);
    Object.defineProperty(wrapper, "length", { value: raw.length, configurable: true });
    Object.defineProperty(wrapper, "name", { value: raw.name, configurable: true });
    this.#targets.set(wrapper, { raw, signature, take });
    this.#wrappers.set(raw, wrapper);
    return wrapper;
  }

  #convertingWrapper(raw: RawFunction, signature: Signature, take: RawFunction | undefined): RawFunction {
    if (signature.forbidden) return () => refuseContinuation();
    return (...args) => {
      this.#argsToGuest(signature, args);
      return this.#resultToJs(signature, this.#entries.call(raw, args, take));
    };
  }

  #argsToGuest(signature: Signature, args: unknown[]): void {
    for (const [i, crossing] of signature.params.entries()) {
      if (crossing === "function" && i < args.length) args[i] = this.toRaw(args[i]);
    }
  }

  #resultToJs(signature: Signature, result: unknown): unknown {
    if (signature.results.length === 1) return signature.results[0] === "function" ? this.toJs(result) : result;
    if (!signature.results.includes("function")) return result;
    return (result as unknown[]).map((value, i) => (signature.results[i] === "function" ? this.toJs(value) : value));
  }

  /**
   * Calls a function of this store whose guest may wait for promises. Functions of instances that are not lowered are called
   * at once: none of them can wait.
   *
   * @returns a promise that is rejected with whatever the function throws
   */
  async callAsync(fn: AnyFunction, args: readonly unknown[], options?: AsyncCallOptions): Promise<unknown> {
    const target = this.#targets.get(fn);
    if (target === undefined) return callNow(fn, [...args]);
    const { raw, signature, take } = target;
    if (signature === undefined || take === undefined) {
      throw new TypeError(
        "a function that is known by reference only cannot be called asynchronously: " +
          'export it, or use an engine with lowering "all"',
      );
    }
    const given = [...args];
    if (signature.plain) return this.#entries.callAsync(raw, given, take, options);
    if (signature.forbidden) return refuseContinuation();
    this.#argsToGuest(signature, given);
    return this.#resultToJs(signature, await this.#entries.callAsync(raw, given, take, options));
  }

  /** What a lowered instance is given for a host function that may return promises. */
  asyncShim(signature: Signature, site: AsyncImport): RawFunction {
    const entries = this.#entries;
    if (signature.forbidden) return () => refuseContinuation();
    if (!signature.params.includes("function")) return (...args) => entries.callHost(args, site);
    return (...args) => {
      for (const [i, crossing] of signature.params.entries()) if (crossing === "function") args[i] = this.toJs(args[i]);
      return entries.callHost(args, site);
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
