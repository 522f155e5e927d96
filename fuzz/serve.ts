/**
 * Runs jobs that come as lines on standard input, and answers each with a line: the other end of engine-process.ts. It runs
 * on any engine.
 *
 *     ENGINE fuzz/serve.ts native|normal|every call|chaos [SEED]
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { decodeBase64 } from "../continuations/base64.ts";
import { type Job, runJob, type Target, type Trace } from "./job.ts";

/** V8 never takes the stacks of abandoned continuations back, and its process dies of too many mappings. */
const MAX_MAPPINGS = 45_000;
const CHECK_EVERY = 25;

/** A line of input: a job, its modules in base64. */
interface Request {
  readonly job: Omit<Job, "modules">;
  readonly modules: readonly string[];
}

export interface Answer {
  readonly trace: Trace;
  /** Whether this process should be replaced by another one. */
  readonly full: boolean;
}

const [mode = "native", seed = "1"] = process.argv.slice(2);

async function targetMaker(): Promise<() => Target> {
  const { hostTarget, Lowering } = await import("./targets.ts");
  if (mode === "native") return hostTarget;
  return () => new Lowering(mode as "normal").target(Number(seed));
}

const makeTarget = await targetMaker();
let count = 0;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const { job, modules } = JSON.parse(line) as Request;
  const bytes = modules.map(decodeBase64);
  const trace = runJob(makeTarget(), { ...job, modules: bytes });
  const answer: Answer = { trace, full: ++count % CHECK_EVERY === 0 && mappings() > MAX_MAPPINGS };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function mappings(): number {
  if (process.platform !== "linux") return 0;
  return readFileSync("/proc/self/maps", "latin1").split("\n").length;
}
