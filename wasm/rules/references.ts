/** Rules of references and casts (spec 3.0, "Validation: Reference Instructions"). */
import type { FunctionValidator } from "../function-validator.ts";
import type { InstructionReader } from "../instruction-reader.ts";
import { BOTTOM } from "../subtyping.ts";
import { HEAP_ANY, HEAP_CONT, HEAP_EXTERN, I32, isNullable, refType } from "../types.ts";
import type { HeapType, ValType } from "../types.ts";
import { valTypesText, valTypeText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

/** The non-null reference to what `t` refers to. */
function nonNull(t: ValType): ValType {
  return isNullable(t) ? t - 1 : t;
}

/** Checks that values of type `heap` can be cast and tested; returns the top of its hierarchy. */
function checkCastable(v: FunctionValidator, heap: HeapType): HeapType {
  v.checkHeapType(heap);
  const top = v.types.topOf(heap);
  // Continuations carry no type at run time.
  if (top === HEAP_CONT) v.fail("invalid cast");
  return top;
}

function test(v: FunctionValidator, r: InstructionReader): void {
  v.pop(refType(checkCastable(v, r.heap), true));
  v.push(I32);
}

function cast(v: FunctionValidator, r: InstructionReader, nullable: boolean): void {
  v.pop(refType(checkCastable(v, r.heap), true));
  v.push(refType(r.heap, nullable));
}

/**
 * Applies a branch that passes the topmost operand, a reference of type `passed`, and otherwise leaves one of type `left` in
 * its place; the operand has been popped.
 */
function branchWith(v: FunctionValidator, depth: number, passed: ValType, left: ValType): void {
  const label = v.label(depth);
  const count = label.length - 1;
  if (!v.types.matches(passed, label[count] ?? BOTTOM)) {
    v.fail(`type mismatch: instruction requires type ${valTypeText(passed)} but label has ${valTypesText(label)}`);
  }
  if (count > 0) {
    v.popFirst(label, count);
    v.pushFirst(label, count);
  }
  if (left !== BOTTOM) v.push(left);
}

/** Pops the operand of br_on_cast and br_on_cast_fail, and branches with it if the cast to `heap2` succeeds or fails. */
function branchOnCast(v: FunctionValidator, r: InstructionReader, onSuccess: boolean): void {
  checkCastable(v, r.heap);
  checkCastable(v, r.heap2);
  const source = refType(r.heap, (r.flags & 1) !== 0);
  const target = refType(r.heap2, (r.flags & 2) !== 0);
  if (!v.types.matches(target, source)) {
    v.fail(`type mismatch on cast: type ${valTypeText(target)} does not match ${valTypeText(source)}`);
  }
  // What remains of the source's values without those of the target type.
  const difference = isNullable(target) ? nonNull(source) : source;
  v.pop(source);
  if (onSuccess) branchWith(v, r.x, target, difference);
  else branchWith(v, r.x, difference, target);
}

/** Converts between the any and extern hierarchies; null stays null. */
function convert(v: FunctionValidator, from: HeapType, to: HeapType): void {
  const nullable = isNullable(v.peekRef());
  v.pop(refType(from, nullable));
  v.push(refType(to, nullable));
}

export const REFERENCE_RULES = {
  "ref.null"(v, r) {
    v.checkHeapType(r.heap);
    v.push(refType(r.heap, true));
  },
  "ref.func"(v, r) {
    const type = v.funcTypeIndex(r.x);
    if (v.funcIndex === undefined) v.context.declared[r.x] = 1;
    else if (v.context.declared[r.x] !== 1) v.fail(`undeclared function reference ${r.x}`);
    v.push(refType(type, false));
  },
  "ref.is_null"(v) {
    v.popRef();
    v.push(I32);
  },
  "ref.as_non_null"(v) {
    v.push(nonNull(v.popRef()));
  },
  br_on_null(v, r) {
    const t = v.popRef();
    const label = v.label(r.x);
    v.applyType(label, label);
    v.push(nonNull(t));
  },
  br_on_non_null(v, r) {
    branchWith(v, r.x, nonNull(v.popRef()), BOTTOM);
  },
  br_on_cast(v, r) {
    branchOnCast(v, r, true);
  },
  br_on_cast_fail(v, r) {
    branchOnCast(v, r, false);
  },
  "ref.test": test,
  "ref.test null": test,
  "ref.cast"(v, r) {
    cast(v, r, false);
  },
  "ref.cast null"(v, r) {
    cast(v, r, true);
  },
  "any.convert_extern"(v) {
    convert(v, HEAP_EXTERN, HEAP_ANY);
  },
  "extern.convert_any"(v) {
    convert(v, HEAP_ANY, HEAP_EXTERN);
  },
} as const satisfies Record<string, Rule>;
