import { parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { IDENTITY, type IndexMap } from "../../wasm/index-map.ts";
import { InstructionReader } from "../../wasm/instruction-reader.ts";
import { writeInstruction, writeOpcode } from "../../wasm/instruction-writer.ts";
import { type ImmediateKind, INSTRUCTIONS, type InstructionName, OP, type Row, ROWS } from "../../wasm/instructions.ts";
import { ModuleWriter } from "../../wasm/module-writer.ts";
import { SECTION } from "../../wasm/sections.ts";
import { I32 } from "../../wasm/types.ts";
import { Writer } from "../../wasm/writer.ts";

/** How each immediate is written in text; indices are 3 throughout, which text needs no definition for. */
const IMMEDIATE_TEXT: Readonly<Record<ImmediateKind, string>> = {
  type: "3",
  func: "3",
  table: "3",
  memory: "3",
  global: "3",
  tag: "3",
  elem: "3",
  data: "3",
  local: "3",
  label: "3",
  field: "3",
  count: "3",
  lane: "1",
  i32: "-123456",
  i64: "-0x7fff_ffff_ffff_ffff",
  f32: "nan:0x12345",
  f64: "-0x1.8p-100",
  v128: "i64x2 -1 0x123456789abcdef",
  lanes: "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
  zero: "",
  block: "(type 3)",
  labels: "3 5 7 3",
  memarg: "3 offset=0x1_2345_6789",
  heap: "3",
  cast: "3 (ref null 3) (ref 5)",
  types: "(result (ref 3))",
  catches: "(catch 3 5) (catch_ref 3 5) (catch_all 5) (catch_all_ref 5)",
  handlers: "(on 3 5) (on 3 switch)",
};

/** Instructions whose text is not their name followed by their immediates; "|" stands before the one in question. */
const SPECIAL_TEXT: Partial<Record<InstructionName, string>> = {
  block: "| block (type 3) end",
  loop: "| loop (type 3) end",
  if: "| if (type 3) end",
  else: "if | else end",
  end: "block | end",
  try: "| try (type 3) end",
  catch: "try | catch 3 end",
  catch_all: "try | catch_all end",
  delegate: "try | delegate 3",
  try_table: `| try_table (type 3) ${IMMEDIATE_TEXT.catches} end`,
  call_indirect: "| call_indirect 3 (type 3)",
  return_call_indirect: "| return_call_indirect 3 (type 3)",
  "select t": "| select (result (ref 3))",
  // Text puts the segment after what it is copied to.
  "memory.init": "| memory.init 3 3",
  "ref.test": "| ref.test (ref 3)",
  "ref.test null": "| ref.test (ref null 3)",
  "ref.cast": "| ref.cast (ref 3)",
  "ref.cast null": "| ref.cast (ref null 3)",
};

function textOf({ name, immediates }: (typeof INSTRUCTIONS)[number]): string {
  const special = SPECIAL_TEXT[name];
  if (special !== undefined) return special;
  const align = immediates.map((kind) => IMMEDIATE_TEXT[kind]);
  return `| ${name} ${align.join(" ")}`;
}

/** A reader at the instruction that `text` marks, in bytes made by wasm-tools. */
async function assemble(text: string): Promise<InstructionReader> {
  const [before = "", after = ""] = text.split("|");
  const bytes = await parse(
    `(module (type (func)) (type (func)) (type (func)) (type (func)) (func ${before} ${after}))`,
  );
  const [code] = decodeModule(bytes).code;
  if (code === undefined) throw new Error("no function");
  const reader = new InstructionReader(bytes);
  reader.seek(code.body, code.range.end);
  const skipped = before.trim() === "" ? 0 : 1;
  for (let i = 0; i <= skipped; i++) expect(reader.next()).toBe(true);
  return reader;
}

/** Adds a different amount to the indices of each space. */
const SHIFT: IndexMap = {
  heap: (code) => code,
  type: (x) => x + 100,
  func: (x) => x + 200,
  table: (x) => x + 300,
  memory: (x) => x + 400,
  global: (x) => x + 500,
  tag: (x) => x + 600,
  elem: (x) => x + 700,
  data: (x) => x + 800,
  local: (x) => x + 900,
  label: (x) => x + 1000,
};

/** Undoes `SHIFT`. */
const UNSHIFT: IndexMap = {
  heap: (code) => code,
  type: (x) => x - 100,
  func: (x) => x - 200,
  table: (x) => x - 300,
  memory: (x) => x - 400,
  global: (x) => x - 500,
  tag: (x) => x - 600,
  elem: (x) => x - 700,
  data: (x) => x - 800,
  local: (x) => x - 900,
  label: (x) => x - 1000,
};

function rewrite(reader: InstructionReader, map: IndexMap): Uint8Array {
  const writer = new Writer();
  writeInstruction(writer, reader, map);
  return writer.toBytes();
}

test.each(INSTRUCTIONS.map((row) => [row.name, row] as const))(
  "%s is what wasm-tools makes of it",
  async (name, row) => {
    const reader = await assemble(textOf(row));
    expect(ROWS[reader.opcode]?.name).toBe(name);
    const original = reader.bytes.slice(reader.offset, reader.end);
    expect(rewrite(reader, IDENTITY)).toEqual(original);
    // An equal map that is not IDENTITY: every immediate goes through its codec.
    expect(rewrite(reader, { ...IDENTITY })).toEqual(original);

    const shifted = new InstructionReader(rewrite(reader, SHIFT));
    expect(shifted.next()).toBe(true);
    expect(shifted.opcode).toBe(row.opcode);
    expect(shifted.end).toBe(shifted.bytes.length);
    expect(rewrite(shifted, UNSHIFT)).toEqual(original);
  },
);

test("memory accesses have the alignment that wasm-tools assumes", async () => {
  for (const row of INSTRUCTIONS) {
    if (!row.immediates.some((kind) => kind === "memarg")) continue;
    const reader = await assemble(textOf(row));
    expect([row.name, row.align]).toEqual([row.name, reader.align]);
    expect(reader.memory).toBe(3);
    expect(reader.memOffset).toBe(0x1_2345_6789n);
  }
});

test("opcodes are unique and dense, names unique", () => {
  const rows: readonly Row[] = INSTRUCTIONS;
  expect(new Set(rows.map(({ opcode }) => opcode)).size).toBe(rows.length);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  expect(Math.max(...rows.map(({ opcode }) => opcode))).toBeLessThan(0x600);
  expect(OP["i32.add"]).toBe(0x6a);
});

/** Opcodes that wasm-tools knows and the table does not, each with the proposal it belongs to. */
const OTHER_PROPOSALS: Readonly<Record<string, readonly number[]>> = {
  "custom descriptors": range(0x120, 0x126),
  "memory control": [0x212],
  "wide arithmetic": range(0x213, 0x216),
  "shared-everything threads": range(0x54f, 0x572),
};

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A module with one function that has `opcode`, whatever it is, among enough zeros for immediates. */
function moduleWith(opcode: number): Uint8Array {
  const module = new ModuleWriter();
  const type = module.entry(SECTION.type);
  for (const byte of [0x60, 0, 0]) type.u8(byte);
  module.entry(SECTION.function).u32(0);
  const body = new Writer();
  body.u32(0);
  writeOpcode(body, opcode);
  for (let i = 0; i < 40; i++) body.u8(0);
  module.entry(SECTION.code).appendSized(body);
  return module.finish();
}

test("wasm-tools knows no other instructions", async () => {
  const others: number[] = [];
  for (let opcode = 0; opcode < 0x580; opcode++) {
    if (ROWS[opcode] !== undefined || (opcode >= 0xfb && opcode < 0x100)) continue;
    const failure = await print(moduleWith(opcode)).then(
      () => "",
      (error: unknown) => JSON.stringify(error) + String(error),
    );
    if (!/illegal opcode|unknown .*(opcode|subopcode)/i.test(failure)) others.push(opcode);
  }
  expect(others).toEqual(Object.values(OTHER_PROPOSALS).flat());
});

test("constants are read as they are", async () => {
  const i32 = await assemble("| i32.const -5");
  expect(i32.value).toBe(-5);
  const i64 = await assemble("| i64.const -0x8000_0000_0000_0000");
  expect(i64.value64).toBe(-0x8000_0000_0000_0000n);
  const one = await assemble("| i64.const 0x1_0000_0001");
  expect(one.value64).toBe(0x1_0000_0001n);
  const f32 = await assemble("| f32.const 1.5");
  expect(new DataView(f32.bytes.buffer, f32.bytes.byteOffset).getFloat32(f32.literal, true)).toBe(1.5);
});

test("composite immediates go to their fields", async () => {
  const table = await assemble("| br_table 3 5 7 9");
  expect(table.labels.slice(0, table.labelCount)).toEqual([3, 5, 7, 9]);
  const cast = await assemble("| br_on_cast 3 (ref null 3) (ref 5)");
  expect([cast.x, cast.flags, cast.heap, cast.heap2]).toEqual([3, 1, 3, 5]);
  const resume = await assemble("| resume 3 (on 4 5) (on 6 switch)");
  expect(resume.x).toBe(3);
  expect(resume.handlers.slice(0, resume.handlerCount)).toEqual([
    { kind: 0, tag: 4, label: 5 },
    { kind: 1, tag: 6, label: 0 },
  ]);
  const thrown = await assemble("| resume_throw 3 4 (on 4 5)");
  expect([thrown.x, thrown.y, thrown.handlerCount]).toEqual([3, 4, 1]);
  const block = await assemble("| block (result i32) end");
  expect([block.block, block.blockType]).toEqual([1, I32]);
  const indirect = await assemble("| call_indirect 7 (type 3)");
  expect([indirect.x, indirect.y]).toEqual([3, 7]);
  const init = await assemble("| memory.init 4 6");
  expect([init.x, init.y]).toEqual([6, 4]);
  const lane = await assemble("| v128.load8_lane 3 offset=9 12");
  expect([lane.memory, lane.memOffset, lane.x]).toEqual([3, 9n, 12]);
});
