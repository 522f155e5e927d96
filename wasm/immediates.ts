/** One codec per kind of immediate: bytes to the fields of an {@link InstructionReader} and back. */
import type { IndexMap } from "./index-map.ts";
import type { CatchClause, HandlerClause, InstructionReader } from "./instruction-reader.ts";
import type { ImmediateKind } from "./instructions.ts";
import { MAX_ARRAY_NEW_FIXED, MAX_BR_TABLE_TARGETS } from "./limits.ts";
import { readHeapType, readValType, writeHeapType, writeValType } from "./type-codec.ts";
import type { Writer } from "./writer.ts";

/** Which field an index goes to: 0 `x`, 1 `y`. */
export type Slot = 0 | 1;

export interface Codec {
  /** Whether it is a single u32 that goes to `x` or `y`. */
  readonly index: boolean;
  /** Whether an {@link IndexMap} can change it; otherwise its bytes can be copied. */
  readonly mapped: boolean;
  /** @throws DecodeError */
  read(r: InstructionReader, slot: Slot): void;
  write(w: Writer, r: InstructionReader, map: IndexMap, slot: Slot): void;
}

function slotValue(r: InstructionReader, slot: Slot): number {
  return slot === 0 ? r.x : r.y;
}

function readSlot(r: InstructionReader, slot: Slot): void {
  const value = r.u32();
  if (slot === 0) r.x = value;
  else r.y = value;
}

/** An index into one of the index spaces. */
function indexCodec(space: keyof IndexMap): Codec {
  return {
    index: true,
    mapped: true,
    read: readSlot,
    write: (w, r, map, slot) => w.u32(map[space](slotValue(r, slot))),
  };
}

/** A constant that occupies `size` bytes and stays where it is. */
function literalCodec(size: number): Codec {
  return {
    index: false,
    mapped: false,
    read(r) {
      r.literal = r.skip(size);
    },
    write: (w, r) => w.bytes(r.bytes, r.literal, r.literal + size),
  };
}

const field: Readonly<Codec> = {
  index: true,
  mapped: false,
  read: readSlot,
  write: (w, r, _map, slot) => w.u32(slotValue(r, slot)),
};

const count: Readonly<Codec> = {
  ...field,
  read(r, slot) {
    const start = r.pos;
    readSlot(r, slot);
    if (slotValue(r, slot) > MAX_ARRAY_NEW_FIXED) r.fail("too many operands of array.new_fixed", start);
  },
  index: false,
};

const lane: Readonly<Codec> = {
  index: false,
  mapped: false,
  read(r, slot) {
    const value = r.u8();
    if (slot === 0) r.x = value;
    else r.y = value;
  },
  write: (w, r, _map, slot) => w.u8(slotValue(r, slot)),
};

const i32: Readonly<Codec> = {
  index: false,
  mapped: false,
  read(r) {
    r.literal = r.pos;
    r.value = r.s32();
  },
  write: (w, r) => w.s32(r.value),
};

const i64: Readonly<Codec> = {
  index: false,
  mapped: false,
  read(r) {
    r.literal = r.pos;
    r.skipS64();
  },
  write: (w, r) => w.bytes(r.bytes, r.literal, r.end),
};

const zero: Readonly<Codec> = {
  index: false,
  mapped: false,
  read(r) {
    const start = r.pos;
    if (r.u8() !== 0) r.fail("zero byte expected", start);
  },
  write: (w) => w.u8(0),
};

export const EMPTY_BLOCK = 0x40;

const block: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    const start = r.pos;
    const byte = r.peek();
    if (byte === EMPTY_BLOCK) {
      r.pos = start + 1;
      r.block = 0;
    } else if (byte > EMPTY_BLOCK && byte < 0x80) {
      r.block = 1;
      r.blockType = readValType(r);
    } else {
      r.block = 2;
      r.x = r.s33();
      if (r.x < 0) r.fail("malformed block type", start);
    }
  },
  write(w, r, map) {
    if (r.block === 0) w.u8(EMPTY_BLOCK);
    else if (r.block === 1) writeValType(w, r.blockType, map);
    else w.s32(map.type(r.x));
  },
};

const labels: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    const start = r.pos;
    const targets = r.length();
    if (targets > MAX_BR_TABLE_TARGETS) r.fail("too many br_table targets", start);
    for (let i = 0; i <= targets; i++) r.labels[i] = r.u32();
    r.labelCount = targets + 1;
  },
  write(w, r, map) {
    w.u32(r.labelCount - 1);
    for (let i = 0; i < r.labelCount; i++) w.u32(map.label(r.labels[i] as number));
  },
};

/** In the flags of a memory access: a memory index follows. */
export const HAS_MEMORY = 0x40;

