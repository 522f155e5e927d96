/** What of its module a function body refers to: what a module that holds a copy of the body has to import. */
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module, Range } from "../wasm/module.ts";
import { Writer } from "../wasm/writer.ts";

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

/** Adds what the body in `range` uses. */
export function collectUses(module: Module, range: Range, uses: Uses): void {
  const into =
    (set: Set<number>) =>
    (x: number): number => {
      set.add(x);
      return x;
    };
  // Writing an instruction asks for every index in it.
  const map: IndexMap = {
    ...IDENTITY,
    func: into(uses.functions),
    table: into(uses.tables),
    memory: into(uses.memories),
    global: into(uses.globals),
    tag: into(uses.tags),
  };
  const reader = new InstructionReader(module.bytes);
  const scratch = new Writer();
  reader.seek(range.start, range.end);
  while (reader.next()) {
    const { opcode, x, y } = reader;
    if (opcode === OP.suspend) uses.identities.add(x);
    else if (opcode === OP.switch) uses.identities.add(y);
    else if (opcode === OP.resume || opcode === OP.resume_throw || opcode === OP.resume_throw_ref) {
      for (let i = 0; i < reader.handlerCount; i++) uses.identities.add(reader.handlers[i]?.tag ?? 0);
      if (opcode === OP.resume_throw) uses.tags.add(y);
    } else if (isSegmentInstruction(opcode)) uses.segments.set(segmentKey(opcode, x, y), { opcode, x, y });
    else {
      if (opcode === OP["ref.func"]) uses.references.add(x);
      scratch.reset();
      writeInstruction(scratch, reader, map);
    }
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
