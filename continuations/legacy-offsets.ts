/** Where instructions of a module whose legacy exceptions were translated are in the guest's own bytes. */
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module } from "../wasm/module.ts";

/** What the translation adds, takes away or puts something else for; all other instructions stay, in their order. */
const CHANGED: ReadonlySet<number> = new Set([
  OP.try,
  OP.catch,
  OP.catch_all,
  OP.rethrow,
  OP.delegate,
  OP.block,
  OP.try_table,
  OP.throw_ref,
  OP.br,
  OP.end,
  OP["local.get"],
  OP["local.set"],
]);

/**
 * For each of `offsets`, which are in function `func` of the translated module, the offset of the same instruction in the
 * guest's bytes. They are in ascending order, and of the body's start or of instructions that the translation keeps.
 */
export function guestOffsets(guest: Module, translated: Module, func: number, offsets: Uint32Array): Uint32Array {
  const there = bodyReader(guest, func);
  const here = bodyReader(translated, func);
  let next = 0;
  const found = new Uint32Array(offsets.length);
  const note = (): void => {
    while (next < offsets.length && here.offset === offsets[next]) found[next++] = there.offset;
  };
  note();
  while (next < offsets.length && nextKept(here) && nextKept(there)) note();
  return found;
}

function bodyReader(module: Module, func: number): InstructionReader {
  const code = module.code[func - module.importedFunctions];
  const reader = new InstructionReader(module.bytes);
  if (code !== undefined) reader.seek(code.body, code.range.end);
  return reader;
}

function nextKept(reader: InstructionReader): boolean {
  while (reader.next()) if (!CHANGED.has(reader.opcode)) return true;
  return false;
}
