import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { decodeModule } from "../../wasm/decode.ts";
import { encodeModule } from "../../wasm/encode.ts";
import { DecodeError } from "../../wasm/errors.ts";
import type { Module } from "../../wasm/module.ts";
import { F64, HEAP_ANY, HEAP_EXTERN, HEAP_FUNC, I16, I32, I64, refType, V128 } from "../../wasm/types.ts";
import { checkWellFormed } from "../../wasm/well-formed.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module with everything in it that has an encoding of its own outside function bodies. */
const EVERYTHING = `(module
  (type $f (func (param i32 (ref null $s)) (result v128)))
  (rec (type $s (sub (struct (field i32) (field (mut i16)))))
       (type $t (sub $s (struct (field i32) (field (mut i16)) (field (ref $a)))))
       (type $a (array (mut f64))))
  (type $u (sub final $s (struct (field i32) (field (mut i16)))))
  (rec)
  (type $v (func))
  (type $c (cont $v))
  (import "m" "f" (func $if (type $f)))
  (import "m" "t" (table $it 1 2 funcref))
  (import "m" "m" (memory $im 1))
  (import "m" "g" (global $ig (mut i64)))
  (import "m" "e" (tag $ie (type $v)))
  (import "m" "ü" (func (type $v)))
  (func $main (type $v))
  (func $other (type $v) (local i32 i32 f64 (ref null $t)) nop)
  (table $t1 i64 0 0xffff_ffff_ffff (ref null any))
  (table $t2 3 (ref func) (ref.func $main))
  (memory $m1 1 2 shared)
  (memory $m2 i64 0 0x1_0000_0000_0000)
  (tag $e (type $v))
  (global $g i32 (i32.add (i32.const 1) (i32.const 2)))
  (global $h (mut (ref null extern)) (ref.null extern))
  (export "main" (func $main))
  (export "t" (table $t1))
  (export "" (memory $m1))
  (export "g" (global $g))
  (export "e" (tag $e))
  (start $main)
  (elem (i32.const 0) func $main)
  (elem func $main $other)
  (elem (table $t2) (i32.const 0) func $main)
  (elem declare func $main)
  (elem (i32.const 0) funcref (ref.null func) (ref.func $main))
  (elem (ref null any) (ref.null any))
  (elem (table $t1) (i64.const 0) (ref null any) (ref.null any))
  (elem declare (ref func) (ref.func $other))
  (data (i32.const 1) "abc")
  (data "passive")
  (data (memory $m2) (i64.const 1) ""))`;

async function decodeText(text: string): Promise<Module> {
  return decodeModule(await parse(text));
}

test("every kind of definition is decoded", async () => {
  const module = await decodeText(EVERYTHING);
  expect(module.recGroups).toEqual([0, 1, 4, 5, 5, 6]);
  expect(module.types.map(({ composite }) => composite.kind)).toEqual([
    "func",
    "struct",
    "struct",
    "array",
    "struct",
    "func",
    "cont",
  ]);
  expect(module.types[0]).toEqual({
    final: true,
    supertypes: [],
    composite: { kind: "func", params: [I32, refType(1, true)], results: [V128] },
  });
  expect(module.types[2]).toEqual({
    final: false,
    supertypes: [1],
    composite: {
      kind: "struct",
      fields: [
        { type: I32, mutable: false },
        { type: I16, mutable: true },
        { type: refType(3, false), mutable: false },
      ],
    },
  });
  expect(module.types[3]?.composite).toEqual({ kind: "array", field: { type: F64, mutable: true } });
  expect(module.types[6]?.composite).toEqual({ kind: "cont", func: 5 });
  expect(module.functions).toEqual([0, 5, 5, 5]);
  expect(module.importedFunctions).toBe(2);
  expect(module.imports[5]).toEqual({ module: "m", name: "ü", desc: { kind: "func", type: 5 } });
  expect(module.tables.map(({ type }) => type)).toEqual([
    { type: refType(HEAP_FUNC, true), limits: { min: 1n, max: 2n }, is64: false },
    { type: refType(HEAP_ANY, true), limits: { min: 0n, max: 0xffff_ffff_ffffn }, is64: true },
    { type: refType(HEAP_FUNC, false), limits: { min: 3n, max: undefined }, is64: false },
  ]);
  expect(module.tables.map(({ init }) => init !== undefined)).toEqual([false, false, true]);
  expect(module.memories).toEqual([
    { limits: { min: 1n, max: undefined }, is64: false, shared: false, pageSizeLog2: 16 },
    { limits: { min: 1n, max: 2n }, is64: false, shared: true, pageSizeLog2: 16 },
    { limits: { min: 0n, max: 0x1_0000_0000_0000n }, is64: true, shared: false, pageSizeLog2: 16 },
  ]);
  expect(module.globals.map(({ type }) => type)).toEqual([
    { type: I64, mutable: true },
    { type: I32, mutable: false },
    { type: refType(HEAP_EXTERN, true), mutable: true },
  ]);
  expect(module.tags).toEqual([5, 5]);
  expect(module.exports[2]).toEqual({ name: "", kind: "memory", index: 1 });
  expect(module.start).toBe(2);
  expect(module.elements.map(({ mode }) => mode.kind)).toEqual([
    "active",
    "passive",
    "active",
    "declarative",
    "active",
    "passive",
    "active",
    "declarative",
  ]);
  expect(module.elements[1]?.functions).toEqual([2, 3]);
  expect(module.elements[4]?.expressions?.length).toBe(2);
  expect(module.data.map(({ memory }) => memory)).toEqual([0, undefined, 2]);
  expect(module.code[1]?.locals).toEqual([
    { count: 2, type: I32 },
    { count: 1, type: F64 },
    { count: 1, type: refType(2, true) },
  ]);
  checkWellFormed(module);
});

