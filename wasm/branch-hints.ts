/** The section of branch hints (branch-hinting proposal, "Binary format"). */
import { DecodeError } from "./errors.ts";
import type { Module } from "./module.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** The branch hint section's name; it must stand before the code section. */
export const BRANCH_HINT_SECTION = "metadata.code.branch_hint";

/** Whether an `if` or `br_if` is likely to have a condition other than 0. */
export interface BranchHint {
  /** Offset of the instruction in bytes, from the beginning of its function's locals. */
  readonly offset: number;
  readonly likely: boolean;
}

/** Hints by function index; those of a function in the order of their offsets. */
export type BranchHints = Map<number, BranchHint[]>;

/**
 * Reads a module's branch hints. A module without the section, or with one that is malformed, has none: an error in a
 * custom section is no error of the module.
 */
export function readBranchHints(module: Module): BranchHints {
  const hints: BranchHints = new Map();
  const section = module.customs.find(({ name }) => name === BRANCH_HINT_SECTION);
  if (section === undefined) return hints;
  const reader = new Reader(module.bytes, section.range.start, section.range.end);
  try {
    for (let count = reader.u32(); count > 0; count--) {
      const func = reader.u32();
      hints.set(func, readFunctionHints(reader));
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    hints.clear();
  }
  return hints;
}

function readFunctionHints(reader: Reader): BranchHint[] {
  const hints: BranchHint[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const offset = reader.u32();
    const start = reader.pos;
    const size = reader.u32();
    const value = reader.u8();
    if (size !== 1 || value > 1) reader.fail("malformed branch hint", start);
    hints.push({ offset, likely: value === 1 });
  }
  return hints;
}

/** The contents of a branch hint section. */
export function writeBranchHints(hints: ReadonlyMap<number, readonly BranchHint[]>): Uint8Array<ArrayBuffer> {
  return write(hints, (out, { offset, likely }) => writeHint(out, offset, likely));
}

/** The contents of a branch hint section which says of the instructions at these offsets that they are unlikely to branch. */
export function writeUnlikely(offsets: ReadonlyMap<number, readonly number[]>): Uint8Array<ArrayBuffer> {
  return write(offsets, (out, offset) => writeHint(out, offset, false));
}

function write<T>(
  hints: ReadonlyMap<number, readonly T[]>,
  one: (out: Writer, hint: T) => void,
): Uint8Array<ArrayBuffer> {
  const out = new Writer();
  out.u32(hints.size);
  for (const [func, ofFunction] of [...hints].sort(([x], [y]) => x - y)) {
    out.u32(func);
    out.u32(ofFunction.length);
    for (const hint of ofFunction) one(out, hint);
  }
  return out.toBytes();
}

function writeHint(out: Writer, offset: number, likely: boolean): void {
  out.u32(offset);
  out.u32(1);
  out.u8(likely ? 1 : 0);
}
