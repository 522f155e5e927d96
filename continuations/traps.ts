/** The traps of the continuation machine: code, official text. machine.wat raises them by code. */
export const TRAPS = Object.freeze({
  1: "unhandled tag",
  2: "continuation already consumed",
  3: "null continuation reference",
  4: "null function reference",
  5: "null exception reference",
  6: "all fuel consumed",
  7: "interrupt",
  8: "function cannot be re-entered",
} as const);

export type TrapCode = keyof typeof TRAPS;

/** Trap codes that are raised outside of machine.wat. */
export const TRAP = Object.freeze({ nullFunction: 4, outOfFuel: 6, interrupt: 7, noResumeCopy: 8 } as const);
