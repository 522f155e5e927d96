/** Sections that are put together, in whichever way, are the same module. */
import { expect, test } from "@jest/globals";
import { UnlikelyBranches, writeBranchHints } from "../../wasm/branch-hints.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { OP } from "../../wasm/instructions.ts";
import { ModuleWriter } from "../../wasm/module-writer.ts";
import { SECTION } from "../../wasm/sections.ts";
import { validateModule } from "../../wasm/validate.ts";
import { Writer } from "../../wasm/writer.ts";

const BODY = [4, 0, OP["i32.const"], 7, OP.end];
const DATA = [0, OP["i32.const"], 8, OP.end, 2, 1, 2];

/** A function, a memory and a data segment, with custom sections around the code. */
function write(fill: (out: ModuleWriter) => void): Uint8Array {
  const out = new ModuleWriter();
  out.entry(SECTION.type).bytes(Uint8Array.of(0x60, 0, 1, 0x7f));
  out.entry(SECTION.function).u32(0);
  const memory = out.entry(SECTION.memory);
  memory.u8(0);
  memory.u8(1);
  out.custom("first", Uint8Array.of(1), SECTION.custom);
  out.custom("before", Uint8Array.of(2), SECTION.memory);
  out.custom("behind", Uint8Array.of(3), SECTION.code);
  out.custom("last", Uint8Array.of(4), SECTION.data);
  fill(out);
  return out.finish();
}

const usual = write((out) => {
  out.entry(SECTION.code).bytes(Uint8Array.from(BODY));
  out.entry(SECTION.data).bytes(Uint8Array.from(DATA));
});

test("the usual way", () => {
  const module = decodeModule(usual);
  validateModule(module);
  expect(module.customs.map(({ name }) => name)).toEqual(["first", "before", "behind", "last"]);
});

test.each([8, 16, 4096])("a section begun with a buffer of %d bytes, and one taken over", (capacity) => {
  const entries = new Writer(capacity);
  entries.bytes(Uint8Array.from(BODY));
  const bytes = write((out) => {
    out.begin(SECTION.code, 1, entries);
    out.copy(SECTION.data, 1, Uint8Array.from([0, ...DATA]).subarray(1));
  });
  expect([...bytes]).toEqual([...usual]);
  expect(bytes.buffer.byteLength > bytes.length).toBe(capacity > usual.length);
});

test("unlikely branches, function by function in any order", () => {
  const unlikely = new UnlikelyBranches();
  unlikely.add(7, [300, 4000]);
  unlikely.add(2, [5]);
  unlikely.add(3, []);
  unlikely.add(9, [1]);
  const hints = (offsets: readonly number[]) => offsets.map((offset) => ({ offset, likely: false }));
  const expected = new Map([
    [2, hints([5])],
    [7, hints([300, 4000])],
    [9, hints([1])],
  ]);
  expect(unlikely.contents()).toEqual(writeBranchHints(expected));
});
