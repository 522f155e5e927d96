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
import type { AsyncCallOptions, Resumable } from "./async-call.ts";
import type { AsyncImport } from "./async-imports.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import type { Crossing, Signature } from "./signature.ts";
import { spacedSignature } from "./type-space.ts";
import type { DefinedType, SpacedType } from "./type-space.ts";

/** What stands behind a wrapper. */
interface Target {
  readonly raw: RawFunction;
  /** Undefined for a function that JavaScript got by reference, and of which nothing else is known. */
  readonly signature: Signature | undefined;
  /** Fetches the results of a call that was unwound in between; undefined, too, where nothing can be unwound. */
  readonly take: RawFunction | undefined;
}

/** How continuations cross, where they do. */
export interface ContinuationCrossing {
  /** @throws {TypeError} if `value` is no continuation of the store */
  toGuest(type: SpacedType, value: unknown): unknown;
  toJs(type: SpacedType, value: unknown): unknown;
}

/** A call that may run out of fuel. */
export interface ResumableTarget {
  readonly call: Resumable;
  /** From what the call returns to what JavaScript sees. */
  convert(value: unknown): unknown;
}

/** Converts a value on its way across the boundary; undefined for those that need no care. */
type Conversion = ((value: unknown) => unknown) | undefined;

function isFunction(value: unknown): value is RawFunction {
  return typeof value === "function";
}

export class FunctionReferences {
  readonly #targets = new WeakMap<AnyFunction, Target>();
  /** A function that is its own wrapper maps to itself. */
  readonly #wrappers = new WeakMap<AnyFunction, RawFunction>();
  readonly #entries: Entries;
  #continuations: ContinuationCrossing | undefined;
  /** Until the first lowered instance, all functions are the host's own. */
  #lowered = false;

  constructor(entries: Entries, continuations: ContinuationCrossing) {
    this.#entries = entries;
    this.#continuations = continuations;
  }

  /** From now on, a continuation that would cross is a TypeError, as the JS API has it. */
  refuseContinuations(): void {
    this.#continuations = undefined;
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

  /** The type of a function of a lowered instance; undefined for all others. */
  typeOf(fn: AnyFunction): DefinedType | undefined {
    return this.#targets.get(fn)?.signature?.type;
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
    if (this.#isForbidden(signature)) return () => refuseContinuation();
    const params = this.#toGuest(signature.params, spacedSignature(signature.type).params);
    const results = this.#toJs(signature.results, spacedSignature(signature.type).results);
    return (...args) => {
      convertArguments(params, args);
      return convertResult(results, this.#entries.call(raw, args, take));
    };
  }

  #isForbidden(signature: Signature): boolean {
    return signature.forbidden && this.#continuations === undefined;
  }

  #toGuest(crossings: readonly Crossing[], types: readonly SpacedType[]): Conversion[] {
    return crossings.map((crossing, i) => {
      if (crossing === "function") return (value) => this.toRaw(value);
      return crossing === "continuation"
        ? (value) => this.#continuations?.toGuest(types[i] as SpacedType, value)
        : undefined;
    });
  }

  #toJs(crossings: readonly Crossing[], types: readonly SpacedType[]): Conversion[] {
    return crossings.map((crossing, i) => {
      if (crossing === "function") return (value) => this.toJs(value);
      return crossing === "continuation"
        ? (value) => this.#continuations?.toJs(types[i] as SpacedType, value)
        : undefined;
    });
  }

  /** How the results of a host function get to its guests. */
  hostResults({ results, type }: Signature): Conversion[] {
    return this.#toGuest(results, spacedSignature(type).results);
  }

  /**
   * Calls a function of this store whose guest may wait for promises. Functions of instances that are not lowered are called
   * at once: none of them can wait.
   *
   * @returns a promise that is rejected with whatever the function throws
   */
  callAsync(fn: AnyFunction, args: readonly unknown[], options?: AsyncCallOptions): Promise<unknown> {
    const target = this.#targets.get(fn);
    if (target === undefined) return callNow(fn, [...args]);
    const { raw, signature, take } = target;
    // No more promises than needed: each takes a turn of its own.
    if (signature?.plain === true) return this.#entries.callAsync(raw, [...args], take, options);
    return this.#callAsyncConverting(target, args, options);
  }

