/** What a translated module keeps, and what it gets. */
import { expect, test } from "@jest/globals";
import { lower } from "../../continuations/index.ts";
import { translateLegacyExceptions, usesLegacyExceptions } from "../../continuations/legacy-exceptions.ts";
import {
  BRANCH_HINT_SECTION,
  decodeModule,
  encodeModule,
  InstructionReader,
  type Module,
  parseText,
  readBranchHints,
  readNames,
  rowOf,
  validateModule,
} from "../../wasm/index.ts";

async function moduleOf(text: string): Promise<Module> {
  return decodeModule(await parseText(text));
}

function instructions(module: Module, i: number): string[] {
  const { body, range } = module.code[i] ?? { body: 0, range: { end: 0 } };
  const reader = new InstructionReader(module.bytes);
  reader.seek(body, range.end);
  const names: string[] = [];
  while (reader.next()) names.push(rowOf(reader.opcode).name);
  return names;
}

const MODULE = `(module $m
  (type $pair (func (param i32 i64)))
  (import "m" "f" (func $imported))
  (tag $e (type $pair))
  (memory 1) (data "x") (global i32 (i32.const 1)) (table 1 funcref) (elem func $plain)
  (func $plain (export "plain") (param $p i32) (@metadata.code.branch_hint "\\01") (if $if (local.get $p) (then)))
  (func $legacy (export "legacy") (param $p i32) (local $l i64)
    (@metadata.code.branch_hint "\\00") (if (local.get $p) (then (call $imported)))
    try $t (param) call $imported catch $e local.set $l local.set $p rethrow $t end)
  (@custom "mine" "contents"))`;

test("indices, exports, other functions and sections stay; types and locals are added behind", async () => {
  const before = await moduleOf(MODULE);
  const after = translateLegacyExceptions(before);
  validateModule(after);
  expect(usesLegacyExceptions(before)).toBe(true);
  expect(usesLegacyExceptions(after)).toBe(false);
  expect(after.types.slice(0, before.types.length)).toEqual(before.types);
  for (const part of ["imports", "functions", "tables", "memories", "tags", "exports", "importedFunctions"] as const) {
    expect(after[part]).toEqual(before[part]);
  }
  expect(instructions(after, 0)).toEqual(instructions(before, 0));
  expect(instructions(after, 1)).toContain("throw_ref");
  expect(after.code[1]?.locals.slice(0, 1)).toEqual(before.code[1]?.locals);
  expect(after.customs.map(({ name }) => name)).toEqual(before.customs.map(({ name }) => name));
});

test("names of labels and branch hints go where they would be wrong", async () => {
  const before = await moduleOf(MODULE);
  const after = translateLegacyExceptions(before);
  const names = readNames(before);
  expect([...names.labels.keys()]).toEqual([1, 2]);
  names.labels.delete(2);
  expect(readNames(after)).toEqual(names);
  expect(before.customs.some(({ name }) => name === BRANCH_HINT_SECTION)).toBe(true);
  const hints = readBranchHints(before);
  expect([...hints.keys()]).toEqual([1, 2]);
  hints.delete(2);
  expect(readBranchHints(after)).toEqual(hints);
});

test("an exception is kept only where it is rethrown, and a delegate to the next handler costs nothing", async () => {
  const module = await moduleOf(`(module (tag $e) (func $f)
    (func try $t try call $f delegate $t catch $e catch_all end))`);
  const translated = translateLegacyExceptions(module);
  expect(translated.code[1]?.locals).toEqual([]);
  expect(instructions(translated, 1)).toEqual(
    "block block block try_table block call end end br end br end end end".split(" "),
  );
});

test("modules without legacy exceptions are not touched", async () => {
  const module = await moduleOf("(module (tag $e) (func (block $b (try_table (catch $e $b) (throw $e)))))");
  expect(usesLegacyExceptions(module)).toBe(false);
  expect(encodeModule(translateLegacyExceptions(module))).toEqual(encodeModule(module));
});

test("frames say where their sites are in the guest's bytes", async () => {
  const module = await moduleOf(MODULE);
  const { frames } = lower(module, { everyCallSuspends: true, fuel: {} });
  const reader = new InstructionReader(module.bytes);
  const found = frames.map(({ func, offsets }) => [
    func,
    ...[...offsets].map((offset) => {
      reader.seek(offset, module.bytes.length);
      reader.next();
      return `${rowOf(reader.opcode).name} ${offset - (module.code[func - 1]?.body ?? 0)}`;
    }),
  ]);
  expect(found).toEqual([
    [1, "local.get 0"],
    [2, "local.get 0", "call 4", "call 9"],
  ]);
});

test("a function that gets too many locals is refused", async () => {
  const locals = (count: number): string => `(func (local ${"i32 ".repeat(count)}) try catch_all rethrow 0 end)`;
  const module = await moduleOf(`(module ${locals(49_999)} ${locals(50_000)})`);
  validateModule(module);
  const { body } = module.code[1] ?? { body: 0 };
  expect(() => lower(module)).toThrow(
    `function has too many locals once lowered (function 1, at offset 0x${body.toString(16)})`,
  );
});

test("nesting may be as deep as the guest likes", async () => {
  const depth = 10_000;
  // Every other try delegates to the middle of those around it.
  const ends = Array.from({ length: depth >> 1 }, (_, i) => `delegate ${(depth >> 1) - i} catch_all rethrow 0 end`);
  const text = `${"try ".repeat(depth)} call $f ${ends.join(" ")}`;
  const module = await moduleOf(`(module (func $f (export "f")) (func ${text}))`);
  validateModule(module);
  const started = performance.now();
  validateModule(translateLegacyExceptions(module));
  expect(WebAssembly.validate(lower(module, { everyCallSuspends: true }).bytes)).toBe(true);
  expect(performance.now() - started).toBeLessThan(5000);
});
