/** Programs, raced: tables, charts and verdicts of one row of a table of programs. */
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import { judge, ratio, rivalOf, type Samples } from "./goals.ts";
import { duration, median, summary } from "./measure.ts";
import type { Program } from "./programs.ts";
import { type Entry, race } from "./race.ts";
import type { Chart, Effort, Point, Result } from "./result.ts";

export interface CaseFigures {
  readonly label: string;
  readonly args: readonly number[];
  readonly entries: readonly Entry[];
}

/** Times a program in all its cases. */
export async function measureProgram(
  program: Program,
  effort: Effort,
  contestants: readonly Contestant[] = chosen(effort),
): Promise<Result> {
  const taking = contestants.filter(({ implementation }) => program.implementations.includes(implementation));
  const cases: CaseFigures[] = [];
  for (const [index, { label, args }] of program.cases.entries()) {
    cases.push({ label, args, entries: await race(program, index, taking, effort) });
  }
  const byLabel = new Map(cases.map((each) => [each.label, samplesOf(each)]));
  return {
    name: program.name,
    title: `${program.title}, for each ${program.unit}`,
    tables: [caseTable(program, cases)],
    notes: Object.entries(program.without ?? {}).map(([peer, reason]) => `without ${peer}: ${reason}`),
    charts: charts(program, cases),
    verdicts: [
      ...program.goals.flatMap((goal) => judge("goal", goal, byLabel)),
      ...(program.comparisons ?? []).flatMap((comparison) => judge("comparison", comparison, byLabel)),
    ],
    data: { unit: program.unit, cases },
  };
}

function chosen({ contestants }: Effort): readonly Contestant[] {
  return CONTESTANTS.filter(({ name }) => contestants === undefined || contestants.includes(name));
}

function samplesOf({ entries }: CaseFigures): Samples {
  return new Map(entries.filter(({ samples }) => samples.length > 0).map((each) => [each.contestant, each.samples]));
}

function baseOf(program: Program, contestant: string): string {
  return program.base ?? rivalOf(contestant);
}

function caseTable(program: Program, cases: readonly CaseFigures[]): string[][] {
  const rows = cases.flatMap((each) => {
    const samples = samplesOf(each);
    return each.entries.map(({ contestant, samples: own, note }) => {
      const base = baseOf(program, contestant);
      const value = contestant === base ? undefined : ratio(contestant, base, samples);
      return [
        each.label,
        contestant,
        ...(own.length > 0 ? summary(own, duration) : ["", ""]),
        value === undefined ? "" : `${value.toFixed(2)} x`,
        note ?? "",
      ];
    });
  });
  return [["case", "contestant", "median", "min to max", `over ${program.base ?? "ours"}`, ""], ...rows];
}

/** Bars of ratios; and lines over the cases if they are quantities. */
function charts(program: Program, cases: readonly CaseFigures[]): Chart[] {
  const { axis } = program;
  const all = [ratioChart(program, cases)];
  if (axis !== undefined && cases.length > 2) all.push(costChart(program, axis, cases));
  return all;
}

function contestantsOf(cases: readonly CaseFigures[]): string[] {
  return cases[0]?.entries.map(({ contestant }) => contestant) ?? [];
}

function ratioChart(program: Program, cases: readonly CaseFigures[]): Chart {
  const pointsOf = (contestant: string): Point[] =>
    cases.flatMap((each) => {
      const samples = samplesOf(each);
      const value = ratio(contestant, baseOf(program, contestant), samples);
      if (value === undefined) return [];
      return [{ x: each.label, y: value, label: duration(median(samples.get(contestant) ?? [])) }];
    });
  const series = contestantsOf(cases)
    .filter((name) => name !== baseOf(program, name))
    .map((name) => ({ name, points: pointsOf(name) }));
  const y = program.base === undefined ? "times Stackyard's on the same engine" : `times that of ${program.base}`;
  return { title: program.title, kind: "ratios", x: "", y, logarithmic: [], series };
}

function costChart({ title, unit }: Program, axis: string, cases: readonly CaseFigures[]): Chart {
  const pointsOf = (contestant: string): Point[] =>
    cases.flatMap(({ args, entries }) => {
      const own = entries.find((entry) => entry.contestant === contestant)?.samples ?? [];
      return own.length === 0
        ? []
        : [{ x: args[0] ?? 0, y: median(own), low: Math.min(...own), high: Math.max(...own) }];
    });
  const isWide = cases.some(({ args }) => (args[0] ?? 0) > 50);
  return {
    title: `${title}: cost against ${axis}`,
    kind: "lines",
    x: axis,
    y: `ns for each ${unit}`,
    logarithmic: isWide ? ["x", "y"] : ["y"],
    series: contestantsOf(cases).map((name) => ({ name, points: pointsOf(name) })),
  };
}
