/**
 * The calls in the bodies of a module. Validation notes them on its way, for those who follow calls from function to
 * function: to find them again takes a pass over all code.
 */
import { InstructionReader } from "./instruction-reader.ts";
import { OP } from "./instructions.ts";
import type { Module } from "./module.ts";
import { skipSimple } from "./simple.ts";

/** Entries that stand for something else than a direct call, which is noted as the function's index. */
export const INDIRECT = -1;
/** An instruction that switches stacks. */
export const SWITCHING = -2;

/** What the bodies of a module call, one body after the other. */
export class CallList {
  /** `#entries[0, #length)`. */
  #entries = new Int32Array(1024);
  #length = 0;
  /** Of each body, where its entries end. */
  readonly #ends: Int32Array;
  #bodies = 0;

  /** A list that is still to be filled, for so many bodies. */
  constructor(bodies: number) {
    this.#ends = new Int32Array(bodies);
  }

  /** Notes the reader's instruction, if it calls or switches. */
  note({ opcode, x }: InstructionReader): void {
    if (opcode < OP.call) return;
    if (opcode === OP.call || opcode === OP.return_call) this.#add(x);
    else if (opcode <= OP.return_call_ref) this.#add(INDIRECT);
    else if (opcode >= OP.suspend && opcode <= OP.switch) this.#add(SWITCHING);
  }

  /** Ends a body: what is noted from here on is of the next. */
  endBody(): void {
    this.#ends[this.#bodies++] = this.#length;
  }

  #add(entry: number): void {
    if (this.#length === this.#entries.length) {
      const grown = new Int32Array(2 * this.#length);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    this.#entries[this.#length++] = entry;
  }

  /** Number of entries. */
  get length(): number {
    return this.#length;
  }

  /** Where the entries of a body end, which begin where those of the body before end. */
  end(body: number): number {
    return this.#ends[body] as number;
  }

  /** A function's index, {@link INDIRECT} or {@link SWITCHING}. */
  entry(i: number): number {
    return this.#entries[i] as number;
  }
}

/** The calls of a valid module that has not just been validated. */
export function callsOf(module: Module): CallList {
  const calls = new CallList(module.code.length);
  const reader = new InstructionReader(module.bytes);
  for (const { body, range } of module.code) {
    reader.seek(body, range.end);
    for (skipSimple(reader); reader.next(); skipSimple(reader)) calls.note(reader);
    calls.endBody();
  }
  return calls;
}
