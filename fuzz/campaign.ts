/**
 * The process that generates programs and runs them: main.ts starts it, watches it, and adds up what it finds.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engine } from "../scripts/engines.ts";
import { root } from "../scripts/root.ts";
import { EngineProcess, NotAsked } from "./engine-process.ts";
import { generateProgram } from "./generate.ts";
import { makeJob, type Trace } from "./job.ts";
import type { Program } from "./model.ts";
import {
  describe,
  hostReference,
  judge,
  type Lowerings,
  type Mismatch,
  type Reference,
  type Verdict,
  waysFor,
} from "./oracles.ts";
import { reportProgram } from "./report.ts";
import { programSize, Shrinker } from "./shrink.ts";
import { structureOf } from "./structure.ts";

/** What main.ts asks for. */
export interface Task {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
  /** Programs with continuations, against an engine that has them; or plain ones, against this one. */
  readonly continuations: boolean;
  /** Compare Stackyard's modes with each other only. */
  readonly withoutNative: boolean;
  /** Seconds that a program may be shrunk for. */
  readonly shrinkSeconds: number;
}

/** What is reported of each program. */
export interface Finding {
  readonly index: number;
  readonly structure: number;
  readonly outcomes: readonly string[];
  readonly events: number;
  readonly death: string | undefined;
  readonly mismatch: string | undefined;
  readonly known: string | undefined;
}

/** Sent before a program is run here: if nothing follows, it is to blame. */
export interface Started {
  readonly started: number;
}

/** Programs that the other engine runs ahead. */
const AHEAD = 16;

const V8_FLAGS = Object.freeze(["--v8-flags=--experimental-wasm-wasmfx"]);

/** The engine whose own continuations programs are compared with. */
export async function nativeReference(): Promise<Reference> {
  const native = new EngineProcess(await engine("deno"), V8_FLAGS, "native");
  return { name: "native", run: (job) => native.run(job), stop: () => native.stop() };
}

function send(message: Finding | Started): void {
  process.send?.(message);
}

async function run(task: Task): Promise<void> {
  const { seed, start, end, continuations } = task;
  const reference = continuations && !task.withoutNative ? await nativeReference() : hostReference();
  const lowerings: Lowerings = new Map();
  const generate = (index: number): Program => generateProgram(seed, index, { continuations });
  const judgeJob = (program: Program, index: number, job = makeJob(program), answer = ask(reference, task, job)) =>
    judge(job, waysFor(index, continuations), lowerings, reference.name, answer);
  for (let first = start; first < end; first += AHEAD) {
    const batch = Array.from({ length: Math.min(AHEAD, end - first) }, (_, i) => {
      const program = generate(first + i);
      const job = makeJob(program);
      const answer = ask(reference, task, job);
      answer.catch(() => undefined);
      return { index: first + i, program, job, answer };
    });
    for (const { index, program, job, answer } of batch) {
      send({ started: index });
      const verdict = await judgeJob(program, index, job, answer);
      const { mismatches, expected, death, known } = verdict;
      if (mismatches.length > 0) await keep(task, index, generate, judgeJob, mismatches);
      send({
        index,
        structure: structureOf(program),
        outcomes: expected?.outcomes ?? [],
        events: expected?.events.length ?? 0,
        death,
        known,
        mismatch: mismatches[0] === undefined ? invalid(expected) : describe(mismatches[0]),
      });
    }
  }
  reference.stop();
}

/** Programs are valid, so nothing may fail before their start functions. */
function invalid(trace: Trace | undefined): string | undefined {
  return trace?.outcomes.find((outcome) => outcome.startsWith("instantiation: failed"));
}

/** Without a native engine there is no answer to compare with. */
function ask(reference: Reference, task: Task, job: ReturnType<typeof makeJob>): ReturnType<Reference["run"]> {
  if (!task.continuations || !(task.withoutNative || job.nativeFails)) return reference.run(job);
  return Promise.reject(new NotAsked("no native implementation"));
}

type Judge = (program: Program, index: number) => Promise<Verdict>;

/** Shrinks a program and writes it to .fuzz/. */
async function keep(
  task: Task,
  index: number,
  generate: (index: number) => Program,
  judgeJob: Judge,
  found: readonly Mismatch[],
): Promise<void> {
  const program = generate(index);
  const kind = kindOf(found[0]);
  const shrinker = new Shrinker(
    program,
    async (smaller) => {
      send({ started: index });
      const { mismatches, death } = await judgeJob(smaller, index);
      return death === undefined && mismatches.some((mismatch) => kindOf(mismatch) === kind);
    },
    task.shrinkSeconds,
  );
  if (task.shrinkSeconds > 0) await shrinker.run();
  const { mismatches } = await judgeJob(program, index);
  const title = `seed ${task.seed}, program ${index}, ${programSize(program)} instructions`;
  mkdirSync(join(root, ".fuzz"), { recursive: true });
  const path = join(root, ".fuzz", `program-${task.seed}-${index}.wast`);
  writeFileSync(path, await reportProgram(program, title, mismatches.length > 0 ? mismatches : found));
}

/** Mismatches of one kind may have one cause: how the first outcome that differs is of another kind. */
function kindOf(mismatch: Mismatch | undefined): string {
  if (mismatch === undefined) return "";
  const { expected, actual } = mismatch;
  const at = expected.outcomes.findIndex((outcome, i) => outcome !== actual.outcomes[i]);
  if (at < 0) return "events";
  const general = (text = ""): string =>
    text
      .replace(/, fuel.*/, "")
      .replace(/returned .*/, "returned")
      .replace(/-?\d+/g, "N");
  return `${general(expected.outcomes[at])} / ${general(actual.outcomes[at])}`;
}

process.on("disconnect", () => process.exit());
process.on("message", (task: Task) => {
  run(task).then(
    () => process.disconnect?.(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.({ ready: true });
