import { expect, test } from "@jest/globals";
import { lower } from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { parseText } from "../../wasm/text.ts";

const TYPES = `
  (rec (type $ft (func (param (ref null $ct)))) (type $ct (cont $ft)))
  (tag $e) (tag $x (param i32))`;

test.each([
  ["suspend", "(suspend $e)"],
  ["resume", "(resume $ct (on $e switch) (ref.null $ct) (ref.null $ct))"],
  ["resume_throw", "(resume_throw $ct $x (i32.const 1) (ref.null $ct))"],
  ["resume_throw_ref", "(resume_throw_ref $ct (ref.null exn) (ref.null $ct))"],
  ["switch", "(switch $ct $e (ref.null $ct)) (drop)"],
  ["cont.bind", "(drop (cont.bind $ct $ct (ref.null $ct)))"],
])("%s that control never reaches", async (_name, instruction) => {
  const bytes = await parseText(`(module ${TYPES} (func (export "f") (unreachable) ${instruction}))`);
  for (const everyCallSuspends of [false, true]) {
    const lowered = lower(decodeModule(bytes), { everyCallSuspends });
    expect(WebAssembly.validate(lowered.bytes)).toBe(true);
  }
});
