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
import { scriptOptions } from "../scripts/options.ts";
import { ENGINE_NAMES, type EngineName } from "../scripts/engines.ts";
import type { Finding, Finished, Started, Task } from "./campaign.ts";
import { endOf, number, OPTIONS, Range, supervise } from "./supervisor.ts";

/** Milliseconds without a sign of life after which a program counts as a hang. */
const LIMIT = 60_000;
/** Programs that are made at a time. */
const BATCH = 16;
/** Programs after which a process is replaced: what a host keeps of compiled modules adds up. */
const PER_PROCESS = 20_000;

const { values } = scriptOptions(import.meta.url, {
  options: {
    ...OPTIONS,
    plain: { type: "boolean", default: false },
    "no-native": { type: "boolean", default: false },
    engines: { type: "string", default: "" },
    shrink: { type: "string", default: "60" },
    first: { type: "boolean", default: false },
    "clean-end": { type: "boolean", default: false },
  },
});

const range = new Range(values);
const { seed } = range;
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
  return range.isOver || (values.first && failures.length > 0);
}

interface Next {
  readonly start: number;
  /** If the process died of one of the programs before this one: they are run one by one. */
  readonly careful: number;
}

/** Runs programs in one process; gives what is to be run next, undefined when time is up. */
async function runProcess({ start, careful }: Next): Promise<Next | undefined> {
  const isCareful = careful > start;
  const end = Math.min(isCareful ? careful : start + PER_PROCESS, range.end);
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
  let next = start;
  let current = start;
  const ended = await supervise(
    {
      file: "campaign.ts",
      task,
      limit: LIMIT,
      execArgv: ["--max-semi-space-size=32"],
      endsCleanly: values["clean-end"],
    },
    (message: Finished | Started) => {
      if ("started" in message) {
        current = message.started;
        return true;
      }
      for (const finding of message.findings) {
        record(finding);
        next = finding.index + 1;
      }
      return !isOver();
    },
  );
  if (ended.isStopped) return undefined;
  if (next >= end) return { start: next, careful };
  if (!isCareful) return { start: next, careful: next + BATCH };
  fail(`${current}: the process ended (${endOf(ended)})`);
  return { start: Math.max(current, next) + 1, careful };
}

function summary(): string {
  return (
    `seed ${seed}: ${programs} programs of ${structures.size} structures, ${events} events, ${failures.length} mismatches, ` +
    `${deaths.length} deaths of other engines, ${range.elapsed.toFixed(0)} s`
  );
}

await range.reporting(summary, async () => {
  let next: Next | undefined = { start: range.first, careful: range.first };
  while (next !== undefined && next.start < range.end && !isOver()) next = await runProcess(next);
});
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
