import { expect, test } from "@jest/globals";
import { LoweringError, lower } from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { parseText } from "../../wasm/text.ts";

const i32s = (count: number): string => "i32 ".repeat(count);
const consts = (count: number): string => "(i32.const 0)".repeat(count);
const adds = (count: number): string => "(i32.add)".repeat(count);

/** A call with that many operands below it and results. */
const call = (operands: number, results: number): string => `(module
  (tag $t)
  (func $callee (result ${i32s(results)}) (suspend $t) ${consts(results)})
  (func (result i32) ${consts(operands)} (call $callee) ${adds(operands + results - 1)}))`;

/** An if that suspends, with that many operands below it. */
const condition = (operands: number): string => `(module
  (tag $t)
  (func (result i32) ${consts(operands)} (if (i32.const 1) (then (suspend $t))) ${adds(operands - 1)}))`;

/** A tail call with that many operands, its callee not counted. */
const tailCall = (operands: number): string => `(module
  (type $f (func (param ${i32s(operands)})))
  (tag $t)
  (func (param (ref $f)) (suspend $t) (return_call_ref $f ${consts(operands)} (local.get 0))))`;

async function lowered(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return lower(decodeModule(await parseText(text))).bytes;
}

/** A continuation of that many parameters, all of which are bound at once. */
const bind = (operands: number): string => `(module
  (type $f (func (param ${i32s(operands)})))
  (type $k (cont $f))
  (type $g (func))
  (type $l (cont $g))
  (func (param (ref null $k)) (drop (cont.bind $k $l ${consts(operands)} (local.get 0)))))`;

test("values bound at once", async () => {
  expect(WebAssembly.validate(await lowered(bind(999)))).toBe(true);
  await expect(lowered(bind(1000))).rejects.toThrow("module has a cont.bind with too many operands once lowered");
});

test.each([
  ["results", call(0, 1000)],
  ["operands and results", call(400, 600)],
  ["operands below an if", condition(999)],
  ["operands of a tail call", tailCall(999)],
])("as many %s as a label can have are lowered", async (_, text) => {
  expect(WebAssembly.validate(await lowered(text))).toBe(true);
});

test.each([
  ["operands and results", call(1, 1000)],
  ["operands below an if", condition(1000)],
  ["operands of a tail call", tailCall(1000)],
])("more %s than a label can have are refused", async (_, text) => {
  await expect(lowered(text)).rejects.toThrow(LoweringError);
  await expect(lowered(text)).rejects.toThrow("function has too many operands below a call");
});
