/** What of its module a function body refers to: what a module that holds a copy of the body has to import. */
import { slotsOf } from "../wasm/immediates.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { type ImmediateKind, OP, ROWS } from "../wasm/instructions.ts";
import type { Module, Range } from "../wasm/module.ts";

/** An instruction on a data or element segment, which stays with its module. */
export interface SegmentUse {
  readonly opcode: number;
  readonly x: number;
  readonly y: number;
}

export interface Uses {
  readonly functions: Set<number>;
  /** Those of the functions that `ref.func` names. */
  readonly references: Set<number>;
  readonly tables: Set<number>;
  readonly memories: Set<number>;
  readonly globals: Set<number>;
  /** Tags of exceptions. */
  readonly tags: Set<number>;
  /** Tags of suspensions. */
  readonly identities: Set<number>;
  readonly segments: Map<string, SegmentUse>;
}

export function noUses(): Uses {
  return {
    functions: new Set(),
    references: new Set(),
    tables: new Set(),
    memories: new Set(),
    globals: new Set(),
    tags: new Set(),
    identities: new Set(),
    segments: new Map(),
  };
}

/** The sets that the indices of an instruction go to. */
type Space = "functions" | "tables" | "memories" | "globals" | "tags";

const SPACES: Readonly<Partial<Record<ImmediateKind, Space>>> = Object.freeze({
  func: "functions",
  table: "tables",
  memory: "memories",
  global: "globals",
  tag: "tags",
});

interface IndexUse {
  readonly space: Space;
  readonly slot: 0 | 1;
}

/** By opcode, which of an instruction's own indices are uses; undefined if none is. */
const INDICES: readonly (readonly IndexUse[] | undefined)[] = ROWS.map((row) => {
  const slots = slotsOf(row?.immediates ?? []);
  const uses = (row?.immediates ?? []).flatMap((kind, i) => {
    const space = SPACES[kind];
    return space === undefined ? [] : [{ space, slot: slots[i] ?? 0 }];
  });
  return uses.length === 0 ? undefined : uses;
});

/** By opcode, whether an instruction accesses a memory. */
export const ACCESSES: readonly boolean[] = ROWS.map((row) => row?.immediates.includes("memarg") === true);

/** By opcode, whether an instruction may refer to something that `collectUses` looks for. */
export const IS_USE: readonly boolean[] = ROWS.map(
  (_, opcode) =>
    ACCESSES[opcode] === true ||
    INDICES[opcode] !== undefined ||
    isSwitch(opcode) ||
    isSegmentInstruction(opcode) ||
    opcode === OP.try_table,
);

/** Offsets of instructions, in a buffer that can be used again. */
export class Offsets {
  #words = new Int32Array(256);
  /** Number of offsets. */
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(offset: number): void {
    if (this.count === this.#words.length) {
      const grown = new Int32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.count++] = offset;
  }

  at(i: number): number {
    return this.#words[i] as number;
  }
}

/** Adds what the body in `range` uses. */
export function collectUses(module: Module, range: Range, uses: Uses): void {
  const reader = new InstructionReader(module.bytes);
  reader.seek(range.start, range.end);
  while (reader.next()) collect(reader, uses);
}

/**
 * Adds what the instructions at `offsets` use, which are those of a body (with this end) that may use something. `called` has
 * 1 for each function that is known to be called: most calls are of those.
 */
export function collectUsesAt(
  reader: InstructionReader,
  offsets: Offsets,
  end: number,
  uses: Uses,
  called: Uint8Array,
): void {
  for (let i = 0; i < offsets.count; i++) {
    reader.seek(offsets.at(i), end);
    reader.next();
    if (reader.opcode === OP.call) {
      if (called[reader.x] === 1) continue;
      called[reader.x] = 1;
    }
    collect(reader, uses);
  }
}

/** Adds what the current instruction uses. */
function collect(reader: InstructionReader, uses: Uses): void {
  const { opcode } = reader;
  if (opcode === OP.call) uses.functions.add(reader.x);
  else if (ACCESSES[opcode] === true) uses.memories.add(reader.memory);
  else if (isSwitch(opcode)) collectSwitch(reader, uses);
  else if (isSegmentInstruction(opcode)) {
    const { x, y } = reader;
    uses.segments.set(segmentKey(opcode, x, y), { opcode, x, y });
  } else if (opcode === OP.try_table) {
    for (let i = 0; i < reader.catchCount; i++) {
      const clause = reader.catches[i];
      if (clause !== undefined && clause.kind < 2) uses.tags.add(clause.tag);
    }
  } else {
    for (const { space, slot } of INDICES[opcode] ?? []) uses[space].add(slot === 0 ? reader.x : reader.y);
    if (opcode === OP["ref.func"]) uses.references.add(reader.x);
  }
}

function isSwitch(opcode: number): boolean {
  return opcode >= OP.suspend && opcode <= OP.switch;
}

/** The tags of an instruction that switches stacks. */
function collectSwitch({ opcode, x, y, handlers, handlerCount }: InstructionReader, uses: Uses): void {
  if (opcode === OP.suspend) uses.identities.add(x);
  else if (opcode === OP.switch) uses.identities.add(y);
  else if (opcode === OP.resume_throw) uses.tags.add(y);
  for (let i = 0; opcode !== OP.suspend && opcode !== OP.switch && i < handlerCount; i++) {
    uses.identities.add(handlers[i]?.tag ?? 0);
  }
}

export function isSegmentInstruction(opcode: number): boolean {
  switch (opcode) {
    case OP["memory.init"]:
    case OP["data.drop"]:
    case OP["table.init"]:
    case OP["elem.drop"]:
    case OP["array.new_data"]:
    case OP["array.new_elem"]:
    case OP["array.init_data"]:
    case OP["array.init_elem"]:
      return true;
    default:
      return false;
  }
}

/** Tells instructions on segments apart; those with one index leave the other as it happens to be. */
export function segmentKey(opcode: number, x: number, y: number): string {
  return opcode === OP["data.drop"] || opcode === OP["elem.drop"] ? `${opcode} ${x}` : `${opcode} ${x} ${y}`;
}
