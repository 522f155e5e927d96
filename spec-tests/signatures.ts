/** What a script needs to know of a module's exports, because JavaScript does not tell the type of an exported function. */
import { decodeModule } from "../wasm/decode.ts";
import type { GlobalType, Module } from "../wasm/module.ts";
import * as t from "../wasm/types.ts";
import type { Hierarchy } from "./values.ts";

/** A value type as far as it decides how a value crosses into JavaScript. */
export type Carrier = "i32" | "i64" | "f32" | "f64" | "v128" | Hierarchy;

export type ExportType =
  | { readonly kind: "func"; readonly index: number; readonly type: t.FuncType }
  | { readonly kind: "global"; readonly type: GlobalType }
  | { readonly kind: "other" };

/** The exports of a valid module, decoded when first asked for. */
export class Signatures {
  readonly #bytes: Uint8Array;
  #module: Module | undefined;
  #exports: ReadonlyMap<string, ExportType> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get module(): Module {
    this.#module ??= decodeModule(this.#bytes);
    return this.#module;
  }

  /** The type of an export; undefined if there is no such export. */
  exportType(name: string): ExportType | undefined {
    this.#exports ??= exportTypes(this.module);
    return this.#exports.get(name);
  }

  carrier(type: t.ValType): Carrier {
    switch (type) {
      case t.I32:
        return "i32";
      case t.I64:
        return "i64";
      case t.F32:
        return "f32";
      case t.F64:
        return "f64";
      case t.V128:
        return "v128";
      default:
        return hierarchyOfHeap(this.module, t.heapOf(type));
    }
  }
}

function exportTypes(module: Module): ReadonlyMap<string, ExportType> {
  return new Map(module.exports.map(({ name, kind, index }) => [name, exportType(module, kind, index)]));
}

function exportType(module: Module, kind: string, x: number): ExportType {
  if (kind === "func") {
    const index = module.functions[x] ?? -1;
    const type = module.types[index]?.composite;
    if (type?.kind === "func") return { kind: "func", index, type };
  }
  if (kind === "global") {
    const type = module.globals[x]?.type;
    if (type !== undefined) return { kind: "global", type };
  }
  return { kind: "other" };
}

function hierarchyOfHeap(module: Module, heap: t.HeapType): Hierarchy {
  switch (heap) {
    case t.HEAP_FUNC:
    case t.HEAP_NOFUNC:
      return "func";
    case t.HEAP_EXTERN:
    case t.HEAP_NOEXTERN:
      return "extern";
    case t.HEAP_EXN:
    case t.HEAP_NOEXN:
      return "exn";
    case t.HEAP_CONT:
    case t.HEAP_NOCONT:
      return "cont";
    default: {
      const kind = module.types[heap]?.composite.kind;
      return kind === "func" || kind === "cont" ? kind : "any";
    }
  }
}
