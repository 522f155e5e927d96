/** The lowering itself: its speed and its memory, on large modules, against the --asyncify pass of Binaryen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../scripts/packages.ts";
import { measureIn, type Outcome } from "./child.ts";
import { LARGE } from "./large.ts";
import type { LoweringFigure, LoweringOptions } from "./lowering-job.ts";
import { duration, median, size } from "./measure.ts";
import type { Chart, Effort, Result, Verdict } from "./result.ts";

/** Megabytes per second, on modules of at least so many bytes. */
const SPEED = 20;
const SPEED_FROM = 5e6;
/** Over the size of the module, for modules of that size. */
const PEAK = 8;
/** So many processes for each module: when the collector runs makes a difference, above all for the memory. */
const PROCESSES = 5;
/** The --asyncify pass takes so much longer. */
const TIMES = 20;

interface Input {
  readonly name: string;
  readonly path: () => Promise<string>;
  /** Whether Binaryen is run on it: it takes minutes for the larger ones. */
  readonly isPeered: boolean;
}

/** By size. */
const INPUTS: readonly Input[] = [
  { name: "sqlite", path: LARGE["sqlite"]?.path ?? fail, isPeered: true },
  { name: "wasm-tools", path: LARGE["wasm-tools"]?.path ?? fail, isPeered: true },
  { name: "component-bindgen", path: LARGE["component-bindgen"]?.path ?? fail, isPeered: false },
  { name: "binaryen", path: LARGE["binaryen"]?.path ?? fail, isPeered: false },
  { name: "esbuild", path: async () => join(await packageFolder("esbuild-wasm"), "esbuild.wasm"), isPeered: false },
  { name: "swc", path: LARGE["swc"]?.path ?? fail, isPeered: false },
];

function fail(): never {
  throw new RangeError("no such large module");
}

const TOOLS = {
  analysed: { tool: "stackyard", everyCallSuspends: false },
  everything: { tool: "stackyard", everyCallSuspends: true },
  "--asyncify": { tool: "binaryen", everyCallSuspends: true },
} as const satisfies Readonly<Record<string, Omit<LoweringOptions, "module" | "cpuTime">>>;

interface Row {
  readonly name: string;
  readonly tool: string;
  readonly bytes: number;
  readonly outcome: Outcome<LoweringFigure>;
}

export async function measureLowering(effort: Effort): Promise<Result> {
  const rows: Row[] = [];
  for (const { name, path, isPeered } of effort.quick ? INPUTS.slice(0, 1) : INPUTS) {
    const module = await path();
    const bytes = readFileSync(module).length;
    for (const [tool, options] of Object.entries(TOOLS)) {
      if (options.tool === "binaryen" && (!isPeered || effort.quick)) continue;
      const job = { module, ...options, cpuTime: effort.cpuTime };
      const outcome = await measureOften(job, options.tool === "binaryen" || effort.quick ? 1 : PROCESSES);
      rows.push({ name, tool, bytes, outcome });
    }
  }
  const header = ["module", "bytes", "tool", "first", "best", "MB/s", "steps of the first, ms", "output", "peak", ""];
  return {
    name: "lowering",
    title: "Lowering, from bytes to bytes, as it is done for new modules",
    tables: [[header, ...rows.map(cells)]],
    notes: [
      "first: in a fresh process; best: of four more; peak: by how much the process, which has the module's bytes, grows the first " +
        "time, over those; medians of several processes",
      "--asyncify: the pass alone, without optimisation; left out for larger modules, for which it takes many minutes",
    ],
    charts: [
      chart("Time to transform a module", "seconds", rows, ({ first }) => first / 1000),
      chart(
        "Peak memory, over the size of the module",
        "times the module",
        rows,
        ({ peak, inputBytes }) => peak / inputBytes,
      ),
    ],
    verdicts: verdicts(rows),
    data: rows,
  };
}

/** The medians of so many processes. */
async function measureOften(job: LoweringOptions, processes: number): Promise<Outcome<LoweringFigure>> {
  const figures: LoweringFigure[] = [];
  for (let i = 0; i < processes; i++) {
    const outcome = await measureIn<LoweringFigure>("lowering-job.ts", job);
    if ("failure" in outcome) return outcome;
    figures.push(outcome.figure);
  }
  figures.sort((a, b) => a.first - b.first);
  const typical = figures[processes >> 1] as LoweringFigure;
  const best = median(figures.map((figure) => figure.best));
  return { figure: { ...typical, best, peak: median(figures.map(({ peak }) => peak)) } };
}

/** Megabytes of input per second. */
function speed({ inputBytes }: LoweringFigure, milliseconds: number): number {
  return inputBytes / 1000 / milliseconds;
}

function cells({ name, tool, bytes, outcome }: Row): string[] {
  const start = [name, size(bytes), tool];
  if ("failure" in outcome) return [...start, "", "", "", "", "", "", outcome.failure];
  const { figure } = outcome;
  const steps = Object.entries(figure.steps).map(([step, ms]) => `${step} ${ms.toFixed(0)}`);
  return [
    ...start,
    duration(figure.first * 1e6),
    duration(figure.best * 1e6),
    speed(figure, figure.best).toFixed(1),
    steps.join(", "),
    `${(figure.outputBytes / bytes).toFixed(2)} x`,
    `${(figure.peak / bytes).toFixed(1)} x`,
    "",
  ];
}

function verdicts(rows: readonly Row[]): Verdict[] {
  const found: Verdict[] = [];
  for (const { name, tool, bytes, outcome } of rows) {
    if (!("figure" in outcome) || tool !== "everything") continue;
    const { figure } = outcome;
    if (bytes >= SPEED_FROM) {
      const value = speed(figure, figure.first);
      found.push({ kind: "goal", text: `${name}, ${tool}, MB/s: at least ${SPEED}`, value, met: value >= SPEED });
      const peak = figure.peak / bytes;
      found.push({
        kind: "goal",
        text: `${name}, ${tool}, peak memory over the module: under ${PEAK}`,
        value: peak,
        met: peak < PEAK,
      });
    }
    const theirs = rows.find((row) => row.name === name && row.tool === "--asyncify")?.outcome;
    if (theirs === undefined || !("figure" in theirs)) continue;
    const value = theirs.figure.first / figure.first;
    found.push({
      kind: "goal",
      text: `${name}, faster than --asyncify: at least ${TIMES} times`,
      value,
      met: value >= TIMES,
    });
  }
  return found;
}

function chart(title: string, y: string, rows: readonly Row[], value: (figure: LoweringFigure) => number): Chart {
  const series = Object.keys(TOOLS).map((tool) => ({
    name: tool,
    points: rows
      .filter((row) => row.tool === tool)
      .flatMap(({ bytes, outcome }) => ("figure" in outcome ? [{ x: bytes / 1e6, y: value(outcome.figure) }] : [])),
  }));
  return { title, kind: "lines", x: "MB", y, logarithmic: ["x", "y"], series };
}
