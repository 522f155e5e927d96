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
  const out = new Writer();
  out.u32(hints.size);
  for (const [func, ofFunction] of [...hints].sort(([x], [y]) => x - y)) {
    out.u32(func);
    out.u32(ofFunction.length);
    for (const { offset, likely } of ofFunction) writeHint(out, offset, likely);
  }
  return out.toBytes();
}

/** Collects the contents of a branch hint section which says of branches that they are unlikely, function by function. */
export class UnlikelyBranches {
  readonly #entries = new Writer();
  /** Of each function in turn, its index, and where its entry begins. */
  readonly #functions: { readonly func: number; readonly start: number }[] = [];

  /** Adds those of a function, at these offsets. Each function is added once at most, in any order. */
  add(func: number, offsets: readonly number[]): void {
    if (offsets.length === 0) return;
    this.#functions.push({ func, start: this.#entries.length });
    this.#entries.u32(func);
    this.#entries.u32(offsets.length);
    for (let i = 0; i < offsets.length; i++) writeHint(this.#entries, offsets[i] as number, false);
  }

  /** The section's contents. */
  contents(): Uint8Array<ArrayBuffer> {
    const entries = this.#entries.view();
    const ends = [...this.#functions.slice(1).map(({ start }) => start), entries.length];
    const ranges = this.#functions.map(({ func, start }, i) => ({ func, start, end: ends[i] ?? start }));
    const out = new Writer(entries.length + 8);
    out.u32(ranges.length);
    for (const { start, end } of ranges.sort((a, b) => a.func - b.func)) out.bytes(entries, start, end);
    return out.toBytes();
  }
}

function writeHint(out: Writer, offset: number, likely: boolean): void {
  out.u32(offset);
  out.u32(1);
  out.u8(likely ? 1 : 0);
}
