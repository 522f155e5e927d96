/** Cold starts: from bytes to the first call, each in a fresh process. */
import { measureIn } from "./child.ts";
import { NATIVE_FLAGS } from "./contestants.ts";
import { duration, median, medianRatio, summary } from "./measure.ts";
import type { Chart, Effort, Result } from "./result.ts";
import { moduleFor } from "./sources.ts";
import type { StartFigure, StartOptions } from "./start-job.ts";

const IMPLEMENTATIONS = ["stackyard", "native", "asyncify"] as const;
const STEPS = ["load", "compile", "instantiate", "call"] as const;

export async function measureStart(effort: Effort): Promise<Result> {
  const figures = new Map<string, StartFigure[]>(IMPLEMENTATIONS.map((name) => [name, []]));
  const failures = new Map<string, string>();
  for (let round = 0; round < (effort.quick ? 3 : 15); round++) {
    for (const implementation of IMPLEMENTATIONS) {
      const module = (await moduleFor("generator", implementation)) ?? "";
      const flags = implementation === "native" ? NATIVE_FLAGS : [];
      const options: StartOptions = { implementation, module };
      const outcome = await measureIn<StartFigure>("start-job.ts", options, flags);
      if ("figure" in outcome) figures.get(implementation)?.push(outcome.figure);
      else failures.set(implementation, outcome.failure);
    }
  }
  const header = ["implementation", "bytes to first call", "min to max", ...STEPS, ""];
  const rows = IMPLEMENTATIONS.map((name) => {
    const own = figures.get(name) ?? [];
    const step = (key: keyof StartFigure): string => duration(median(own.map((figure) => figure[key])) * 1e6);
    const cells =
      own.length === 0 ? ["", "", "", "", "", ""] : [...summary(own.map(total), duration), ...STEPS.map(step)];
    return [name, ...cells, failures.get(name) ?? ""];
  });
  return {
    name: "start",
    title: "Cold start of the generator program",
    tables: [[header, ...rows]],
    notes: ["load: of the package itself, not part of the total; asyncify: instrumented beforehand"],
    charts: [chart(figures)],
    verdicts: [],
    data: Object.fromEntries(figures),
  };
}

function chart(figures: ReadonlyMap<string, readonly StartFigure[]>): Chart {
  const totals = (name: string): number[] => (figures.get(name) ?? []).map(total);
  const series = IMPLEMENTATIONS.filter((name) => name !== "stackyard" && totals(name).length > 0).map((name) => ({
    name,
    points: [
      {
        x: "bytes to first call",
        y: medianRatio(totals(name), totals("stackyard")),
        label: duration(median(totals(name))),
      },
    ],
  }));
  return { title: "Cold start", kind: "ratios", x: "", y: "times Stackyard's", logarithmic: [], series };
}

/** Nanoseconds from bytes to the first result. */
function total({ compile, instantiate, call }: StartFigure): number {
  return (compile + instantiate + call) * 1e6;
}
