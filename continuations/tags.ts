/**
 * The tags of a lowered module. A tag with results (a virtual tag) is none of the host's: only its identity remains, an
 * object in a global. Other tags stay tags, for exceptions, and have an identity beside it if suspensions may use it.
 */
import { OP } from "../wasm/instructions.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import type { Module } from "../wasm/module.ts";
import { refType, type ValType } from "../wasm/types.ts";
import { TYPE } from "./machine/machine.generated.ts";

export interface TagImport {
  /** Guest tag index. */
  readonly tag: number;
  /** Index into the guest module's imports. */
  readonly importIndex: number;
  readonly virtual: boolean;
  /** Type of the imported identity. */
  readonly type: ValType;
}

export class Tags {
  /** Imported tags whose identity is imported, too. */
  readonly imports: readonly TagImport[];
  /** Defined tags that need an identity. */
  readonly defined: readonly number[];
  /** Index of the imported tag that leaves functions whose result type has no values. */
  readonly unwind: number;
  readonly #virtual: readonly boolean[];
  readonly #indices: readonly number[];
  readonly #globals = new Map<number, number>();

  /** `firstGlobal` is the global index of the first imported identity; `identityType` gives the type of a tag's identity. */
  constructor(module: Module, firstGlobal: number, identityType: (type: number) => number) {
    this.#virtual = module.tags.map((type) => {
      const composite = module.types[type]?.composite;
      return composite?.kind === "func" && composite.results.length > 0;
    });
    // The imported tag comes between the guest's imports and definitions.
    this.unwind = this.#virtual.slice(0, module.importedTags).filter((virtual) => !virtual).length;
    let next = 0;
    this.#indices = this.#virtual.map((virtual) => {
      if (virtual) return -1;
      const index = next++;
      return index < this.unwind ? index : index + 1;
    });
    const used = controlTags(module);
    for (const { kind, index } of module.exports) if (kind === "tag") used.add(index);
    const imports: TagImport[] = [];
    let tag = 0;
    module.imports.forEach(({ desc }, importIndex) => {
      if (desc.kind !== "tag") return;
      const virtual = this.isVirtual(tag);
      // The host compares the types of real tags itself, so any identity will do for one.
      const heap = virtual ? identityType(desc.type) : TYPE.VMTag;
      if (virtual || used.has(tag)) {
        this.#globals.set(tag, firstGlobal + imports.length);
        imports.push({ tag, importIndex, virtual, type: refType(heap, false) });
      }
      tag++;
    });
    this.imports = imports;
    this.defined = module.tags.flatMap((_, x) =>
      x >= module.importedTags && (used.has(x) || this.isVirtual(x)) ? [x] : [],
    );
  }

  /** Whether tag `x` has results, and so is none of the host's. */
  isVirtual(x: number): boolean {
    return this.#virtual[x] === true;
  }

  /** Index of guest tag `x`, which is not virtual, in the lowered module. */
  index(x: number): number {
    return this.#indices[x] ?? -1;
  }

  /** Global that holds the identity of tag `x`. */
  global(x: number): number {
    const global = this.#globals.get(x);
    if (global === undefined) throw new RangeError(`tag ${x} has no identity`);
    return global;
  }

  setGlobal(x: number, global: number): void {
    this.#globals.set(x, global);
  }
}

/** Tags that occur in suspend, switch and handler clauses. */
function controlTags(module: Module): Set<number> {
  const used = new Set<number>();
  if (module.tags.length === 0) return used;
  const reader = new InstructionReader(module.bytes);
  for (const { body, range } of module.code) {
    reader.seek(body, range.end);
    while (reader.next()) {
      if (reader.opcode === OP.suspend) used.add(reader.x);
      else if (reader.opcode === OP.switch) used.add(reader.y);
      else if (
        reader.opcode === OP.resume ||
        reader.opcode === OP.resume_throw ||
        reader.opcode === OP.resume_throw_ref
      ) {
        for (let i = 0; i < reader.handlerCount; i++) used.add(reader.handlers[i]?.tag ?? 0);
      }
    }
  }
  return used;
}
