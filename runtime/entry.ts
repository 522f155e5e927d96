/**
 * Entries: how JavaScript calls into the lowered functions of a store.
 *
 * Each entry starts an initial stack of its own. One that is made while another is active sets the running stack aside.
 */
import type { Activation, StoreContext } from "../continuations/index.ts";
import type { Engine } from "./engine.ts";
import { host } from "./host.ts";
import type { AnyFunction, RawFunction } from "./host.ts";

/** What entries need of their store. */
export interface EnteredStore {
  readonly engine: Engine;
  readonly context: StoreContext;
  /** What JavaScript is to see of an error or exception that leaves the guest. */
  adopt(error: unknown): unknown;
}

export class Entries {
  readonly #store: EnteredStore;
  /** Whether a lowered function is running, further out on the host's stack. */
  #entered = false;

  constructor(store: EnteredStore) {
    this.#store = store;
  }

  /**
   * Calls a raw function of a lowered instance from JavaScript. The call runs on an initial stack of its own: a suspend
   * cannot leave it, and whatever was running before goes on unchanged after a return, an exception and a trap alike.
   *
   * @param take fetches the results of an activation that was unwound and rewound
   */
  call(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const { context } = this.#store;
    const nested = this.#entered;
    const token = nested ? context.enter() : null;
    this.#entered = true;
    let done = false;
    try {
      const result = this.#store.engine.chaos === undefined ? raw(...args) : this.#callRewinding(raw, args, take);
      done = true;
      return result;
    } catch (error) {
      throw this.#store.adopt(error);
    } finally {
      this.#entered = nested;
      if (nested || !done) context.leave(token);
    }
  }

  /** In chaos mode a call may come back unwound: it is rewound until it has finished. */
  #callRewinding(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const { context } = this.#store;
    let activation: Activation | undefined;
    try {
      const result = raw(...args);
      activation = context.yielded();
      if (activation === undefined) return result;
    } catch (error) {
      // A function whose result type has no values is unwound by an exception.
      activation = context.yielded();
      if (activation === undefined) throw error;
    }
    for (; activation !== undefined; activation = context.yielded()) context.rewind(activation);
    return take?.();
  }

  /** Calls the start function of a lowered instance. */
  start(raw: RawFunction): void {
    this.call(raw, [], undefined);
  }

  /**
   * The host's `WebAssembly.promising` for a raw function of this store. While the returned promise is pending, other calls
   * may enter the store; a function that has a continuation running when it waits is not supported.
   */
  promising(raw: RawFunction, rest: readonly unknown[]): AnyFunction {
    const promising = host.promising as (...args: unknown[]) => RawFunction;
    if (this.#store.engine.chaos !== undefined)
      throw new TypeError("promising cannot wait for a function in chaos mode");
    const start = Reflect.apply(promising, host, [raw, ...rest]);
    const entry: RawFunction = (...given) => this.call(start, given, undefined);
    for (const key of ["length", "name"] as const) {
      Object.defineProperty(entry, key, { value: start[key], configurable: true });
    }
    return entry;
  }
}
