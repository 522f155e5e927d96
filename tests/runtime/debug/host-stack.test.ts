/** The traces of engines, as data. */
import { expect, test } from "@jest/globals";
import { parseHostStack } from "../../../runtime/debug/host-stack.ts";

test.each([
  ["V8", "    at math.divide (wasm://wasm/math-6e90e922:wasm-function[2]:0x38)", ["math.divide", 2, 0x38]],
  ["V8, a name like a place", "    at a (b) (wasm://wasm/0a:wasm-function[2]:0x38)", ["a (b)", 2, 0x38]],
  ["V8, without names", "    at wasm://wasm/6265d07e:wasm-function[1]:0x2f", [undefined, 1, 0x2f]],
  ["V8, compiled while loading", "    at f (https://host/a.wasm:wasm-function[1]:0x2f)", ["f", 1, 0x2f]],
  [
    "V8, a program's own traces",
    "    at math.divide (wasm://wasm/math-6e90e922:1:57)",
    ["math.divide", undefined, 0x38],
  ],
  ["Deno", "    at <anonymous> (wasm://wasm/math-783d32be:wasm-function[0]:0x30)", [undefined, 0, 0x30]],
  [
    "SpiderMonkey",
    "math.divide@http://h/a.js line 2 > WebAssembly.Module:wasm-function[0]:0x29",
    ["math.divide", 0, 0x29],
  ],
  ["jsc", "divide@math:wasm-function[0]", ["divide", 0, undefined]],
  ["jsc, without a name", "(null)@math:wasm-function[1]", [undefined, 1, undefined]],
  ["Safari", "math.wasm-function[divide]@[wasm code]", ["divide", undefined, undefined]],
  ["Safari, without a name", "<?>.wasm-function[3]@[wasm code]", [undefined, 3, undefined]],
  ["Bun", "    at math.wasm-function[divide] ([wasm code])", ["divide", undefined, undefined]],
] as const)("%s", (_, line, [name, func, offset]) => {
  expect(parseHostStack(`RuntimeError: x\n${line}`, "x")).toMatchObject([{ isWasm: true, name, func, offset }]);
});

test.each([
  ["V8", "    at main (file:///a.js:1:2)"],
  ["V8, without a name", "    at file:///a.js:1:2"],
  ["SpiderMonkey and JavaScriptCore", "main@http://host/a.js:1:2"],
  ["JavaScriptCore, outermost", "global code@/a.js:2:20"],
])("a frame of JavaScript: %s", (_, line) => {
  expect(parseHostStack(line, "")).toMatchObject([{ isWasm: false }]);
});

test("a message is no frame, whatever it says", () => {
  const message = "first\n    at f (wasm://wasm/0a:wasm-function[2]:0x38)";
  expect(parseHostStack(`Error: ${message}\n    at file:///a.js:1:2`, message)).toMatchObject([{ isWasm: false }]);
});
