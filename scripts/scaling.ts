/**
 * Whether the time and memory that it takes to read and lower modules grow with their size, and not faster: each of the shapes
 * that are made to be expensive (shapes.ts), at several sizes up to 10 MB, in a process of its own.
 *
 *     node scripts/scaling.ts [--sizes=1,2,5,10] [--shapes=TEXT] [--json]
 *
 * Prints what each step takes for a megabyte, in milliseconds of processor time, and the most memory that the process had. Exits
 * with 1 if a step takes more than {@link FACTOR} times as long for a megabyte of the largest size as for one of the smallest, if
 * memory does, if an error is none of the typed ones, or if a process crashes or takes too long.
 */
import { scriptOptions } from "./options.ts";
import { fileURLToPath } from "node:url";
import { run } from "./process.ts";
import type { Measured } from "./scaling-job.ts";
import { SHAPES } from "./shapes.ts";

/** How much more a megabyte of a larger module may take: caches and garbage collection have a part in it, as has chance. */
const FACTOR = 3;
/** Milliseconds of a step, and megabytes, that are too little to be compared. */
const LITTLE_TIME = 100;
const LITTLE_MEMORY = 200;
/** Milliseconds that a process may take for a megabyte, and besides: hosts take ten seconds for functions with many locals. */
const LIMIT_PER_MEGABYTE = 40_000;
const LIMIT = 20_000;

const STEPS = Object.freeze(["decode", "validate", "lower", "compile"] as const);
/** The host's own step is shown, but how it grows is not ours. */
const OURS: readonly (typeof STEPS)[number][] = Object.freeze(["decode", "validate", "lower"]);

const { values } = scriptOptions(import.meta.url, {
  options: {
    sizes: { type: "string", default: "1,2,5,10" },
    shapes: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

const sizes = values.sizes.split(",").map(Number);
if (sizes.some((size) => !(size > 0))) {
  console.error("--sizes takes megabytes");
  process.exit(2);
}

const job = fileURLToPath(new URL("scaling-job.ts", import.meta.url));
const failures: string[] = [];
const all: { readonly shape: string; readonly megabytes: number; readonly measured: Measured }[] = [];

function fail(text: string): void {
  failures.push(text);
  console.error(`      ${text}`);
}

async function measure(shape: string, megabytes: number): Promise<Measured | undefined> {
  const { code, signal, timedOut, stdout, stderr } = await run(process.execPath, [job, shape, String(megabytes)], {
    timeout: LIMIT + LIMIT_PER_MEGABYTE * megabytes,
  });
  if (code === 0) return JSON.parse(stdout) as Measured;
  const why = timedOut ? "takes too long" : `ends with ${signal ?? `exit code ${code}`}: ${stderr.slice(-300)}`;
  fail(`${shape}, ${megabytes} MB: ${why}`);
  return undefined;
}

/** Compares the largest with the smallest of the sizes that came to the same end. */
function compare(shape: string, runs: readonly Measured[]): void {
  const largest = runs.at(-1);
  const smallest = runs.find(({ outcome }) => outcome === largest?.outcome);
  if (largest === undefined || smallest === undefined || smallest === largest) return;
  for (const step of OURS) {
    const [small, large] = [smallest.times[step] ?? 0, largest.times[step] ?? 0];
    const growth = large / largest.size / (Math.max(small, LITTLE_TIME / FACTOR) / smallest.size);
    if (large > LITTLE_TIME && growth > FACTOR)
      fail(`${shape}: ${step} takes ${growth.toFixed(1)} times as long for a megabyte`);
  }
  const [small, large] = [smallest.memory / 2 ** 20, largest.memory / 2 ** 20];
  const growth = large / largest.size / (Math.max(small, LITTLE_MEMORY / FACTOR) / smallest.size);
  if (large > LITTLE_MEMORY && growth > FACTOR)
    fail(`${shape}: takes ${growth.toFixed(1)} times as much memory for a megabyte`);
}

function show({ size, times, memory, outcome }: Measured): string {
  const megabytes = size / 1e6;
  const cells = STEPS.map((step) => {
    const time = times[step];
    return (time === undefined ? "" : (time / megabytes).toFixed(1)).padStart(9);
  });
  return `${megabytes.toFixed(2).padStart(6)}${cells.join("")}${(memory / 2 ** 20).toFixed(0).padStart(9)}  ${outcome}`;
}

const names = Object.keys(SHAPES).filter((name) => name.includes(values.shapes));
if (!values.json) console.log(`    MB${STEPS.map((step) => step.padStart(9)).join("")}   memory  (ms for a MB; MB)`);
for (const shape of names) {
  if (!values.json) console.log(shape);
  const runs: Measured[] = [];
  for (const megabytes of sizes) {
    const measured = await measure(shape, megabytes);
    if (measured === undefined) continue;
    runs.push(measured);
    all.push({ shape, megabytes, measured });
    if (!values.json) console.log(show(measured));
    if (measured.outcome.startsWith("untyped")) fail(`${shape}, ${megabytes} MB: ${measured.outcome}`);
  }
  compare(shape, runs);
}
if (values.json) console.log(JSON.stringify({ measured: all, failures }));
else console.log(`${names.length} shapes, ${failures.length} failures`);
if (failures.length > 0) process.exitCode = 1;
