/** Programs that do not switch stacks: what it costs them to be able to. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { contestant } from "./contestants.ts";
import { geometricMean, medianRatio, size } from "./measure.ts";
import { FORMS, isLarge } from "./plain-programs.ts";
import type { Program } from "./programs.ts";
import type { Effort, Result, Verdict } from "./result.ts";
import { type PlainForm as Form, plainModule } from "./sources.ts";
import { type CaseFigures, measureProgram } from "./switching.ts";

/** What the forms are, for the page. */
const NOTES = [
  "untouched: as it is; analysed: lowered, imports may suspend; everything: lowered, every call may suspend;",
  "instrumented: by --asyncify -O2 (small programs: told that every function may suspend)",
];

const SIZE_LIMIT = 2;

export async function measurePlain(program: Program, effort: Effort): Promise<Result> {
  const large = isLarge(program.name);
  // Large modules take seconds until the engine has optimised all that matters.
  const own = large && !effort.quick ? { ...effort, milliseconds: effort.milliseconds * 10 } : effort;
  const result = await measureProgram(
    program,
    own,
    FORMS.map((form) => contestant(form, "node26")),
  );
  const sizes = await measureSizes(program);
  const times = result.data as Timings;
  const verdicts = [...result.verdicts, ...sizeVerdicts(sizes)];
  if (!large) {
    // Small programs have no imports: the analysis finds that nothing can suspend.
    const value = overUntouched(times, "analysed");
    verdicts.push({ text: "analysed against untouched: at most 1.02", value, met: value <= 1.02 });
  }
  return {
    ...result,
    tables: [...result.tables, sizeTable(sizes)],
    notes: NOTES,
    verdicts,
    data: { times, sizes: Object.fromEntries(sizes) } satisfies PlainData,
  };
}

interface Timings {
  readonly cases: readonly CaseFigures[];
}

interface PlainData {
  readonly times: Timings;
  readonly sizes: Readonly<Record<string, Sizes>>;
}

interface Sizes {
  readonly raw: number;
  readonly gzip: number;
}

async function measureSizes(program: Program): Promise<ReadonlyMap<Form, Sizes>> {
  const sizes = new Map<Form, Sizes>();
  for (const form of FORMS) {
    const bytes = readFileSync(await plainModule(program.source, form));
    sizes.set(form, { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length });
  }
  return sizes;
}

function sizeTable(sizes: ReadonlyMap<Form, Sizes>): string[][] {
  const base = sizes.get("untouched");
  const cell = (value: number, of: number | undefined): string[] => [
    size(value),
    `${(value / (of ?? value)).toFixed(2)} x`,
  ];
  const rows = [...sizes].map(([form, { raw, gzip }]) => [form, ...cell(raw, base?.raw), ...cell(gzip, base?.gzip)]);
  return [["code size", "raw", "over untouched", "gzip", "over untouched"], ...rows];
}

function sizeVerdicts(sizes: ReadonlyMap<Form, Sizes>): Verdict[] {
  const [untouched, everything, instrumented] = (["untouched", "everything", "instrumented"] as const).map((form) =>
    sizes.get(form),
  );
  if (untouched === undefined || everything === undefined || instrumented === undefined) return [];
  // The machine itself is a few kilobytes, which says nothing about a module that has less than that.
  if (untouched.raw < 100_000) return [];
  return (["raw", "gzip"] as const).flatMap((kind) => {
    const value = everything[kind] / untouched[kind];
    const theirs = everything[kind] / instrumented[kind];
    return [
      { text: `size of everything, ${kind}: at most ${SIZE_LIMIT} of untouched`, value, met: value <= SIZE_LIMIT },
      { text: `size of everything, ${kind}: below instrumented`, value: theirs, met: theirs < 1 },
    ];
  });
}

/** Nanoseconds of a form, round by round. */
function samplesOf({ cases }: Timings, form: Form): readonly number[] {
  return cases[0]?.entries.find(({ contestant: name }) => name === form)?.samples ?? [];
}

function overUntouched(times: Timings, form: Form): number {
  return medianRatio(samplesOf(times, form), samplesOf(times, "untouched"));
}

/** Over all large modules that were measured. */
export function largeVerdicts(results: readonly Result[]): Verdict[] {
  const large = results.filter(({ name }) => isLarge(name));
  const value = geometricMean(large.map(({ data }) => overUntouched((data as PlainData).times, "everything")));
  if (Number.isNaN(value)) return [];
  const text = `geometric mean of ${large.map(({ name }) => name).join(" and ")}, everything against untouched: at most 1.1`;
  return [{ text, value, met: value <= 1.1 }];
}
