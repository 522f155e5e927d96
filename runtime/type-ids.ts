/** Canonical ids of the types of a store's modules: whether types of two modules are the same (spec 3.0, "Import Matching"). */
import { TypeRegistry } from "../wasm/canonical.ts";
import type { Module } from "../wasm/module.ts";
import type { FuncType } from "../wasm/types.ts";

export class TypeIds {
  readonly #registry = new TypeRegistry();
  readonly #modules = new WeakMap<Module, Int32Array>();

  /** The canonical id of type `x` of `module`; types are registered when first asked for. */
  of(module: Module, x: number): number {
    let ids = this.#modules.get(module);
    if (ids === undefined) {
      ids = this.#registry.add(module.types, module.recGroups);
      this.#modules.set(module, ids);
    }
    return ids[x] ?? -1;
  }

  /** The canonical id of a function type that stands alone, without type indices. */
  ofFuncType(type: FuncType): number {
    return this.#registry.add([{ final: true, supertypes: [], composite: type }], [0])[0] ?? -1;
  }
}
