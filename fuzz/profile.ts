/**
 * What one program is made of. Each program leaves some features out: bugs that hide where everything is mixed show
 * where little is.
 */
import {
  F32,
  F64,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NONE,
  HEAP_STRUCT,
  I32,
  I64,
  refType,
  V128,
  type ValType,
} from "../wasm/types.ts";
import type { Random } from "./random.ts";

export interface Profile {
  /** Whether there are continuations at all. */
  readonly continuations: boolean;
  readonly exceptions: boolean;
  /** Whether exceptions are handled by the legacy instructions: engines refuse modules that mix the two forms. */
  readonly legacy: boolean;
  /** Whether functions and continuations have types below others. */
  readonly subtypes: boolean;
  /** Whether there are passive segments. */
  readonly segments: boolean;
  /** Whether modules have names and branch hints. */
  readonly customSections: boolean;
  readonly switches: boolean;
  readonly binds: boolean;
  readonly throwing: boolean;
  readonly tables: boolean;
  readonly memory: boolean;
  readonly tailCalls: boolean;
  readonly indirectCalls: boolean;
  readonly hostCalls: boolean;
  readonly reentry: boolean;
  /** Whether functions that the host calls may suspend, although nobody handles that. */
  readonly exposed: boolean;
  /** Probability of a place where a program may trap. */
  readonly traps: number;
  readonly maxModules: number;
  /** Functions beyond this number are made without anything inside. */
  readonly maxFuncs: number;
  /** Nodes per function, about. */
  readonly size: number;
  /** Types of values besides i32 and i64, without those that the program defines. */
  readonly kinds: readonly ValType[];
  /** Whether types that the program defines are among those of values. */
  readonly concrete: boolean;
  readonly nonNull: boolean;
  /** Whether there are signatures with many values. */
  readonly wide: boolean;
  /** Whether some results have types without values. */
  readonly uninhabited: boolean;
  /** Whether there is code where control never comes. */
  readonly deadCode: boolean;
  /** Whether most functions leave the host alone: all that call it count as functions that may suspend. */
  readonly quiet: boolean;
}

export function drawProfile(random: Random, continuations: boolean): Profile {
  const often = (): boolean => random.chance(0.7);
  const seldom = (): boolean => random.chance(0.25);
  const nonNull = often();
  const references = [HEAP_ANY, HEAP_EQ, HEAP_I31, HEAP_STRUCT, HEAP_ARRAY, HEAP_FUNC, HEAP_EXTERN];
  const exceptions = often();
  const legacy = exceptions && random.chance(0.15);
  // Many programs in little time, most of them small; what needs much at once is for the others.
  const isLarge = random.chance(0.08);
  if (exceptions && !legacy) references.push(HEAP_EXN);
  if (continuations) references.push(HEAP_CONT);
  const kinds: ValType[] = [F32, F64, V128].filter(() => random.chance(0.5));
  for (const heap of references) {
    if (random.chance(0.3)) kinds.push(refType(heap, true));
    if (nonNull && random.chance(0.2)) kinds.push(refType(heap, false));
  }
  if (seldom()) kinds.push(refType(HEAP_NONE, true));
  return {
    continuations,
    exceptions,
    legacy,
    subtypes: random.chance(0.1),
    segments: random.chance(0.15),
    customSections: random.chance(0.1),
    switches: continuations && random.chance(0.5),
    binds: continuations && often(),
    throwing: continuations && exceptions && often(),
    tables: often(),
    memory: random.chance(0.4),
    tailCalls: random.chance(0.5),
    indirectCalls: often(),
    hostCalls: often(),
    reentry: random.chance(0.3),
    exposed: continuations && random.chance(0.15),
    traps: random.chance(0.5) ? 0 : 0.01,
    maxModules: random.chance(0.72) ? 1 : random.range(2, 3),
    maxFuncs: isLarge ? 16 : random.range(2, 6),
    size: random.pick(isLarge ? [6, 9, 14, 20, 40] : [2, 3, 4, 5, 6, 9]),
    kinds,
    concrete: often(),
    nonNull,
    wide: seldom(),
    uninhabited: random.chance(0.08),
    deadCode: random.chance(0.3),
    quiet: random.chance(0.5),
  };
}

/** i32 and i64 are always there. */
export const NUMBERS: readonly ValType[] = Object.freeze([I32, I64]);
