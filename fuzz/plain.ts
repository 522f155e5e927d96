/**
 * Fuzzing with plain modules: those of Binaryen's generator run on this host as they are, and lowered as if every call might
 * suspend, and have to do the same.
 *
 *     node fuzz/plain.ts [--seconds=60] [--seed=N] [--start=0] [--count=N] [--progress=SECONDS]
 *
 * Module number N depends on the seed and N: `--seed=S --start=N --count=1` repeats it. Modules on which something does not
 * agree are kept in .fuzz/ as plain-SEED-N.wasm. Exits with 1 if there are any.
 */
import { scriptOptions } from "../scripts/options.ts";
import { packageFolder } from "../scripts/packages.ts";
import type { PlainFinding, PlainTask, RunsAsIs } from "./plain-campaign.ts";
import { endOf, OPTIONS, Range, supervise } from "./supervisor.ts";

/** Milliseconds without a sign of life after which a module counts as a hang. */
const LIMIT = 30_000;
/** Modules after which a process is replaced. */
const PER_PROCESS = 2000;
/** Binaryen warns of what does not matter here. */
const WARNINGS = /^warning: .*\n/gm;

const { values } = scriptOptions(import.meta.url, { options: OPTIONS });
const range = new Range(values);
const { seed } = range;
const kinds = new Map<string, number>();
const failures: string[] = [];
let modules = 0;
let bytes = 0;
let functions = 0;

function add(kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

function fail(text: string): void {
  failures.push(text);
  console.error(text);
}

function record(finding: PlainFinding): void {
  modules++;
  bytes += finding.bytes;
  functions += finding.functions;
  if (finding.skipped !== undefined) add(`not compared: ${finding.skipped}`);
  for (const outcome of finding.outcomes) add(/^(trapped: [\w ]+|\w+)/.exec(outcome)?.[0] ?? outcome);
  if (finding.mismatch !== undefined) fail(`${finding.index}: ${finding.mismatch}`);
}

/** Runs modules from `start` in one process; gives the next to be run. */
async function runProcess(start: number): Promise<number> {
  const task: PlainTask = { seed, start, end: Math.min(start + PER_PROCESS, range.end) };
  let next = start;
  let asIs = false;
  const ended = await supervise(
    { file: "plain-campaign.ts", task, limit: LIMIT, noise: WARNINGS },
    (message: PlainFinding | RunsAsIs) => {
      if ("asIs" in message) {
        asIs = message.asIs;
        return true;
      }
      record(message);
      next = message.index + 1;
      return !range.isOver;
    },
  );
  if (ended.isStopped || next >= task.end) return next;
  if (asIs && ended.signal === "SIGKILL") add("not compared: it does not end as it is");
  else fail(`${next}: the process ended (${endOf(ended)})`);
  return next + 1;
}

function summary(): string {
  return (
    `seed ${seed}: ${modules} modules, on average ${Math.round(bytes / Math.max(modules, 1))} bytes and ` +
    `${(functions / Math.max(modules, 1)).toFixed(1)} functions, ${failures.length} mismatches, ${range.elapsed.toFixed(0)} s`
  );
}

try {
  await packageFolder("binaryen");
} catch (error) {
  console.error(`nothing was compared, since Binaryen is not there: ${(error as Error).message.split("\n", 1)[0]}`);
  process.exit();
}
await range.reporting(summary, async () => {
  for (let next = range.first; next < range.end && !range.isOver && failures.length < 20; ) {
    next = await runProcess(next);
  }
});
for (const [kind, times] of [...kinds].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(9)}  ${kind}`);
console.log(summary());
if (failures.length > 0) process.exitCode = 1;
