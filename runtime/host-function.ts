/** Host functions: JavaScript functions with a WebAssembly type, for guests to call. */
import { AsyncFunction, isThenable } from "./async-imports.ts";
import type { Caller } from "./caller.ts";
import { fromJs, isFunctionType, toJs } from "./conversion.ts";
import type { FuncType } from "./extern-types.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import type { Store } from "./store.ts";

/** How a host function wants to be called. */
export interface HostFunctionOptions {
  /** Whether it is given the {@link Caller} before the guest's arguments. */
  readonly caller: boolean;
  /** Whether it may return a promise: the guest waits for it, if it was entered by an asynchronous call. */
  readonly async: boolean;
}

/** A function that belongs to no store yet: an instance that imports it gets a face of its own. */
export class HostFunction {
  readonly type: FuncType;
  readonly options: HostFunctionOptions;
  readonly #fn: RawFunction;

  constructor(type: FuncType, fn: AnyFunction, options: HostFunctionOptions) {
    if (typeof fn !== "function") throw new TypeError("a host function is made from a JavaScript function");
    this.type = Object.freeze({ params: Object.freeze([...type.params]), results: Object.freeze([...type.results]) });
    this.#fn = fn as RawFunction;
    this.options = options;
  }

  /**
   * What the host links. A function that wants neither a caller nor references is linked as it is, so that calls of it
   * cost what the host's do.
   */
  toJs(store: Store, caller: Caller): RawFunction {
    const converted = this.#converting(store);
    if (!this.options.caller) return converted;
    // What a call costs is mostly the number of hands it passes through, so the usual numbers of arguments are written out.
    switch (this.type.params.length) {
      case 0:
        return () => converted(caller);
      case 1:
        return (a) => converted(caller, a);
      case 2:
        return (a, b) => converted(caller, a, b);
      case 3:
        return (a, b, c) => converted(caller, a, b, c);
      default:
        return (...args) => converted(caller, ...args);
    }
  }

  /** What an instance is linked with: if the function may return a promise, it says so. */
  importedBy(store: Store, caller: Caller): RawFunction | AsyncFunction {
    const js = this.toJs(store, caller);
    return this.options.async ? new AsyncFunction(js) : js;
  }

  /** The function, with references to functions converted; the caller, if there is one, passes. */
  #converting(store: Store): RawFunction {
    const fn = this.#fn;
    const { params, results } = this.type;
    if (![...params, ...results].some(isFunctionType)) return fn;
    const first = this.options.caller ? 1 : 0;
    const returned = (value: unknown): unknown =>
      results.length > 1 ? Array.from(value as Iterable<unknown>, (each) => toJs(store, each)) : toJs(store, value);
    return (...args) => {
      const result = fn(...args.map((value, i) => (i < first ? value : fromJs(store, params[i - first], value))));
      return this.options.async && isThenable(result) ? result.then(returned) : returned(result);
    };
  }
}
