/** What the namespace has beyond the core JS API: streaming (Web API) and promise integration. */
import { beforeAll, expect, test } from "@jest/globals";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { parseText } from "../../wasm/text.ts";
import type { Namespace } from "./jsapi-outcomes.ts";

const wasm = createWebAssembly() as unknown as Namespace;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  bytes = await parseText(`(module (func (export "f") (result i32) (i32.const 5)))`);
});

function response(type: string | null, init: ResponseInit = {}): Response {
  return new Response(bytes, { ...init, headers: type === null ? {} : { "content-type": type } });
}

test.each(["application/wasm", "Application/WASM", " application/wasm "])("streams %p", async (type) => {
  expect(await wasm["compileStreaming"](response(type))).toBeInstanceOf(wasm["Module"]);
  expect(await wasm["compileStreaming"](Promise.resolve(response(type)))).toBeInstanceOf(wasm["Module"]);
  const { module, instance } = await wasm["instantiateStreaming"](response(type), {});
  expect(module).toBeInstanceOf(wasm["Module"]);
  expect(instance.exports.f()).toBe(5);
});

test.each([
  ["no type", () => response(null)],
  ["another type", () => response("text/wasm")],
  ["an empty parameter", () => response("application/wasm;")],
  ["a parameter", () => response("application/wasm; charset=utf-8")],
  ["an error status", () => response("application/wasm", { status: 404 })],
  ["a network error", () => Response.error()],
  ["no response", () => bytes],
  ["nothing", () => undefined],
  ["a promise of no response", () => Promise.resolve({})],
])("refuses to stream %s", async (_, source) => {
  await expect(wasm["compileStreaming"](source())).rejects.toThrow(TypeError);
  await expect(wasm["instantiateStreaming"](source())).rejects.toThrow(TypeError);
});

test("refuses to stream a body twice", async () => {
  const once = response("application/wasm");
  await wasm["compileStreaming"](once);
  await expect(wasm["compileStreaming"](once)).rejects.toThrow(TypeError);
});

test("passes on why there is no response", async () => {
  await expect(wasm["compileStreaming"](Promise.reject(new RangeError("mine")))).rejects.toThrow(RangeError);
});

test("streams what is not a module as a CompileError", async () => {
  const bad = new Response(new Uint8Array([0, 1, 2]), { headers: { "content-type": "application/wasm" } });
  await expect(wasm["compileStreaming"](bad)).rejects.toThrow(wasm["CompileError"]);
});

test("has promise integration, whether the host has it or not", () => {
  expect("promising" in wasm).toBe(true);
  expect("Suspending" in wasm).toBe(true);
  const error = new wasm["SuspendError"]("text");
  expect([error.name, error.message, error instanceof Error]).toEqual(["SuspendError", "text", true]);
});

/** The same module, as it is, and with a table that others see, so that it is lowered. */
const WAITING = [
  ["as it is", ""],
  [
    "lowered",
    `(table (export "t") 1 funcref) (type $i (func (param i32) (result i32))) (elem (i32.const 0) $own)
    (func $own (param i32) (result i32) (call_indirect (type $i) (local.get 0) (i32.const 0)))`,
  ],
] as const;

test.each(WAITING)("a guest waits for a promise: %s", async (_, more) => {
  const text = `(module (import "m" "f" (func $f (param i32) (result i32))) ${more}
    (func (export "g") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))`;
  const f = new wasm["Suspending"](async (x: number) => {
    if (x < 0) throw new SyntaxError("negative");
    return x * 2;
  });
  const { g } = new wasm["Instance"](new wasm["Module"](await parseText(text)), { m: { f } }).exports;
  const promising = wasm["promising"](g);
  expect(await Promise.all([promising(1), promising(2), promising(3)])).toEqual([3, 5, 7]);
  await expect(promising(-1)).rejects.toThrow(SyntaxError);
  expect(() => wasm["promising"](() => 0)).toThrow(TypeError);
  expect(() => g(1)).toThrow(wasm["SuspendError"]);
});
