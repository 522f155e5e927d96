/**
 * Decodes instructions one by one into its own fields (spec 3.0, "Binary Format: Instructions"). Nothing is allocated per
 * instruction: the fields, arrays included, hold the current instruction only and are overwritten by the next.
 */
import { CODECS, EMPTY_BLOCK, HAS_MEMORY, slotsOf } from "./immediates.ts";
import type { Codec, Slot } from "./immediates.ts";
import { OPCODE_LIMIT, prefixBase, ROWS, type Row } from "./instructions.ts";
import { decodeSigned, Reader } from "./reader.ts";
import type { HeapType, ValType } from "./types.ts";

/** One clause of try_table: kind 0 `catch`, 1 `catch_ref`, 2 `catch_all`, 3 `catch_all_ref` (the last two have no tag). */
export interface CatchClause {
  kind: number;
  tag: number;
  label: number;
}

/** One clause of a resume instruction: kind 0 `(on $tag $label)`, 1 `(on $tag switch)` (no label). */
export interface HandlerClause {
  kind: number;
  tag: number;
  label: number;
}

/** What an opcode's immediates look like: `next` reads the most frequent ones itself, others through their codecs. */
const ILLEGAL = 0;
const NOTHING = 1;
const ONE_INDEX = 2;
const ANYTHING = 3;
const ACCESS = 4;
const BLOCK = 5;
const I32_CONST = 6;

interface Plan {
  readonly codec: Codec;
  readonly slot: Slot;
}

const PLANS: readonly (readonly Plan[])[] = ROWS.map((row) => {
  if (row === undefined) return [];
  const slots = slotsOf(row.immediates);
  return row.immediates.map((kind, i) => ({ codec: CODECS[kind], slot: slots[i] ?? 0 }));
});

function shapeOf(row: Row | undefined): number {
  if (row === undefined) return ILLEGAL;
  const [first, ...others] = row.immediates;
  if (first === undefined) return NOTHING;
  if (others.length > 0) return ANYTHING;
  switch (first) {
    case "memarg":
      return ACCESS;
    case "block":
      return BLOCK;
    case "i32":
      return I32_CONST;
    default:
      return CODECS[first].index ? ONE_INDEX : ANYTHING;
  }
}

// Written here once and never again; a typed array because it is read for every instruction of a module.
const SHAPES: Readonly<Uint8Array> = Uint8Array.from(ROWS, shapeOf);

export class InstructionReader extends Reader {
  /** Dense opcode (wasm/instructions.ts). */
  opcode = 0;
  /** Offset of the instruction's first byte. */
  offset = 0;
  /** Offset after its last byte. */
  end = 0;

  /** Index immediates and lane numbers, in the order of the row; the label of `br_on_cast`. */
  x = 0;
  y = 0;

  /** Block type: 0 empty, 1 the value type in `blockType`, 2 the type index in `x`. */
  block = 0;
  blockType: ValType = 0;

  /** br_table: `labels[0, labelCount)`, the default one last. */
  readonly labels: number[] = [];
  labelCount = 0;

  /** Memory accesses: memory index, log2 of the alignment in bytes, and the offset as two unsigned halves. */
  memory = 0;
  align = 0;
  memOffsetLow = 0;
  memOffsetHigh = 0;

  /** Heap types: of ref.null, ref.test and ref.cast; br_on_cast has a second one and flags (1 source, 2 target nullable). */
  heap: HeapType = 0;
  heap2: HeapType = 0;
  flags = 0;

  /** `select t`. */
  types: ValType[] = [];

  /** i32.const. */
  value = 0;
  /** Offset of the bytes of a constant, or of the lanes of i8x16.shuffle. */
  literal = 0;

  /** try_table: `catches[0, catchCount)`. */
  readonly catches: CatchClause[] = [];
  catchCount = 0;

  /** resume, resume_throw, resume_throw_ref: `handlers[0, handlerCount)`. */
  readonly handlers: HandlerClause[] = [];
  handlerCount = 0;

  /** The offset immediate of a memory access, in bytes. */
  get memOffset(): bigint {
    return (BigInt(this.memOffsetHigh) << 32n) | BigInt(this.memOffsetLow);
  }

  /** The value of i64.const. */
  get value64(): bigint {
    return decodeSigned(this.bytes, this.literal, this.end);
  }

  /**
   * Where `next` stops. Unlike `limit` it does not cut an instruction short: one that goes on beyond it is read to its own end,
   * and the mismatch noticed behind it, so that what is wrong with the instruction itself is said first.
   */
  #stop: number;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#stop = bytes.length;
  }

  /** Offset at which `next` stops. */
  get stop(): number {
    return this.#stop;
  }

  /** Reads the instructions in `[start, end)` from here on. */
  seek(start: number, end: number): void {
    this.pos = start;
    this.#stop = end;
    this.offset = start;
    this.end = start;
  }

  /**
   * Decodes one instruction; false if there is none left.
   * @throws DecodeError if its bytes are malformed or end too early.
   */
  next(): boolean {
    const start = this.pos;
    if (start >= this.#stop) {
      if (start > this.#stop) this.fail("section size mismatch", this.offset);
      return false;
    }
    this.offset = start;
    let opcode = this.bytes[start] as number;
    this.pos = start + 1;
    if (opcode >= 0xfb) opcode = this.#prefixed(opcode);
    this.opcode = opcode;
    switch (SHAPES[opcode]) {
      case NOTHING:
        break;
      case ONE_INDEX:
        this.x = this.u32();
        break;
      case ACCESS:
        this.#access();
        break;
      case BLOCK:
        this.#block();
        break;
      case I32_CONST:
        this.literal = this.pos;
        this.value = this.s32();
        break;
      case ANYTHING:
        this.#immediates(opcode);
        break;
      default:
        this.#illegal();
    }
    this.end = this.pos;
    return true;
  }

  /** A memory access; what is usual, two bytes, is read here. */
  #access(): void {
    const { bytes, pos } = this;
    if (pos + 1 < this.limit) {
      const flags = bytes[pos] as number;
      const offset = bytes[pos + 1] as number;
      if (flags < HAS_MEMORY && offset < 0x80) {
        this.align = flags;
        this.memory = 0;
        this.memOffsetLow = offset;
        this.memOffsetHigh = 0;
        this.pos = pos + 2;
        return;
      }
    }
    CODECS.memarg.read(this, 0);
  }

  /** A block type; the one that most blocks have is read here. */
  #block(): void {
    if (this.peek() === EMPTY_BLOCK) {
      this.pos++;
      this.block = 0;
    } else CODECS.block.read(this, 0);
  }

  #immediates(opcode: number): void {
    const plans = PLANS[opcode] as readonly Plan[];
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i] as Plan;
      plan.codec.read(this, plan.slot);
    }
  }

  /** The dense opcode behind a prefix byte. */
  #prefixed(byte: number): number {
    const base = prefixBase(byte);
    if (base < 0) return byte;
    const sub = this.u32();
    const opcode = base + sub;
    // A sub-opcode must not run over into the next prefix's range.
    return opcode < OPCODE_LIMIT && (base >= 0x500 || opcode < nextBase(base)) ? opcode : this.#illegal();
  }

  #illegal(): never {
    const bytes = this.bytes.subarray(this.offset, this.pos);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return this.fail(`illegal opcode ${hex}`, this.offset);
  }
}

/** First dense opcode of the prefix after the one that begins at `base`. */
function nextBase(base: number): number {
  return base === 0x300 ? 0x500 : base + 0x100;
}
