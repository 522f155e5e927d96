/** Which of the traps that a host has one message for it was: told by the instruction that trapped. */
import type { InstructionName } from "../../wasm/instructions.ts";
import type { TrapCode } from "../traps.ts";

interface Rule {
  /** Matches names of instructions. */
  readonly name: RegExp;
  /** What these trap with. */
  readonly codes: readonly TrapCode[];
}

/** The first that matches counts. */
const RULES: readonly Rule[] = Object.freeze<Rule[]>([
  { name: /call_indirect/, codes: ["undefined-element", "uninitialized-element", "indirect-call-type-mismatch"] },
  { name: /call_ref/, codes: ["null-function-reference"] },
  { name: /throw_ref/, codes: ["null-exception-reference"] },
  { name: /^table\./, codes: ["table-out-of-bounds"] },
  { name: /^array\.new_elem/, codes: ["table-out-of-bounds", "array-too-large"] },
  { name: /^array\.new_data/, codes: ["memory-out-of-bounds", "array-too-large"] },
  { name: /^array\.init_elem/, codes: ["array-out-of-bounds", "table-out-of-bounds", "null-array-reference"] },
  { name: /^array\.init_data/, codes: ["array-out-of-bounds", "memory-out-of-bounds", "null-array-reference"] },
  { name: /^array\./, codes: ["array-out-of-bounds", "array-too-large", "null-array-reference"] },
  { name: /^struct\./, codes: ["null-structure-reference"] },
  { name: /^i31\./, codes: ["null-i31-reference"] },
  { name: /^ref\.cast/, codes: ["cast-failure"] },
  { name: /^ref\.as_non_null/, codes: ["null-reference"] },
  { name: /^memory\.atomic\./, codes: ["unaligned-atomic", "expected-shared-memory", "memory-out-of-bounds"] },
  { name: /\.(?:atomic|load|store)|^memory\./, codes: ["memory-out-of-bounds", "unaligned-atomic"] },
]);

/** Those of `codes` that the instruction can trap with; all if none is known. */
export function trapCodesAt(codes: readonly TrapCode[], instruction: InstructionName): readonly TrapCode[] {
  const rule = RULES.find(({ name }) => name.test(instruction));
  const possible = codes.filter((code) => rule?.codes.includes(code) === true);
  return possible.length > 0 ? possible : codes;
}
