/**
 * Subtyping (spec 3.0, "Validation: Matching"; stack-switching proposal for continuation types).
 *
 * A {@link TypeContext} answers every question about the types of one index space: the types of a module, or those of a
 * {@link ./canonical.ts | TypeRegistry}. Concrete types are equal when their canonical ids are, so nothing here recurses.
 */
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
  refType,
} from "./types.ts";
import type { CompositeType, FieldType, FuncType, HeapType, SubType, ValType } from "./types.ts";

/** The type of a value popped from the polymorphic stack of unreachable code: matches every type. */
export const BOTTOM: ValType = 0;
/** The heap type below every other: what a reference popped from a polymorphic stack refers to. */
export const HEAP_BOTTOM: HeapType = -63;
/** `(ref bot)`: matches every reference type. */
export const BOTTOM_REF: ValType = refType(HEAP_BOTTOM, false);

const ABSTRACT_OF_KIND = { func: HEAP_FUNC, struct: HEAP_STRUCT, array: HEAP_ARRAY, cont: HEAP_CONT } as const;
const BOTTOM_OF_KIND = { func: HEAP_NOFUNC, struct: HEAP_NONE, array: HEAP_NONE, cont: HEAP_NOCONT } as const;

/** Whether the abstract heap type `a` is a subtype of the different abstract heap type `b`. */
function matchesAbstract(a: HeapType, b: HeapType): boolean {
  switch (a) {
    case HEAP_BOTTOM:
      return true;
    case HEAP_NONE:
      return b === HEAP_ANY || b === HEAP_EQ || b === HEAP_I31 || b === HEAP_STRUCT || b === HEAP_ARRAY;
    case HEAP_I31:
    case HEAP_STRUCT:
    case HEAP_ARRAY:
      return b === HEAP_EQ || b === HEAP_ANY;
    case HEAP_EQ:
      return b === HEAP_ANY;
    case HEAP_NOFUNC:
      return b === HEAP_FUNC;
    case HEAP_NOEXN:
      return b === HEAP_EXN;
    case HEAP_NOEXTERN:
      return b === HEAP_EXTERN;
    case HEAP_NOCONT:
      return b === HEAP_CONT;
    default:
      return false;
  }
}

/** Types of one index space with their canonical ids. */
export class TypeContext {
  readonly types: readonly SubType[];
  /** Canonical id of each type index: two indices denote the same type exactly when their ids are equal. */
  readonly canon: ArrayLike<number>;

  constructor(types: readonly SubType[], canon: ArrayLike<number>) {
    this.types = types;
    this.canon = canon;
  }

  /** Whether a value of type `a` may be used where `b` is expected. */
  matches(a: ValType, b: ValType): boolean {
    if (a === b || a === BOTTOM) return true;
    // Number, vector and packed types (negative) match only themselves.
    if (a < 0 || b <= 0) return false;
    if ((a & 1) > (b & 1)) return false;
    return this.matchesHeap(heapOf(a), heapOf(b));
  }

  matchesHeap(a: HeapType, b: HeapType): boolean {
    if (a === b) return true;
    if (a >= 0) return b >= 0 ? this.isSubtype(a, b) : this.#concreteMatchesAbstract(a, b);
    if (b >= 0) return a === HEAP_BOTTOM || a === BOTTOM_OF_KIND[this.#kind(b)];
    return matchesAbstract(a, b);
  }

  #kind(index: number): CompositeType["kind"] {
    return this.#composite(index).kind;
  }

  #composite(index: number): CompositeType {
    const type = this.types[index];
    if (type === undefined) throw new RangeError(`type index ${index} out of range`);
    return type.composite;
  }

  #concreteMatchesAbstract(a: number, b: HeapType): boolean {
    const abstract = ABSTRACT_OF_KIND[this.#kind(a)];
    return abstract === b || matchesAbstract(abstract, b);
  }

  /** Whether the type with index `a` is the one with index `b` or declares it, directly or not, as its supertype. */
  isSubtype(a: number, b: number): boolean {
    const target = this.canon[b];
    let x: number | undefined = a;
    // Ends soon: a supertype's index is below its subtype's, and the decoder limits the depth of the hierarchy.
    while (x !== undefined) {
      if (this.canon[x] === target) return true;
      x = this.types[x]?.supertypes[0];
    }
    return false;
  }

  /** Pairwise {@link matches} of lists of the same length. */
  matchesAll(as: readonly ValType[], bs: readonly ValType[]): boolean {
    if (as === bs) return true;
    if (as.length !== bs.length) return false;
    for (let i = 0; i < as.length; i++) {
      if (!this.matches(as[i] ?? BOTTOM, bs[i] ?? BOTTOM)) return false;
    }
    return true;
  }

  /** Structural subtyping of function types: contravariant parameters, covariant results. */
  matchesFunc(a: FuncType, b: FuncType): boolean {
    return this.matchesAll(b.params, a.params) && this.matchesAll(a.results, b.results);
  }

  matchesField(a: FieldType, b: FieldType): boolean {
    if (a.mutable !== b.mutable || !this.matches(a.type, b.type)) return false;
    return !a.mutable || this.matches(b.type, a.type);
  }

  /** Structural subtyping one level deep: what a declared subtype has to satisfy. */
  matchesComposite(a: CompositeType, b: CompositeType): boolean {
    switch (a.kind) {
      case "func":
        return b.kind === "func" && this.matchesFunc(a, b);
      case "struct":
        return (
          b.kind === "struct" &&
          a.fields.length >= b.fields.length &&
          b.fields.every((field, i) => {
            const own = a.fields[i];
            return own !== undefined && this.matchesField(own, field);
          })
        );
      case "array":
        return b.kind === "array" && this.matchesField(a.field, b.field);
      case "cont":
        return b.kind === "cont" && this.isSubtype(a.func, b.func);
    }
  }

  /** The top of the hierarchy that `heap` belongs to: any, func, extern, exn or cont. */
  topOf(heap: HeapType): HeapType {
    if (heap >= 0) {
      const kind = this.#kind(heap);
      return kind === "func" ? HEAP_FUNC : kind === "cont" ? HEAP_CONT : HEAP_ANY;
    }
    switch (heap) {
      case HEAP_FUNC:
      case HEAP_NOFUNC:
        return HEAP_FUNC;
      case HEAP_EXTERN:
      case HEAP_NOEXTERN:
        return HEAP_EXTERN;
      case HEAP_EXN:
      case HEAP_NOEXN:
        return HEAP_EXN;
      case HEAP_CONT:
      case HEAP_NOCONT:
        return HEAP_CONT;
      default:
        return HEAP_ANY;
    }
  }
}
