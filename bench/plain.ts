/** Programs that do not switch stacks: what it costs them to be able to. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Engine } from "../runtime/engine.ts";
import { Module } from "../runtime/module.ts";
import { contestant } from "./contestants.ts";
import { geometricMean, medianRatio, size } from "./measure.ts";
import { isLarge } from "./plain-programs.ts";
import type { Program } from "./programs.ts";
import type { Chart, Effort, Result, Verdict } from "./result.ts";
import { type PlainForm as Form, plainModule } from "./sources.ts";
import { type CaseFigures, measureProgram } from "./switching.ts";

/** What the forms are, for the page. */
const NOTES = [
  "untouched: as it is; analysed: lowered, imports may suspend; everything: lowered, every call may suspend;",
  "on-demand: the same with resume copies made on demand, as the runtime has it for large modules;",
  "instrumented: by --asyncify -O2 (small programs: told that every function may suspend)",
];

const SIZE_LIMIT = 2;
const TIME_LIMIT = 1.1;
/** For code that cannot suspend. */
const ANALYSED_LIMIT = 1.02;

/** Rounds of large modules are long, since they do many things; and need no second process, since they are warm. */
function effortFor(name: string, effort: Effort): Effort {
  if (!isLarge(name)) return effort;
  return { ...effort, passes: 1, rounds: effort.passes * effort.rounds, milliseconds: effort.quick ? 50 : 250 };
}

export async function measurePlain(program: Program, effort: Effort): Promise<Result> {
  const forms = program.implementations as readonly Form[];
  const result = await measureProgram(
    program,
    effortFor(program.name, effort),
    forms.map((form) => contestant(form, "node26")),
  );
  const sizes = await measureSizes(program.source, forms);
  const times = result.data as Timings;
  return {
    ...result,
    tables: [...result.tables, sizeTable(sizes)],
    notes: [...result.notes, ...NOTES],
    charts: [...result.charts, sizeChart(program.title, sizes)],
    verdicts: [
      ...result.verdicts,
      ...(isLarge(program.name) ? sizeVerdicts(sizes) : await analysedVerdicts(program.source, times)),
    ],
    data: { times, sizes: Object.fromEntries(sizes) } satisfies PlainData,
  };
}

/** Small programs have no imports: the analysis finds that nothing can suspend, and the runtime does not even lower them. */
async function analysedVerdicts(source: string, times: Timings): Promise<Verdict[]> {
  const value = overUntouched(times, "analysed");
  const module = new Module(new Engine(), readFileSync(await plainModule(source, "untouched")));
  const code = module.alwaysLowered ? module.lowered.bytes.length / module.decoded.bytes.length : 1;
  return [
    {
      kind: "goal",
      text: `analysed against untouched: at most ${ANALYSED_LIMIT}`,
      value,
      met: value <= ANALYSED_LIMIT,
    },
    { kind: "goal", text: "what the runtime compiles over untouched: not larger", value: code, met: code <= 1 },
  ];
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

async function measureSizes(source: string, forms: readonly Form[]): Promise<ReadonlyMap<Form, Sizes>> {
  const sizes = new Map<Form, Sizes>();
  for (const form of forms) {
    const bytes = readFileSync(await plainModule(source, form));
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

/** The goals are for what the runtime does with modules of that size; all of it ahead of time is a comparison. */
function sizeVerdicts(sizes: ReadonlyMap<Form, Sizes>): Verdict[] {
  const untouched = sizes.get("untouched");
  const instrumented = sizes.get("instrumented");
  const verdicts: Verdict[] = [];
  for (const [form, kind] of [
    ["on-demand", "goal"],
    ["everything", "comparison"],
  ] as const) {
    const own = sizes.get(form);
    if (untouched === undefined || own === undefined) continue;
    for (const way of ["raw", "gzip"] as const) {
      const value = own[way] / untouched[way];
      const text = `size of ${form}, ${way}: at most ${SIZE_LIMIT} of untouched`;
      verdicts.push({ kind, text, value, met: value <= SIZE_LIMIT });
      if (instrumented === undefined) continue;
      const theirs = own[way] / instrumented[way];
      verdicts.push({
        kind,
        text: `size of ${form}, ${way}: below instrumented`,
        value: theirs,
        met: theirs < 1,
      });
    }
  }
  return verdicts;
}

function sizeChart(title: string, sizes: ReadonlyMap<Form, Sizes>): Chart {
  const base = sizes.get("untouched");
  const ways = ["raw", "gzip"] as const;
  const series = [...sizes]
    .filter(([form]) => form !== "untouched")
    .map(([form, own]) => ({
      name: form,
      points: ways.map((way) => ({ x: way, y: own[way] / (base?.[way] ?? Number.NaN) })),
    }));
  return { title: `${title}: code size`, kind: "ratios", x: "", y: "over untouched", logarithmic: [], series };
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
  if (large.length === 0) return [];
  const mean = (form: Form): number =>
    geometricMean(
      large.map(({ data }) => overUntouched((data as PlainData).times, form)).filter((value) => !Number.isNaN(value)),
    );
  const title = `geometric mean of ${large.map(({ name }) => name).join(", ")}`;
  const verdicts = (["on-demand", "everything"] as const).map((form): Verdict => {
    const value = mean(form);
    const text = `${title}: ${form} against untouched: at most ${TIME_LIMIT}`;
    return { kind: form === "on-demand" ? "goal" : "comparison", text, value, met: value <= TIME_LIMIT };
  });
  return verdicts;
}
