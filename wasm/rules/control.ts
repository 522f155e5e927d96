/** Rules of blocks, branches and parametric instructions (spec 3.0, "Validation: Control Instructions"). */
import type { FunctionValidator } from "../function-validator.ts";
import type { InstructionReader } from "../instruction-reader.ts";
import { OP } from "../instructions.ts";
import { BOTTOM } from "../subtyping.ts";
import { I32, isRef } from "../types.ts";
import type { ValType } from "../types.ts";
import { valTypesText, valTypeText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

const NO_TYPES: readonly ValType[] = [];

/** Opens a block with the block type in `r`, after popping its operands. */
export function enterBlock(v: FunctionValidator, r: InstructionReader): void {
  switch (r.block) {
    case 0:
      if (r.opcode === OP.if) v.pop(I32);
      v.pushControl(r.opcode, NO_TYPES, NO_TYPES);
      break;
    case 1:
      v.checkValType(r.blockType);
      if (r.opcode === OP.if) v.pop(I32);
      v.pushControl(r.opcode, NO_TYPES, v.single(r.blockType));
      break;
    default: {
      const { params, results } = v.funcType(r.x);
      if (r.opcode === OP.if) v.pop(I32);
      v.popTypes(params);
      v.pushControl(r.opcode, params, results);
    }
  }
}

/** An `if` without `else` leaves its operands as they are. */
function checkMissingElse(v: FunctionValidator, params: readonly ValType[], results: readonly ValType[]): void {
  if (v.types.matchesAll(params, results)) return;
  v.fail(`type mismatch: block requires ${valTypesText(results)} but stack has ${valTypesText(params)}`);
}

function isNumericOrVector(t: ValType): boolean {
  return t === BOTTOM || !isRef(t);
}

/** A type other than BOTTOM if `a` or `b` is one. */
function known(a: ValType, b: ValType): ValType {
  return a === BOTTOM ? b : a;
}

function brTable(v: FunctionValidator, r: InstructionReader): void {
  v.pop(I32);
  const { labels, labelCount } = r;
  const types = v.label(labels[labelCount - 1] as number);
  let previous: readonly ValType[] | undefined;
  for (let i = 0; i < labelCount; i++) {
    const label = v.label(labels[i] as number);
    // Most labels of a table are those of blocks with the same type.
    if (label === previous) continue;
    previous = label;
    if (label.length !== types.length) {
      v.fail(`type mismatch: instruction requires ${valTypesText(types)} but label has ${valTypesText(label)}`);
    }
    v.checkBranch(label);
  }
  v.setUnreachable();
}

export const CONTROL_RULES = {
  unreachable(v) {
    v.setUnreachable();
  },
  block: enterBlock,
  loop: enterBlock,
  if: enterBlock,
  else(v) {
    if (v.control(0).opcode !== OP.if) v.misplaced();
    const { startTypes, endTypes } = v.popControl();
    v.pushControl(OP.else, startTypes, endTypes);
  },
  end(v) {
    const { opcode, startTypes, endTypes } = v.popControl();
    if (opcode === OP.if) checkMissingElse(v, startTypes, endTypes);
    if (v.depth > 0) v.pushTypes(endTypes);
  },
  br(v, r) {
    v.popTypes(v.label(r.x));
    v.setUnreachable();
  },
  br_if(v, r) {
    v.pop(I32);
    const types = v.label(r.x);
    if (types.length > 0) v.applyType(types, types);
  },
  br_table: brTable,
  return(v) {
    v.popTypes(v.results);
    v.setUnreachable();
  },
  drop(v) {
    v.popAny();
  },
  select(v) {
    v.pop(I32);
    const a = v.popAny();
    const b = v.popAny();
    if (!isNumericOrVector(a) || !isNumericOrVector(b)) {
      const found = valTypeText(isNumericOrVector(a) ? b : a);
      v.fail(`type mismatch: instruction requires numeric or vector type but stack has ${found}`);
    }
    if (a !== b && a !== BOTTOM && b !== BOTTOM) {
      v.fail(`type mismatch: instruction requires ${valTypesText([a, a])} but stack has ${valTypesText([b, a])}`);
    }
    v.push(known(a, b));
  },
  "select t"(v, r) {
    if (r.types.length !== 1) v.fail("invalid result arity other than 1 is not (yet) allowed");
    const t = r.types[0] as ValType;
    v.checkValType(t);
    v.pop(I32);
    v.pop(t);
    v.pop(t);
    v.push(t);
  },
} as const satisfies Record<string, Rule>;
