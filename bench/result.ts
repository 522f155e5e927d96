/** What a part of the bench has to show, in a form that the terminal, the page and the file of figures are made from. */
import { table } from "./measure.ts";

/** Whether a goal is met, or a further comparison comes out in our favour. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

/** Goals are what the project has set out to reach; comparisons are what else one would like to know. */
export type VerdictKind = "goal" | "comparison";

/** A value with its spread. */
export interface Point {
  /** A quantity, or a name. */
  readonly x: number | string;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  /** What to write at it. */
  readonly label?: string;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  /** Ratios are bars from 1 for names, on a logarithmic axis; lines are for quantities. */
  readonly kind: "ratios" | "lines";
  readonly x: string;
  readonly y: string;
  /** Axes that are logarithmic. */
  readonly logarithmic: readonly ("x" | "y")[];
  readonly series: readonly Series[];
}

export interface Result {
  readonly name: string;
  readonly title: string;
  /** Tables, their first row a header. */
  readonly tables: readonly (readonly (readonly string[])[])[];
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
  readonly verdicts: readonly Verdict[];
  /** The figures themselves, for the file. */
  readonly data: unknown;
}

/** A whole run, as it is written to a file. */
export interface Report {
  /** Engine, processor, effort. */
  readonly host: string;
  /** When it was made, and how long it took. */
  readonly date: string;
  readonly seconds: number;
  readonly results: readonly Result[];
  readonly verdicts: readonly Verdict[];
}

/** How thorough to be. */
export interface Effort {
  /** How often all processes are started anew. */
  readonly passes: number;
  /** Rounds for each process. */
  readonly rounds: number;
  /** Milliseconds for each round. */
  readonly milliseconds: number;
  /** Count the processor time of the contestants' threads instead of the time that passes, where engines can tell it. */
  readonly cpuTime: boolean;
  /** Names of those who take part in programs that switch stacks; all by default. */
  readonly contestants?: readonly string[] | undefined;
  readonly quick: boolean;
}

/** A part of the bench. */
export interface Section {
  readonly name: string;
  readonly measure: (effort: Effort) => Promise<Result>;
}

export function printResult({ title, tables, notes, verdicts }: Result): string {
  return [
    title,
    ...tables.map((rows) => indent(table(rows))),
    ...notes.map((note) => indent(note)),
    ...verdicts.map((verdict) => indent(verdictText(verdict))),
  ].join("\n");
}

export function verdictText(verdict: Verdict): string {
  return `${verdictWord(verdict)}: ${verdict.value.toFixed(2)} (${verdict.text})`;
}

/** Goals are met or missed, comparisons hold or do not. */
export function verdictWord({ kind, met }: Verdict): string {
  if (kind === "goal") return met ? "met" : "MISSED";
  return met ? "holds" : "does not hold";
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
