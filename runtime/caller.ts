/** Caller: what a host function knows of the instance that calls it. */
import type { Extern } from "./externs.ts";
import type { Func } from "./func.ts";
import type { Instance } from "./instance.ts";
import type { Memory } from "./memory.ts";
import type { Store } from "./store.ts";

/**
 * The calling instance, as a host function sees it.
 *
 * The instance is the one that imported the function. A function that was not imported, but reached the guest as a reference,
 * has a caller without an instance.
 *
 * @example
 * ```ts
 * linker.funcWithCaller("env", "print", { params: ["i32", "i32"], results: [] }, (caller, at, length) => {
 *   console.log(caller.getMemory("memory")?.readString(at, length));
 * });
 * ```
 */
export class Caller<T = unknown> {
  readonly store: Store<T>;
  readonly #instance: () => Instance<T> | undefined;

  constructor(store: Store<T>, instance: () => Instance<T> | undefined) {
    this.store = store;
    this.#instance = instance;
  }

  /** The store's data. */
  get data(): T {
    return this.store.data;
  }

  set data(data: T) {
    this.store.data = data;
  }

  /** The calling instance. */
  get instance(): Instance<T> | undefined {
    return this.#instance();
  }

  /**
   * Is aborted when the call that the guest runs in is cancelled (see {@link AsyncCallOptions.signal}): what the host function
   * does for it may stop then. Undefined in a call that nobody can cancel, and once the guest has been told of it: what it
   * waits for from then on is part of its cleaning up.
   *
   * @example
   * ```ts
   * linker.funcAsyncWithCaller("env", "load", { params: ["i32"], results: ["i32"] }, async ({ signal }, id) => {
   *   const response = await fetch(urls[id], { signal });
   *   return response.status;
   * });
   * ```
   */
  get signal(): AbortSignal | undefined {
    return this.store.entries.running?.signal;
  }

  /** What the calling instance exports as `name`; undefined if nothing. */
  getExport(name: string): Extern | undefined {
    return this.instance?.getExport(name);
  }

  getFunc(name: string): Func | undefined {
    return this.instance?.getFunc(name);
  }

  getMemory(name: string): Memory | undefined {
    return this.instance?.getMemory(name);
  }
}
