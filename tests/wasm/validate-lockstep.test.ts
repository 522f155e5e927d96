/** What other passes see of a FunctionValidator while they walk a body with it. */
import { expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { DecodeError } from "../../wasm/errors.ts";
import { FunctionValidator } from "../../wasm/function-validator.ts";
import { OP, rowOf } from "../../wasm/instructions.ts";
import { BOTTOM } from "../../wasm/subtyping.ts";
import { parseText } from "../../wasm/text.ts";
import { F64, HEAP_FUNC, I32, I64, refType } from "../../wasm/types.ts";
import { validateDefinitions } from "../../wasm/validate.ts";

async function validatorOf(fields: string): Promise<FunctionValidator> {
  return new FunctionValidator(validateDefinitions(decodeModule(await parseText(`(module ${fields})`))));
}

/** Each instruction of a function with the operands and the number of open blocks before it. */
function trace(v: FunctionValidator, func: number): [name: string, operands: number[], depth: number][] {
  const steps: [string, number[], number][] = [];
  v.begin(func);
  while (v.read()) {
    steps.push([rowOf(v.reader.opcode).name, v.stack.slice(0, v.height), v.depth]);
    v.apply();
  }
  return steps;
}

test("operands and blocks before each instruction", async () => {
  const v = await validatorOf(`
    (func (param i64) (result f64)
      i32.const 1
      if (result f64)
        f64.const 0
      else
        local.get 0
        f64.convert_i64_s
      end)
    (func (result i32) unreachable i32.add)`);
  expect(trace(v, 0)).toEqual([
    ["i32.const", [], 1],
    ["if", [I32], 1],
    ["f64.const", [], 2],
    ["else", [F64], 2],
    ["local.get", [], 2],
    ["f64.convert_i64_s", [I64], 2],
    ["end", [F64], 2],
    ["end", [F64], 1],
  ]);
  expect(v.depth).toBe(0);
  expect(trace(v, 1)).toEqual([
    ["unreachable", [], 1],
    ["i32.add", [], 1],
    ["end", [I32], 1],
  ]);
});

test("a validator can be used again, after an error too", async () => {
  const v = await validatorOf("(func (result i32) block i64.const 1 end) (func (result i64) i64.const 1)");
  expect(() => v.validate(0)).toThrow("type mismatch");
  v.validate(1);
  expect(() => v.validate(0)).toThrow("type mismatch");
});

test("labels, control frames and polymorphic operands", async () => {
  const v = await validatorOf("(func (result i32) i64.const 1 (loop (param i64) (result i32) unreachable) )");
  v.begin(0);
  for (let i = 0; i < 2; i++) {
    v.read();
    v.apply();
  }
  expect(v.controls.slice(0, v.depth)).toMatchObject([
    { opcode: OP.block, startTypes: [], endTypes: [I32], height: 0, unreachable: false },
    { opcode: OP.loop, startTypes: [I64], endTypes: [I32], height: 0, unreachable: false },
  ]);
  expect(v.label(0)).toEqual([I64]);
  expect(v.label(1)).toEqual([I32]);
  v.read();
  v.apply();
  expect(v.control(0).unreachable).toBe(true);
  expect(v.popAny()).toBe(BOTTOM);
});

test("locals: types, and which of them are set", async () => {
  const v = await validatorOf(`
    (func (param (ref func)) (local i32 (ref func))
      block
        (local.set 2 (local.get 0))
        nop
      end)`);
  v.begin(0);
  expect(v.localTypes).toEqual([refType(HEAP_FUNC, false), I32, refType(HEAP_FUNC, false)]);
  const seen: [string, boolean[]][] = [];
  while (v.read()) {
    seen.push([rowOf(v.reader.opcode).name, [0, 1, 2].map((x) => v.isInitialized(x))]);
    v.apply();
  }
  const [unset, set] = [
    [true, true, false],
    [true, true, true],
  ];
  expect(seen).toEqual([
    ["block", unset],
    ["local.get", unset],
    ["local.set", unset],
    ["nop", set],
    ["end", set],
    ["end", unset],
  ]);
});

test("locals of a function with many more than it has code", async () => {
  const count = 3000;
  const v = await validatorOf(
    `(func (param i64) (local ${"i32 ".repeat(count)}) (local (ref func)) (local.set ${count} (i32.const 1)))`,
  );
  v.validate(0);
  expect(v.local(0)).toBe(I64);
  expect(v.local(1)).toBe(I32);
  expect(v.local(count)).toBe(I32);
  expect(v.local(count + 1)).toBe(refType(HEAP_FUNC, false));
  expect(v.isInitialized(count + 1)).toBe(false);
  expect(() => v.local(count + 2)).toThrow(`unknown local ${count + 2}`);
  expect(v.localTypes).toHaveLength(count + 2);
});

test("a body that does not end where its blocks do is malformed", async () => {
  const bytes = await parseText("(module (func block end))");
  const end = bytes.indexOf(0x0b);
  const unended = bytes.slice();
  unended[end] = OP.nop;
  const early = bytes.slice();
  early.fill(OP.nop, end - 2, end);
  for (const malformed of [unended, early]) {
    const v = new FunctionValidator(validateDefinitions(decodeModule(malformed)));
    expect(() => v.validate(0)).toThrow(DecodeError);
  }
});
