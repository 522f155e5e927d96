/**
 * Types of different modules, side by side.
 *
 * A module counts its types by itself. Where values of two modules meet in a module that the runtime makes (a continuation of
 * one, suspended with a tag of the other), the types of both have to be defined there, with all that they refer to; the
 * host's canonicalisation then makes them the same types.
 */
import { IDENTITY } from "../wasm/index-map.ts";
import type { IndexMap } from "../wasm/index-map.ts";
import { writeRecGroup } from "../wasm/encode-types.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import { heapOf, isNullable, isRef, refType } from "../wasm/types.ts";
import type { CompositeType, SubType, ValType } from "../wasm/types.ts";

/** Types that count together, such as those of a module. */
export interface TypeSpace {
  readonly types: readonly SubType[];
  /** For each recursion group, the index of its first type; groups are consecutive. */
  readonly recGroups: readonly number[];
}

/** A type definition. */
export interface DefinedType {
  readonly space: TypeSpace;
  readonly index: number;
}

/** A value type; type indices in it are those of `space`. */
export interface SpacedType {
  readonly space: TypeSpace;
  readonly type: ValType;
}

/** Parameters and results of a function type. */
export interface SpacedSignature {
  readonly params: readonly SpacedType[];
  readonly results: readonly SpacedType[];
}

const EMPTY: SpacedSignature = Object.freeze({ params: [], results: [] });

/** The signature of a function type, or of a continuation type's function type. */
export function spacedSignature({ space, index }: DefinedType): SpacedSignature {
  const composite = space.types[index]?.composite;
  if (composite?.kind === "cont") return spacedSignature({ space, index: composite.func });
  if (composite?.kind !== "func") return EMPTY;
  const of = (types: readonly ValType[]): SpacedType[] => types.map((type) => ({ space, type }));
  return { params: of(composite.params), results: of(composite.results) };
}

/** A space with one function type, made of types that need no definitions. */
export function funcTypeSpace(params: readonly ValType[], results: readonly ValType[]): DefinedType {
  return { space: { types: [plain({ kind: "func", params, results })], recGroups: [0] }, index: 0 };
}

function plain(composite: CompositeType): SubType {
  return { final: true, supertypes: [], composite };
}

/** Collects types of several spaces in one, each with what it refers to. */
export class TypeCollector implements TypeSpace {
  readonly types: SubType[] = [];
  readonly recGroups: number[] = [];
  readonly #known = new Map<TypeSpace, Map<number, number>>();
  readonly #added = new Map<string, number>();

  /** The index here of a type definition of another space. */
  define({ space, index }: DefinedType): number {
    if (space === this) return index;
    const known = this.#known.get(space) ?? new Map<number, number>();
    this.#known.set(space, known);
    const found = known.get(index);
    if (found !== undefined) return found;
    this.#copyGroup(space, index, known);
    return known.get(index) ?? 0;
  }

  #copyGroup(space: TypeSpace, index: number, known: Map<number, number>): void {
    const group = space.recGroups.findLastIndex((first) => first <= index);
    const start = space.recGroups[group] ?? 0;
    const end = space.recGroups[group + 1] ?? space.types.length;
    const members = space.types.slice(start, end);
    const outside = (x: number): number => (x >= start && x < end ? x : this.define({ space, index: x }));
    for (const member of members) mapSubType(member, outside);
    const shift = this.types.length - start;
    for (let x = start; x < end; x++) known.set(x, x + shift);
    this.recGroups.push(this.types.length);
    for (const member of members) this.types.push(mapSubType(member, (x) => known.get(x) ?? 0));
  }

  /** A value type of another space, as it is called here. */
  value({ space, type }: SpacedType): ValType {
    if (!isRef(type) || heapOf(type) < 0) return type;
    return refType(this.define({ space, index: heapOf(type) }), isNullable(type));
  }

  values(types: readonly SpacedType[]): ValType[] {
    return types.map((type) => this.value(type));
  }

  /** The index of a function type made of types of this space. */
  func(params: readonly ValType[], results: readonly ValType[]): number {
    return this.#add(plain({ kind: "func", params, results }));
  }

  /** The index of the continuation type of a function type of this space. */
  cont(func: number): number {
    return this.#add(plain({ kind: "cont", func }));
  }

  #add(type: SubType): number {
    const key = JSON.stringify(type.composite);
    const known = this.#added.get(key);
    if (known !== undefined) return known;
    const index = this.types.length;
    this.#added.set(key, index);
    this.recGroups.push(index);
    this.types.push(type);
    return index;
  }

  /** Writes the type section. */
  write(out: ModuleWriter): void {
    for (const [i, start] of this.recGroups.entries()) {
      const end = this.recGroups[i + 1] ?? this.types.length;
      writeRecGroup(out.entry(SECTION.type), this.types.slice(start, end), IDENTITY);
    }
  }
}

/** `type` with its type indices renumbered. */
function mapSubType(type: SubType, index: IndexMap["type"]): SubType {
  return { final: type.final, supertypes: type.supertypes.map(index), composite: mapComposite(type.composite, index) };
}

function mapComposite(composite: CompositeType, index: IndexMap["type"]): CompositeType {
  const value = (t: ValType): ValType => (isRef(t) && heapOf(t) >= 0 ? refType(index(heapOf(t)), isNullable(t)) : t);
  switch (composite.kind) {
    case "func":
      return { kind: "func", params: composite.params.map(value), results: composite.results.map(value) };
    case "struct":
      return { kind: "struct", fields: composite.fields.map((field) => ({ ...field, type: value(field.type) })) };
    case "array":
      return { kind: "array", field: { ...composite.field, type: value(composite.field.type) } };
    case "cont":
      return { kind: "cont", func: index(composite.func) };
  }
}
