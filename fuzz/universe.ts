/** The types of one program: one index space, which all of its modules share. Types are added when they are first wanted. */
import { TypeContext } from "../wasm/subtyping.ts";
import {
  type FieldType,
  type FuncType,
  heapOf,
  type HeapType,
  isRef,
  refType,
  type SubType,
  type ValType,
} from "../wasm/types.ts";

export class Universe {
  readonly types: SubType[] = [];
  /** Number of types in each recursion group. */
  readonly groups: number[] = [];
  readonly #canon: number[] = [];
  readonly #context: TypeContext = new TypeContext(this.types, this.#canon);
  readonly #known = new Map<string, number>();

  /** Adds a recursion group; returns the index of its first type. */
  group(types: readonly SubType[]): number {
    const first = this.types.length;
    for (const type of types) this.#canon.push(this.types.push(type) - 1);
    this.groups.push(types.length);
    return first;
  }

  #intern(key: string, type: () => SubType): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.group([type()]);
    this.#known.set(key, index);
    return index;
  }

  func(params: readonly ValType[], results: readonly ValType[]): number {
    return this.#intern(`${params.join()}>${results.join()}`, () => ({
      final: true,
      supertypes: [],
      composite: { kind: "func", params: [...params], results: [...results] },
    }));
  }

  /** The continuation type of the function type `func`. */
  cont(func: number): number {
    return this.#intern(`cont ${func}`, () => ({ final: true, supertypes: [], composite: { kind: "cont", func } }));
  }

  contOf(params: readonly ValType[], results: readonly ValType[]): number {
    return this.cont(this.func(params, results));
  }

  /** A function type that others can be declared below. */
  openFunc(params: readonly ValType[], results: readonly ValType[], supertype?: number): number {
    const supertypes = supertype === undefined ? [] : [supertype];
    return this.group([{ final: false, supertypes, composite: { kind: "func", params, results } }]);
  }

  /** The continuation type of a function type, as {@link cont} finds it, below that of the function type's supertype. */
  openCont(func: number): number {
    const supertypes = (this.types[func]?.supertypes ?? []).map((x) => this.cont(x));
    const cont = this.group([{ final: false, supertypes, composite: { kind: "cont", func } }]);
    this.note(func, cont);
    return cont;
  }

  /** The types that are declared right below `index`. */
  below(index: number): number[] {
    return this.types.flatMap(({ supertypes }, x) => (supertypes.includes(index) ? [x] : []));
  }

  struct(fields: readonly FieldType[], supertypes: readonly number[] = []): number {
    return this.group([{ final: false, supertypes, composite: { kind: "struct", fields } }]);
  }

  array(type: ValType): number {
    return this.group([{ final: true, supertypes: [], composite: { kind: "array", field: { type, mutable: true } } }]);
  }

  /** Makes the continuation type `cont` of function type `func`, of a group of their own, what {@link cont} finds. */
  note(func: number, cont: number): void {
    this.#known.set(`cont ${func}`, cont);
  }

  signature(type: number): FuncType {
    const composite = this.types[type]?.composite;
    if (composite?.kind !== "func") throw new RangeError(`type ${type} is no function type`);
    return composite;
  }

  /** The function type of a continuation type. */
  resumed(cont: number): FuncType {
    const composite = this.types[cont]?.composite;
    if (composite?.kind !== "cont") throw new RangeError(`type ${cont} is no continuation type`);
    return this.signature(composite.func);
  }

  isCont(heap: HeapType): boolean {
    return this.kind(heap) === "cont";
  }

  /** What a concrete heap type is; undefined for abstract ones. */
  kind(heap: HeapType): SubType["composite"]["kind"] | undefined {
    return heap < 0 ? undefined : this.types[heap]?.composite.kind;
  }

  matches(a: ValType, b: ValType): boolean {
    return this.#context.matches(a, b);
  }

  matchesAll(as: readonly ValType[], bs: readonly ValType[]): boolean {
    return as.length === bs.length && as.every((a, i) => this.matches(a, bs[i] ?? 0));
  }

  matchesHeap(a: HeapType, b: HeapType): boolean {
    return this.#context.matchesHeap(a, b);
  }

  /** `t` without null. */
  nonNull(t: ValType): ValType {
    return isRef(t) ? refType(heapOf(t), false) : t;
  }
}
