import { expect, test } from "@jest/globals";
import { parseText, printText, TextError } from "../../wasm/text.ts";

async function errorOf(text: string, name?: string): Promise<TextError> {
  try {
    await parseText(text, name);
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
  throw new Error("the text parses");
}

test("parses a module, and module fields alone", async () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  expect([...(await parseText("(module)"))]).toEqual(header);
  expect([...(await parseText("(func) (memory 0)")).subarray(0, 8)]).toEqual(header);
});

test("parses and prints stack switching", async () => {
  const text = `(module
    (type $ft (func)) (type $ct (cont $ft)) (tag $yield (result i32))
    (func (param $k (ref $ct))
      (block $on_yield (result (ref $ct))
        (resume $ct (on $yield $on_yield) (local.get $k))
        (return))
      (drop)))`;
  const printed = await printText(await parseText(text));
  expect(printed).toContain("resume $ct (on $yield");
  expect(await printText(await parseText(printed))).toBe(printed);
});

test.each([
  ["(module (func i32.foo))", 1, 15, "unknown operator or unexpected token"],
  ["(module\n  (func\n   (local.get $x)))", 3, 15, "unknown local: failed to find name `$x`"],
  ['(module "', 1, 10, "unexpected end"],
  ["", 1, 1, "expected at least one module field"],
  ["(module (func i32.const 99999999999 drop))", 1, 25, "invalid i32 number: constant out of range"],
  ["(module) \ud800", 1, 10, "unexpected character '\ufffd'"],
  ["(; no end", 1, 1, "unterminated block comment"],
  // Columns count UTF-16 code units.
  ['(module (func (export "äöü\u{1f600}") foo))', 1, 32, "unknown operator or unexpected token"],
])("%j fails at %i:%i with %j", async (text, line, column, reason) => {
  const error = await errorOf(text);
  expect([error.line, error.column, error.reason]).toEqual([line, column, reason]);
  expect(error.message).toBe(`${reason} (at line ${line}, column ${column})`);
  expect(error.excerpt).toBe(text.split("\n")[line - 1]);
});

test("a file name goes into the message", async () => {
  expect((await errorOf("(modul)", "a.wat")).message).toBe("expected valid module field (at a.wat:1:2)");
});

test("the excerpt of a long line is the part around the error", async () => {
  const error = await errorOf(`(module ${" ".repeat(1000)}(oops)${" ".repeat(1000)})`);
  expect(error.excerpt).toContain("(oops)");
  expect(error.excerpt.length).toBeLessThanOrEqual(120);
  expect(error.message).not.toContain("\n");
});

test("a component is not a module", async () => {
  expect((await errorOf("(component)")).reason).toBe("not a core module");
});

test("strings and comments may hold characters that change the direction of text", async () => {
  const bytes = await parseText('(module (; \u202e ;) (func (export "\u202e\u2066")))');
  expect(WebAssembly.Module.exports(new WebAssembly.Module(bytes))[0]?.name).toBe("\u202e\u2066");
});

test("bytes that are no module cannot be printed", async () => {
  await expect(printText(Uint8Array.of(1, 2, 3))).rejects.toThrow(TextError);
});

test("goes on working after errors", async () => {
  for (let i = 0; i < 100; i++) await errorOf(`(module (func ${"(".repeat(i)}`);
  expect(await parseText("(module)")).toHaveLength(8);
});
