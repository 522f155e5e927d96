/**
 * The process that generates programs and runs them: main.ts starts it, watches it, and adds up what it finds.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { root } from "../scripts/root.ts";
import { generateProgram } from "./generate.ts";
import { makeJob, type Trace } from "./job.ts";
import type { Program } from "./model.ts";
import { describe, judge, kindOf, type Mismatch } from "./oracles.ts";
import { reportProgram } from "./report.ts";
import { programSize, Shrinker } from "./shrink.ts";
import { measure, type ProgramSize, structureOf } from "./structure.ts";
import { workOn } from "./task-process.ts";
import { Ways, type WaysOptions } from "./ways.ts";

/** What main.ts asks for. */
export interface Task extends WaysOptions {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
  /** How many programs are made, and given to the other engine, before the first of them is run here. */
  readonly batch: number;
  /** Seconds that a program may be shrunk for. */
  readonly shrinkSeconds: number;
}

/** What is reported of each program. */
export interface Finding {
  readonly index: number;
  readonly structure: number;
  /** Programs of this structure. */
  readonly programs: number;
  readonly size: ProgramSize;
  readonly outcomes: readonly string[];
  readonly events: number;
  readonly deaths: readonly string[];
  readonly mismatch: string | undefined;
  readonly known: string | undefined;
}

/** Sent before a batch is run here: if nothing follows, one of its programs is to blame. */
export interface Started {
  readonly started: number;
}

/** Sent when a batch has been run. */
export interface Finished {
  readonly findings: readonly Finding[];
}

function send(message: Finished | Started): void {
  // When nobody listens any more, this process is about to end.
  process.send?.(message, () => undefined);
}

async function run(task: Task): Promise<void> {
  const { seed, start, end, continuations } = task;
  const ways = await Ways.create(task);
  for (let first = start; first < end; first += task.batch) {
    send({ started: first });
    const batch = Array.from({ length: Math.min(task.batch, end - first) }, (_, i) => {
      const program = generateProgram(seed, first + i, { continuations });
      const job = makeJob(program);
      const answer = ways.reference.run(job);
      answer.catch(() => undefined);
      return { index: first + i, program, job, answer };
    });
    const findings: Finding[] = [];
    for (const { index, program, job, answer } of batch) {
      const { mismatches, expected, deaths, known } = await judge(job, ways.for(index, job), ways.reference, answer);
      if (mismatches.length > 0) await keep(task, index, ways, mismatches);
      findings.push({
        index,
        structure: structureOf(program),
        programs: program.runs.length,
        size: measure(program),
        outcomes: expected?.outcomes ?? [],
        events: expected?.events.length ?? 0,
        deaths,
        known,
        mismatch: mismatches[0] === undefined ? invalid(expected) : describe(mismatches[0]),
      });
    }
    send({ findings });
    // Where no other engine is waited for, nothing else would let messages in.
    await setImmediate();
  }
  ways.stop();
}

/** Programs are valid, so nothing may fail before their start functions. */
function invalid(trace: Trace | undefined): string | undefined {
  return trace?.outcomes.find((outcome) => outcome.startsWith("instantiation: failed"));
}

/** Shrinks a program and writes it to .fuzz/. */
async function keep(task: Task, index: number, ways: Ways, found: readonly Mismatch[]): Promise<void> {
  const { seed, continuations, shrinkSeconds } = task;
  const program = generateProgram(seed, index, { continuations });
  const kind = found[0] === undefined ? "" : kindOf(found[0]);
  const all = ways.for(index, makeJob(program));
  // The first one is what the others are compared with if there is no reference.
  const wanted = all.filter(({ name }, i) => i === 0 || found.some(({ way }) => way === name));
  const judgeProgram = async (smaller: Program): Promise<readonly Mismatch[]> => {
    const job = makeJob(smaller);
    const answer = ways.reference.run(job);
    answer.catch(() => undefined);
    const { mismatches, deaths } = await judge(job, wanted, ways.reference, answer);
    return deaths.length > 0 ? [] : mismatches;
  };
  const shrinker = new Shrinker(
    program,
    async (smaller) => {
      send({ started: index });
      return (await judgeProgram(smaller)).some((mismatch) => kindOf(mismatch) === kind);
    },
    shrinkSeconds,
  );
  if (shrinkSeconds > 0) await shrinker.run();
  const mismatches = await judgeProgram(program);
  const title = `seed ${seed}, program ${index}, ${programSize(program)} instructions`;
  mkdirSync(join(root, ".fuzz"), { recursive: true });
  const path = join(root, ".fuzz", `program-${seed}-${index}.wast`);
  writeFileSync(path, await reportProgram(program, title, mismatches.length > 0 ? mismatches : found));
}

workOn(run);
