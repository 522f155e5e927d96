/**
 * Continuations: the lowering of stack switching to plain Wasm 3.0, and the machine that lowered code calls.
 *
 * @module
 */
export { mayForwardSuspensions, usesStackSwitching } from "./analysis.ts";
export { LoweringError } from "./errors.ts";
export { lower, type LoweredModule, type LowerOptions, type TagExport } from "./lower.ts";
export { type StackToken, StoreContext } from "./store-context.ts";
export { TRAPS, type TrapCode } from "./traps.ts";
