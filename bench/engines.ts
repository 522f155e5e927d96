/** The programs on every engine that we can install, without flags: what is portable against itself. */
import { ENGINE_NAMES } from "../scripts/engines.ts";
import { contestant, PORTABLE } from "./contestants.ts";
import { duration, median } from "./measure.ts";
import { PROGRAMS, type Program } from "./programs.ts";
import { type Entry, race } from "./race.ts";
import type { Effort, Result } from "./result.ts";

interface Row {
  readonly program: string;
  readonly case: string;
  readonly entries: readonly Entry[];
}

/** The last case of each program, which is the hardest. */
export async function measureEngines(effort: Effort): Promise<Result> {
  const rows: Row[] = [];
  for (const program of PROGRAMS) {
    const index = program.cases.length - 1;
    const entries = await race(program, index, contestants(program), { ...effort, passes: 1 });
    rows.push({ program: program.name, case: program.cases[index]?.label ?? "", entries });
  }
  const header = ["program", "contestant", ...ENGINE_NAMES];
  return {
    name: "engines",
    title: "On every engine",
    tables: [[header, ...rows.flatMap(cells)]],
    notes: [
      "the last case of each program; ±: how far its rounds are from their median, at most",
      ...rows.flatMap(({ program, entries }) =>
        entries.flatMap(({ contestant: name, note }) => (note === undefined ? [] : [`${program}, ${name}: ${note}`])),
      ),
    ],
    charts: [],
    verdicts: [],
    data: rows,
  };
}

function contestants(program: Program): ReturnType<typeof contestant>[] {
  const taking = PORTABLE.filter((implementation) => program.implementations.includes(implementation));
  return ENGINE_NAMES.flatMap((engine) =>
    taking.map((implementation) => ({ ...contestant(implementation, engine), name: `${implementation} ${engine}` })),
  );
}

function cells({ program, case: label, entries }: Row): string[][] {
  const implementations = [...new Set(entries.map(({ contestant: name }) => name.split(" ")[0] ?? ""))];
  return implementations.map((implementation) => [
    `${program}, ${label}`,
    implementation,
    ...ENGINE_NAMES.map((engine) => {
      const samples = entries.find(({ contestant: name }) => name === `${implementation} ${engine}`)?.samples ?? [];
      return samples.length === 0 ? "" : `${duration(median(samples))} ±${spread(samples)}`;
    }),
  ]);
}

/** How far the rounds are from their median, at most. */
function spread(samples: readonly number[]): string {
  const middle = median(samples);
  const distance = Math.max(...samples.map((sample) => Math.abs(sample - middle)));
  return `${((distance / middle) * 100).toFixed(0)}%`;
}
