/**
 * Canonicalisation of iso-recursive types (spec 3.0, "Types: Recursive Types").
 *
 * Two recursion groups are the same type when they have the same shape, once references into the group are counted from
 * the group's start and all others are canonical. Each distinct group gets consecutive canonical ids, so that equality of
 * concrete types is `===`: within a module by a {@link GroupInterner}, across modules by a shared {@link TypeRegistry}.
 */
import { TypeContext } from "./subtyping.ts";
import { heapOf, isNullable, refType } from "./types.ts";
import type { CompositeType, FieldType, SubType, ValType } from "./types.ts";

const KIND_CODE = { func: 0, struct: 1, array: 2, cont: 3 } as const;

/** Writes the shape of a recursion group as a string of UTF-16 units: exact, compact, and hashed by the engine. */
class ShapeWriter {
  readonly #start: number;
  readonly #canon: ArrayLike<number>;
  text = "";

  /** `canon` holds the canonical ids of the types before `start`, the group's first type. */
  constructor(start: number, canon: ArrayLike<number>) {
    this.#start = start;
    this.#canon = canon;
  }

  /** Any number below 2^32, as two units. */
  #number(value: number): void {
    this.text += String.fromCharCode(value & 0xffff, value >>> 16);
  }

  /** The lowest bit tells references into the group from all others. */
  #index(x: number): void {
    this.#number(x >= this.#start ? (x - this.#start) * 2 + 1 : (this.#canon[x] ?? 0) * 2);
  }

  #type(t: ValType): void {
    const heap = heapOf(t);
    if (t < 0) this.#number(-t);
    else if (heap < 0) this.#number(0x100 + t);
    else {
      this.#number(isNullable(t) ? 0x81 : 0x80);
      this.#index(heap);
    }
  }

  #types(ts: readonly ValType[]): void {
    this.#number(ts.length);
    for (const t of ts) this.#type(t);
  }

  #field(field: FieldType): void {
    this.#number(field.mutable ? 1 : 0);
    this.#type(field.type);
  }

  subType(type: SubType): void {
    this.#number((type.final ? 1 : 0) + type.supertypes.length * 2);
    for (const x of type.supertypes) this.#index(x);
    const { composite } = type;
    this.#number(KIND_CODE[composite.kind]);
    switch (composite.kind) {
      case "func":
        this.#types(composite.params);
        this.#types(composite.results);
        break;
      case "struct":
        this.#number(composite.fields.length);
        for (const field of composite.fields) this.#field(field);
        break;
      case "array":
        this.#field(composite.field);
        break;
      case "cont":
        this.#index(composite.func);
        break;
    }
  }
}

/** Gives equal recursion groups equal canonical ids. */
export class GroupInterner {
  readonly #firstIds = new Map<string, number>();
  #count = 0;

  /** Number of canonical ids given out. */
  get count(): number {
    return this.#count;
  }

  /**
   * Interns the group `types[start, end)`. `canon` maps every type index below `start` to its canonical id, and receives
   * those of the group. All type indices in the group must be below `end`. Returns whether the group is a new one.
   */
  intern(
    types: readonly SubType[],
    start: number,
    end: number,
    canon: { [x: number]: number; length: number },
  ): boolean {
    const shape = new ShapeWriter(start, canon);
    for (let x = start; x < end; x++) {
      const type = types[x];
      if (type !== undefined) shape.subType(type);
    }
    let first = this.#firstIds.get(shape.text);
    const isNew = first === undefined;
    if (first === undefined) {
      first = this.#count;
      this.#firstIds.set(shape.text, first);
      this.#count += end - start;
    }
    for (let x = start; x < end; x++) canon[x] = first + (x - start);
    return isNew;
  }
}

/** `t` with its type index, if it has one, replaced by `map`. */
export function mapValType(t: ValType, map: (x: number) => number): ValType {
  return t > 0 && heapOf(t) >= 0 ? refType(map(heapOf(t)), isNullable(t)) : t;
}

/** `type` with its type indices replaced by `map`. */
export function mapSubType(type: SubType, map: (x: number) => number): SubType {
  const mapType = (t: ValType): ValType => mapValType(t, map);
  const mapField = (field: FieldType): FieldType => ({ type: mapType(field.type), mutable: field.mutable });
  const mapComposite = (composite: CompositeType): CompositeType => {
    switch (composite.kind) {
      case "func":
        return { kind: "func", params: composite.params.map(mapType), results: composite.results.map(mapType) };
      case "struct":
        return { kind: "struct", fields: composite.fields.map(mapField) };
      case "array":
        return { kind: "array", field: mapField(composite.field) };
      case "cont":
        return { kind: "cont", func: map(composite.func) };
    }
  };
  return { final: type.final, supertypes: type.supertypes.map(map), composite: mapComposite(type.composite) };
}

/** The types of several modules in one index space, that of their canonical ids. */
export class TypeRegistry {
  readonly #interner = new GroupInterner();
  readonly #types: SubType[] = [];
  readonly #ids: number[] = [];
  /** Subtyping between canonical ids. */
  readonly context: TypeContext = new TypeContext(this.#types, this.#ids);

  /**
   * Adds the types of a valid module; returns the canonical id of each type index.
   *
   * ```ts
   * const a = registry.add(moduleA.types, moduleA.recGroups);
   * const b = registry.add(moduleB.types, moduleB.recGroups);
   * if (a[3] === b[7]) { } // type 3 of A and type 7 of B are the same type
   * ```
   */
  add(types: readonly SubType[], recGroups: readonly number[]): Int32Array {
    const canon = new Int32Array(types.length);
    for (const [i, start] of recGroups.entries()) {
      const end = recGroups[i + 1] ?? types.length;
      if (!this.#interner.intern(types, start, end, canon)) continue;
      for (let x = start; x < end; x++) {
        const type = types[x];
        if (type === undefined) continue;
        this.#types.push(mapSubType(type, (y) => canon[y] ?? -1));
        this.#ids.push(this.#ids.length);
      }
    }
    return canon;
  }

  /** The canonical form of a value type whose type index counts in a module with canonical ids `canon`. */
  canonical(t: ValType, canon: ArrayLike<number>): ValType {
    return mapValType(t, (x) => canon[x] ?? -1);
  }
}