const memarg: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    const start = r.pos;
    const flags = r.u32();
    if (flags >= 2 * HAS_MEMORY) r.fail("malformed memop flags", start);
    r.align = flags & (HAS_MEMORY - 1);
    r.memory = flags >= HAS_MEMORY ? r.u32() : 0;
    readMemOffset(r);
  },
  write(w, r, map) {
    const memory = map.memory(r.memory);
    w.u32(memory === 0 ? r.align : r.align | HAS_MEMORY);
    if (memory !== 0) w.u32(memory);
    if (r.memOffsetHigh === 0) w.u32(r.memOffsetLow);
    else w.u64(r.memOffset);
  },
};

function readMemOffset(r: InstructionReader): void {
  const byte = r.peek();
  r.memOffsetHigh = 0;
  if (byte >= 0 && byte < 0x80) {
    r.memOffsetLow = byte;
    r.pos++;
    return;
  }
  const start = r.pos;
  r.skipU64();
  let low = 0;
  let high = 0;
  for (let i = r.pos - 1; i >= start; i--) {
    high = ((high << 7) | (low >>> 25)) >>> 0;
    low = ((low << 7) | ((r.bytes[i] as number) & 0x7f)) >>> 0;
  }
  r.memOffsetLow = low;
  r.memOffsetHigh = high;
}

const heap: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    r.heap = readHeapType(r);
  },
  write: (w, r, map) => writeHeapType(w, r.heap, map),
};

const cast: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    const start = r.pos;
    r.flags = r.u8();
    if (r.flags > 3) r.fail("malformed br_on_cast flags", start);
    r.x = r.u32();
    r.heap = readHeapType(r);
    r.heap2 = readHeapType(r);
  },
  write(w, r, map) {
    w.u8(r.flags);
    w.u32(map.label(r.x));
    writeHeapType(w, r.heap, map);
    writeHeapType(w, r.heap2, map);
  },
};

const types: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    const length = r.length();
    r.types.length = 0;
    for (let i = 0; i < length; i++) r.types.push(readValType(r));
  },
  write(w, r, map) {
    w.u32(r.types.length);
    for (const type of r.types) writeValType(w, type, map);
  },
};

/** The clause `clauses[i]`, which is made the first time that many are needed. */
function clauseAt<Clause extends CatchClause | HandlerClause>(clauses: Clause[], i: number, empty: Clause): Clause {
  const clause = clauses[i];
  if (clause !== undefined) return clause;
  clauses[i] = empty;
  return empty;
}

const catches: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    r.catchCount = r.length();
    for (let i = 0; i < r.catchCount; i++) {
      const clause = clauseAt(r.catches, i, { kind: 0, tag: 0, label: 0 });
      const start = r.pos;
      clause.kind = r.u8();
      if (clause.kind > 3) r.fail("malformed catch clause", start);
      clause.tag = clause.kind < 2 ? r.u32() : 0;
      clause.label = r.u32();
    }
  },
  write(w, r, map) {
    w.u32(r.catchCount);
    for (let i = 0; i < r.catchCount; i++) {
      const { kind, tag, label } = r.catches[i] as CatchClause;
      w.u8(kind);
      if (kind < 2) w.u32(map.tag(tag));
      w.u32(map.label(label));
    }
  },
};

const handlers: Readonly<Codec> = {
  index: false,
  mapped: true,
  read(r) {
    r.handlerCount = r.length();
    for (let i = 0; i < r.handlerCount; i++) {
      const clause = clauseAt(r.handlers, i, { kind: 0, tag: 0, label: 0 });
      const start = r.pos;
      clause.kind = r.u8();
      if (clause.kind > 1) r.fail("malformed handler clause", start);
      clause.tag = r.u32();
      clause.label = clause.kind === 0 ? r.u32() : 0;
    }
  },
  write(w, r, map) {
    w.u32(r.handlerCount);
    for (let i = 0; i < r.handlerCount; i++) {
      const { kind, tag, label } = r.handlers[i] as HandlerClause;
      w.u8(kind);
      w.u32(map.tag(tag));
      if (kind === 0) w.u32(map.label(label));
    }
  },
};

export const CODECS: Readonly<Record<ImmediateKind, Codec>> = Object.freeze({
  type: indexCodec("type"),
  func: indexCodec("func"),
  table: indexCodec("table"),
  memory: indexCodec("memory"),
  global: indexCodec("global"),
  tag: indexCodec("tag"),
  elem: indexCodec("elem"),
  data: indexCodec("data"),
  local: indexCodec("local"),
  label: indexCodec("label"),
  field,
  count,
  lane,
  i32,
  i64,
  f32: literalCodec(4),
  f64: literalCodec(8),
  v128: literalCodec(16),
  lanes: literalCodec(16),
  zero,
  block,
  labels,
  memarg,
  heap,
  cast,
  types,
  catches,
  handlers,
});

/** The slot of each of a row's immediates: those that go to `x` or `y` take them in order. */
export function slotsOf(immediates: readonly ImmediateKind[]): Slot[] {
  let used = 0;
  return immediates.map((kind) => {
    const slotted = CODECS[kind].index || kind === "lane" || kind === "count";
    return slotted && used++ > 0 ? 1 : 0;
  });
}
