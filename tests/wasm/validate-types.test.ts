/** Canonicalisation and subtyping of types, within a module and across modules. */
import { describe, expect, test } from "@jest/globals";
import { TypeRegistry } from "../../wasm/canonical.ts";
import { decodeModule } from "../../wasm/decode.ts";
import type { Module } from "../../wasm/module.ts";
import { BOTTOM, BOTTOM_REF } from "../../wasm/subtyping.ts";
import { parseText } from "../../wasm/text.ts";
import * as t from "../../wasm/types.ts";
import { validateModule } from "../../wasm/validate.ts";

async function decode(fields: string): Promise<Module> {
  return decodeModule(await parseText(`(module ${fields})`));
}

/** The canonical ids of a module's types. */
async function canonOf(fields: string): Promise<number[]> {
  return Array.from(validateModule(await decode(fields)).types.canon);
}

describe("canonical ids", () => {
  const cases: readonly (readonly [name: string, fields: string, ids: readonly number[]])[] = [
    ["equal types", "(type (func)) (type (func (param i32))) (type (func))", [0, 1, 0]],
    ["finality", "(type (func)) (type (sub (func)))", [0, 1]],
    ["nullability", "(type (func (param (ref func)))) (type (func (param funcref)))", [0, 1]],
    ["where parameters end", "(type (func (param i32 i32))) (type (func (param i32) (result i32)))", [0, 1]],
    ["mutability", "(type (array i32)) (type (array (mut i32)))", [0, 1]],
    ["packed fields", "(type (struct (field i8))) (type (struct (field i32))) (type (struct (field i8)))", [0, 1, 0]],
    ["struct with one field and array", "(type (struct (field i32))) (type (array i32))", [0, 1]],
    [
      "groups by their own shape",
      "(rec (type $a (struct (field (ref $a))))) (rec (type $b (struct (field (ref $b)))))",
      [0, 0],
    ],
    [
      "unrolled recursion",
      "(rec (type $a (struct (field (ref null $a))))) (type (struct (field (ref null $a))))",
      [0, 1],
    ],
    [
      "groups of different sizes",
      "(rec (type (func)) (type (func))) (type (func)) (rec (type (func)) (type (func)))",
      [0, 1, 2, 0, 1],
    ],
    [
      "order within a group",
      "(rec (type (func)) (type (array i32))) (rec (type (array i32)) (type (func)))",
      [0, 1, 2, 3],
    ],
    [
      "references to equal types",
      "(type $a (func)) (type $b (func)) (type (struct (field (ref $a)))) (type (struct (field (ref $b))))",
      [0, 0, 1, 1],
    ],
    [
      "continuations of equal types",
      "(type $a (func)) (type $b (func)) (type (cont $a)) (type (cont $b))",
      [0, 0, 1, 1],
    ],
    [
      "supertypes",
      "(type $a (sub (struct))) (type $b (sub $a (struct))) (type (sub $a (struct))) (type (sub $b (struct)))",
      [0, 1, 1, 2],
    ],
    // Id 0 outside of the group and index 0 within it are different references.
    [
      "references into and out of a group",
      "(type $a (struct)) (rec (type $b (struct (field (ref $a))))) (rec (type $c (struct (field (ref $c)))))",
      [0, 1, 2],
    ],
  ];
  test.each(cases)("%s", async (_name, fields, ids) => {
    expect(await canonOf(fields)).toEqual(ids);
  });
});

