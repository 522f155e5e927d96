/** Rules of stack switching (stack-switching proposal, Explainer, "Instructions" and "Validation"). */
import type { FunctionValidator } from "../function-validator.ts";
import type { HandlerClause, InstructionReader } from "../instruction-reader.ts";
import { HEAP_EXN, heapOf, isRef, refType } from "../types.ts";
import type { FuncType, ValType } from "../types.ts";
import { valTypesText } from "../type-text.ts";
import type { Rule } from "./rule.ts";

const EXNREF = refType(HEAP_EXN, true);

/** The function type of a continuation that the reference type `t` refers to, where `found` describes `t` in messages. */
function contOf(v: FunctionValidator, t: ValType | undefined, found: string): FuncType {
  if (t === undefined || !isRef(t)) {
    return v.fail(`type mismatch: instruction requires continuation reference type but ${found}`);
  }
  const heap = heapOf(t);
  if (heap >= 0) return v.contType(heap);
  return v.fail(`type mismatch: instruction requires concrete continuation reference type but ${found}`);
}

/** `(on $tag $label)` on a continuation with results `results`: the label takes the tag's payload and a continuation. */
function checkLabelHandler(v: FunctionValidator, { tag, label }: HandlerClause, results: readonly ValType[]): void {
  const { params, results: answers } = v.tag(tag);
  const types = v.label(label);
  const cont = types.at(-1);
  const resumed = contOf(v, cont, `label has ${valTypesText(types)}`);
  // The captured continuation takes the tag's results; its type is compared by structure, not by declaration.
  if (!v.types.matchesAll(resumed.params, answers) || !v.types.matchesAll(results, resumed.results)) {
    v.fail("type mismatch in continuation type");
  }
  let matches = types.length === params.length + 1;
  for (let i = 0; matches && i < params.length; i++)
    matches = v.types.matches(params[i] as ValType, types[i] as ValType);
  if (matches) return;
  const passed = [...params, cont ?? 0];
  v.fail(`type mismatch: instruction requires ${valTypesText(types)} but stack has ${valTypesText(passed)}`);
}

/** `(on $tag switch)`: whichever continuation runs under the handler, it ends with the results of the resumed one. */
function checkSwitchHandler(v: FunctionValidator, { tag }: HandlerClause, results: readonly ValType[]): void {
  const type = v.tag(tag);
  if (type.params.length > 0) v.fail("type mismatch in switch tag");
  if (!v.types.matchesAll(type.results, results) || !v.types.matchesAll(results, type.results)) {
    v.fail("type mismatch in switch tag");
  }
}

function checkHandlers(v: FunctionValidator, r: InstructionReader, results: readonly ValType[]): void {
  for (let i = 0; i < r.handlerCount; i++) {
    const handler = r.handlers[i] as HandlerClause;
    if (handler.kind === 0) checkLabelHandler(v, handler, results);
    else checkSwitchHandler(v, handler, results);
  }
}

/** Pops a continuation of type `x` and operands of types `params`, and pushes `results`. */
function resume(v: FunctionValidator, x: number, params: readonly ValType[], results: readonly ValType[]): void {
  v.pop(refType(x, true));
  v.applyType(params, results);
}

function bind(v: FunctionValidator, r: InstructionReader): void {
  const source = v.contType(r.x);
  const target = v.contType(r.y);
  const bound = source.params.length - target.params.length;
  if (bound < 0) v.fail("type mismatch in continuation arguments");
  const rest = { kind: "func", params: source.params.slice(bound), results: source.results } as const;
  if (!v.types.matchesFunc(rest, target)) v.fail("type mismatch in continuation types");
  v.pop(refType(r.x, true));
  v.popFirst(source.params, bound);
  v.push(refType(r.y, false));
}

function switchTo(v: FunctionValidator, r: InstructionReader): void {
  const target = v.contType(r.x);
  const own = contOf(v, target.params.at(-1), `the type annotation has ${valTypesText(target.params)}`);
  const tag = v.tag(r.y);
  if (tag.params.length > 0) v.fail("type mismatch in switch tag");
  if (!v.types.matchesAll(target.results, tag.results) || !v.types.matchesAll(tag.results, own.results)) {
    v.fail("type mismatch in continuation types");
  }
  v.pop(refType(r.x, true));
  // The last parameter is the continuation that this instruction makes.
  v.popFirst(target.params, target.params.length - 1);
  v.pushTypes(own.params);
}

/** A rule of instructions that validation can be asked to do without. */
function optional(rule: Rule): Rule {
  return (v, r) => {
    v.requireStackSwitching();
    rule(v, r);
  };
}

export const CONTINUATION_RULES = {
  "cont.new": optional((v, r) => {
    v.pop(refType(v.contFuncIndex(r.x), true));
    v.push(refType(r.x, false));
  }),
  "cont.bind": optional(bind),
  suspend: optional((v, r) => {
    const { params, results } = v.tag(r.x);
    v.applyType(params, results);
  }),
  resume: optional((v, r) => {
    const { params, results } = v.contType(r.x);
    checkHandlers(v, r, results);
    resume(v, r.x, params, results);
  }),
  resume_throw: optional((v, r) => {
    const { results } = v.contType(r.x);
    const { params } = v.exceptionTag(r.y);
    checkHandlers(v, r, results);
    resume(v, r.x, params, results);
  }),
  resume_throw_ref: optional((v, r) => {
    const { results } = v.contType(r.x);
    checkHandlers(v, r, results);
    v.pop(refType(r.x, true));
    v.pop(EXNREF);
    v.pushTypes(results);
  }),
  switch: optional(switchTo),
} as const satisfies Record<string, Rule>;
