/**
 * Fuzzing with generated programs: they run natively where an engine has stack switching, and here in all of Stackyard's
 * modes, and everything has to agree.
 *
 *     node fuzz/main.ts [--seconds=60] [--seed=N] [--start=0] [--count=N] [--plain] [--no-native]
 *         [--engines=NAME,...] [--shrink=60] [--first] [--progress=SECONDS]
 *
 * A seed and a number N make a structure, and several programs of it, which differ in constants, calls and fuel:
 * `--seed=S --start=N --count=1` repeats them. Without a seed there is a fresh one, which is printed. `--engines`: run
 * Stackyard on these, too, for a part of the programs. `--plain`: programs without continuations, against this host as it is.
 * Programs on which something does not agree are shrunk and kept in .fuzz/ as program-SEED-N.wast. `--first`: end with the
 * first of them. Exits with 1 if there are any.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ENGINE_NAMES, type EngineName } from "../scripts/engines.ts";
import type { Finding, Finished, Started, Task } from "./campaign.ts";

/** Milliseconds without a sign of life after which a program counts as a hang. */
const LIMIT = 60_000;
/** Programs that are made at a time. */
const BATCH = 16;
/** Programs after which a process is replaced: what a host keeps of compiled modules adds up. */
const PER_PROCESS = 20_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    start: { type: "string", default: "0" },
    count: { type: "string" },
    plain: { type: "boolean", default: false },
    "no-native": { type: "boolean", default: false },
    engines: { type: "string", default: "" },
    shrink: { type: "string", default: "60" },
    progress: { type: "string" },
    first: { type: "boolean", default: false },
    "clean-end": { type: "boolean", default: false },
  },
});

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name}=${text}: not a number`);
  process.exit(2);
}

const seed = values.seed === undefined ? randomInt(2 ** 31) : number("seed", values.seed);
const first = number("start", values.start);
const count = values.count === undefined ? Number.MAX_SAFE_INTEGER : number("count", values.count);
const seconds =
  values.seconds === undefined ? (values.count === undefined ? 60 : Infinity) : number("seconds", values.seconds);
const progressEvery = values.progress === undefined ? Infinity : number("progress", values.progress) * 1000;

const engines = values.engines.split(",").filter((name) => name !== "") as EngineName[];
const unknown = engines.filter((name) => !ENGINE_NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`--engines=${values.engines}: there are ${ENGINE_NAMES.join(", ")}`);
  process.exit(2);
}

const structures = new Set<number>();
const outcomes = new Map<string, number>();
const differences = new Map<string, number>();
const failures: string[] = [];
const deaths: string[] = [];
let programs = 0;
let generated = 0;
let events = 0;
const sizes = { functions: 0, instructions: 0, switching: 0 };
const started = performance.now();

function record({
  index,
  structure,
  programs: runs,
  size,
  outcomes: ended,
  events: noted,
  deaths: died,
  mismatch,
  known,
}: Finding): void {
  programs += runs;
  generated++;
  structures.add(structure);
  events += noted;
  sizes.functions += size.functions;
  sizes.instructions += size.instructions;
  sizes.switching += size.switching;
  for (const outcome of ended) {
    const kind = /^(instantiation: )?(trapped: [\w ]+|\w+)/.exec(outcome)?.[0] ?? outcome;
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  }
  if (known !== undefined) differences.set(known, (differences.get(known) ?? 0) + 1);
  for (const death of died) deaths.push(`${index}: ${death}`);
  if (mismatch !== undefined) fail(`${index}: ${mismatch}`);
}

function fail(text: string): void {
  failures.push(text);
  console.error(text);
}

function isOver(): boolean {
  return performance.now() - started > seconds * 1000 || (values.first && failures.length > 0);
}

interface Next {
  readonly start: number;
  /** If the process died of one of the programs before this one: they are run one by one. */
  readonly careful: number;
}

/** Runs programs in one process; gives what is to be run next, undefined when time is up. */
function runProcess({ start, careful }: Next): Promise<Next | undefined> {
  const isCareful = careful > start;
  const end = Math.min(isCareful ? careful : start + PER_PROCESS, first + count);
  const task: Task = {
    seed,
    start,
    end,
    batch: isCareful ? 1 : BATCH,
    continuations: !values.plain,
    withoutNative: values["no-native"],
    engines,
    shrinkSeconds: number("shrink", values.shrink),
  };
  return new Promise((resolve) => {
    const child: ChildProcess = fork(fileURLToPath(new URL("campaign.ts", import.meta.url)), {
      execArgv: ["--max-semi-space-size=32"],
    });
    let next = start;
    let current = start;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      over = true;
      // A process that is asked to end writes what it knows of coverage.
      if (values["clean-end"]) child.disconnect();
      else child.kill("SIGKILL");
    };
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    };
    watch();
    child.on("message", (message: Finished | Started | { readonly ready: true }) => {
      watch();
      if ("ready" in message) child.send(task);
      else if ("started" in message) current = message.started;
      else {
        for (const finding of message.findings) {
          record(finding);
          next = finding.index + 1;
        }
        if (isOver()) stop();
      }
    });
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      if (over || next >= end) resolve(over ? undefined : { start: next, careful });
      else if (isCareful) {
        fail(`${current}: the process ended (${signal ?? `exit code ${code}`})`);
        resolve({ start: Math.max(current, next) + 1, careful });
      } else resolve({ start: next, careful: next + BATCH });
    };
    // All messages have come by then; but after a disconnect there is no such event.
    child.on("close", ended);
    child.on("exit", (code, signal) => {
      if (over) ended(code, signal);
    });
  });
}

function summary(): string {
  const time = (performance.now() - started) / 1000;
  return (
    `seed ${seed}: ${programs} programs of ${structures.size} structures, ${events} events, ${failures.length} mismatches, ` +
    `${deaths.length} deaths of other engines, ${time.toFixed(0)} s`
  );
}

console.log(`seed ${seed}`);
const ticker = Number.isFinite(progressEvery) ? setInterval(() => console.log(summary()), progressEvery) : undefined;
for (
  let next: Next | undefined = { start: first, careful: first };
  next !== undefined && next.start < first + count;
) {
  next = await runProcess(next);
  if (isOver()) break;
}
clearInterval(ticker);
for (const [kind, times] of [...outcomes].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(9)}  ${kind}`);
for (const [reason, times] of differences) console.log(`${String(times).padStart(9)}  known difference: ${reason}`);
const mean = (sum: number, of = generated): string => (sum / Math.max(of, 1)).toFixed(1);
console.log(
  `on average ${mean(sizes.functions)} functions, ${mean(sizes.instructions)} instructions, ` +
    `${mean(sizes.switching)} of them on continuations, ${mean(events, programs)} events`,
);
for (const death of deaths.slice(0, 10)) console.log(`an engine died: ${death}`);
console.log(summary());
if (failures.length > 0) process.exitCode = 1;
