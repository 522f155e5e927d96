/** What validation can be asked to do without. */
import { HEAP_CONT, HEAP_NOCONT } from "./types.ts";
import type { HeapType } from "./types.ts";

/** Each is on unless false. They exist for test suites and hosts that stop short of the feature. */
export interface ValidationFeatures {
  /** More than one memory (default true). */
  readonly multiMemory?: boolean;
  /** More than one table (default true). */
  readonly multiTable?: boolean;
  /** Continuation types and instructions, and tags with results (default true). */
  readonly stackSwitching?: boolean;
}

/** The error of using continuations where they are switched off. */
export const NO_STACK_SWITCHING = "stack switching is not enabled";

/** Whether `heap` is an abstract type of continuations. */
export function isContinuation(heap: HeapType): boolean {
  return heap === HEAP_CONT || heap === HEAP_NOCONT;
}
