/** Small modules that the runtime makes for itself, where only WebAssembly can do a thing. */
import { OP } from "../wasm/instructions.ts";
import { EXTERN_KINDS, HEADER, SECTION, TYPE_CODE } from "../wasm/sections.ts";
import { heapOf, isRef } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { valTypeOfName } from "./descriptor-types.ts";
import type { RawFunction } from "./host.ts";
import { host } from "./host.ts";

/** Order of sections, where it is not that of their ids. */
const ORDER: readonly number[] = Object.freeze([
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.tag,
  SECTION.export,
  SECTION.code,
]);

type Entry = (contents: Writer) => void;
/** A section and its entries. */
export type Section = readonly [id: number, ...entries: readonly Entry[]];

/** A module of some sections, which are put in order. */
export function glueModule(...sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const module = new Writer();
  for (const byte of HEADER) module.u8(byte);
  for (const [id, ...entries] of sections.toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))) {
    const contents = new Writer();
    contents.u32(entries.length);
    for (const write of entries) write(contents);
    module.u8(id);
    module.appendSized(contents);
  }
  return module.toBytes();
}

/** The type section with one function type. @throws {TypeError} if a type is none that has a name */
export function funcTypeSection(params: readonly string[], results: readonly string[]): Section {
  return [SECTION.type, (type) => writeFuncType(type, params, results)];
}

function writeFuncType(out: Writer, params: readonly string[], results: readonly string[]): void {
  out.u8(TYPE_CODE.func);
  for (const names of [params, results]) {
    out.u32(names.length);
    // Numbers and nullable references to abstract heap types are one byte each.
    for (const t of names.map(valTypeOfName)) out.u8((isRef(t) ? heapOf(t) : t) & 0x7f);
  }
}

export function exportSection(name: string, kind: (typeof EXTERN_KINDS)[number], index = 0): Section {
  return [
    SECTION.export,
    (entry) => {
      entry.name(name);
      entry.u8(EXTERN_KINDS.indexOf(kind));
      entry.u32(index);
    },
  ];
}

/** A function of type 0, without locals; `code` lacks its `end`. */
export function functionSections(code: readonly number[]): readonly [Section, Section] {
  const body = [0x00, ...code, 0x0b];
  return [
    [SECTION.function, (out) => out.u32(0)],
    [
      SECTION.code,
      (out) => {
        out.u32(body.length);
        for (const byte of body) out.u8(byte);
      },
    ],
  ];
}

/** `(import "" "f" (func (type 0)))` */
const FUNCTION_IMPORT: Section = Object.freeze<Section>([
  SECTION.import,
  (entry) => {
    entry.name("");
    entry.name("f");
    entry.u8(EXTERN_KINDS.indexOf("func"));
    entry.u32(0);
  },
]);

/** A function of WebAssembly that is `fn`, to be put in tables: `(import "" "f" (func (type 0))) (export "f" (func 0))`. */
export function asWasmFunction(fn: RawFunction, params: readonly string[], results: readonly string[]): RawFunction {
  const bytes = glueModule(funcTypeSection(params, results), FUNCTION_IMPORT, exportSection("f", "func"));
  const instance = new host.Instance(new host.Module(bytes), { "": { f: fn } });
  return instance.exports["f"] as RawFunction;
}

/** `(import "" "f" (func $f (type 0))) (func (export "f") (type 0) (call $f (local.get 0) ...))` */
export function callingModule(params: readonly string[], results: readonly string[]): Uint8Array<ArrayBuffer> {
  const code = new Writer();
  for (const i of params.keys()) {
    code.u8(OP["local.get"]);
    code.u32(i);
  }
  code.u8(OP.call);
  code.u32(0);
  return glueModule(
    funcTypeSection(params, results),
    FUNCTION_IMPORT,
    ...functionSections([...code.toBytes()]),
    exportSection("f", "func", 1),
  );
}

/** `(func (export "is") (param funcref) (result i32) (ref.test (ref $type) (local.get 0)))` */
export function functionTypeTest(params: readonly string[], results: readonly string[]): (fn: RawFunction) => boolean {
  const types: Section = [
    SECTION.type,
    (out) => writeFuncType(out, ["funcref"], ["i32"]),
    (out) => writeFuncType(out, params, results),
  ];
  const bytes = glueModule(types, ...functionSections([0x20, 0x00, 0xfb, 0x14, 0x01]), exportSection("is", "func"));
  const is = new host.Instance(new host.Module(bytes)).exports["is"] as (fn: RawFunction) => number;
  return (fn) => is(fn) !== 0;
}
