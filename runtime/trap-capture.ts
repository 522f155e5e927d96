/**
 * What is noted of a trap while it leaves guests, so that its backtrace can be made when somebody asks for it.
 *
 * It is kept with the host's error, which is the same object all the way: through guests, other entries and JavaScript.
 */
import { captureChain, type DrivenStacks } from "./debug/saved-stacks.ts";
import type { TracedStore } from "./backtrace.ts";
import { trapCodes } from "./traps.ts";

/** The store, and the running chain at each entry that the trap came by, innermost first. */
export interface TrapCapture {
  readonly store: TracedStore;
  readonly chains: (readonly DrivenStacks[])[];
}

const CAPTURE = Symbol("stackyard.trap");

interface Captured {
  [CAPTURE]?: TrapCapture;
}

/** Notes the running chain if `error` is a trap: to be called at an entry before the chain is put back. Does not throw. */
export function captureTrap(store: TracedStore, error: unknown): void {
  try {
    if (trapCodes(error).length === 0) return;
    const { startedContext } = store;
    const chain = startedContext === undefined ? [] : captureChain(startedContext);
    captureOf(error as object, store)?.chains.push(chain);
  } catch {
    // Where the host's stack is full there may not even be room for this; the trap is what counts.
  }
}

/** What was noted of a trap; begun now if nothing was and the store is given. */
export function captureOf(error: object, store?: TracedStore): TrapCapture | undefined {
  const captured = error as Captured;
  if (captured[CAPTURE] === undefined && store !== undefined) {
    Object.defineProperty(error, CAPTURE, { value: { store, chains: [] } satisfies TrapCapture });
  }
  return captured[CAPTURE];
}
