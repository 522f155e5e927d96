/** What the figures of a program have to show. */
import { medianRatio } from "./measure.ts";
import type { Verdict, VerdictKind } from "./result.ts";

export type Goal =
  /** The peer's time over ours is at least so much, in one case or in all. */
  | { readonly kind: "faster"; readonly than: string; readonly times: number; readonly case: string | undefined }
  /** No peer that completes is faster, in any case. The limit is no peer. */
  | { readonly kind: "ahead" }
  /** Our time in one case over that in another is at most so much. */
  | { readonly kind: "flat"; readonly from: string; readonly to: string; readonly factor: number }
  /** One contestant's time over another's is at most so much. */
  | { readonly kind: "within"; readonly name: string; readonly of: string; readonly factor: number };

export function faster(than: string, times: number, inCase?: string): Goal {
  return { kind: "faster", than, times, case: inCase };
}

export function ahead(): Goal {
  return { kind: "ahead" };
}

export function flat(from: string, to: string, factor: number): Goal {
  return { kind: "flat", from, to, factor };
}

export function within(name: string, of: string, factor: number): Goal {
  return { kind: "within", name, of, factor };
}

/** Samples by contestant's name; those that failed are not in it. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/** Whom a contestant is compared with: us, on its engine. */
export function rivalOf(name: string): string {
  return name.startsWith("deno") ? "deno" : "stackyard";
}

/** How much longer one takes than another; undefined if either has no samples. */
export function ratio(one: string, other: string, samples: Samples): number | undefined {
  const numerators = samples.get(one);
  const denominators = samples.get(other);
  return numerators === undefined || denominators === undefined ? undefined : medianRatio(numerators, denominators);
}

/** Checks one goal against the samples of each case. Where there are no samples, there is no verdict. */
export function judge(kind: VerdictKind, goal: Goal, cases: ReadonlyMap<string, Samples>): Verdict[] {
  return judgeAll(goal, cases).map((finding) => ({ kind, ...finding }));
}

type Finding = Omit<Verdict, "kind">;

function judgeAll(goal: Goal, cases: ReadonlyMap<string, Samples>): Finding[] {
  if (goal.kind === "flat") {
    const [from, to] = [goal.from, goal.to].map((label) => cases.get(label)?.get("stackyard"));
    if (from === undefined || to === undefined) return [];
    const value = medianRatio(to, from);
    return [{ text: `${goal.to} against ${goal.from}: at most ${goal.factor}`, value, met: value <= goal.factor }];
  }
  return [...cases].flatMap(([label, samples]) => judgeCase(goal, label, samples));
}

function judgeCase(goal: Exclude<Goal, { readonly kind: "flat" }>, label: string, samples: Samples): Finding[] {
  if (goal.kind === "ahead") {
    const best = bestPeer(samples);
    if (best === undefined) return [];
    const text = `${label}, ahead of the best peer, ${best.name}: at least 1 times`;
    return [{ text, value: best.value, met: best.value >= 1 }];
  }
  if (goal.kind === "within") {
    const value = ratio(goal.name, goal.of, samples);
    if (value === undefined) return [];
    const text = `${label}, ${goal.name} against ${goal.of}: at most ${goal.factor}`;
    return [{ text, value, met: value <= goal.factor }];
  }
  if (goal.case !== undefined && goal.case !== label) return [];
  const value = ratio(goal.than, rivalOf(goal.than), samples);
  if (value === undefined) return [];
  const text = `${label}, faster than ${goal.than}: at least ${goal.times} times`;
  return [{ text, value, met: value >= goal.times }];
}

/** The peer that comes closest to us, or is furthest ahead. */
function bestPeer(samples: Samples): { readonly name: string; readonly value: number } | undefined {
  const peers = [...samples.keys()].filter((name) => name !== rivalOf(name) && !name.endsWith("limit"));
  const found = peers.flatMap((name) => {
    const value = ratio(name, rivalOf(name), samples);
    return value === undefined ? [] : [{ name, value }];
  });
  return found.sort((a, b) => a.value - b.value)[0];
}
