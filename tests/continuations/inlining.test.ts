/** What the lowering does so that the host inlines in lowered code: see continuations/small-functions.ts. */
import { expect, test } from "@jest/globals";
import { lower } from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import type { Module } from "../../wasm/module.ts";
import { parseText } from "../../wasm/text.ts";

const SMALL = 50;

function shareOfSmall({ code }: Module): number {
  return code.filter(({ range }) => range.end - range.start < SMALL).length / code.length;
}

/** 40 functions of which `small` are small; all of them call an import. */
async function guest(small: number): Promise<Module> {
  const functions = Array.from({ length: 40 }, (_, i) => `(func ${"(call $f)".repeat(i < small ? 1 : 40)})`);
  return decodeModule(await parseText(`(module (import "host" "f" (func $f)) ${functions.join("\n")})`));
}

test.each([0, 10, 30])("half of the functions are small, whether or not %i of 40 were", async (small) => {
  const lowered = decodeModule(lower(await guest(small)).bytes);
  expect(shareOfSmall(lowered)).toBeGreaterThanOrEqual(0.5);
  expect(lowered.code.length).toBeLessThan(300);
});

test("a module in which nothing can suspend stays as it is", async () => {
  const bytes = await parseText(`(module (func $f (export "f") (result i32) (i32.const 1)) (func (drop (call $f))))`);
  expect(lower(decodeModule(bytes), { everyCallSuspends: true }).bytes).toEqual(bytes);
  expect(lower(decodeModule(bytes), { everyFunctionSuspends: true }).bytes.length).toBeGreaterThan(bytes.length);
});
