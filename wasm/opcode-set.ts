/**
 * Which instructions occur in the bodies of a module. Most modules have few of the instructions that later passes look for,
 * and need not be searched for the others: validation notes them on its way.
 */
import { InstructionReader } from "./instruction-reader.ts";
import { OPCODE_LIMIT } from "./instructions.ts";
import type { Module } from "./module.ts";

/** 1 for each dense opcode that occurs. */
export type OpcodeSet = Readonly<Uint8Array>;

/** A set that is still to be filled. */
export function noOpcodes(): Uint8Array {
  return new Uint8Array(OPCODE_LIMIT);
}

/** The opcodes in the bodies of a valid module that has not just been validated: takes a pass over them. */
export function opcodesOf(module: Module): OpcodeSet {
  const found = noOpcodes();
  const reader = new InstructionReader(module.bytes);
  for (const { body, range } of module.code) {
    reader.seek(body, range.end);
    while (reader.next()) found[reader.opcode] = 1;
  }
  return found;
}
