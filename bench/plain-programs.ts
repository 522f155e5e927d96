/** The programs that do not switch stacks, one row each: programs/plain/NAME.wat, and large modules. */
import { within } from "./goals.ts";
import type { Case, Program } from "./programs.ts";
import type { PlainForm } from "./sources.ts";

export const FORMS: readonly PlainForm[] = ["untouched", "analysed", "everything", "instrumented"];

interface PlainRow {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly case: Case;
  readonly isLarge: boolean;
}

const ROWS: readonly PlainRow[] = [
  row("fib", "Plain code: fib", "run", { label: "fib(36)", args: [], size: [36, 27] }),
  row("matrix", "Plain code: matrix multiplication in memory", "run", { label: "128 x 128", args: [] }),
  row("interpreter", "Plain code: interpreter with a call through a table for each instruction", "run", {
    label: "Collatz",
    args: [],
    size: [20_000, 2000],
  }),
  row("wasm-tools", "Large module: wasm-tools (Rust)", "run", { label: "assemble and print", args: [] }, true),
  row("sqlite", "Large module: SQLite (C)", "run", { label: "insert, index, join", args: [] }, true),
];

function row(name: string, title: string, unit: string, only: Case, isLarge = false): PlainRow {
  return { name, title, unit, case: only, isLarge };
}

/** As a row that can be raced. */
function programOf({ name, title, unit, case: only }: PlainRow): Program {
  return {
    name,
    source: name,
    title,
    unit,
    cases: [only],
    implementations: FORMS,
    units: (count) => (only.size === undefined ? count : 1),
    base: "untouched",
    goals: name === "fib" ? [within("everything", "instrumented", 1 / 1.6)] : [],
  };
}

export const PLAIN_PROGRAMS: readonly Program[] = ROWS.map(programOf);

/** Whether a program is one of the large modules. */
export function isLarge(name: string): boolean {
  return ROWS.some((each) => each.name === name && each.isLarge);
}
