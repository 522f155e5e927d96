import { expect, test } from "@jest/globals";
import type { Pattern } from "../../spec-tests/script.ts";
import { parseScript } from "../../spec-tests/parser.ts";
import { formatValue, HostValues, matches, type Value } from "../../spec-tests/values.ts";

function pattern(text: string): Pattern {
  const [command] = parseScript(`(assert_return (invoke "f") ${text})`);
  if (command?.kind !== "assert_return" || command.expected[0] === undefined) throw new Error("no pattern");
  return command.expected[0];
}

const hosts = new HostValues();
const anyNull: Value = { type: "ref", hierarchy: "any", value: null, kind: undefined };
const i31: Value = { type: "ref", hierarchy: "any", value: 1, kind: "i31" };
const struct: Value = { type: "ref", hierarchy: "any", value: {}, kind: "struct" };
const internalized: Value = { type: "ref", hierarchy: "any", value: hosts.get(2), kind: "host" };
const extern: Value = { type: "ref", hierarchy: "extern", value: hosts.get(1), kind: undefined };
const exn: Value = { type: "ref", hierarchy: "exn", value: undefined, kind: undefined };
const contNull: Value = { type: "ref", hierarchy: "cont", value: null, kind: undefined };
const f32 = (bits: number): Value => ({ type: "f32", bits });
const f64 = (bits: bigint): Value => ({ type: "f64", bits });

test.each<[string, Value, boolean]>([
  ["(i32.const 1)", { type: "i32", bits: 1 }, true],
  ["(i32.const 1)", { type: "i64", bits: 1n }, false],
  ["(f32.const -0)", f32(0), false],
  ["(f32.const nan:0x1)", f32(0x7f80_0001), true],
  ["(f32.const nan)", f32(0xffc0_0000), false],
  ["(f32.const nan:canonical)", f32(0x7fc0_0000), true],
  ["(f32.const nan:canonical)", f32(0xffc0_0000), true],
  ["(f32.const nan:canonical)", f32(0x7fc0_0001), false],
  ["(f32.const nan:arithmetic)", f32(0xffc0_0001), true],
  ["(f32.const nan:arithmetic)", f32(0x7fa0_0000), false],
  ["(f64.const nan:canonical)", f64(0xfff8_0000_0000_0000n), true],
  ["(f64.const nan:arithmetic)", f64(0x7ff4_0000_0000_0000n), false],
  ["(f64.const nan:arithmetic)", f64(0x7ff0_0000_0000_0000n), false],
  [
    "(v128.const i8x16 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -1)",
    { type: "v128", low: 1n, high: 0xff00_0000_0000_0000n },
    true,
  ],
  ["(v128.const i64x2 1 2)", { type: "v128", low: 2n, high: 1n }, false],
  [
    "(v128.const f32x4 nan:canonical 1 nan:arithmetic 0)",
    { type: "v128", low: 0x3f80_0000_7fc0_0000n, high: 0x7fc0_0005n },
    true,
  ],
  [
    "(v128.const f32x4 nan:canonical 1 nan:canonical 0)",
    { type: "v128", low: 0x3f80_0000_7fc0_0000n, high: 0x7fc0_0005n },
    false,
  ],
  ["(either (i32.const 1) (i32.const 2))", { type: "i32", bits: 2 }, true],
  ["(either (i32.const 1) (i32.const 2))", { type: "i32", bits: 3 }, false],
  ["(ref.null)", anyNull, true],
  ["(ref.null none)", anyNull, true],
  ["(ref.null $t)", anyNull, true],
  ["(ref.null func)", anyNull, false],
  ["(ref.null nocont)", contNull, true],
  ["(ref.null)", exn, false],
  ["(ref.any)", anyNull, false],
  ["(ref.any)", internalized, true],
  ["(ref.eq)", internalized, false],
  ["(ref.eq)", i31, true],
  ["(ref.i31)", i31, true],
  ["(ref.struct)", i31, false],
  ["(ref.struct)", struct, true],
  ["(ref.array)", struct, false],
  ["(ref.host 2)", internalized, true],
  ["(ref.host 1)", internalized, false],
  ["(ref.host 1)", extern, false],
  ["(ref.extern 1)", extern, true],
  ["(ref.extern 2)", extern, false],
  ["(ref.extern)", extern, true],
  ["(ref.func)", extern, false],
  ["(ref.exn)", exn, true],
  ["(ref.cont)", contNull, false],
])("%s and %j: %s", (text, value, expected) => {
  expect(matches(pattern(text), value, hosts)).toBe(expected);
});

test.each([
  "(i32.const -1)",
  "(f32.const -0)",
  "(f32.const 1.5)",
  "(f32.const inf)",
  "(f64.const -nan:0x1)",
  "(f64.const nan:canonical)",
  "(v128.const i16x8 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0xffff)",
  "(v128.const f32x4 0 nan:arithmetic -inf nan:0x400001)",
  "(ref.null)",
  "(ref.null exn)",
  "(ref.extern 3)",
  "(ref.i31)",
  "(either (i32.const 1) (i32.const 2))",
])("formats %s", (text) => {
  expect(formatValue(pattern(text))).toBe(text);
});

test("formats actual references", () => {
  expect([anyNull, i31, internalized, extern, exn].map(formatValue)).toEqual([
    "(ref.null any)",
    "(ref.i31)",
    "(ref.host 2)",
    "(ref.extern 1)",
    "(ref.exn)",
  ]);
});
