/** Rules of calls (spec 3.0, "Validation: Control Instructions"). */
import type { FunctionValidator } from "../function-validator.ts";
import { I32, I64, HEAP_FUNC, refType } from "../types.ts";
import type { FuncType } from "../types.ts";
import { valTypesText, valTypeText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

const FUNCREF = refType(HEAP_FUNC, true);

/** Pops the index operand of an indirect call through table `y` to a function of type `x`; returns that type. */
function popCallee(v: FunctionValidator, x: number, y: number): FuncType {
  const { type, is64 } = v.table(y);
  const callee = v.funcType(x);
  if (!v.types.matches(type, FUNCREF)) {
    const found = valTypeText(type);
    v.fail(`type mismatch: instruction requires table of function type but table has element type ${found}`);
  }
  v.pop(is64 ? I64 : I32);
  return callee;
}

function tailCall(v: FunctionValidator, callee: FuncType): void {
  if (!v.types.matchesAll(callee.results, v.results)) {
    const expected = valTypesText(v.results);
    const found = valTypesText(callee.results);
    v.fail(`type mismatch: current function requires result type ${expected} but callee returns ${found}`);
  }
  v.popTypes(callee.params);
  v.setUnreachable();
}

export const CALL_RULES = {
  call(v, r) {
    const { params, results } = v.func(r.x);
    v.applyType(params, results);
  },
  call_indirect(v, r) {
    const { params, results } = popCallee(v, r.x, r.y);
    v.applyType(params, results);
  },
  call_ref(v, r) {
    const { params, results } = v.funcType(r.x);
    v.pop(refType(r.x, true));
    v.applyType(params, results);
  },
  return_call(v, r) {
    tailCall(v, v.func(r.x));
  },
  return_call_indirect(v, r) {
    tailCall(v, popCallee(v, r.x, r.y));
  },
  return_call_ref(v, r) {
    const callee = v.funcType(r.x);
    v.pop(refType(r.x, true));
    tailCall(v, callee);
  },
} as const satisfies Record<string, Rule>;
