/**
 * Rules of exceptions (spec 3.0, "Validation: Control Instructions") and of their legacy form (exception-handling proposal,
 * "Legacy Exception Handling").
 */
import type { FunctionValidator } from "../function-validator.ts";
import type { CatchClause, InstructionReader } from "../instruction-reader.ts";
import { OP } from "../instructions.ts";
import { HEAP_EXN, refType } from "../types.ts";
import type { ValType } from "../types.ts";
import { valTypesText } from "../type-text.ts";
import { enterBlock } from "./control.ts";
import type { Rule } from "./rule.ts";

const EXNREF = refType(HEAP_EXN, true);
const EXN = refType(HEAP_EXN, false);
const NO_TYPES: readonly ValType[] = [];

/** Kinds of try_table's clauses: `catch`, `catch_ref`, `catch_all`, `catch_all_ref`; odd ones pass the exception on. */
const FIRST_CATCH_ALL = 2;

/** Checks that what the clause passes on has the types of its label. Labels count from outside of the try_table. */
function checkCatch(v: FunctionValidator, clause: CatchClause): void {
  const payload = clause.kind < FIRST_CATCH_ALL ? v.exceptionTag(clause.tag).params : NO_TYPES;
  const withRef = (clause.kind & 1) === 1;
  const label = v.label(clause.label);
  const count = payload.length;
  let matches = label.length === count + (withRef ? 1 : 0);
  for (let i = 0; matches && i < count; i++) matches = v.types.matches(payload[i] as ValType, label[i] as ValType);
  if (matches && withRef) matches = v.types.matches(EXN, label[count] as ValType);
  if (matches) return;
  const passed = withRef ? [...payload, EXN] : payload;
  v.fail(`type mismatch: catch handler requires ${valTypesText(label)} but label has ${valTypesText(passed)}`);
}

/** Ends the `try` or `catch` that stands before a legacy `catch` or `catch_all`, which begins with `params`. */
function nextCatch(v: FunctionValidator, r: InstructionReader, params: readonly ValType[]): void {
  const { endTypes } = v.popControl();
  v.pushControl(r.opcode, params, endTypes);
}

function isTryOrCatch(opcode: number): boolean {
  return opcode === OP.try || opcode === OP.catch;
}

export const EXCEPTION_RULES = {
  throw(v, r) {
    v.popTypes(v.exceptionTag(r.x).params);
    v.setUnreachable();
  },
  throw_ref(v) {
    v.pop(EXNREF);
    v.setUnreachable();
  },
  try_table(v, r) {
    for (let i = 0; i < r.catchCount; i++) checkCatch(v, r.catches[i] as CatchClause);
    enterBlock(v, r);
  },
  try: enterBlock,
  catch(v, r) {
    if (!isTryOrCatch(v.control(0).opcode)) v.misplaced();
    nextCatch(v, r, v.exceptionTag(r.x).params);
  },
  catch_all(v, r) {
    if (!isTryOrCatch(v.control(0).opcode)) v.misplaced();
    nextCatch(v, r, NO_TYPES);
  },
  delegate(v, r) {
    if (v.control(0).opcode !== OP.try) v.misplaced();
    // The label counts from outside of the try.
    if (r.x + 1 >= v.depth) v.fail(`unknown label ${r.x}`);
    v.pushTypes(v.popControl().endTypes);
  },
  rethrow(v, r) {
    const { opcode } = v.control(r.x);
    if (opcode !== OP.catch && opcode !== OP.catch_all) v.fail("invalid rethrow label");
    v.setUnreachable();
  },
} as const satisfies Record<string, Rule>;
