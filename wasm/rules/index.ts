/** All rules. A row of the instruction table without a type and without a rule here does not compile. */
import type { UntypedName } from "../instructions.ts";
import { AGGREGATE_RULES } from "./aggregates.ts";
import { CALL_RULES } from "./calls.ts";
import { CONTINUATION_RULES } from "./continuations.ts";
import { CONTROL_RULES } from "./control.ts";
import { EXCEPTION_RULES } from "./exceptions.ts";
import { REFERENCE_RULES } from "./references.ts";
import type { Rule } from "./rule.ts";
import { TABLE_RULES } from "./tables.ts";
import { VARIABLE_RULES } from "./variables.ts";

export const RULES: Readonly<Record<UntypedName, Rule>> = Object.freeze({
  ...CONTROL_RULES,
  ...CALL_RULES,
  ...EXCEPTION_RULES,
  ...VARIABLE_RULES,
  ...TABLE_RULES,
  ...REFERENCE_RULES,
  ...AGGREGATE_RULES,
  ...CONTINUATION_RULES,
});
