/**
 * Instantiation in three steps, so that the host may do the middle one at once or in the background:
 *
 * ```text
 *   prepare: read and convert imports  ->  host: new Instance(module, imports)  ->  finish: exports, start function
 * ```
 */
import { exportsAsIs, exportsOfLowered } from "./exports.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import { importsAsIs, importsForLowered, noteImports, readImports } from "./imports.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

export interface Instantiation {
  /** What the host is to instantiate. */
  readonly hostModule: WebAssembly.Module;
  readonly imports: object | undefined;
  /** The exports that JavaScript sees; runs the start function of a lowered module, and throws what it throws. */
  finish(instance: WebAssembly.Instance): WebAssembly.Exports;
}

/** A host instance and the exports that JavaScript sees of it. */
export interface Instantiated {
  readonly instance: WebAssembly.Instance;
  readonly exports: WebAssembly.Exports;
}

/** @throws {TypeError | WebAssembly.LinkError} as the JS API has it */
export function prepareInstantiation(store: Store, module: Module, imports: unknown): Instantiation {
  if (module.engine !== store.engine)
    throw new TypeError("the module was compiled for another engine than the store's");
  const { decoded } = module;
  const values = readImports(module, imports);
  // A function of a lowered instance may suspend, so whoever calls it has to be lowered as well.
  const lowered = module.alwaysLowered || values.some((value) => store.functions.isWrapper(value));
  if (!lowered) {
    return {
      hostModule: module.hostModule(false),
      imports: imports === undefined ? undefined : importsAsIs(store, module, values),
      finish(instance) {
        noteImports(store, decoded, values);
        return exportsAsIs(store, decoded, instance);
      },
    };
  }
  return {
    hostModule: module.hostModule(true),
    imports: importsForLowered(store, module, values),
    finish(instance) {
      store.functions.noteLoweredInstance();
      noteImports(store, decoded, values);
      const exports = exportsOfLowered(store, module, values, instance);
      const { start } = module.lowered;
      if (start !== undefined) store.start(instance.exports[start] as RawFunction);
      return exports;
    },
  };
}

/** Instantiates at once. */
export function instantiateNow(store: Store, module: Module, imports: unknown): Instantiated {
  const prepared = prepareInstantiation(store, module, imports);
  const instance = new host.Instance(prepared.hostModule, prepared.imports);
  return { instance, exports: prepared.finish(instance) };
}

/** Instantiates in the background; imports are read at once. */
export async function instantiateLater(store: Store, module: Module, imports: unknown): Promise<Instantiated> {
  const prepared = prepareInstantiation(store, module, imports);
  const instance = await host.instantiate(prepared.hostModule, prepared.imports);
  return { instance, exports: prepared.finish(instance) };
}
