/** Runs one program in every way that has to agree, and says what does not. */
import { EngineDeath, NotAsked } from "./engine-process.ts";
import type { Job, Trace } from "./job.ts";
import { knownDifference } from "./known.ts";
import type { Way } from "./ways.ts";

export interface Mismatch {
  /** What the others are compared with. */
  readonly reference: string;
  readonly way: string;
  readonly expected: Trace;
  readonly actual: Trace;
}

export interface Verdict {
  readonly expected: Trace | undefined;
  readonly mismatches: readonly Mismatch[];
  /** Engines that did not survive the program. */
  readonly deaths: readonly string[];
  /** Why a difference is none that counts. */
  readonly known: string | undefined;
}

/**
 * Runs a job in each way, and compares with what the reference answers or, if it does not, with the first of the ways.
 *
 * @param answer the reference's
 */
export async function judge(job: Job, ways: readonly Way[], reference: Way, answer: Promise<Trace>): Promise<Verdict> {
  const deaths: string[] = [];
  const survived = (name: string, run: Promise<Trace>): Promise<Trace | undefined> =>
    run.catch((error: unknown) => {
      if (error instanceof EngineDeath) deaths.push(`${name}: ${error.message}`);
      else if (!(error instanceof NotAsked)) throw error;
      return undefined;
    });
  const running = ways.map((way) => survived(way.name, way.run(job)));
  const traces = await Promise.all(running);
  const answered = await survived(reference.name, answer);
  const expected = answered ?? traces[0];
  const mismatches: Mismatch[] = [];
  let known: string | undefined;
  ways.forEach((way, i) => {
    const actual = traces[i];
    if (expected === undefined || actual === undefined || sameTrace(expected, actual)) return;
    const reason = reference.name === "native" ? knownDifference(job, way.name, expected, actual) : undefined;
    known ??= reason;
    if (reason !== undefined) return;
    const name = answered === undefined ? (ways[0]?.name ?? "") : reference.name;
    mismatches.push({ reference: name, way: way.name, expected, actual });
  });
  return { expected, mismatches, deaths, known };
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
  return `${reference} / ${way}: ${expected.outcomes.join("; ")} / ${actual.outcomes.join("; ")}; ${events}`;
}

/** Mismatches of one kind may have one cause: how the first outcome that differs ended. */
export function kindOf({ expected, actual }: Mismatch): string {
  const at = expected.outcomes.findIndex((outcome, i) => outcome !== actual.outcomes[i]);
  if (at < 0) return "events";
  return `${general(expected.outcomes[at])} / ${general(actual.outcomes[at])}`;
}

function general(outcome = ""): string {
  return outcome
    .replace(/, fuel.*/, "")
    .replace(/returned .*/, "returned")
    .replace(/-?\d+/g, "N");
}
