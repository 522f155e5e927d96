/** The traps of the continuation machine: code, official text. machine.wat raises them by code. */
export const TRAPS = Object.freeze({
  1: "unhandled tag",
  2: "continuation already consumed",
  3: "null continuation reference",
  4: "null function reference",
  5: "null exception reference",
} as const);

export type TrapCode = keyof typeof TRAPS;

/** Trap codes that lowered code raises itself. */
export const TRAP = Object.freeze({ nullFunction: 4, nullException: 5 } as const);
