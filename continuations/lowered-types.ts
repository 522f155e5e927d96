/**
 * The type section of a lowered module: the machine's types, then the guest's (shifted, each continuation type turned into a
 * struct), then what the lowering adds. Everything in here and in the emitting code is in the lowered module's index space;
 * {@link LoweredTypes.lower} takes a guest type there.
 */
import { IDENTITY } from "../wasm/index-map.ts";
import type { Module } from "../wasm/module.ts";
import { writeValType } from "../wasm/type-codec.ts";
import {
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOCONT,
  HEAP_NOEXN,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  heapOf,
  type HeapType,
  isNullable,
  refType,
  type SubType,
  type ValType,
} from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { TYPE } from "./machine/machine.generated.ts";

/** Which of the four hierarchies of reference types a heap type belongs to. Continuations are structs once lowered. */
export type Hierarchy = "any" | "func" | "extern" | "exn";

export interface Field {
  readonly type: ValType;
  readonly mutable: boolean;
}

const HIERARCHY_OF_ABSTRACT: Readonly<Record<number, Hierarchy>> = Object.freeze({
  [HEAP_ANY]: "any",
  [HEAP_EQ]: "any",
  [HEAP_I31]: "any",
  [HEAP_STRUCT]: "any",
  [HEAP_ARRAY]: "any",
  [HEAP_NONE]: "any",
  [HEAP_FUNC]: "func",
  [HEAP_NOFUNC]: "func",
  [HEAP_EXTERN]: "extern",
  [HEAP_NOEXTERN]: "extern",
  [HEAP_EXN]: "exn",
  [HEAP_NOEXN]: "exn",
});

export class LoweredTypes {
  /** Added to a guest type index. */
  readonly shift: number;
  readonly #guest: readonly SubType[];
  readonly #machine: Module;
  readonly #recGroups: readonly number[];
  /** Entries of the type section behind the guest's, and where to find the ones already made. */
  readonly #added: Writer[] = [];
  readonly #known = new Map<string, number>();
  readonly #addedFunctions = new Map<number, boolean>();

  constructor(machine: Module, guest: Module) {
    this.#machine = machine;
    this.#guest = guest.types;
    this.#recGroups = guest.recGroups;
    this.shift = machine.types.length;
  }

  /** A guest heap type in the lowered module. */
  lowerHeap(heap: HeapType): HeapType {
    if (heap >= 0) return heap + this.shift;
    if (heap === HEAP_CONT) return TYPE.VMContObj;
    return heap === HEAP_NOCONT ? HEAP_NONE : heap;
  }

  /** A guest value type in the lowered module. */
  lower(type: ValType): ValType {
    return type < 0 ? type : refType(this.lowerHeap(heapOf(type)), isNullable(type));
  }

  lowerAll(types: readonly ValType[]): ValType[] {
    return types.map((type) => this.lower(type));
  }

  /** The definition of a type of the lowered module that is the machine's or the guest's (then still in guest terms). */
  guestDefinition(index: number): SubType | undefined {
    return this.#guest[index - this.shift];
  }

  /** The hierarchy of a lowered reference type. */
  hierarchy(type: ValType): Hierarchy {
    const heap = heapOf(type);
    if (heap < 0) return HIERARCHY_OF_ABSTRACT[heap] ?? "any";
    const definition = heap < this.shift ? this.#machine.types[heap] : this.#guest[heap - this.shift];
    if (definition === undefined) return this.#addedFunctions.get(heap) === true ? "func" : "any";
    return definition.composite.kind === "func" ? "func" : "any";
  }

  /** Index of the function type `params -> results`. */
  func(params: readonly ValType[], results: readonly ValType[]): number {
    const entry = new Writer(16);
    entry.u8(0x60);
    writeTypes(entry, params);
    writeTypes(entry, results);
    return this.#add(entry, true);
  }

  /** Index of a final struct type below `supertype` (if there is one) with all of `fields`, inherited ones included. */
  struct(supertype: number | undefined, fields: readonly Field[]): number {
    const entry = new Writer(32);
    entry.u8(0x4f);
    if (supertype === undefined) entry.u32(0);
    else {
      entry.u32(1);
      entry.u32(supertype);
    }
    entry.u8(0x5f);
    writeFields(entry, fields);
    return this.#add(entry, false);
  }

  #add(entry: Writer, isFunction: boolean): number {
    const key = String.fromCharCode(...entry.view());
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.shift + this.#guest.length + this.#added.length;
    this.#added.push(entry);
    this.#known.set(key, index);
    this.#addedFunctions.set(index, isFunction);
    return index;
  }

  /** The contents of the type section. */
  write(section: Writer): void {
    const machineGroups = this.#machine.recGroups;
    section.u32(machineGroups.length + this.#recGroups.length + this.#added.length);
    writeGroups(section, this.#machine.types, machineGroups, (type) => this.#writeSubType(section, type, (t) => t, 0));
    writeGroups(section, this.#guest, this.#recGroups, (type) =>
      this.#writeSubType(section, type, (t) => this.lower(t), this.shift),
    );
    for (const entry of this.#added) section.append(entry);
  }

  #writeSubType(section: Writer, type: SubType, lower: (type: ValType) => ValType, shift: number): void {
    const { composite } = type;
    const supertypes = type.supertypes.map((index) => index + shift);
    // A continuation type without a supertype of its own is one of VMContObj, from which all of them inherit two fields.
    if (composite.kind === "cont" && supertypes.length === 0) supertypes.push(TYPE.VMContObj);
    section.u8(type.final ? 0x4f : 0x50);
    section.u32(supertypes.length);
    for (const index of supertypes) section.u32(index);
    switch (composite.kind) {
      case "func":
        section.u8(0x60);
        writeTypes(section, composite.params.map(lower));
        writeTypes(section, composite.results.map(lower));
        break;
      case "struct":
        section.u8(0x5f);
        writeFields(
          section,
          composite.fields.map((field) => ({ type: lower(field.type), mutable: field.mutable })),
        );
        break;
      case "array":
        section.u8(0x5e);
        writeField(section, { type: lower(composite.field.type), mutable: composite.field.mutable });
        break;
      case "cont":
        section.u8(0x5f);
        writeFields(section, contObjFields(composite.func + shift));
        break;
    }
  }
}

/** The fields of a lowered continuation type: VMContObj's, and one that tells its function type. */
function contObjFields(func: number): Field[] {
  return [
    { type: refType(TYPE.VMContRef, false), mutable: false },
    { type: -0x02, mutable: false },
    { type: refType(func, true), mutable: false },
  ];
}

function writeGroups(
  section: Writer,
  types: readonly SubType[],
  groups: readonly number[],
  writeType: (type: SubType) => void,
): void {
  for (let i = 0; i < groups.length; i++) {
    const start = groups[i] ?? 0;
    const end = groups[i + 1] ?? types.length;
    if (end - start !== 1) {
      section.u8(0x4e);
      section.u32(end - start);
    }
    for (let x = start; x < end; x++) {
      const type = types[x];
      if (type !== undefined) writeType(type);
    }
  }
}

export function writeTypes(writer: Writer, types: readonly ValType[]): void {
  writer.u32(types.length);
  for (const type of types) writeValType(writer, type, IDENTITY);
}

function writeFields(writer: Writer, fields: readonly Field[]): void {
  writer.u32(fields.length);
  for (const field of fields) writeField(writer, field);
}

function writeField(writer: Writer, field: Field): void {
  writeValType(writer, field.type, IDENTITY);
  writer.u8(field.mutable ? 1 : 0);
}
