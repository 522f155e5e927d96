/** Small modules, written part by part without a check of what is written. */
import { OP } from "../wasm/instructions.ts";
import { HEADER, SECTION, TYPE_CODE } from "../wasm/sections.ts";
import { Writer } from "../wasm/writer.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
export type Write = (w: Writer) => void;

const I32 = 0x7f;
export const FUNCREF = 0x70;
const EMPTY = 0x40;
export const REF = 0x64;
const REF_NULL = 0x63;

/** What a module has besides what every one has. */
interface Parts {
  /** Recursion groups. Type 0 is always () -> (). */
  readonly types?: readonly Write[];
  readonly imports?: readonly Write[];
  /** Types of functions, each with its locals and instructions, without the last `end`. */
  readonly functions?: readonly (readonly [type: number, locals: Write, body: Write])[];
  /** Types of tags; tag 0 is always () -> (). */
  readonly tags?: readonly number[];
  readonly tables?: readonly Write[];
  readonly globals?: readonly Write[];
  readonly exports?: readonly Write[];
  readonly elements?: readonly Write[];
  readonly data?: readonly Write[];
  readonly customs?: readonly (readonly [name: string, contents: Write])[];
  /** Where custom sections stand: before all others, as a rule behind them. */
  readonly customsFirst?: boolean;
}

/** As many values as a function type may have parameters or results. */
export const MANY_VALUES = 1000;

export const NO_LOCALS: Write = (w) => w.u8(0);

function section(out: Writer, id: number, entries: readonly Write[]): void {
  if (entries.length === 0) return;
  const contents = new Writer(4096);
  contents.u32(entries.length);
  for (const write of entries) write(contents);
  out.u8(id);
  out.appendSized(contents);
}

export function moduleOf(parts: Parts): Bytes {
  const out = new Writer(65536);
  for (const byte of HEADER) out.u8(byte);
  const functions = parts.functions ?? [];
  const customs = (): void => {
    for (const [name, write] of parts.customs ?? []) {
      const contents = new Writer();
      contents.name(name);
      write(contents);
      out.u8(SECTION.custom);
      out.appendSized(contents);
    }
  };
  if (parts.customsFirst === true) customs();
  section(out, SECTION.type, [funcType(0, 0), ...(parts.types ?? [])]);
  section(out, SECTION.import, parts.imports ?? []);
  section(
    out,
    SECTION.function,
    functions.map(
      ([type]) =>
        (w) =>
          w.u32(type),
    ),
  );
  section(out, SECTION.table, parts.tables ?? []);
  section(
    out,
    SECTION.tag,
    [0, ...(parts.tags ?? [])].map((type) => (w) => {
      w.u8(0);
      w.u32(type);
    }),
  );
  section(out, SECTION.global, parts.globals ?? []);
  section(out, SECTION.export, parts.exports ?? []);
  section(out, SECTION.element, parts.elements ?? []);
  section(
    out,
    SECTION.code,
    functions.map(([, locals, body]) => (w) => {
      const code = new Writer(1024);
      locals(code);
      body(code);
      code.u8(OP.end);
      w.appendSized(code);
    }),
  );
  section(out, SECTION.data, parts.data ?? []);
  if (parts.customsFirst !== true) customs();
  return out.toBytes();
}

export function funcType(params: number, results: number): Write {
  return (w) => {
    w.u8(TYPE_CODE.func);
    for (const count of [params, results]) {
      w.u32(count);
      times(count, () => w.u8(I32));
    }
  };
}

export function contType(func: number): Write {
  return (w) => {
    w.u8(TYPE_CODE.cont);
    w.s32(func);
  };
}

export function times(count: number, act: (i: number) => void): void {
  for (let i = 0; i < count; i++) act(i);
}

export function list<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

export function writes(count: number, write: (w: Writer, i: number) => void): Write[] {
  return list(
    count,
    (i): Write =>
      (w) =>
        write(w, i),
  );
}

/** A type of references to type `x`. */
export function refTo(w: Writer, x: number, nullable: boolean): void {
  w.u8(nullable ? REF_NULL : REF);
  w.s32(x);
}

/** A null reference to type `x`. */
export function nullOf(w: Writer, x: number): void {
  w.u8(OP["ref.null"]);
  w.s32(x);
}

export function constant(w: Writer): void {
  w.u8(OP["i32.const"]);
  w.u8(0);
}

export function drop(w: Writer): void {
  w.u8(OP.drop);
}

export function open(w: Writer, opcode: number): void {
  w.u8(opcode);
  w.u8(EMPTY);
}

export function end(w: Writer): void {
  w.u8(OP.end);
}

export function suspend(w: Writer): void {
  w.u8(OP.suspend);
  w.u8(0);
}

export function index(w: Writer, opcode: number, x: number): void {
  w.u8(opcode);
  w.u32(x);
}

export function i32Locals(count: number): Write {
  return (w) => {
    w.u8(1);
    w.u32(count);
    w.u8(I32);
  };
}

/** A module with one function of type () -> (). */
export function oneBody(body: Write, locals: Write = NO_LOCALS, parts: Parts = {}): Bytes {
  return moduleOf({ ...parts, functions: [[0, locals, body], ...(parts.functions ?? [])] });
}

/** Reads of so many locals. */
export function readLocals(w: Writer, count: number): void {
  times(count, (x) => {
    index(w, OP["local.get"], x);
    drop(w);
  });
}
