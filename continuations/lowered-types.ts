/**
 * The type section of a lowered module: the machine's types, then the guest's (shifted, each continuation type turned into a
 * struct), then what the lowering adds. Everything in here and in the emitting code is in the lowered module's index space;
 * {@link LoweredTypes.lower} takes a guest type there.
 */
import { IDENTITY } from "../wasm/index-map.ts";
import type { Module } from "../wasm/module.ts";
import { writeRecGroup } from "../wasm/encode-types.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import {
  type CompositeType,
  type FieldType,
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
  isRef,
  refType,
  type SubType,
  type ValType,
} from "../wasm/types.ts";
import type { Types } from "./linked-machine.ts";
import { TYPE } from "./machine/machine.generated.ts";
import { hashed, hashedTypes, isSameList } from "./type-lists.ts";

/**
 * A continuation as the machine knows it, once the reference to it has been used up: its innermost frame, or the stack in the
 * frame's place.
 */
export const CONTINUATION: ValType = refType(TYPE.VMFrame, true);

/** What a guest holds, of whatever type. */
export const CONTINUATION_OBJECT: ValType = refType(TYPE.VMContObj, true);

/** Which of the four hierarchies of reference types a heap type belongs to. Continuations are structs once lowered. */
export type Hierarchy = "any" | "func" | "extern" | "exn";

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
  readonly #guest: Module;
  readonly #machine: Types;
  /** What the lowering adds behind the guest's types, each a recursion group of its own, and where to find it again. */
  readonly #added: SubType[] = [];
  readonly #known = new Map<number, number[]>();
  readonly #hasContinuations: boolean;
  /** Definitions of the guest's types, lowered, as far as they have been asked for. */
  readonly #lowered: (SubType | undefined)[] = [];

  constructor(machine: Types, guest: Module) {
    this.#machine = machine;
    this.#guest = guest;
    this.shift = machine.types.length;
    this.#hasContinuations = guest.types.some(({ composite }) => composite.kind === "cont");
  }

  /** Whether the guest has continuation types. */
  get hasContinuations(): boolean {
    return this.#hasContinuations;
  }

  /** Whether a lowered type is one of references to continuations of a type of the guest's. */
  isContinuation(type: ValType): boolean {
    if (!isRef(type)) return false;
    return this.#guest.types[heapOf(type) - this.shift]?.composite.kind === "cont";
  }

  /** Whether a lowered type is one of references to continuations, of a type of the guest's or of any. */
  isAnyContinuation(type: ValType): boolean {
    return isRef(type) && (heapOf(type) === TYPE.VMContObj || this.isContinuation(type));
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

  /** A list of guest value types in the lowered module; the same list if nothing in it changes. */
  lowerAll(types: readonly ValType[]): readonly ValType[] {
    for (let i = 0; i < types.length; i++) {
      if ((types[i] as ValType) > 0) return types.map((type) => this.lower(type));
    }
    return types;
  }

  /** The definition of a type of the lowered module, in its terms. */
  definition(index: number): SubType {
    const guest = this.#guest.types[index - this.shift];
    if (guest !== undefined) return (this.#lowered[index - this.shift] ??= this.#lowerSubType(guest));
    const type = this.#machine.types[index] ?? this.#added[index - this.shift - this.#guest.types.length];
    if (type === undefined) throw new RangeError(`the lowered module has no type ${index}`);
    return type;
  }

  /** The hierarchy of a lowered reference type. */
  hierarchy(type: ValType): Hierarchy {
    const heap = heapOf(type);
    if (heap < 0) return HIERARCHY_OF_ABSTRACT[heap] ?? "any";
    const guest = this.#guest.types[heap - this.shift];
    return (guest ?? this.definition(heap)).composite.kind === "func" ? "func" : "any";
  }

  /** Index of the function type `params -> results`. */
  func(params: readonly ValType[], results: readonly ValType[]): number {
    const hash = hashedTypes(hashedTypes(0, params), results);
    const known = this.#find(hash, ({ composite }) => isFunc(composite, params, results));
    return known ?? this.#add(hash, { final: true, supertypes: [], composite: { kind: "func", params, results } });
  }

  /** Index of a final struct type below `supertype` (if there is one) with all of `fields`, inherited ones included. */
  struct(supertype: number | undefined, fields: readonly FieldType[]): number {
    let hash = supertype ?? -1;
    for (let i = 0; i < fields.length; i++) {
      const { type, mutable } = fields[i] as FieldType;
      hash = hashed(hash, mutable ? type : ~type);
    }
    const known = this.#find(
      hash,
      ({ supertypes, composite }) => supertypes[0] === supertype && isStruct(composite, fields),
    );
    if (known !== undefined) return known;
    const supertypes = supertype === undefined ? [] : [supertype];
    return this.#add(hash, { final: true, supertypes, composite: { kind: "struct", fields } });
  }

  /**
   * Index of the type of identities of tags with the guest's function type `type`. The host compares these types when it
   * links modules; the field is mutable because types of tags have to be the same, not just match.
   */
  tagIdentity(type: number): number {
    const { composite } = this.#machine.types[TYPE.VMTag] ?? {};
    const fields = composite?.kind === "struct" ? composite.fields : [];
    return this.struct(TYPE.VMTag, [...fields, { type: refType(type + this.shift, true), mutable: true }]);
  }

  /** Index of the added type with this hash that `isIt` says it is. */
  #find(hash: number, isIt: (type: SubType) => boolean): number | undefined {
    const i = this.#known.get(hash)?.find((known) => isIt(this.#added[known] as SubType));
    return i === undefined ? undefined : this.#firstAdded + i;
  }

  #add(hash: number, type: SubType): number {
    const i = this.#added.push(type) - 1;
    const same = this.#known.get(hash);
    if (same === undefined) this.#known.set(hash, [i]);
    else same.push(i);
    return this.#firstAdded + i;
  }

  get #firstAdded(): number {
    return this.shift + this.#guest.types.length;
  }

  /** Number of types. */
  get count(): number {
    return this.shift + this.#guest.types.length + this.#added.length;
  }

  /** Writes the type section. */
  write(out: ModuleWriter): void {
    const entry = () => out.entry(SECTION.type);
    for (const group of groupsOf(this.#machine.types, this.#machine.recGroups)) writeRecGroup(entry(), group, IDENTITY);
    for (const group of groupsOf(this.#guest.types, this.#guest.recGroups)) {
      writeRecGroup(
        entry(),
        group.map((type) => this.#lowerSubType(type)),
        IDENTITY,
      );
    }
    for (const type of this.#added) writeRecGroup(entry(), [type], IDENTITY);
  }

  #lowerSubType({ final, supertypes, composite }: SubType): SubType {
    const lowered = supertypes.map((index) => index + this.shift);
    // A continuation type without a supertype of its own is one of VMContObj, from which all of them inherit a field.
    if (composite.kind === "cont" && lowered.length === 0) lowered.push(TYPE.VMContObj);
    return { final, supertypes: lowered, composite: this.#lowerComposite(composite) };
  }

  #lowerComposite(composite: CompositeType): CompositeType {
    const field = ({ type, mutable }: FieldType): FieldType => ({ type: this.lower(type), mutable });
    switch (composite.kind) {
      case "func":
        return {
          kind: "func",
          params: this.lowerAll(composite.params),
          results: this.lowerAll(composite.results),
        };
      case "struct":
        return { kind: "struct", fields: composite.fields.map(field) };
      case "array":
        return { kind: "array", field: field(composite.field) };
      case "cont":
        return { kind: "struct", fields: contObjFields(composite.func + this.shift) };
    }
  }
}

function isFunc(composite: CompositeType, params: readonly ValType[], results: readonly ValType[]): boolean {
  return composite.kind === "func" && isSameList(composite.params, params) && isSameList(composite.results, results);
}

function isStruct(composite: CompositeType, fields: readonly FieldType[]): boolean {
  if (composite.kind !== "struct" || composite.fields.length !== fields.length) return false;
  for (let i = 0; i < fields.length; i++) {
    const one = composite.fields[i] as FieldType;
    const other = fields[i] as FieldType;
    if (one !== other && (one.type !== other.type || one.mutable !== other.mutable)) return false;
  }
  return true;
}

/** The fields of a lowered continuation type: that of VMContObj, and one that tells its function type. */
function contObjFields(func: number): FieldType[] {
  return [
    { type: CONTINUATION, mutable: true },
    { type: refType(func, true), mutable: false },
  ];
}

function* groupsOf(types: readonly SubType[], groups: readonly number[]): Generator<readonly SubType[]> {
  for (const [i, start] of groups.entries()) yield types.slice(start, groups[i + 1] ?? types.length);
}
