/**
 * Continuations: the lowering of stack switching to plain Wasm 3.0, and the machine that lowered code calls.
 *
 * @module
 */
export { mayForwardSuspensions, usesStackSwitching } from "./analysis.ts";
export { LoweringError } from "./errors.ts";
export { checkFuelCosts, type FuelCosts } from "./fuel.ts";
export { type FrameInfo, lower, type LoweredModule, type LowerOptions, offsetMap, type TagExport } from "./lower.ts";
export { OWN_NAMES } from "./lowered-names.ts";
export type { GuestPlace, OffsetMap } from "./offset-map.ts";
export {
  type Activation,
  type ContextHost,
  type ContinuationObject,
  type FrameObject,
  type StackToken,
  StoreContext,
  type VMStackState,
} from "./store-context.ts";
export { TRAPS, type TrapCode } from "./traps.ts";
