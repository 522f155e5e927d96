/**
 * Fuzzing with plain modules: those of Binaryen's generator run on this host as they are, and lowered as if every call might
 * suspend, and have to do the same.
 *
 *     node fuzz/plain.ts [--seconds=60] [--seed=N] [--start=0] [--count=N] [--progress=SECONDS]
 *
 * Module number N depends on the seed and N: `--seed=S --start=N --count=1` repeats it. Modules on which something does not
 * agree are kept in .fuzz/ as plain-SEED-N.wasm. Exits with 1 if there are any.
 */
import { fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageFolder } from "../scripts/packages.ts";
import type { PlainFinding, PlainTask, RunsAsIs } from "./plain-campaign.ts";

/** Milliseconds without a sign of life after which a module counts as a hang. */
const LIMIT = 30_000;
/** Modules after which a process is replaced. */
const PER_PROCESS = 2000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    start: { type: "string", default: "0" },
    count: { type: "string" },
    progress: { type: "string", default: "0" },
  },
});

function number(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`${text} is not a number`);
  process.exit(2);
}

const seed = values.seed === undefined ? randomInt(2 ** 31) : number(values.seed);
const first = number(values.start);
const count = values.count === undefined ? Number.MAX_SAFE_INTEGER : number(values.count);
const seconds = values.seconds === undefined ? (values.count === undefined ? 60 : Infinity) : number(values.seconds);
const end = first + count;
const started = performance.now();
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
function runProcess(start: number): Promise<number> {
  const task: PlainTask = { seed, start, end: Math.min(start + PER_PROCESS, end) };
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("plain-campaign.ts", import.meta.url)), {
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    child.stderr?.on("data", (text: Buffer) => {
      // Binaryen warns of what does not matter here.
      const rest = text.toString().replace(/^warning: .*\n/gm, "");
      if (rest !== "") process.stderr.write(rest);
    });
    let next = start;
    let asIs = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    };
    watch();
    child.on("message", (message: PlainFinding | RunsAsIs | { readonly ready: true }) => {
      watch();
      if ("asIs" in message) {
        asIs = message.asIs;
        return;
      }
      if ("ready" in message) {
        child.send(task);
        return;
      }
      record(message);
      next = message.index + 1;
      if (isOver()) child.kill("SIGKILL");
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (!isOver() && next < task.end) {
        if (asIs && signal === "SIGKILL") add("not compared: it does not end as it is");
        else fail(`${next}: the process ended (${signal ?? `exit code ${code}`})`);
        next++;
      }
      resolve(next);
    });
  });
}

function isOver(): boolean {
  return performance.now() - started > seconds * 1000;
}

function summary(): string {
  const time = (performance.now() - started) / 1000;
  return (
    `seed ${seed}: ${modules} modules, on average ${Math.round(bytes / Math.max(modules, 1))} bytes and ` +
    `${(functions / Math.max(modules, 1)).toFixed(1)} functions, ${failures.length} mismatches, ${time.toFixed(0)} s`
  );
}

try {
  await packageFolder("binaryen");
} catch (error) {
  console.error(`nothing was compared, since Binaryen is not there: ${(error as Error).message.split("\n", 1)[0]}`);
  process.exit();
}
console.log(`seed ${seed}`);
const progress = number(values.progress);
const ticker = progress > 0 ? setInterval(() => console.log(summary()), progress * 1000) : undefined;
for (let next = first; next < end && !isOver() && failures.length < 20; ) next = await runProcess(next);
clearInterval(ticker);
for (const [kind, times] of [...kinds].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(9)}  ${kind}`);
console.log(summary());
if (failures.length > 0) process.exitCode = 1;
