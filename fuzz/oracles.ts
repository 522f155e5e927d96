/** Runs one program on everything that has to agree, and says what does not. */
import { EngineDeath, NotAsked } from "./engine-process.ts";
import { type Job, runJob, type Trace } from "./job.ts";
import { knownDifference } from "./known.ts";
import { hostTarget, Lowering, type Mode } from "./targets.ts";

/** One way to run a program. */
export interface Way {
  readonly mode: Mode;
  /** Of chaos mode. */
  readonly seed: number;
}

export interface Mismatch {
  /** What the others are compared with. */
  readonly reference: string;
  readonly way: Way;
  readonly expected: Trace;
  readonly actual: Trace;
}

export interface Verdict {
  readonly expected: Trace | undefined;
  readonly mismatches: readonly Mismatch[];
  /** Why the reference has no answer. */
  readonly death: string | undefined;
  /** Why a difference is none that counts. */
  readonly known: string | undefined;
}

const OTHERS: readonly Mode[] = Object.freeze<Mode[]>([
  "waiting",
  "every call",
  "on demand",
  "waiting",
  "chaos on demand",
  "metered",
]);

/** The ways to run program number `index`: the usual ones, and the others in turns. */
export function waysFor(index: number, continuations: boolean): Way[] {
  const seed = (index % 1000) * 7 + 1;
  const ways: Way[] = [
    // Plain programs would go to the host as they are.
    { mode: continuations ? "normal" : "every call", seed },
    { mode: "chaos", seed },
    { mode: "chaos", seed: seed + 1 },
  ];
  const another = OTHERS[index % (OTHERS.length + 3)];
  if (another !== undefined) ways.push({ mode: another, seed });
  return ways;
}

export function wayName({ mode, seed }: Way): string {
  return mode.startsWith("chaos") || mode === "waiting" ? `${mode} ${seed}` : mode;
}

/** What is known of a job before it is run here. */
export interface Asked {
  readonly job: Job;
  readonly answer: Promise<Trace>;
}

/** Something that says how a program has to run. */
export interface Reference {
  readonly name: string;
  run(job: Job): Promise<Trace>;
  stop(): void;
}

/** The host itself, for programs without continuations. */
export function hostReference(): Reference {
  return {
    name: "host",
    run: async (job) => runJob(hostTarget(), job),
    stop() {},
  };
}

/** Stackyard in the modes that were wanted so far. */
export type Lowerings = Map<Mode, Lowering>;

/** Runs a job in each way, and compares with the reference or, if that has died, with the first of the ways. */
export async function judge(
  job: Job,
  ways: readonly Way[],
  lowerings: Lowerings,
  reference: string,
  answer: Promise<Trace>,
): Promise<Verdict> {
  const traces: Trace[] = [];
  for (const way of ways) {
    const lowering = lowerings.get(way.mode) ?? new Lowering(way.mode);
    lowerings.set(way.mode, lowering);
    traces.push(await lowering.run(job, way.seed));
  }
  let death: string | undefined;
  const answered = await answer.catch((error: unknown) => {
    if (error instanceof EngineDeath) death = error.message;
    else if (!(error instanceof NotAsked)) throw error;
    return undefined;
  });
  const expected = answered ?? traces[0];
  const mismatches: Mismatch[] = [];
  let known: string | undefined;
  if (expected !== undefined) {
    ways.forEach((way, i) => {
      const actual = traces[i];
      if (actual === undefined || sameTrace(expected, actual)) return;
      const reason = reference === "native" ? knownDifference(job, expected, actual) : undefined;
      known ??= reason;
      if (reason !== undefined) return;
      mismatches.push({ reference: answered === undefined ? "normal" : reference, way, expected, actual });
    });
  }
  return { expected, mismatches, death, known };
}

export function sameTrace(a: Trace, b: Trace): boolean {
  return same(a.outcomes, b.outcomes) && same(a.events, b.events);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

/** What a mismatch is about, in a line. */
export function describe({ reference, way, expected, actual }: Mismatch): string {
  const at = expected.events.findIndex((event, i) => event !== actual.events[i]);
  const first = at < 0 ? expected.events.length : at;
  const events =
    expected.events.length === actual.events.length && at < 0
      ? "same events"
      : `event ${first}: ${expected.events[first] ?? "none"} / ${actual.events[first] ?? "none"}`;
  return `${reference} / ${wayName(way)}: ${expected.outcomes.join("; ")} / ${actual.outcomes.join("; ")}; ${events}`;
}
