/** What living continuations take, and what is left of abandoned ones. */
import { measureIn, type Outcome } from "./child.ts";
import { NATIVE_FLAGS } from "./contestants.ts";
import { duration, size } from "./measure.ts";
import type { AbandonFigure, AliveFigure, PopulationOptions } from "./population.ts";
import type { Effort, Result, Verdict } from "./result.ts";
import { moduleFor } from "./sources.ts";

const IMPLEMENTATIONS = ["stackyard", "native", "generators"] as const;
/** A heap of 14 GB, for ten million of whatever it is. */
const FLAGS = ["--expose-gc", "--max-old-space-size=14000"] as const;
/** Bytes of heap for a continuation with one frame, when there are 1,000,000. */
const BYTES = 200;
/** Bytes by which the heap may have grown after all were abandoned: what the engine itself takes for code and feedback. */
const GROWTH = 1e6;
const MANY = 1_000_000;
const MOST = 10_000_000;
/** Above this many frames in all there is no point in going on. */
const MAX_FRAMES = MOST;

interface Row {
  readonly implementation: string;
  readonly frames: number;
  readonly count: number;
  readonly outcome: Outcome<AliveFigure>;
}

export async function measureMemory(effort: Effort): Promise<Result> {
  const counts = effort.quick ? [1000, 100_000] : [1000, 10_000, 30_000, 100_000, MANY, MOST];
  const rows: Row[] = [];
  for (const implementation of IMPLEMENTATIONS) {
    for (const frames of [0, 1, 10, 100]) {
      for (const count of counts) {
        if (count * frames > MAX_FRAMES) continue;
        const outcome = await measurePopulation<AliveFigure>({ implementation, alive: count, frames });
        rows.push({ implementation, frames, count, outcome });
        // What fails with so many fails with more.
        if ("failure" in outcome) break;
      }
    }
  }
  return {
    name: "memory",
    title: "Memory for each living continuation",
    tables: [[["implementation", "frames", "alive", "heap", "resident", "to make", ""], ...rows.map(cells)]],
    notes: ["0 frames: created, but not begun to run; without the reference to it (8 bytes)"],
    charts: [chart(rows)],
    verdicts: rows.flatMap(verdictOf),
    data: rows,
  };
}

async function measurePopulation<Figure>(options: Omit<PopulationOptions, "module">): Promise<Outcome<Figure>> {
  const module = (await moduleFor("population", "stackyard")) ?? "";
  const native = options.implementation === "native" ? NATIVE_FLAGS : [];
  return measureIn<Figure>("population.ts", { ...options, module } satisfies PopulationOptions, [...FLAGS, ...native]);
}

function cells({ implementation, frames, count, outcome }: Row): string[] {
  const start = [implementation, String(frames), count.toLocaleString("en")];
  if ("failure" in outcome) return [...start, "", "", "", outcome.failure];
  const { heapBytes, residentBytes, nanoseconds } = outcome.figure;
  return [...start, size(heapBytes), size(residentBytes), duration(nanoseconds), ""];
}

function verdictOf({ implementation, frames, count, outcome }: Row): Verdict[] {
  if (implementation !== "stackyard" || frames !== 1) return [];
  const value = "figure" in outcome ? outcome.figure.heapBytes : Number.NaN;
  if (count === MOST) {
    const text = `bytes for each of ${MOST.toLocaleString("en")} with one frame, alive at once: they fit into memory`;
    return [{ kind: "goal", text, value, met: "figure" in outcome }];
  }
  if (count !== MANY) return [];
  const text = `bytes for each of ${MANY.toLocaleString("en")} with one frame: under ${BYTES}`;
  return [{ kind: "goal", text, value, met: value < BYTES }];
}

function chart(rows: readonly Row[]): Result["charts"][number] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.implementation}, ${row.frames} frames`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const series = [...groups].map(([name, group]) => ({
    name,
    points: group.flatMap(({ count, outcome, implementation }) => {
      if ("failure" in outcome) return [];
      const { heapBytes, residentBytes } = outcome.figure;
      // Native stacks are not on the heap.
      return [{ x: count, y: implementation === "native" ? residentBytes : heapBytes }];
    }),
  }));
  return {
    title: "Memory for each living continuation",
    kind: "lines",
    x: "alive",
    y: "bytes (heap; native: resident)",
    logarithmic: ["x", "y"],
    series,
  };
}

export async function measureAbandoned(effort: Effort): Promise<Result> {
  const count = effort.quick ? MANY : MOST;
  const table: string[][] = [["implementation", "each", "heap at the start", "growth", ""]];
  const verdicts: Verdict[] = [];
  const data: Record<string, Outcome<AbandonFigure>> = {};
  const series: { name: string; points: { x: number; y: number }[] }[] = [];
  for (const implementation of IMPLEMENTATIONS) {
    const outcome = await measurePopulation<AbandonFigure>({ implementation, abandon: count });
    data[implementation] = outcome;
    if ("failure" in outcome) {
      table.push([implementation, "", "", "", outcome.failure]);
      continue;
    }
    const { heap, nanoseconds } = outcome.figure;
    const first = heap[0] ?? 0;
    const growth = (heap.at(-1) ?? 0) - first;
    table.push([implementation, duration(nanoseconds), size(first), size(growth), ""]);
    series.push({ name: implementation, points: heap.map((bytes, i) => ({ x: (i * count) / 10, y: bytes / 1e6 })) });
    if (implementation !== "stackyard") continue;
    const text = `MB of growth after ${count.toLocaleString("en")} abandoned: under ${GROWTH / 1e6}`;
    verdicts.push({ kind: "goal", text, value: growth / 1e6, met: growth < GROWTH });
  }
  const title = `${count.toLocaleString("en")} continuations created, suspended and abandoned`;
  const chartTitle = "Heap after abandoning";
  return {
    name: "abandoned",
    title,
    tables: [table],
    notes: [],
    charts: [{ title: chartTitle, kind: "lines", x: "abandoned", y: "MB of heap", logarithmic: [], series }],
    verdicts,
    data,
  };
}
