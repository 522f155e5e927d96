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
  contestants: readonly Contestant[] = CONTESTANTS,
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
    verdicts: program.goals.flatMap((goal) => judge(goal, byLabel)),
    data: { unit: program.unit, cases },
  };
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

/** Lines over the cases if they are quantities, else bars for each. */
function charts({ title, unit, axis }: Program, cases: readonly CaseFigures[]): Chart[] {
  const contestants = cases[0]?.entries.map(({ contestant }) => contestant) ?? [];
  const isLines = axis !== undefined && cases.length > 2;
  const pointsOf = (contestant: string): Point[] =>
    cases.flatMap(({ label, args, entries }) => {
      const own = entries.find((entry) => entry.contestant === contestant)?.samples ?? [];
      if (own.length === 0) return [];
      const x = isLines ? (args[0] ?? 0) : label;
      return [{ x, y: median(own), low: Math.min(...own), high: Math.max(...own) }];
    });
  const series = contestants
    .map((name) => ({ name, points: pointsOf(name) }))
    .filter(({ points }) => points.length > 0);
  const isWide = cases.some(({ args }) => (args[0] ?? 0) > 50);
  return [
    {
      title,
      kind: isLines ? "lines" : "bars",
      x: isLines ? axis : "",
      y: `ns for each ${unit}`,
      logarithmic: isLines && isWide ? ["x", "y"] : ["y"],
      series,
    },
  ];
}
