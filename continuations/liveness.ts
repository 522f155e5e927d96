/**
 * Which locals are live at each call site: backward data flow over the structure of a body.
 *
 * The scan of a body (plan.ts) leaves a stream of events: reads and writes of locals, control instructions, branches and
 * sites. Walking it backwards, the set of live locals is a bit set; a label's set is known before the branches to it are
 * seen, except for loops, whose set is that of the previous walk. Walks repeat until no loop's set grows: once for a
 * body without loops, and seldom more than three times.
 */
import { addLocal, type LocalSet, localSet, merge, removeLocal } from "./local-set.ts";

export const EVENT = Object.freeze({
  /** Read and write of the local in the operand. */
  get: 0,
  set: 1,
  /** A call site; the operand counts sites from 0. */
  site: 2,
  block: 3,
  loop: 4,
  if: 5,
  else: 6,
  end: 7,
  /** A try_table; the operand is the number of its clauses, which come before it as `branch` events. */
  try: 8,
  /** A possible branch to the label of this depth; `leave` follows where it is certain. */
  branch: 9,
  /** Control does not get past this point. */
  leave: 10,
  /** Something that may throw here. */
  throws: 11,
});

/** Event kinds are the low four bits. */
const KIND_BITS = 4;

export function event(kind: number, operand = 0): number {
  return (operand << KIND_BITS) | kind;
}

interface Label {
  /** Live where a branch to the label goes. */
  target: LocalSet;
  /** Live after the construct's end. */
  after: LocalSet;
  /** Of an if: live at the start of its else arm, once that has been walked. */
  elseStart: LocalSet | undefined;
  /** Of a try_table: what its handlers need; while inside, anything that throws needs that, too. */
  handlers: LocalSet | undefined;
  /** Of a loop: its number. */
  loop: number;
}

/**
 * The live locals of each site, as a bit set of `localCount` bits in words of 32.
 *
 * A `try_table` is written as its branches (depths counted outside of it), then the `try` event with their number.
 */
export function liveLocals(events: readonly number[], localCount: number, siteCount: number): readonly LocalSet[] {
  const words = (localCount + 31) >>> 5;
  const sites: LocalSet[] = Array.from({ length: siteCount }, () => localSet(localCount));
  if (words === 0 || siteCount === 0) return sites;
  const loops: LocalSet[] = [];
  const starts = matchEnds(events);
  for (;;) {
    const walk = new Walk(words, loops, sites, starts);
    walk.run(events);
    if (!walk.grew) return sites;
  }
}

/** For each `end` event the position of the event that opened its construct. */
function matchEnds(events: readonly number[]): Int32Array {
  const open: number[] = [];
  const starts = new Int32Array(events.length);
  events.forEach((encoded, i) => {
    const kind = encoded & 15;
    if (kind === EVENT.block || kind === EVENT.loop || kind === EVENT.if || kind === EVENT.try) open.push(i);
    else if (kind === EVENT.end) starts[i] = open.pop() ?? 0;
  });
  return starts;
}

class Walk {
  /** Whether a loop's set turned out larger than assumed. */
  grew = false;
  readonly #words: number;
  readonly #loops: LocalSet[];
  readonly #sites: readonly LocalSet[];
  readonly #starts: Int32Array;
  readonly #labels: Label[] = [];
  #live: LocalSet;
  #loopCount = 0;

  constructor(words: number, loops: LocalSet[], sites: readonly LocalSet[], starts: Int32Array) {
    this.#words = words;
    this.#loops = loops;
    this.#sites = sites;
    this.#starts = starts;
    this.#live = new Int32Array(words);
  }

  run(events: readonly number[]): void {
    for (let i = events.length - 1; i >= 0; i--) {
      const encoded = events[i] ?? 0;
      this.#step(events, i, encoded & 15, encoded >>> KIND_BITS);
    }
  }

  #step(events: readonly number[], position: number, kind: number, operand: number): void {
    const live = this.#live;
    switch (kind) {
      case EVENT.get:
        addLocal(live, operand);
        break;
      case EVENT.set:
        removeLocal(live, operand);
        break;
      case EVENT.site:
        this.#addHandlers();
        this.#sites[operand]?.set(live);
        break;
      case EVENT.throws:
        this.#addHandlers();
        break;
      case EVENT.branch:
        this.#add(this.#target(operand));
        break;
      case EVENT.leave:
        live.fill(0);
        break;
      case EVENT.end:
        this.#enter(events, position);
        break;
      case EVENT.else: {
        const label = this.#labels.at(-1);
        if (label === undefined) break;
        label.elseStart = live.slice();
        this.#live = label.after.slice();
        break;
      }
      default:
        this.#leave(kind);
    }
  }

  /** At the end of a construct, that is, on the way into it. */
  #enter(events: readonly number[], position: number): void {
    const after = this.#live.slice();
    const label: Label = { target: after, after, elseStart: undefined, handlers: undefined, loop: -1 };
    const start = this.#starts[position] ?? 0;
    const opener = events[start] ?? 0;
    if ((opener & 15) === EVENT.try) {
      const handlers = new Int32Array(this.#words);
      for (let i = start - (opener >>> KIND_BITS); i < start; i++) {
        merge(handlers, this.#target((events[i] ?? 0) >>> KIND_BITS));
      }
      label.handlers = handlers;
    } else if ((opener & 15) === EVENT.loop) {
      label.loop = this.#loopCount++;
      label.target = this.#loops[label.loop] ??= new Int32Array(this.#words);
    }
    this.#labels.push(label);
  }

  /** At the start of a construct, that is, on the way out of it. */
  #leave(kind: number): void {
    const label = this.#labels.pop();
    if (label === undefined) return;
    if (kind === EVENT.if) this.#add(label.elseStart ?? label.after);
    // Nothing in it needs to throw for a handler to matter: the branches before the try event have been added already.
    if (kind !== EVENT.loop) return;
    const assumed = this.#loops[label.loop];
    if (assumed !== undefined && merge(assumed, this.#live)) this.grew = true;
  }

  /** The set of the label `depth`; that of a loop is assumed, and numbered in the order of the walk. */
  #target(depth: number): LocalSet {
    return this.#labels[this.#labels.length - 1 - depth]?.target ?? new Int32Array(this.#words);
  }

  #addHandlers(): void {
    for (const label of this.#labels) if (label.handlers !== undefined) this.#add(label.handlers);
  }

  #add(set: LocalSet): void {
    merge(this.#live, set);
  }
}
