/**
 * Continuations: the lowering of stack switching to plain Wasm 3.0, and the machine that lowered code calls.
 *
 * @module
 */
export { mayForwardSuspensions, usesStackSwitching } from "./analysis.ts";
export { LoweringError } from "./errors.ts";
export { checkFuelCosts, type FuelCosts } from "./fuel.ts";
export { lower, type LowerOptions, offsetMap } from "./lower.ts";
export type { FrameInfo, LoweredModule, OnDemand, TagExport } from "./lowered-module.ts";
export { OWN_NAMES } from "./lowered-names.ts";
export { type GuestPlace, type LoweredFunction, loweredFunction, type OffsetMap } from "./offset-map.ts";
export {
  type Activation,
  type ContextHost,
  type ContinuationObject,
  type FrameObject,
  type SavedFrame,
  type StackToken,
  StoreContext,
  type VMStackState,
} from "./store-context.ts";
export { RESUME_EXPORT, type ResumeImport, type ResumeModule } from "./resume-module.ts";
export { machineFingerprint } from "./machine-fingerprint.ts";
export { TRAP, TRAPS, type TrapCode } from "./traps.ts";
