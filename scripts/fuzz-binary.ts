/**
 * Feeds mutated and truncated modules, and modules of shapes that are made to be expensive, to the decoder, the validator
 * and the lowering: no crash, no hang, no error that is not typed, and no lowered module that the host refuses.
 *
 *     node scripts/fuzz-binary.ts [--count=100000] [--seed=1] [--start=0] [--jobs=1]
 *
 * Input number N depends on the seed, N and the scripts of the suites: `--start=N --count=1` repeats it. Inputs that fail
 * are kept in .fuzz/ as SEED-N.wasm, as is the first input of each kind on which the host disagrees. Verdicts on modules
 * without stack switching are compared with the host's; differences are counted, but they are no failures, since hosts
 * have limits and extensions of their own. Exits with 1 if an input failed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptOptions } from "./options.ts";
import { loadCorpus } from "./corpus.ts";
import type { Finding, Task } from "./fuzz-worker.ts";
import { Inputs } from "./mutate.ts";
import { root } from "./root.ts";
import { SHAPES } from "./shapes.ts";

/** Milliseconds of processor time for one input, plus as many for each megabyte of it. */
const LIMIT = 2000;
/** Milliseconds after which a process hangs even if it has not had that much of a processor. */
const LONGEST = 60_000;
/** Failing inputs of one kind that are kept: more of them would say no more. */
const KEPT = 5;

interface Group {
  count: number;
  /** The first input of the kind. */
  readonly example: number;
}

const { values } = scriptOptions(import.meta.url, {
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    start: { type: "string", default: "0" },
    jobs: { type: "string", default: "1" },
  },
});
const [count, seed, first, jobs] = [values.count, values.seed, values.start, values.jobs].map((text) => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`${text} is not a number; --count, --seed, --start and --jobs each take one`);
  process.exit(2);
}) as [number, number, number, number];

const inputs = new Inputs(
  (await loadCorpus()).map(({ bytes }) => bytes),
  seed,
  Object.values(SHAPES),
);
const outcomes = new Map<string, Group>();
const failures = new Map<string, Group>();
const disagreements = new Map<string, Group>();
let done = 0;
let slowest = { index: -1, time: 0, size: 0 };
/** The most memory that a process has had, in megabytes. */
let memory = 0;

/** Counts one more of a kind, and returns how many there are. */
function add(groups: Map<string, Group>, key: string, example: number): number {
  const group = groups.get(key) ?? { count: 0, example };
  groups.set(key, group);
  return ++group.count;
}

/** How much of the time that it may take an input has taken. */
function slowness({ time, size }: { readonly time: number; readonly size: number }): number {
  return time / (1 + size / 1e6);
}

function record(finding: Finding): void {
  const { index, outcome, failure, disagreement } = finding;
  done++;
  if (slowness(finding) > slowness(slowest)) slowest = finding;
  memory = Math.max(memory, finding.memory);
  add(outcomes, outcome, index);
  if (disagreement !== undefined && add(disagreements, disagreement, index) === 1) keep(index);
  if (failure === undefined || add(failures, failure, index) > KEPT) return;
  console.error(`${failure}: ${keep(index)}`);
}

/** Writes an input to a file, whose path it returns: the corpus may be another one tomorrow. */
function keep(index: number): string {
  const path = join(root, ".fuzz", `${seed}-${index}.wasm`);
  mkdirSync(join(root, ".fuzz"), { recursive: true });
  writeFileSync(path, inputs.at(index));
  return path;
}

/** How far a child came, and how it ended if not by being through. */
interface ChildEnd {
  /** The first input that it has not answered. */
  readonly next: number;
  readonly death: string | undefined;
}

/** Runs the inputs from `start` to `end` in child processes: a new one whenever the last one has crashed or hung. */
async function runRange(start: number, end: number): Promise<void> {
  let suspect = -1;
  for (let next = start; next < end; ) {
    const { next: stopped, death } = await runChild({ seed, start: next, end });
    next = stopped;
    if (death === undefined) continue;
    if (death === "hang" && suspect !== stopped) {
      suspect = stopped; // A busy machine may be to blame: once more, from this input on.
      continue;
    }
    record({ index: next, outcome: "failed", failure: death, time: 0, size: 0, memory: 0 });
    next++;
  }
}

/** Milliseconds of processor time that a process has had; undefined where that cannot be told. */
function processorTime(pid: number | undefined): number | undefined {
  try {
    // Behind the name in parentheses: user and system time are the 12th and 13th value, in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
    return (Number(fields?.[11]) + Number(fields?.[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Runs one child until it is through or dead. */
function runChild(task: Task): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(fileURLToPath(new URL("fuzz-worker.ts", import.meta.url)), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    let next = task.start;
    let ready = false;
    let hung = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        // Time is short: only now it is looked up how large the input is, and how busy the process has been.
        const start = processorTime(child.pid);
        const limit = LIMIT * (1 + inputs.at(next).length / 1e6);
        let waited = 0;
        timer = setInterval(() => {
          waited += LIMIT / 10;
          if (waited < LONGEST && start !== undefined && (processorTime(child.pid) ?? 0) - start < limit) return;
          if (start === undefined && waited < limit) return;
          hung = true;
          child.kill("SIGKILL");
        }, LIMIT / 10);
      }, LIMIT);
    };
    child.on("message", (message: Finding | { readonly ready: true }) => {
      if ("ready" in message) {
        ready = true;
        child.send(task);
      } else {
        record(message);
        next = message.index + 1;
      }
      if (next < task.end) {
        watch();
      } else {
        clearTimeout(timer);
        child.kill();
      }
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (!ready) {
        reject(new Error("the worker does not start"));
        return;
      }
      const death = hung ? "hang" : `crash: ${signal ?? `exit code ${code}`}`;
      resolve({ next, death: next < task.end ? death : undefined });
    });
  });
}

function print(title: string, groups: Map<string, Group>): void {
  console.log(`${title}:`);
  for (const [key, { count: times, example }] of [...groups].sort(([, a], [, b]) => b.count - a.count)) {
    console.log(`${String(times).padStart(8)}  ${key} (first: ${example})`);
  }
}

const share = Math.ceil(count / jobs);
await Promise.all(
  Array.from({ length: jobs }, (_, job) =>
    runRange(first + job * share, Math.min(first + (job + 1) * share, first + count)),
  ),
);
print("outcomes", outcomes);
if (disagreements.size > 0) print("host disagrees", disagreements);
if (failures.size > 0) print("failures", failures);
const failed = [...failures.values()].reduce((sum, group) => sum + group.count, 0);
console.log(
  `slowest: ${slowest.time.toFixed(0)} ms of processor time for ${slowest.size} bytes (input ${slowest.index}); peak memory ${memory.toFixed(0)} MB`,
);
console.log(`seed ${seed}: ${done} inputs, ${failed} failed`);
if (failed > 0 || done !== count) process.exitCode = 1;
