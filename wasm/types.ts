/**
 * Value types, heap types and type definitions (spec 3.0, "Syntax: Types"; stack-switching proposal).
 *
 * Types are small integers, so that comparing two of them is `===` and a stack of them is a plain array:
 *
 * - A {@link HeapType} is a type index (>= 0) or the negative s33 code that the binary format gives an abstract heap type.
 * - A {@link ValType} is the negative s33 code of a number, vector or packed type, or, for a reference,
 *   `(heap + 64) * 2 + nullable`, which is always positive.
 */

/** A type index (>= 0), or the binary format's negative code of an abstract heap type. */
export type HeapType = number;
/** A value type, or a packed storage type ({@link I8}, {@link I16}) where a field type is meant. */
export type ValType = number;

export const I32 = -0x01;
export const I64 = -0x02;
export const F32 = -0x03;
export const F64 = -0x04;
export const V128 = -0x05;
/** Packed storage types: only in struct and array fields. */
export const I8 = -0x08;
export const I16 = -0x09;

export const HEAP_NOCONT = -0x0b;
export const HEAP_NOEXN = -0x0c;
export const HEAP_NOFUNC = -0x0d;
export const HEAP_NOEXTERN = -0x0e;
export const HEAP_NONE = -0x0f;
export const HEAP_FUNC = -0x10;
export const HEAP_EXTERN = -0x11;
export const HEAP_ANY = -0x12;
export const HEAP_EQ = -0x13;
export const HEAP_I31 = -0x14;
export const HEAP_STRUCT = -0x15;
export const HEAP_ARRAY = -0x16;
export const HEAP_EXN = -0x17;
export const HEAP_CONT = -0x18;

/** The reference type `(ref null? heap)`. */
export function refType(heap: HeapType, nullable: boolean): ValType {
  return (heap + 64) * 2 + (nullable ? 1 : 0);
}

/** Whether `t` is a reference type. */
export function isRef(t: ValType): boolean {
  return t > 0;
}

/** Whether the reference type `t` admits null. */
export function isNullable(t: ValType): boolean {
  return (t & 1) === 1;
}

/** Whether values of type `t` can be references to exceptions; those to the bottom type `noexn` are null at most. */
export function isException(t: ValType): boolean {
  return isRef(t) && heapOf(t) === HEAP_EXN;
}

/** The heap type of the reference type `t`. */
export function heapOf(t: ValType): HeapType {
  return (t >> 1) - 64;
}

/** `t` made nullable if it is a reference; other types unchanged. */
export function asNullable(t: ValType): ValType {
  return t > 0 ? t | 1 : t;
}

/** Whether locals of type `t` have a default value. */
export function isDefaultable(t: ValType): boolean {
  return t < 0 || (t & 1) === 1;
}

export interface FuncType {
  readonly kind: "func";
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

export interface FieldType {
  /** A value type or a packed type. */
  readonly type: ValType;
  readonly mutable: boolean;
}

export interface StructType {
  readonly kind: "struct";
  readonly fields: readonly FieldType[];
}

export interface ArrayType {
  readonly kind: "array";
  readonly field: FieldType;
}

/** `(cont $ft)`: the type of a continuation whose function has type `func` (stack-switching proposal). */
export interface ContType {
  readonly kind: "cont";
  /** Type index of the function type. */
  readonly func: number;
}

export type CompositeType = FuncType | StructType | ArrayType | ContType;

export interface SubType {
  readonly final: boolean;
  /** Type indices; Wasm 3.0 allows at most one. */
  readonly supertypes: readonly number[];
  readonly composite: CompositeType;
}

/** Limits of a table or memory; bigint because memory64 and table64 reach 2^64. */
export interface Limits {
  readonly min: bigint;
  readonly max: bigint | undefined;
}
