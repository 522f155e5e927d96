/** The programs that do not switch stacks, one row each: programs/plain/NAME.wat, and large modules. */
import { within } from "./goals.ts";
import type { Case, Program } from "./programs.ts";
import type { PlainForm } from "./sources.ts";

const FORMS: readonly PlainForm[] = ["untouched", "analysed", "everything", "on-demand", "instrumented"];

interface PlainRow {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly case: Case;
  /** A small program of ours, a large module, or one that takes --asyncify -O2 too long. */
  readonly scale: "small" | "large" | "huge";
}

const ROWS: readonly PlainRow[] = [
  row("fib", "Plain code: fib", "small", { label: "fib(36)", args: [], size: [36, 27] }),
  row("matrix", "Plain code: matrix multiplication in memory", "small", { label: "128 x 128", args: [] }),
  row("interpreter", "Plain code: interpreter with a call through a table for each instruction", "small", {
    label: "Collatz",
    args: [],
    size: [20_000, 2000],
  }),
  row("wasm-tools", "Large module: wasm-tools (Rust)", "large", { label: "assemble and print", args: [] }),
  row("sqlite", "Large module: SQLite (C)", "large", { label: "insert, index, join", args: [] }),
  row("component-bindgen", "Large module: component-bindgen (Rust)", "large", { label: "20 functions", args: [] }),
  row("binaryen", "Large module: Binaryen (C++)", "huge", { label: "optimise and print", args: [] }),
  row("swc", "Large module: swc (Rust)", "huge", { label: "compile TypeScript", args: [] }),
];

function row(name: string, title: string, scale: PlainRow["scale"], only: Case): PlainRow {
  return { name, title, unit: "run", case: only, scale };
}

/** As a row that can be raced. */
function programOf({ name, title, unit, case: only, scale }: PlainRow): Program {
  const isInstrumented = scale !== "huge";
  return {
    name,
    source: name,
    title,
    unit,
    cases: [only],
    implementations: FORMS.filter((form) => isInstrumented || form !== "instrumented"),
    ...(isInstrumented ? {} : { without: { instrumented: "--asyncify -O2 takes it many minutes, and gigabytes" } }),
    units: (count) => (only.size === undefined ? count : 1),
    base: "untouched",
    goals: name === "fib" ? [within("everything", "instrumented", 1 / 1.6)] : [],
  };
}

export const PLAIN_PROGRAMS: readonly Program[] = ROWS.map(programOf);

/** Whether a program is one of the large modules. */
export function isLarge(name: string): boolean {
  return ROWS.some((each) => each.name === name && each.scale !== "small");
}
