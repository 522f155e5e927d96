/**
 * Which values of a function's type need care where they cross between a guest and JavaScript.
 *
 * Numbers, external and GC references pass as the host converts them. A function reference has two faces
 * (function-references.ts); a continuation reference cannot cross at all.
 */
import { HEAP_CONT, HEAP_FUNC, HEAP_NOCONT, HEAP_NOFUNC, heapOf, isRef } from "../wasm/types.ts";
import type { SubType, ValType } from "../wasm/types.ts";
import type { Module } from "../wasm/module.ts";
import type { DefinedType, TypeSpace } from "./type-space.ts";

export type Crossing = "as-is" | "function" | "continuation";

/** How values of type `t` cross; `types` are those of the module that `t` counts in. */
export function crossingOf(t: ValType, types: readonly SubType[]): Crossing {
  if (!isRef(t)) return "as-is";
  const heap = heapOf(t);
  if (heap === HEAP_FUNC || heap === HEAP_NOFUNC) return "function";
  if (heap === HEAP_CONT || heap === HEAP_NOCONT) return "continuation";
  if (heap < 0) return "as-is";
  const kind = types[heap]?.composite.kind;
  if (kind === "func") return "function";
  return kind === "cont" ? "continuation" : "as-is";
}

export interface Signature {
  readonly params: readonly Crossing[];
  readonly results: readonly Crossing[];
  /** Neither parameters nor results need care. */
  readonly plain: boolean;
  /** Continuations cross. By the JS API a call across the boundary is a TypeError then, whatever the arguments. */
  readonly forbidden: boolean;
  /** The function type itself. */
  readonly type: DefinedType;
}

/** The crossings of function type `x` of a module. */
export function signatureOf(x: number, space: TypeSpace): Signature {
  const { types } = space;
  const composite = types[x]?.composite;
  const of = (ts: readonly ValType[]): Crossing[] => ts.map((t) => crossingOf(t, types));
  const params = composite?.kind === "func" ? of(composite.params) : [];
  const results = composite?.kind === "func" ? of(composite.results) : [];
  const all = [...params, ...results];
  return {
    params,
    results,
    plain: all.every((crossing) => crossing === "as-is"),
    forbidden: all.includes("continuation"),
    type: { space, index: x },
  };
}

/** Whether a function of the module takes or returns function references, which JavaScript might then get hold of or pass in. */
export function passesFunctionReferences(module: Module): boolean {
  const signatures = new Map<number, boolean>();
  return module.functions.some((x) => {
    let passes = signatures.get(x);
    if (passes === undefined) {
      const { params, results } = signatureOf(x, module);
      passes = params.includes("function") || results.includes("function");
      signatures.set(x, passes);
    }
    return passes;
  });
}
