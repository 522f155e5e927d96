/** Backtraces with lines of source: DWARF and source maps. */
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { Engine, Instance, Module, Store, Trap } from "../../../runtime/index.ts";
import { parseText } from "../../../wasm/text.ts";

async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(name, import.meta.url)));
}

/** Calls `main`, which divides by its argument. */
function trapIn(module: Module): Trap {
  try {
    new Instance(new Store(module.engine), module).call("main", 0);
  } catch (error) {
    if (error instanceof Trap) return error;
  }
  throw new Error("no trap");
}

function linesOf(module: Module): (string | undefined)[] | undefined {
  return trapIn(module).backtrace?.frames.map(({ symbols: [symbol] }) =>
    symbol === undefined ? undefined : `${symbol.file}:${symbol.line}:${symbol.column}`,
  );
}

// lines.c, compiled by clang 14: -O1 -gline-tables-only -gdwarf-4 and -gdwarf-5.
const PROGRAM = ["/src/lines.c:3:12", "/src/lines.c:9:7", "/src/lines.c:13:65"];

test.each(["lines4.wasm", "lines5.wasm"])("%s has DWARF line numbers", async (name) => {
  const file = name === "lines4.wasm" ? (line: string) => line.replace("/src/", "") : (line: string) => line;
  const expected = PROGRAM.map(file);
  const bytes = await bytesOf(name);
  expect(linesOf(new Module(new Engine(), bytes))).toEqual(expected);
  // Lowered code is elsewhere, but it is the guest's code that counts.
  expect(linesOf(new Module(new Engine({ chaos: 7 }), bytes))).toEqual(expected);
});

test("the text has the lines below the frames", async () => {
  const module = new Module(new Engine(), await bytesOf("lines5.wasm"));
  expect(String(trapIn(module).backtrace).split("\n").slice(1, 3)).toEqual([
    expect.stringMatching(/^ {4}0: +0x[0-9a-f]+ - <unknown>!divide$/),
    "                    at /src/lines.c:3:12",
  ]);
});

/** A custom section. */
function section(name: string, contents: Uint8Array): number[] {
  const encoded = new TextEncoder().encode(name);
  const body = [encoded.length, ...encoded, ...contents];
  return [0, (body.length & 0x7f) | 0x80, body.length >> 7, ...body];
}

function named(text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  return Uint8Array.from([(encoded.length & 0x7f) | 0x80, encoded.length >> 7, ...encoded]);
}

/** A source map for the one instruction at `offset`: line 42, column 7 of program.ts. */
function sourceMap(offset: number): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const vlq = (value: number): string => {
    let rest = value << 1;
    let text = "";
    do {
      text += digits[(rest & 31) | (rest > 31 ? 32 : 0)];
      rest >>= 5;
    } while (rest > 0);
    return text;
  };
  const mappings = [offset, 0, 41, 6].map(vlq).join("");
  return JSON.stringify({ version: 3, sources: ["program.ts"], names: [], mappings });
}

test("a source map goes before DWARF", async () => {
  const bytes = await bytesOf("lines5.wasm");
  const offset = trapIn(new Module(new Engine(), bytes)).backtrace?.frames[0]?.moduleOffset ?? 0;
  const inline = `data:application/json;base64,${btoa(sourceMap(offset))}`;
  const withInline = Uint8Array.from([...bytes, ...section("sourceMappingURL", named(inline))]);
  for (const engine of [new Engine(), new Engine({ chaos: 1 })]) {
    const module = new Module(engine, withInline);
    expect(linesOf(module)?.[0]).toBe("/src/lines.c:3:12");
    expect(await module.symbols.loadSourceMap()).toBe(true);
    expect(linesOf(module)?.[0]).toBe("program.ts:42:7");
  }
});

test("a source map elsewhere is given by the program", async () => {
  const bytes = await bytesOf("lines5.wasm");
  const module = new Module(
    new Engine(),
    Uint8Array.from([...bytes, ...section("sourceMappingURL", named("maps/lines.map"))]),
  );
  expect(module.symbols.sourceMapUrl).toBe("maps/lines.map");
  const offset = trapIn(module).backtrace?.frames[0]?.moduleOffset ?? 0;
  expect(await module.symbols.loadSourceMap()).toBe(false);
  await module.symbols.loadSourceMap(sourceMap(offset), "maps/lines.map");
  expect(linesOf(module)?.[0]).toBe("maps/program.ts:42:7");
});

test.each([
  ["cut short", (bytes: Uint8Array) => bytes.subarray(0, 20)],
  [
    "of an unknown version",
    (bytes: Uint8Array) => Uint8Array.from([...bytes.subarray(0, 4), 9, 9, ...bytes.subarray(6)]),
  ],
  ["full of ones", (bytes: Uint8Array) => bytes.map((byte, i) => (i < 4 ? byte : 0xff))],
])("line numbers that are %s do no harm", async (_, damage) => {
  const module = new Module(new Engine(), await bytesOf("lines5.wasm"));
  const [contents] = module.customSections(".debug_line");
  const damaged = damage(new Uint8Array(contents ?? new ArrayBuffer(0)));
  const plain = new Module(new Engine(), await bytesOf("lines4.wasm"));
  const { decoded } = plain;
  const before = decoded.customs.find(({ name }) => name.startsWith(".debug"))?.range.start ?? 0;
  expect(before).toBeGreaterThan(0);
  // The first section of that name counts.
  const rest = decoded.bytes.subarray(8);
  const header = decoded.bytes.subarray(0, 8);
  const bytes = Uint8Array.from([...header, ...section(".debug_line", damaged), ...rest]);
  expect(linesOf(new Module(new Engine(), bytes))).toEqual([undefined, undefined, undefined]);
});

test("a module without either has no lines", async () => {
  const text = '(module (func (export "main") (param i32) (drop (i32.div_s (i32.const 1) (local.get 0)))))';
  const module = new Module(new Engine(), await parseText(text));
  expect(linesOf(module)).toEqual([undefined]);
  expect(module.symbols.sourceMapUrl).toBeUndefined();
  expect(await module.symbols.loadSourceMap()).toBe(false);
  await expect(module.symbols.loadSourceMap("no source map")).rejects.toThrow(SyntaxError);
});
