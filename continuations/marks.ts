/**
 * Where an entry copy differs from the guest's code. Most instructions stay as they are, byte for byte: so the scan of a body
 * (scan.ts) marks the others, and the copy takes the bytes between two marks over as one piece, without decoding them again.
 *
 * That goes for instructions whose indices stay: of locals, labels, functions, tables, memories and segments. It does not go
 * for resume copies, whose locals move and whose labels are others.
 */
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { type ImmediateKind, OP, ROWS } from "../wasm/instructions.ts";
import { HEAP_CONT, HEAP_NOCONT, heapOf, isNullable, isRef, type ValType } from "../wasm/types.ts";

export const MARK = Object.freeze({
  /** An instruction that is written anew, or that code goes in front of or behind. */
  instruction: 0,
  /** The start of a construct: it stays as it is unless operands below it are spilled. */
  construct: 1,
  /** The start of dead code, which is left out. */
  dead: 2,
});

/** Kinds are the low two bits beside a mark's depth. */
const KIND_BITS = 2;

/** The marks of one body, in order. */
export class Marks {
  /** Of each mark, its offset in the module's bytes, and how many labels are open there, with its kind. */
  #words = new Int32Array(512);
  #length = 0;

  get count(): number {
    return this.#length >>> 1;
  }

  clear(): void {
    this.#length = 0;
  }

  add(kind: number, offset: number, depth: number): void {
    const at = this.#length;
    if (at + 2 > this.#words.length) this.#grow();
    this.#words[at] = offset;
    this.#words[at + 1] = (depth << KIND_BITS) | kind;
    this.#length = at + 2;
  }

  offset(i: number): number {
    return this.#words[2 * i] as number;
  }

  kind(i: number): number {
    return (this.#words[2 * i + 1] as number) & ((1 << KIND_BITS) - 1);
  }

  depth(i: number): number {
    return (this.#words[2 * i + 1] as number) >>> KIND_BITS;
  }

  #grow(): void {
    const grown = new Int32Array(this.#words.length * 2);
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** Immediates that a lowered module renumbers. */
const RENUMBERED: ReadonlySet<ImmediateKind> = new Set([
  "type",
  "global",
  "tag",
  "heap",
  "cast",
  "types",
  "catches",
  "handlers",
]);

/** By opcode, 1 for the instructions that are marked wherever they are. */
export const IS_MARKED: Readonly<Uint8Array> = Uint8Array.from(ROWS, (row) => {
  if (row === undefined) return 0;
  switch (row.opcode) {
    case OP.return_call:
    case OP["memory.grow"]:
    case OP["table.grow"]:
      return 1;
    default:
      return row.immediates.some((kind) => RENUMBERED.has(kind)) ? 1 : 0;
  }
});

/** Whether the type of the current instruction, which opens a construct, is written anew. */
export function isTypeRenumbered({ block, blockType }: InstructionReader): boolean {
  return block === 2 || (block === 1 && isRef(blockType));
}

/** Whether the current instruction is a try_table whose type may take more than a byte: see `Copy.openTry`. */
export function isWideTry({ opcode, block, blockType }: InstructionReader): boolean {
  return opcode === OP.try_table && (block === 2 || (block === 1 && isWideType(blockType)));
}

/** Whether a type, in the guest or lowered, takes more than a byte: all references but those to abstract types or null. */
export function isWideType(type: ValType): boolean {
  if (!isRef(type)) return false;
  const heap = heapOf(type);
  return heap >= 0 || !isNullable(type) || heap === HEAP_CONT || heap === HEAP_NOCONT;
}
