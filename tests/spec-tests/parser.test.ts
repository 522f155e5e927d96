import { expect, test } from "@jest/globals";
import { parseScript } from "../../spec-tests/parser.ts";
import type { Command } from "../../spec-tests/script.ts";

function only(source: string): Command {
  const commands = parseScript(source);
  expect(commands).toHaveLength(1);
  return commands[0] as Command;
}

const EMPTY = { form: "text", text: "(module)", line: 1 };

test.each([
  ["(module)", { kind: "module", id: undefined, source: EMPTY }],
  ["(module $m (func))", { kind: "module", id: "$m", source: { text: "(module $m (func))" } }],
  ['(module $"a b" (func))', { kind: "module", id: "$a b", source: { text: '(module $"a b" (func))' } }],
  [
    '(module binary "\\00a" "sm")',
    { kind: "module", source: { form: "binary", bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d) } },
  ],
  [
    '(module $m quote "(func)" "x")',
    { kind: "module", id: "$m", source: { form: "quote", bytes: bytes("(func) x ") } },
  ],
  ["(module definition (func))", { kind: "definition", id: undefined, source: { text: "(module (func))" } }],
  ["(module definition $d (func))", { kind: "definition", id: "$d", source: { text: "(module $d (func))" } }],
  ['(module definition $d binary "")', { kind: "definition", id: "$d", source: { form: "binary" } }],
  ["(module instance)", { kind: "instance", id: undefined, definition: undefined }],
  ["(module instance $d)", { kind: "instance", id: undefined, definition: "$d" }],
  ["(module instance $i $d)", { kind: "instance", id: "$i", definition: "$d" }],
  ['(func) (export "f" (func 0))', { kind: "module", id: undefined, source: { text: '(func) (export "f" (func 0))' } }],
  ['(register "m")', { kind: "register", name: "m", instance: undefined }],
  ['(register "m" $i)', { kind: "register", name: "m", instance: "$i" }],
  ['(invoke "f")', { kind: "invoke", instance: undefined, name: "f", args: [] }],
  ['(get $i "g")', { kind: "get", instance: "$i", name: "g" }],
  [
    '(assert_trap (invoke "f") "unreachable")',
    { kind: "assert_trap", subject: { kind: "invoke" }, message: "unreachable" },
  ],
  ['(assert_trap (module) "m")', { kind: "assert_trap", subject: { kind: "module", source: { text: "(module)" } } }],
  ['(assert_trap (module instance $d) "m")', { subject: { kind: "instance", definition: "$d" } }],
  ['(assert_unlinkable (module) "unknown import")', { kind: "assert_unlinkable", subject: { kind: "module" } }],
  ['(assert_exhaustion (invoke "f") "m")', { kind: "assert_exhaustion", message: "m" }],
  ['(assert_suspension (invoke "f") "unhandled tag")', { kind: "assert_suspension", message: "unhandled tag" }],
  ['(assert_exception (invoke "f"))', { kind: "assert_exception", action: { name: "f" } }],
  ['(assert_malformed (module quote "") "m")', { kind: "assert_malformed", source: { form: "quote" } }],
  ['(assert_malformed_custom (module quote "") "m")', { kind: "assert_malformed_custom" }],
  ['(assert_invalid (module) "m")', { kind: "assert_invalid", source: { text: "(module)" }, message: "m" }],
  ['(assert_invalid_custom (module) "m")', { kind: "assert_invalid_custom" }],
  ["(wait $t)", { kind: "wait", thread: "$t" }],
  [
    '(thread $t (shared (module $m)) (register "m" $m) (invoke "f"))',
    { kind: "thread", id: "$t", shared: ["$m"], script: '(register "m" $m) (invoke "f")' },
  ],
  ["(thread $t)", { kind: "thread", id: "$t", shared: [], script: "" }],
])("%s", (source, expected) => {
  expect(only(source)).toMatchObject({ line: 1, ...expected });
});

test.each([
  ["(i32.const -1)", { type: "i32", bits: -1 }],
  ["(i32.const 0xffffffff)", { type: "i32", bits: -1 }],
  ["(i64.const 0x8000000000000000)", { type: "i64", bits: -(2n ** 63n) }],
  ["(f32.const -0)", { type: "f32", bits: 0x8000_0000 }],
  ["(f32.const nan:canonical)", { type: "f32", nan: "canonical" }],
  ["(f64.const nan:arithmetic)", { type: "f64", nan: "arithmetic" }],
  ["(v128.const i32x4 1 2 3 -1)", { type: "vector", shape: "i32x4", lanes: [1n, 2n, 3n, 0xffff_ffffn] }],
  ["(v128.const f64x2 nan:canonical 1)", { lanes: ["canonical", 0x3ff0_0000_0000_0000n] }],
  ["(ref.null)", { type: "ref.null", heap: undefined }],
  ["(ref.null nocont)", { type: "ref.null", heap: "nocont" }],
  ["(ref.extern)", { type: "ref", kind: "extern" }],
  ["(ref.extern 3)", { type: "ref.extern", value: 3 }],
  ["(ref.host 0x10)", { type: "ref.host", value: 16 }],
  ["(ref.cont)", { type: "ref", kind: "cont" }],
  ["(either (i32.const 1) (i32.const 2))", { type: "either", alternatives: [{ bits: 1 }, { bits: 2 }] }],
])("the expected result %s", (pattern, expected) => {
  expect(only(`(assert_return (invoke "f") ${pattern})`)).toMatchObject({ expected: [expected] });
});

test("a vector argument is bits", () => {
  const args = [{ type: "v128", low: 0x0002_0001n, high: 0xffff_0000_0000_0000n }];
  expect(only('(invoke "f" (v128.const i16x8 1 2 0 0 0 0 0 -1))')).toMatchObject({ args });
});

test("lines are those of the file", () => {
  expect(parseScript('\n(module)\n(; \n ;) (invoke\n"f")').map(({ line }) => line)).toEqual([2, 4]);
  expect(parseScript("\n(module)", 10).map(({ line }) => line)).toEqual([11]);
});

test.each([
  ["(modul)", "expected a command"],
  ["module", "expected a command"],
  ["(module", "expected `)`"],
  ["(module) (func)", "expected a command"],
  ["(invoke)", "expected a string"],
  ['(invoke "f" (f32.const nan:canonical))', "expected a constant"],
  ['(invoke "f" (i32.const 0x1ffffffff))', "malformed constant"],
  ['(invoke "f" (v128.const i32x4 1 2 3))', "expected a keyword or number"],
  ['(assert_return (invoke "f") (ref.nul))', "malformed constant"],
  ['(assert_invalid (module instance $m) "m")', "expected a module"],
  ['(assert_trap (module definition) "m")', "expected an instance"],
  ["(assert_exception)", "expected `(`"],
  ["(wait t)", "expected an identifier"],
  ['(register "m" $i $j)', "expected `)`"],
])("%s is refused: %s", (source, message) => {
  expect(() => parseScript(`\n${source}`)).toThrow(`${message} (at line 2)`);
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
