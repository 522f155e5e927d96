/** Validation rules: one function for each instruction whose type the instruction table cannot give. */
import type { FunctionValidator } from "../function-validator.ts";
import type { InstructionReader } from "../instruction-reader.ts";

/** Checks the instruction in `r` and applies it to the stacks of `v`. */
export type Rule = (v: FunctionValidator, r: InstructionReader) => void;