  async #callAsyncConverting(
    { raw, signature, take }: Target,
    args: readonly unknown[],
    options: AsyncCallOptions | undefined,
  ): Promise<unknown> {
    if (signature === undefined) {
      throw new TypeError(
        "a function that is known by reference only cannot be called asynchronously: " +
          'export it, or use an engine with lowering "all"',
      );
    }
    if (this.#isForbidden(signature)) return refuseContinuation();
    const given = [...args];
    const types = spacedSignature(signature.type);
    convertArguments(this.#toGuest(signature.params, types.params), given);
    const result = await this.#entries.callAsync(raw, given, take, options);
    return convertResult(this.#toJs(signature.results, types.results), result);
  }

  /**
   * Calls a function of this store until it is finished or out of fuel. The value of the outcome is converted by the result.
   *
   * @returns undefined for a function of an instance that is not lowered, which cannot run out of fuel
   */
  callResumable(fn: AnyFunction, args: readonly unknown[]): ResumableTarget | undefined {
    const target = this.#targets.get(fn);
    if (target === undefined) return undefined;
    const { raw, signature, take } = target;
    const given = [...args];
    if (signature === undefined || signature.plain) {
      return { call: this.#entries.callResumable(raw, given, take), convert: (value) => value };
    }
    if (this.#isForbidden(signature)) return refuseContinuation();
    const types = spacedSignature(signature.type);
    convertArguments(this.#toGuest(signature.params, types.params), given);
    const results = this.#toJs(signature.results, types.results);
    return {
      call: this.#entries.callResumable(raw, given, take),
      convert: (value) => convertResult(results, value),
    };
  }

  /** What a lowered instance is given for a host function that may return promises. */
  asyncShim(signature: Signature, site: AsyncImport): RawFunction {
    const entries = this.#entries;
    const { fn } = site;
    if (this.#isForbidden(signature)) return () => refuseContinuation();
    if (!signature.plain) {
      const params = this.#toJs(signature.params, spacedSignature(signature.type).params);
      return (...args) => {
        convertArguments(params, args);
        return entries.hostReturned(fn(...args), site);
      };
    }
    // The usual numbers of parameters are written out: lists of arguments are what a call costs most.
    switch (signature.params.length) {
      case 0:
        return () => entries.hostReturned(fn(), site);
      case 1:
        return (a) => entries.hostReturned(fn(a), site);
      case 2:
        return (a, b) => entries.hostReturned(fn(a, b), site);
      case 3:
        return (a, b, c) => entries.hostReturned(fn(a, b, c), site);
      default:
        return (...args) => entries.hostReturned(fn(...args), site);
    }
  }

  /**
   * What a lowered instance is given for the JavaScript function `fn`, imported with a signature that needs care: a function
   * that converts what passes.
   */
  importShim(fn: AnyFunction, signature: Signature): RawFunction {
    const call = fn as RawFunction;
    if (this.#isForbidden(signature)) return () => refuseContinuation();
    const params = this.#toJs(signature.params, spacedSignature(signature.type).params);
    const results = this.hostResults(signature);
    return (...args) => {
      convertArguments(params, args);
      return convertResult(results, Reflect.apply(call, undefined, args));
    };
  }
}

function convertArguments(conversions: readonly Conversion[], args: unknown[]): void {
  for (let i = 0; i < conversions.length && i < args.length; i++) {
    const convert = conversions[i];
    if (convert !== undefined) args[i] = convert(args[i]);
  }
}

/** Several results are an iterable. */
function convertResult(conversions: readonly Conversion[], result: unknown): unknown {
  if (conversions.length === 1) return conversions[0] === undefined ? result : conversions[0](result);
  if (conversions.every((convert) => convert === undefined)) return result;
  return Array.from(result as Iterable<unknown>, (value, i) => conversions[i]?.(value) ?? value);
}

/** As the JS API has it for v128 and exnref. */
export function refuseContinuation(): never {
  throw new TypeError("a continuation reference cannot pass between WebAssembly and JavaScript");
}
