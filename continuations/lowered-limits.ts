/**
 * Implementation limits that a function may be within as it is, and beyond once lowered.
 *
 * A function is refused as soon as that is known: a few bytes of a guest can stand for a thousand values each, so that
 * finding out afterwards could take minutes, and all memory there is.
 */
import {
  MAX_ARRAY_NEW_FIXED,
  MAX_BODY_SIZE,
  MAX_EXPORTS,
  MAX_FUNCTIONS,
  MAX_GLOBALS,
  MAX_IMPORTS,
  MAX_LOCALS,
  MAX_MODULE_SIZE,
  MAX_PARAMS,
  MAX_RESULTS,
  MAX_STRUCT_FIELDS,
  MAX_TABLES,
  MAX_TYPES,
} from "../wasm/limits.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import type { ValType } from "../wasm/types.ts";
import type { Code } from "./code.ts";
import { LoweringError } from "./errors.ts";

/**
 * Branches to one label of the lowering's. V8's optimising compiler takes memory by the square of their number (2 GB for 16,000),
 * and ends the process where there are more than 65,535.
 */
export const MAX_BRANCHES = 1024;

/** How many entries the sections of a module may have, and what they are called. */
const MAX_ENTRIES: readonly (readonly [section: number, limit: number, text: string])[] = Object.freeze([
  [SECTION.import, MAX_IMPORTS, "imports"],
  [SECTION.function, MAX_FUNCTIONS, "functions"],
  [SECTION.table, MAX_TABLES, "tables"],
  [SECTION.global, MAX_GLOBALS, "globals"],
  [SECTION.export, MAX_EXPORTS, "exports"],
]);

/** Refuses a lowered module with more of something than hosts let it have. */
export function checkModule(out: ModuleWriter, types: number): void {
  if (types > MAX_TYPES) throw new LoweringError("module has too many types");
  for (const [section, limit, text] of MAX_ENTRIES) {
    if (out.count(section) > limit) throw new LoweringError(`module has too many ${text}`);
  }
}

/** Bytes of a resume copy that moving one value takes at least, and that a site or construct to land on does. */
const MOVE_SIZE = 4;
const LANDING_SIZE = 16;

/** Refuses an instruction that becomes a call of a helper with more parameters than a function can have. */
export function checkHelper(operands: readonly ValType[], instruction: string): void {
  if (operands.length > MAX_PARAMS) throw new LoweringError(`module has ${instruction} with too many operands`);
}

/** The limits of one function's copies. */
export class FunctionLimits {
  readonly #func: number;
  readonly #offset: number;
  /** Bytes that a copy is known to take. */
  #size = 0;

  /** `func` and `offset` say where for the error. */
  constructor(func: number, offset: number) {
    this.#func = func;
    this.#offset = offset;
  }

  #refuse(text: string): never {
    throw new LoweringError(text, this.#func, this.#offset);
  }

  /**
   * Checks how many operands a label carries: those below a call together with its results or a number, those below and of a
   * construct, those of a tail call.
   */
  checkWidth(values: number): void {
    if (values > MAX_RESULTS) this.#refuse("function has too many operands below a call");
  }

  /** Counts values that are moved. */
  addMoves(values: number): void {
    this.#size += values * MOVE_SIZE;
    this.checkSize(this.#size);
  }

  /** Counts a site or construct, with the values that are moved there. */
  addLanding(values: number): void {
    this.#size += LANDING_SIZE;
    this.addMoves(values);
  }

  /** Checks the number of clauses of a resume, all of a kind: they become an array. */
  checkClauses(count: number): void {
    if (count > MAX_ARRAY_NEW_FIXED) this.#refuse("function has too many clauses");
  }

  /** Checks the number of fields of the function's frame. */
  checkFields(count: number): void {
    if (count > MAX_STRUCT_FIELDS) this.#refuse("function has too many values to save");
  }

  /** Checks the size of a copy, in bytes; to be called while it is emitted. */
  checkSize(bytes: number): void {
    if (bytes > MAX_BODY_SIZE) this.#refuse("function is too long");
  }

  /** Checks the size of the module that a copy is added to, in bytes. */
  checkModuleSize(bytes: number): void {
    if (bytes > MAX_MODULE_SIZE) this.#refuse("module is too large");
  }

  /** Refuses a copy that the host would not compile. */
  checkCopy(code: Code, params: number): void {
    if (params + code.localCount > MAX_LOCALS) this.#refuse("function has too many locals");
    this.checkSize(code.writer.length);
  }
}
