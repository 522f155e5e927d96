/** Where a native implementation is known to differ, with the reason: neither way is wrong, or theirs is. */
import type { Job, Trace } from "./job.ts";

interface KnownDifference {
  readonly reason: string;
  /** Ways in which it can be. */
  readonly ways: RegExp;
  /** Whether the difference can be of this kind in this program. */
  applies(job: Job): boolean;
  /** How something ended, theirs and ours. */
  readonly theirs: RegExp;
  readonly ours: RegExp;
}

const KNOWN: readonly KnownDifference[] = Object.freeze<KnownDifference[]>([
  {
    reason: "V8 looks for the handler of a switch before it looks at the continuation; the reference interpreter after",
    ways: /^/,
    applies: (job) => job.switches,
    theirs: /^trapped: unhandled/,
    ours: /^trapped: (null or signature|consumed)/,
  },
  {
    reason: "JavaScriptCore reports a null reference where a cast meets null",
    ways: /^bun /,
    applies: () => true,
    theirs: /^trapped: cast/,
    ours: /^trapped: null or signature/,
  },
]);

/** Why a trace of ours, of this way, may differ from a native one as it does; undefined if it may not. */
export function knownDifference(job: Job, way: string, theirs: Trace, ours: Trace): string | undefined {
  if (theirs.outcomes.length !== ours.outcomes.length || theirs.events.length !== ours.events.length) return undefined;
  const possible = KNOWN.filter((each) => each.ways.test(way) && each.applies(job));
  const otherLines = [...ours.outcomes, ...ours.events];
  const found = [...theirs.outcomes, ...theirs.events].flatMap((line, i) => {
    const other = otherLines[i] ?? "";
    return line === other ? [] : [reasonOf(possible, line, other)];
  });
  return found.every((reason) => reason !== undefined) ? found[0] : undefined;
}

/** Why two outcomes or events differ: what ended within the program is an event. */
function reasonOf(possible: readonly KnownDifference[], theirs: string, ours: string): string | undefined {
  if (rest(theirs) !== rest(ours)) return undefined;
  const [a, b] = [ending(theirs), ending(ours)];
  return possible.find((each) => each.theirs.test(a) && each.ours.test(b))?.reason;
}

/** What an outcome says besides of how it ended. */
function rest(line: string): string {
  return line.includes(", fuel") ? line.slice(line.indexOf(", fuel")) : "";
}

function ending(line: string): string {
  return line.replace(/^attempt: /, "");
}
