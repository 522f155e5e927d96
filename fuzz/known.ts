/** Where a native implementation is known to differ, with the reason: neither way is wrong, or theirs is. */
import type { Job, Trace } from "./job.ts";

interface KnownDifference {
  readonly reason: string;
  /** Whether the difference can be of this kind in this program. */
  applies(job: Job): boolean;
  /** Outcomes of theirs and ours. */
  readonly theirs: RegExp;
  readonly ours: RegExp;
}

const KNOWN: readonly KnownDifference[] = Object.freeze<KnownDifference[]>([
  {
    reason: "V8 looks for the handler of a switch before it looks at the continuation; the reference interpreter after",
    applies: (job) => job.switches,
    theirs: /^trapped: unhandled/,
    ours: /^trapped: (null or signature|consumed)/,
  },
]);

/** Why a trace of ours may differ from a native one as it does; undefined if it may not. */
export function knownDifference(job: Job, theirs: Trace, ours: Trace): string | undefined {
  if (theirs.events.join("\n") !== ours.events.join("\n") || theirs.outcomes.length !== ours.outcomes.length)
    return undefined;
  const found = theirs.outcomes.flatMap((outcome, i) => {
    const other = ours.outcomes[i] ?? "";
    if (outcome === other) return [];
    const rest = (text: string): string => text.slice(text.indexOf(", fuel"));
    const known = KNOWN.find((each) => each.applies(job) && each.theirs.test(outcome) && each.ours.test(other));
    return [rest(outcome) === rest(other) ? known?.reason : undefined];
  });
  return found.every((reason) => reason !== undefined) ? found[0] : undefined;
}
