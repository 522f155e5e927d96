/** The running stack chain, and continuations that wait, as data. */
import type { ContinuationObject, SavedFrame, StoreContext } from "../../continuations/index.ts";

/** One stack: a continuation, or the initial stack of an entry that was unwound and is rewound. */
export interface SavedStack {
  /** Undefined: an initial stack. */
  readonly continuation: ContinuationObject | undefined;
  /** Innermost first. */
  readonly frames: readonly SavedFrame[];
}

/**
 * Stacks that one driver runs, innermost first. Of the first, the innermost frame is the one that the driver has re-entered
 * and that is on the host's stack again; those of the others are all saved.
 */
export type DrivenStacks = readonly SavedStack[];

/** Frames that are kept of one stack in a trap. */
const MAX_FRAMES = 1000;

/** The running chain, innermost first. */
export function captureChain(context: StoreContext): DrivenStacks[] {
  const chain = [...context.chain()];
  const groups: DrivenStacks[] = [];
  for (let i = 0; i < chain.length; ) {
    const leaf = chain[i] as ContinuationObject;
    const end = Math.max(chain.indexOf(context.lastAncestor(leaf), i), i);
    groups.push(chain.slice(i, end + 1).map((member) => savedStack(context, member, MAX_FRAMES)));
    i = end + 1;
  }
  return groups;
}

/** A continuation that waits, with those that were captured with it. */
export function captureContinuation(context: StoreContext, continuation: ContinuationObject): SavedStack[] {
  return [...context.chain(continuation)].map((member) => savedStack(context, member, Number.POSITIVE_INFINITY));
}

function savedStack(context: StoreContext, member: ContinuationObject, limit: number): SavedStack {
  const frames: SavedFrame[] = [];
  for (const frame of context.frames(member)) {
    if (frames.length === limit) break;
    frames.push(frame);
  }
  return { continuation: context.isInitialStack(member) ? undefined : member, frames };
}
