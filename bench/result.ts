/** What a part of the bench has to show, in a form that the terminal, the page and the file of figures are made from. */
import { table } from "./measure.ts";

/** Whether a goal is met. */
export interface Verdict {
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

/** A value with its spread. */
export interface Point {
  /** A quantity, or a name. */
  readonly x: number | string;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  /** Bars for names, lines for quantities. */
  readonly kind: "bars" | "lines";
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

/** How thorough to be. */
export interface Effort {
  /** How often all processes are started anew. */
  readonly passes: number;
  /** Rounds for each process. */
  readonly rounds: number;
  /** Milliseconds for each round. */
  readonly milliseconds: number;
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

export function verdictText({ met, text, value }: Verdict): string {
  return `${met ? "met" : "MISSED"}: ${value.toFixed(2)} (${text})`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
