/** Rules of structs and arrays (spec 3.0, "Validation: Aggregate Instructions"). */
import type { FunctionValidator } from "../function-validator.ts";
import type { InstructionReader } from "../instruction-reader.ts";
import { I16, I32, I8, isDefaultable, isRef, refType } from "../types.ts";
import type { FieldType, StructType, ValType } from "../types.ts";
import { valTypeText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

function isPacked(t: ValType): boolean {
  return t === I8 || t === I16;
}

/** The type that a field of storage type `t` has on the operand stack. */
function unpacked(t: ValType): ValType {
  return isPacked(t) ? I32 : t;
}

function fieldOf(v: FunctionValidator, type: StructType, y: number): FieldType {
  return type.fields[y] ?? v.fail(`unknown field ${y}`);
}

/** struct.get, or with `extend` struct.get_s and struct.get_u, which are those of packed fields. */
function structGet(v: FunctionValidator, r: InstructionReader, extend: boolean): void {
  const { type } = fieldOf(v, v.structType(r.x), r.y);
  if (isPacked(type) !== extend) v.fail(`field is ${extend ? "unpacked" : "packed"}`);
  v.pop(refType(r.x, true));
  v.push(unpacked(type));
}

function arrayGet(v: FunctionValidator, r: InstructionReader, extend: boolean): void {
  const { type } = v.arrayType(r.x).field;
  if (isPacked(type) !== extend) v.fail(`array is ${extend ? "unpacked" : "packed"}`);
  v.pop(I32);
  v.pop(refType(r.x, true));
  v.push(unpacked(type));
}

function mutableArray(v: FunctionValidator, x: number): FieldType {
  const { field } = v.arrayType(x);
  return field.mutable ? field : v.fail("immutable array");
}

/** Checks that elements of a segment can be stored in an array with fields of type `type`. */
function checkElements(v: FunctionValidator, segment: number, type: ValType): void {
  const element = v.elem(segment).type;
  if (v.types.matches(element, unpacked(type))) return;
  const types = `${valTypeText(element)} does not match array's field type ${valTypeText(type)}`;
  v.fail(`type mismatch: element segment's type ${types}`);
}

/** Checks that an array with fields of type `type` can be filled from data segment `y`. */
function checkBytes(v: FunctionValidator, r: InstructionReader, type: ValType): void {
  v.dataSegment(r.y);
  if (isRef(type)) v.fail("array type is not numeric or vector");
}

/** Pops count, source offset, index and array: the operands of array.init_data and array.init_elem. */
function popInit(v: FunctionValidator, x: number): void {
  v.pop(I32);
  v.pop(I32);
  v.pop(I32);
  v.pop(refType(x, true));
}

export const AGGREGATE_RULES = {
  "struct.new"(v, r) {
    const { fields } = v.structType(r.x);
    for (let i = fields.length - 1; i >= 0 && !v.isExhausted(); i--) v.pop(unpacked((fields[i] as FieldType).type));
    v.push(refType(r.x, false));
  },
  "struct.new_default"(v, r) {
    const { fields } = v.structType(r.x);
    if (!fields.every(({ type }) => isDefaultable(type))) v.fail("field type is not defaultable");
    v.push(refType(r.x, false));
  },
  "struct.get"(v, r) {
    structGet(v, r, false);
  },
  "struct.get_s"(v, r) {
    structGet(v, r, true);
  },
  "struct.get_u"(v, r) {
    structGet(v, r, true);
  },
  "struct.set"(v, r) {
    const { type, mutable } = fieldOf(v, v.structType(r.x), r.y);
    if (!mutable) v.fail("immutable field");
    v.pop(unpacked(type));
    v.pop(refType(r.x, true));
  },
  "array.new"(v, r) {
    const { type } = v.arrayType(r.x).field;
    v.pop(I32);
    v.pop(unpacked(type));
    v.push(refType(r.x, false));
  },
  "array.new_default"(v, r) {
    const { type } = v.arrayType(r.x).field;
    if (!isDefaultable(type)) v.fail("array type is not defaultable");
    v.pop(I32);
    v.push(refType(r.x, false));
  },
  "array.new_fixed"(v, r) {
    v.popRepeated(unpacked(v.arrayType(r.x).field.type), r.y);
    v.push(refType(r.x, false));
  },
  "array.new_data"(v, r) {
    checkBytes(v, r, v.arrayType(r.x).field.type);
    v.pop(I32);
    v.pop(I32);
    v.push(refType(r.x, false));
  },
  "array.new_elem"(v, r) {
    checkElements(v, r.y, v.arrayType(r.x).field.type);
    v.pop(I32);
    v.pop(I32);
    v.push(refType(r.x, false));
  },
  "array.get"(v, r) {
    arrayGet(v, r, false);
  },
  "array.get_s"(v, r) {
    arrayGet(v, r, true);
  },
  "array.get_u"(v, r) {
    arrayGet(v, r, true);
  },
  "array.set"(v, r) {
    const { type } = mutableArray(v, r.x);
    v.pop(unpacked(type));
    v.pop(I32);
    v.pop(refType(r.x, true));
  },
  "array.fill"(v, r) {
    const { type } = mutableArray(v, r.x);
    v.pop(I32);
    v.pop(unpacked(type));
    v.pop(I32);
    v.pop(refType(r.x, true));
  },
  "array.copy"(v, r) {
    const target = mutableArray(v, r.x);
    const source = v.arrayType(r.y).field;
    if (!v.types.matches(source.type, target.type)) v.fail("array types do not match");
    v.pop(I32);
    v.pop(I32);
    v.pop(refType(r.y, true));
    v.pop(I32);
    v.pop(refType(r.x, true));
  },
  "array.init_data"(v, r) {
    checkBytes(v, r, mutableArray(v, r.x).type);
    popInit(v, r.x);
  },
  "array.init_elem"(v, r) {
    checkElements(v, r.y, mutableArray(v, r.x).type);
    popInit(v, r.x);
  },
} as const satisfies Record<string, Rule>;
