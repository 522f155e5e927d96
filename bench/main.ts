/**
 * The bench: each program runs with all contestants at once, in rounds. What counts is the ratio between rounds that were close
 * in time (README.md).
 *
 *     npm run bench [-- --only=NAME,... --contestants=NAME,... --quick --passes=N --rounds=N --cpu-time]
 *     npm run bench -- --json=FILE --html=FILE      keeps the figures; a page with charts
 *     npm run bench -- --from=FILE --html=FILE      the page of figures that were kept
 *
 * `--quick`: smaller sizes, fewer rounds, one process each. `--passes`, `--rounds`: how many processes, and rounds in each.
 * `--cpu-time`: processor time of each contestant's thread, where the engine tells it. Exits with 1 if a result is wrong; and,
 * unless it was quick, if a goal is missed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "../scripts/options.ts";
import { run } from "../scripts/process.ts";
import { root } from "../scripts/root.ts";
import { CONTESTANTS } from "./contestants.ts";
import { measureEngines } from "./engines.ts";
import { measureLowering } from "./lowering.ts";
import { size } from "./measure.ts";
import { measureAbandoned, measureMemory } from "./memory.ts";
import { largeVerdicts, measurePlain } from "./plain.ts";
import { PLAIN_PROGRAMS } from "./plain-programs.ts";
import { PROGRAMS } from "./programs.ts";
import { page } from "./page.ts";
import { type Effort, printResult, type Report, type Result, type Section, verdictText } from "./result.ts";
import { measureStart } from "./start.ts";
import { measureProgram } from "./switching.ts";

const SECTIONS: readonly Section[] = [
  ...PROGRAMS.map((program) => ({
    name: program.name,
    measure: (effort: Effort) => measureProgram(program, effort),
  })),
  ...PLAIN_PROGRAMS.map((program) => ({
    name: program.name,
    measure: (effort: Effort) => measurePlain(program, effort),
  })),
  { name: "lowering", measure: measureLowering },
  { name: "start", measure: measureStart },
  { name: "memory", measure: measureMemory },
  { name: "abandoned", measure: measureAbandoned },
  { name: "engines", measure: measureEngines },
];

const USUAL: Effort = { passes: 2, rounds: 5, milliseconds: 40, cpuTime: false, quick: false };
const QUICK: Effort = { passes: 1, rounds: 3, milliseconds: 10, cpuTime: false, quick: true };

const { values } = scriptOptions(import.meta.url, {
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    html: { type: "string" },
    from: { type: "string" },
    contestants: { type: "string" },
    "cpu-time": { type: "boolean", default: false },
    passes: { type: "string" },
    rounds: { type: "string" },
  },
});

if (values.from !== undefined && values.html !== undefined) {
  writeFileSync(values.html, page(JSON.parse(readFileSync(values.from, "utf8")) as Report));
  process.exit();
}
const names = values.only?.split(",") ?? SECTIONS.map(({ name }) => name);
const wanted = values.contestants?.split(",");
refuse(names, SECTIONS);
if (wanted !== undefined) refuse(wanted, CONTESTANTS);
const basis = values.quick ? QUICK : USUAL;
const effort: Effort = {
  ...basis,
  passes: Number(values.passes ?? basis.passes),
  rounds: Number(values.rounds ?? basis.rounds),
  cpuTime: values["cpu-time"],
  contestants: wanted,
};

const host =
  `Node ${process.versions.node} (V8 ${process.versions.v8}), ${cpus()[0]?.model ?? "unknown CPU"} (${cpus().length}), ` +
  `${arch()}, ${size(totalmem())}; ${effort.passes} processes of ${effort.rounds} rounds each, medians` +
  `${effort.cpuTime ? " of processor time" : ""}; load before: ${(loadavg()[0] ?? 0).toFixed(1)}`;
console.log(`${host}\n`);
if ((loadavg()[0] ?? 0) > 1) console.error("others are using this machine: figures will be off (see --cpu-time)");
await build();
const started = performance.now();
const results: Result[] = [];
for (const section of SECTIONS) {
  if (!names.includes(section.name)) continue;
  // On standard error, so that the figures can be kept by themselves.
  console.error(`[${minutes(performance.now() - started)}] ${section.name} ...`);
  const result = await section.measure(effort);
  results.push(result);
  console.log(`${printResult(result)}\n`);
}

const verdicts = [
  ...results.flatMap(({ name, verdicts: own }) =>
    own.map((verdict) => ({ ...verdict, text: `${name}: ${verdict.text}` })),
  ),
  ...largeVerdicts(results),
];
for (const [kind, title] of [
  ["goal", "goals are met"],
  ["comparison", "further comparisons hold"],
] as const) {
  const own = verdicts.filter((verdict) => verdict.kind === kind);
  if (own.length === 0) continue;
  const missed = own.filter(({ met }) => !met);
  console.log(`${own.length - missed.length} of ${own.length} ${title}`);
  for (const verdict of missed) console.log(`  ${verdictText(verdict)}`);
}
const report: Report = {
  host,
  date: new Date().toISOString().slice(0, 10),
  seconds: Math.round((performance.now() - started) / 1000),
  results,
  verdicts,
};
console.error(`[${minutes(performance.now() - started)}] done`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report));
if (values.html !== undefined) writeFileSync(values.html, page(report));

const isWrong = JSON.stringify(results).includes("wrong result");
if (isWrong) console.error("a result is wrong: see above");
const isMissed = verdicts.some(({ kind, met }) => kind === "goal" && !met);
if (isWrong || (isMissed && !effort.quick)) process.exitCode = 1;

/** Builds the package: what is published is what cold starts and lowering are measured of. */
async function build(): Promise<void> {
  const { code, stderr } = await run(process.execPath, [join(root, "scripts/build.ts")], { cwd: root });
  if (code !== 0) throw new Error(`the package could not be built: ${stderr}`);
}

/** Ends the program if one of the names is not among those that there are. */
function refuse(given: readonly string[], known: readonly { readonly name: string }[]): void {
  const all = known.map(({ name }) => name);
  const unknown = given.filter((name) => !all.includes(name));
  if (unknown.length === 0) return;
  console.error(`there is no ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exit(2);
}

function minutes(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