test("one registry makes equal types of two modules one", async () => {
  const registry = new TypeRegistry();
  const a = await decode(
    "(type $f (sub (func))) (type $g (sub $f (func))) (rec (type $s (struct (field (ref $s) (ref $g)))))",
  );
  const b = await decode(
    "(type $x (array i8)) (rec (type $s (struct))) (type $f (sub (func))) (type $g (sub $f (func))) (rec (type $s2 (struct (field (ref $s2) (ref $g)))))",
  );
  const canonA = registry.add(a.types, a.recGroups);
  const canonB = registry.add(b.types, b.recGroups);
  expect(Array.from(canonA)).toEqual([0, 1, 2]);
  expect(Array.from(canonB)).toEqual([3, 4, 0, 1, 2]);
  expect(registry.context.types).toHaveLength(5);
  expect(registry.context.isSubtype(1, 0)).toBe(true);
  expect(registry.context.isSubtype(0, 1)).toBe(false);
  expect(registry.context.types[2]).toEqual({
    final: true,
    supertypes: [],
    composite: {
      kind: "struct",
      fields: [
        { type: t.refType(2, false), mutable: false },
        { type: t.refType(1, false), mutable: false },
      ],
    },
  });
  expect(registry.canonical(t.refType(4, true), canonB)).toBe(t.refType(2, true));
  expect(registry.canonical(t.I32, canonB)).toBe(t.I32);
  expect(registry.canonical(t.refType(t.HEAP_ANY, true), canonB)).toBe(t.refType(t.HEAP_ANY, true));
});

describe("subtyping", () => {
  /** Every hierarchy of heap types, from its top to its bottom; a type matches itself and what stands before it in a chain. */
  const FIELDS = `
    (type $f (sub (func))) (type $f2 (sub $f (func)))
    (type $s (sub (struct))) (type $a (array i32)) (type $c (cont $f))`;
  const [F, F2, S, A, C] = [0, 1, 2, 3, 4] as const;
  const CHAINS: readonly (readonly number[])[] = [
    [t.HEAP_ANY, t.HEAP_EQ, t.HEAP_I31, t.HEAP_NONE],
    [t.HEAP_ANY, t.HEAP_EQ, t.HEAP_STRUCT, S, t.HEAP_NONE],
    [t.HEAP_ANY, t.HEAP_EQ, t.HEAP_ARRAY, A, t.HEAP_NONE],
    [t.HEAP_FUNC, F, F2, t.HEAP_NOFUNC],
    [t.HEAP_EXTERN, t.HEAP_NOEXTERN],
    [t.HEAP_EXN, t.HEAP_NOEXN],
    [t.HEAP_CONT, C, t.HEAP_NOCONT],
  ];
  const HEAPS = [...new Set(CHAINS.flat())];

  function isAbove(b: number, a: number): boolean {
    return CHAINS.some((chain) => chain.includes(a) && chain.includes(b) && chain.indexOf(b) <= chain.indexOf(a));
  }

  test("of every two heap types", async () => {
    const { types } = validateModule(await decode(FIELDS));
    for (const a of HEAPS) {
      for (const b of HEAPS) {
        expect([a, b, types.matchesHeap(a, b)]).toEqual([a, b, isAbove(b, a)]);
        expect(types.matches(t.refType(a, false), t.refType(b, true))).toBe(isAbove(b, a));
        expect(types.matches(t.refType(a, true), t.refType(b, false))).toBe(false);
      }
      expect(CHAINS.some((chain) => chain[0] === types.topOf(a) && chain.includes(a))).toBe(true);
    }
  });

  test("of number types, and of unknown ones", async () => {
    const { types } = validateModule(await decode(FIELDS));
    const numbers = [t.I32, t.I64, t.F32, t.F64, t.V128];
    for (const a of numbers) {
      for (const b of numbers) expect(types.matches(a, b)).toBe(a === b);
      expect(types.matches(a, t.refType(t.HEAP_ANY, true))).toBe(false);
      expect(types.matches(t.refType(t.HEAP_NONE, false), a)).toBe(false);
      expect(types.matches(BOTTOM, a)).toBe(true);
      expect(types.matches(BOTTOM_REF, a)).toBe(false);
    }
    for (const heap of HEAPS) expect(types.matches(BOTTOM_REF, t.refType(heap, false))).toBe(true);
  });
});
