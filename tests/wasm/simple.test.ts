/** Runs of simple instructions are read and applied as they are one by one: the same types, the same errors. */
import { expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { ValidationError, DecodeError } from "../../wasm/errors.ts";
import { FunctionValidator } from "../../wasm/function-validator.ts";
import { InstructionReader } from "../../wasm/instruction-reader.ts";
import { INSTRUCTIONS, OP } from "../../wasm/instructions.ts";
import type { Module } from "../../wasm/module.ts";
import { applySimple, skipSimple, TRACE_READ, TRACE_SHIFT, TRACE_WRITE } from "../../wasm/simple.ts";
import { parseText } from "../../wasm/text.ts";
import { validateDefinitions } from "../../wasm/validate.ts";

const ROUNDS = 4000;
const BODY = 48;

/** A module with a function of many locals and a long body, whose bytes are to be replaced. */
async function moduleWithBody(memory: string): Promise<Module> {
  const locals = `i64 f32 f64 (ref func) funcref v128 ${"i32 ".repeat(200)}`;
  const body = "nop ".repeat(BODY);
  const bytes = await parseText(
    `(module ${memory} (func (param i32) (local ${locals}) ${body}) (elem declare func 0))`,
  );
  return decodeModule(bytes);
}

/** What becomes of the body: the types on the stack, or the error. */
function outcomeOf(module: Module, run: (v: FunctionValidator) => void): unknown {
  const v = new FunctionValidator(validateDefinitions(module));
  try {
    v.begin(0);
    run(v);
  } catch (error) {
    if (!(error instanceof ValidationError || error instanceof DecodeError)) throw error;
    return { name: error.name, message: error.message, offset: error.offset };
  }
  return {
    stack: v.stack.slice(0, v.height),
    depth: v.depth,
    opcodes: [...v.context.findings.opcodes].flatMap((found, opcode) => (found === 1 ? opcode : [])),
  };
}

/** The body's instructions up to `unreachable`, one by one. */
function apply(v: FunctionValidator): void {
  while (v.read() && v.reader.opcode !== OP.unreachable) {
    v.context.findings.opcodes[v.reader.opcode] = 1;
    v.apply();
  }
}

/** The same with runs, wherever one begins. */
function applyRuns(v: FunctionValidator): void {
  for (;;) {
    applySimple(v, new Int32Array(64), 0, true);
    if (!v.read() || v.reader.opcode === OP.unreachable) return;
    v.context.findings.opcodes[v.reader.opcode] = 1;
    v.apply();
  }
}

/** The body's instructions, after what `skip` skips each time. */
function instructions(module: Module, skip: (reader: InstructionReader) => void): { opcode: number; offset: number }[] {
  const reader = new InstructionReader(module.bytes);
  const { body, range } = module.code[0] ?? { body: 0, range: { end: 0 } };
  reader.seek(body, range.end);
  const found: { opcode: number; offset: number }[] = [];
  for (;;) {
    skip(reader);
    if (!reader.next()) return found;
    found.push({ opcode: reader.opcode, offset: reader.offset });
  }
}

/** What is skipped: all simple instructions but memory accesses. */
const SIMPLE_OPCODES: ReadonlySet<number> = new Set(
  INSTRUCTIONS.filter(
    ({ opcode, name, type, immediates }) =>
      opcode < 0x100 &&
      (name.startsWith("local.") ||
        name === "drop" ||
        name.endsWith(".const") ||
        (type !== null && immediates.length === 0)) &&
      !/ref|extern|i31/.test(name),
  ).map(({ opcode }) => opcode),
);

/** Instructions as bytes, those that leave something on the stack more than once. */
const SNIPPETS: readonly (readonly number[])[] = [
  ...INSTRUCTIONS.filter(
    ({ opcode, type, immediates }) => opcode < 0x100 && type !== null && immediates.length === 0,
  ).map(({ opcode }) => [opcode]),
  ...INSTRUCTIONS.filter(({ opcode, immediates }) => opcode < 0x100 && immediates[0] === "memarg").flatMap(
    ({ opcode, align }) => [
      [opcode, 0, 0],
      [opcode, align, 0x80, 0x01],
      [opcode, align + 1, 0],
      [opcode, 0x40, 0, 0],
      [opcode, 0, 0x80, 0x80, 0x80, 0x80, 0x0f],
    ],
  ),
  ...["local.get", "local.set", "local.tee"].flatMap((name) => {
    const opcode = OP[name as "local.get"];
    const known = [0, 1, 2, 3, 4, 5, 6].map((x) => [opcode, x]);
    return [...known, [opcode, 0x85, 0x01], [opcode, 0x85, 0x00], [opcode, 0x80, 0x80, 0x00], [opcode, 0xff, 0x01]];
  }),
  ...Array.from({ length: 40 }, () => [
    [OP["i32.const"], 0x41],
    [OP["i32.const"], 0xff, 0xff, 0x7f],
    [OP["i64.const"], 0x42],
    [OP["f32.const"], 1, 2, 3, 0x80],
    [OP["f64.const"], 1, 2, 3, 4, 5, 6, 7, 0x80],
    [OP["local.get"], 0],
    [OP["local.get"], 1],
  ]).flat(),
  [OP["i32.const"], 0xff, 0xff, 0xff, 0xff, 0x07],
  [OP["i32.const"], 0xff, 0xff, 0xff, 0xff, 0x0f],
  [OP["i64.const"], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [OP["i64.const"], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [OP["i64.const"], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [OP.drop],
  [OP.select],
  [OP.block, 0x40],
  [OP.block, 0x7f],
  [OP.end],
  [OP["ref.func"], 0],
  [OP["ref.null"], 0x70],
];

test.each(["(memory 1)", "(memory i64 1)", "(memory 1) (memory i64 1)", ""])("random bodies, %s", async (memory) => {
  const module = await moduleWithBody(memory);
  const { body } = module.code[0] ?? { body: 0 };
  let seed = 1;
  const random = (count: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % count;
  };
  let valid = 0;
  for (let round = 0; round < ROUNDS; round++) {
    module.bytes.fill(OP.nop, body, body + BODY);
    let at = body;
    for (let i = 0; i <= random(6); i++) {
      const snippet = SNIPPETS[random(SNIPPETS.length)] ?? [];
      module.bytes.set(snippet, at);
      at += snippet.length;
    }
    module.bytes[at + 1] = OP.unreachable;
    const expected = outcomeOf(module, apply);
    expect(outcomeOf(module, applyRuns)).toEqual(expected);
    if (!("stack" in (expected as object))) continue;
    valid++;
    const others = instructions(module, skipSimple);
    expect(others).toEqual(instructions(module, () => undefined).filter(({ opcode }) => !SIMPLE_OPCODES.has(opcode)));
  }
  expect(valid).toBeGreaterThan(ROUNDS / 10);
});

test("locals are noted as far as there is room", async () => {
  const module = decodeModule(
    await parseText(
      `(module (func (param i32 i32) (local.set 1 (i32.eqz (local.get 0))) (drop (local.tee 0 (local.get 1))) ${"nop ".repeat(20)}))`,
    ),
  );
  const v = new FunctionValidator(validateDefinitions(module));
  v.begin(0);
  const trace = new Int32Array(4);
  expect(applySimple(v, trace, 1, true)).toBe(4);
  const read = (x: number): number => (x << TRACE_SHIFT) | TRACE_READ;
  const write = (x: number): number => (x << TRACE_SHIFT) | TRACE_WRITE;
  expect([...trace]).toEqual([0, read(0), write(1), read(1)]);
  expect(applySimple(v, trace, 0, true)).toBe(1);
  expect(trace[0]).toBe(write(0));
  expect(v.height).toBe(0);
});
