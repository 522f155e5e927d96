/** Implementation limits that a function may be within as it is, and beyond once lowered. */
import { OP } from "../wasm/instructions.ts";
import { MAX_BODY_SIZE, MAX_LOCALS, MAX_RESULTS, MAX_STRUCT_FIELDS } from "../wasm/limits.ts";
import type { Code } from "./code.ts";
import { LoweringError } from "./errors.ts";
import { FIRST_FIELD, type FrameLayout } from "./frame-layout.ts";
import type { Construct, Plan } from "./plan.ts";

/** Refuses a plan that no copy could be emitted for. `func` and `offset` say where for the error. */
export function checkPlan(plan: Plan, layout: FrameLayout, func: number, offset: number): void {
  if (FIRST_FIELD + layout.fields.length > MAX_STRUCT_FIELDS) {
    throw new LoweringError("function has too many values to save", func, offset);
  }
  // Labels carry operands: those below a call together with its results or a number, those below and of a construct, those of
  // a tail call.
  const isTooWide =
    plan.sites.some(({ kind, operands, results }) =>
      isTooMany(operands.length + (kind === "resume" ? 1 : results.length)),
    ) ||
    plan.constructs.some((construct) => construct !== undefined && isTooMany(widthOf(construct))) ||
    plan.tails.some(({ operands }) => isTooMany(operands.length));
  if (isTooWide) throw new LoweringError("function has too many operands below a call", func, offset);
}

function isTooMany(values: number): boolean {
  return values > MAX_RESULTS;
}

function widthOf({ opcode, beneath, params }: Construct): number {
  return beneath.length + params.length + (opcode === OP.if ? 1 : 0);
}

/** Refuses a copy that the host would not compile. */
export function checkCopy(code: Code, params: number, func: number, offset: number): void {
  if (params + code.localCount > MAX_LOCALS) throw new LoweringError("function has too many locals", func, offset);
  if (code.writer.length > MAX_BODY_SIZE) throw new LoweringError("function is too long", func, offset);
}
