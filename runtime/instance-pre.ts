/** InstancePre: a module whose imports have been looked up. */
import { Instance } from "./instance.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

/**
 * A module and the values of its imports, ready to be instantiated any number of times.
 *
 * @example
 * ```ts
 * const pre = linker.instantiatePre(module);
 * for (const request of requests) pre.instantiate(new Store(engine, request)).call("handle");
 * ```
 */
export class InstancePre<T = unknown> {
  readonly module: Module;
  readonly #values: readonly unknown[];

  /** @param values in the order in which the module asks for them */
  constructor(module: Module, values: readonly unknown[]) {
    this.module = module;
    this.#values = values;
  }

  /**
   * @throws {LinkError} if something is not of the type that is asked for
   * @throws {WrongStoreError} if something belongs to another store
   * @throws what the start function throws
   */
  instantiate(store: Store<T>): Instance<T> {
    return new Instance(store, this.module, this.#values);
  }

  /** {@link instantiate}, where the host works in the background. */
  instantiateAsync(store: Store<T>): Promise<Instance<T>> {
    return Instance.create(store, this.module, this.#values);
  }
}