test("encoding gives back what wasm-tools wrote, byte for byte", async () => {
  const bytes = await parse(EVERYTHING);
  expect(encodeModule(decodeModule(bytes))).toEqual(Uint8Array.from(bytes));
});

test("custom sections stay where they are", async () => {
  const bytes = await parse(`(module
    (@custom "first" (before first) "1") (type (func)) (@custom "types" (after type) "2") (@custom "types" (after type) "3")
    (@custom "tables" (after table) "4") (func) (@custom "last" (after last) "5"))`);
  const module = decodeModule(bytes);
  expect(module.customs.map(({ name, after }) => [name, after])).toEqual([
    ["first", 0],
    ["types", 1],
    ["types", 1],
    ["tables", 3],
    ["last", 10],
  ]);
  expect(encodeModule(module)).toEqual(Uint8Array.from(bytes));
});

test("an empty section that a custom section follows leaves the order", () => {
  // An empty function section, a custom section, an empty code section.
  const bytes = Uint8Array.from([...HEADER, 3, 1, 0, 0, 2, 1, 0x78, 10, 1, 0]);
  const again = decodeModule(encodeModule(decodeModule(bytes)));
  expect(again.customs.map(({ name }) => name)).toEqual(["x"]);
});

function section(id: number, ...contents: number[]): number[] {
  return [id, contents.length, ...contents];
}

test.each([
  ["types", section(1, 0xc1, 0x84, 0x3d), "length out of bounds"],
  ["a vector that its bytes cannot hold", section(3, 0xff, 0xff, 0xff, 0xff, 0x0f), "length out of bounds"],
  ["parameters", section(1, 1, 0x60, 0xe9, 0x07, ...Array<number>(1001).fill(0x7f), 0), "too many parameters"],
  ["memories", section(5, 101, ...Array<number>(202).fill(0)), "too many memories"],
  [
    "locals with parameters",
    [...section(1, 1, 0x60, 1, 0x7f, 0), ...section(3, 1, 0), ...section(10, 1, 6, 1, 0xd0, 0x86, 0x03, 0x7f, 0x0b)],
    "too many locals",
  ],
])("limit: %s", (_what, sections, message) => {
  // Sections longer than 127 bytes get a length of two bytes.
  const long = sections.length > 130;
  const size = sections.length - 2;
  const bytes = long ? [sections[0] ?? 0, (size & 0x7f) | 0x80, size >> 7, ...sections.slice(2)] : sections;
  expect(() => decodeModule(Uint8Array.from([...HEADER, ...bytes]))).toThrow(
    expect.objectContaining({ name: "DecodeError", message: expect.stringMatching(`^${message}`) }),
  );
});

test("subtype chains end at a depth of 63", () => {
  function chain(length: number): Uint8Array {
    const types = [0x50, 0, 0x5f, 0];
    for (let x = 0; x < length; x++) types.push(0x50, 1, x, 0x5f, 0);
    const size = types.length + 1;
    return Uint8Array.from([...HEADER, 1, (size & 0x7f) | 0x80, size >> 7, length + 1, ...types]);
  }
  expect(decodeModule(chain(63)).types.length).toBe(64);
  expect(() => decodeModule(chain(64))).toThrow("subtype hierarchy too deep");
});

test("every truncation and every changed byte gives a module or a DecodeError", async () => {
  const bytes = await parse(EVERYTHING);
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    for (const variant of [bytes.slice(0, i), changed, changed, changed]) {
      changed[i] = ((changed[i] ?? 0) * 5 + 0x83) & 0xff;
      try {
        const module = decodeModule(variant);
        checkWellFormed(module);
        decodeModule(encodeModule(module));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  }
});

const PACKAGES = new URL("../../node_modules/@bytecodealliance/jco-transpile/vendor/", import.meta.url);

test.each(readdirSync(PACKAGES).filter((name) => name.endsWith(".wasm")))("%s comes back byte for byte", (name) => {
  const bytes = readFileSync(new URL(name, PACKAGES));
  const module = decodeModule(bytes);
  checkWellFormed(module);
  expect(Buffer.compare(encodeModule(module), bytes)).toBe(0);
});
