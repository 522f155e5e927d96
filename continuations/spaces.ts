/**
 * The index spaces of a module that the lowering writes. There are two kinds: the lowered module itself, and resume modules,
 * which hold resume copies that are made when they are first needed and import what they use from the former.
 */
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import type { Module } from "../wasm/module.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import type { Tags } from "./tags.ts";

export interface Spaces {
  /** Renumbers the indices of guest code. */
  readonly map: IndexMap;
  /** Number of functions before the machine's. */
  readonly functions: number;
  /** Number of globals before those that are added. */
  readonly globals: number;
  /** Index of the store context's global. */
  readonly context: number;
  /** Index of the control effect's global. */
  readonly effect: number;
  /** Index of the global with the function that asks for a resume copy, where there is one. */
  readonly load: number | undefined;
  /** Index of the unwind tag. */
  readonly unwind: number;
  /** Index of the global that holds the identity of a guest tag. */
  identity(tag: number): number;
  /** Function that does what a guest's instruction on its data or element segments does, where they are another module's. */
  segmentFunction(key: string): number | undefined;
}

/**
 * The spaces of a lowered module: see lowered-module.ts for what stands where. If resume copies are made on demand, it imports
 * the function that asks for one as a global, its last imported one.
 */
export function loweredSpaces(module: Module, types: LoweredTypes, tags: Tags, onDemand: boolean): Spaces {
  const context = module.importedGlobals;
  const addedGlobals = 2 + tags.imports.length + (onDemand ? 1 : 0);
  return {
    map: {
      ...IDENTITY,
      type: (x) => x + types.shift,
      heap: (code) => types.lowerHeap(code),
      global: (x) => (x < module.importedGlobals ? x : x + addedGlobals),
      tag: (x) => tags.index(x),
    },
    functions: module.functions.length,
    globals: module.globals.length + addedGlobals,
    context,
    effect: context + 1,
    load: onDemand ? context + addedGlobals - 1 : undefined,
    unwind: tags.unwind,
    identity: (tag) => tags.global(tag),
    segmentFunction: () => undefined,
  };
}
