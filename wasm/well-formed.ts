/**
 * Well-formedness of function bodies: what the binary format demands of them beyond single instructions. Validation
 * checks the same while it visits a body; this visits without validating.
 */
import { DecodeError } from "./errors.ts";
import { InstructionReader } from "./instruction-reader.ts";
import { OP, rowOf } from "./instructions.ts";
import type { Code, Module } from "./module.ts";

/**
 * The error of a body that ends at `offset` without the `end` that closes it. Which of the official texts it is depends on
 * what a reader finds that goes on looking for the `end`: nothing, an `end` beyond the body, or something else.
 */
export function missingEnd(bytes: Uint8Array, offset: number): DecodeError {
  const next = bytes[offset];
  if (next === undefined) return new DecodeError("unexpected end of section or function", offset);
  return new DecodeError(next === OP.end ? "section size mismatch" : "END opcode expected", offset);
}

/** The error of a body that goes on at `offset`, behind the `end` that closes it. */
export function trailingBytes(offset: number): DecodeError {
  return new DecodeError("section size mismatch", offset);
}

/** Whether an instruction names a data segment, and so makes the data count section necessary. */
export function needsDataCount(opcode: number): boolean {
  return (
    opcode === OP["memory.init"] ||
    opcode === OP["data.drop"] ||
    opcode === OP["array.new_data"] ||
    opcode === OP["array.init_data"]
  );
}

/** The error of an `else`, `catch`, `catch_all` or `delegate` where the construct it belongs to is not open. */
export function misplaced(opcode: number, offset: number): DecodeError {
  return new DecodeError(`misplaced ${rowOf(opcode).name.toUpperCase()} opcode`, offset);
}

/**
 * Visits all function bodies of a decoded module for malformed instructions.
 * @throws DecodeError
 */
export function checkWellFormed(module: Module): void {
  const dataCountNeeded = checkBodies(module);
  // Said last: it concerns the module as a whole.
  if (dataCountNeeded && module.dataCount === undefined) {
    throw new DecodeError("data count section required", module.bytes.length);
  }
}

/**
 * Visits the function bodies alone; returns whether an instruction in one of them needs the data count section.
 * @throws DecodeError
 */
export function checkBodies({ bytes, code }: Pick<Module, "bytes" | "code">): boolean {
  const reader = new InstructionReader(bytes);
  let dataCountNeeded = false;
  for (const body of code) if (checkBody(reader, body)) dataCountNeeded = true;
  return dataCountNeeded;
}

/** Visits one body; returns whether an instruction in it needs the data count section. */
function checkBody(reader: InstructionReader, { body, range }: Code): boolean {
  reader.seek(body, range.end);
  // What is open: the opcode that began it, or the `else` or `catch_all` after which no other part may follow.
  const open: number[] = [OP.block];
  let dataCountNeeded = false;
  while (reader.next()) {
    const { opcode } = reader;
    const top = open.length - 1;
    switch (opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
      case OP.try:
      case OP.try_table:
        open.push(opcode);
        break;
      case OP.else:
        if (open[top] !== OP.if) throw misplaced(opcode, reader.offset);
        open[top] = opcode;
        break;
      case OP.catch:
      case OP.catch_all:
        if (open[top] !== OP.try && open[top] !== OP.catch) throw misplaced(opcode, reader.offset);
        open[top] = opcode;
        break;
      case OP.delegate:
        if (open[top] !== OP.try) throw misplaced(opcode, reader.offset);
        open.pop();
        break;
      case OP.end:
        open.pop();
        if (open.length > 0) break;
        if (reader.end < range.end) throw trailingBytes(reader.end);
        return dataCountNeeded;
      default:
        if (needsDataCount(opcode)) dataCountNeeded = true;
    }
  }
  throw missingEnd(reader.bytes, range.end);
}
