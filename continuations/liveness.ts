/**
 * Which locals are live at each call site: backward data flow over the structure of a body.
 *
 * The scan of a body (scan.ts) leaves a stream of events: reads and writes of locals, control instructions, branches and
 * sites. Walking it backwards, the set of live locals is a bit set; a label's set is known before the branches to it are
 * seen, except for loops, whose set is that of the previous walk. Walks repeat until no loop's set grows: once for a
 * body without loops, and seldom more than three times.
 *
 * A walk takes as many steps as there are events times words in a set, and there may be as many walks as loops are nested. So
 * where that gets out of hand, the result is larger than it need be: to save what is not live costs time and space, but
 * does no harm.
 *
 * This runs for each instruction of large modules. So events are integers in one buffer and sets are ranges of words in
 * another, both kept from function to function; nothing is allocated in a walk.
 */
import { TRACE_READ, TRACE_SHIFT, TRACE_WRITE } from "../wasm/simple.ts";
import type { LocalSets } from "./local-set.ts";

export const EVENT = Object.freeze({
  /** Read and write of the local in the operand; runs of simple instructions (wasm/simple.ts) leave the same. */
  get: TRACE_READ,
  set: TRACE_WRITE,
  /** A call site; the operand counts sites from 0. */
  site: 2,
  block: 3,
  /** The operand is the loop's number, counted from 0. */
  loop: 4,
  if: 5,
  else: 6,
  /** The end of a construct; the operand is the position of the event that opened it. */
  end: 7,
  /** A try_table; the operand is the number of its clauses, which come before it as `branch` events. */
  try: 8,
  /** A possible branch to the label of this depth; `leave` follows where it is certain. */
  branch: 9,
  /** Control does not get past this point. */
  leave: 10,
  /** Something that may throw here. */
  throws: 11,
  /** Asks whether a local is live here; the operand counts such questions from 0. */
  probe: 12,
});

/** After this many walks, everything that is read somewhere is taken to be live at the start of each loop. */
const MAX_WALKS = 6;

/** How many words the sets of sites or of labels may take, and how many one walk may step through. */
const MAX_WORDS = 2 ** 24;
const MAX_STEPS = 2 ** 27;

/** Event kinds are the low bits. */
const KIND_BITS = TRACE_SHIFT;
const KIND_MASK = (1 << KIND_BITS) - 1;

/** Number of sets that an open label needs, by the kind of event that opens it: see {@link Liveness}. */
const SETS = Object.freeze({ block: 1, loop: 0, if: 2, try: 2 });

function setsOf(kind: number): number {
  switch (kind) {
    case EVENT.loop:
      return SETS.loop;
    case EVENT.if:
      return SETS.if;
    case EVENT.try:
      return SETS.try;
    default:
      return SETS.block;
  }
}

/** The events of one body, in order. */
export class Events {
  /** `words[0, length)`. */
  words = new Int32Array(1024);
  length = 0;
  /** Number of loops. */
  loops = 0;
  /** Most labels that are open at a time, and most sets that those need. */
  maxDepth = 0;
  maxSets = 0;
  /** The locals that probes are about, and, once liveness is known, which of the probes found theirs dead. */
  readonly probed: number[] = [];
  readonly dead = new Set<number>();
  #depth = 0;
  #sets = 0;

  clear(): void {
    this.length = 0;
    this.loops = 0;
    this.maxDepth = 0;
    this.maxSets = 0;
    this.probed.length = 0;
    this.dead.clear();
    this.#depth = 0;
    this.#sets = 0;
  }

  /** Asks whether local `x` is live here. */
  probe(x: number): void {
    this.add(EVENT.probe, this.probed.push(x) - 1);
  }

  add(kind: number, operand: number): void {
    const at = this.length;
    if (at === this.words.length) this.#grow();
    this.words[at] = (operand << KIND_BITS) | kind;
    this.length = at + 1;
  }

  /** Whether it would take too long to find what is live at each of so many sites, with sets of `count` locals. */
  isTooLarge(sites: number, count: number): boolean {
    const width = (count + 31) >>> 5;
    return width * Math.max(sites, this.maxSets + this.loops) > MAX_WORDS || width * this.length > MAX_STEPS;
  }

  /** Adds the locals that are read somewhere to `words[at...]`. */
  addReads(words: Int32Array, at: number): void {
    for (let i = 0; i < this.length; i++) {
      const encoded = this.words[i] as number;
      if ((encoded & KIND_MASK) !== EVENT.get) continue;
      const x = encoded >>> KIND_BITS;
      words[at + (x >>> 5)] = (words[at + (x >>> 5)] as number) | (1 << (x & 31));
    }
  }

  /** Adds the event that opens a construct; returns its position, for {@link close}. */
  open(kind: number, operand: number): number {
    this.add(kind, kind === EVENT.loop ? this.loops++ : operand);
    this.#depth++;
    this.#sets += setsOf(kind);
    if (this.#depth > this.maxDepth) this.maxDepth = this.#depth;
    if (this.#sets > this.maxSets) this.maxSets = this.#sets;
    return this.length - 1;
  }

  close(opener: number): void {
    this.add(EVENT.end, opener);
    this.#depth--;
    this.#sets -= setsOf((this.words[opener] as number) & KIND_MASK);
  }

  #grow(): void {
    const grown = new Int32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }
}

/** A label's flags. */
const NO_ELSE = 0;
const HAS_ELSE = 1;

/** Words of a buffer that is kept for the next function. */
const KEPT = 1 << 18;

/**
 * Finds what is live at the sites of one function after the other. The sets are in one buffer:
 *
 *     live | nothing | of each loop: what its label is assumed to need | of each open label: after it; else arm or handlers
 *
 * Loops need no set of their own among the last, ifs and try_tables two.
 */
export class Liveness {
  #sets = new Int32Array(256);
  /** Of each open label, the body's being the first: where its sets are, and which of all a branch to it needs; flags. */
  #bases = new Int32Array(16);
  #targets = new Int32Array(16);
  #flags = new Uint8Array(16);
  /** Of each open label: where the set is of what the handlers around need, its own included; 0 if there are none. */
  #handlers = new Int32Array(16);
  /** Number of open labels. */
  #depth = 0;
  /** Words of a set. */
  #width = 0;
  /** Where the sets of the next label go. */
  #top = 0;

  /**
   * Sets `sites` to the live locals of each site. If they share one set, that is all locals that are read somewhere.
   *
   * A `try_table` is written as its branches (depths counted outside of it), then the `try` event with their number.
   */
  run(events: Events, sites: LocalSets): void {
    if (sites.words.length === 0) return;
    if (sites.stride === 0) {
      events.addReads(sites.words, 0);
      return;
    }
    this.#width = sites.width;
    const assumed = (2 + events.loops) * sites.width;
    const size = assumed + events.maxSets * sites.width;
    if (size > this.#sets.length) this.#sets = new Int32Array(2 * size);
    else this.#sets.fill(0, 0, assumed);
    if (events.maxDepth >= this.#targets.length) {
      const count = 2 * (events.maxDepth + 1);
      this.#bases = new Int32Array(count);
      this.#targets = new Int32Array(count);
      this.#flags = new Uint8Array(count);
      this.#handlers = new Int32Array(count);
    }
    // A branch to the body's own label needs nothing.
    this.#targets[0] = sites.width;
    this.#flags[0] = 0;
    for (let walks = 1; ; walks++) {
      this.#top = assumed;
      if (!this.#walk(events, sites)) break;
      if (walks === MAX_WALKS) this.#assumeReads(events);
    }
    if (this.#sets.length > KEPT) this.#sets = new Int32Array(256);
  }

  /** Assumes that what is read anywhere is live at the start of each loop. */
  #assumeReads(events: Events): void {
    const width = this.#width;
    const first = 2 * width;
    if (events.loops === 0) return;
    events.addReads(this.#sets, first);
    for (let loop = 1; loop < events.loops; loop++) this.#copy((2 + loop) * width, first);
  }

  /** One walk; whether a loop's set turned out larger than assumed. */
  #walk(events: Events, sites: LocalSets): boolean {
    const { words } = events;
    const sets = this.#sets;
    const width = this.#width;
    let grew = false;
    this.#depth = 1;
    this.#handlers[0] = 0;
    sets.fill(0, 0, width);
    for (let i = events.length - 1; i >= 0; i--) {
      const encoded = words[i] as number;
      const operand = encoded >>> KIND_BITS;
      switch (encoded & KIND_MASK) {
        case EVENT.get:
          sets[operand >>> 5] = (sets[operand >>> 5] as number) | (1 << (operand & 31));
          break;
        case EVENT.set:
          sets[operand >>> 5] = (sets[operand >>> 5] as number) & ~(1 << (operand & 31));
          break;
        case EVENT.site:
          this.#addHandlers();
          for (let k = 0, at = operand * width; k < width; k++, at++) sites.words[at] = sets[k] as number;
          break;
        case EVENT.throws:
          this.#addHandlers();
          break;
        case EVENT.probe: {
          const x = events.probed[operand] as number;
          if ((((sets[x >>> 5] as number) >>> (x & 31)) & 1) === 0) events.dead.add(operand);
          else events.dead.delete(operand);
          break;
        }
        case EVENT.branch:
          this.#merge(0, this.#target(operand));
          break;
        case EVENT.leave:
          for (let k = 0; k < width; k++) sets[k] = 0;
          break;
        case EVENT.end:
          this.#enter(words, operand);
          break;
        case EVENT.else:
          this.#enterThen();
          break;
        case EVENT.loop:
          this.#leave(EVENT.loop);
          // What the label needs is what is live at the loop's start.
          if (this.#merge((2 + operand) * width, 0)) grew = true;
          break;
        default:
          this.#leave(encoded & KIND_MASK);
      }
    }
    return grew;
  }

  /** At the end of a construct, that is, on the way into it. */
  #enter(words: Int32Array, start: number): void {
    const label = this.#depth;
    const opener = words[start] as number;
    const operand = opener >>> KIND_BITS;
    const kind = opener & KIND_MASK;
    const after = this.#top;
    const around = this.#handlers[label - 1] as number;
    this.#handlers[label] = around;
    if (kind === EVENT.loop) this.#targets[label] = (2 + operand) * this.#width;
    else {
      this.#copy(after, 0);
      this.#targets[label] = after;
    }
    if (kind === EVENT.try) {
      const handlers = after + this.#width;
      if (around === 0) this.#sets.fill(0, handlers, handlers + this.#width);
      else this.#copy(handlers, around);
      for (let i = start - operand; i < start; i++) {
        this.#merge(handlers, this.#target((words[i] as number) >>> KIND_BITS));
      }
      this.#handlers[label] = handlers;
    }
    this.#bases[label] = after;
    this.#flags[label] = NO_ELSE;
    this.#top = after + setsOf(kind) * this.#width;
    this.#depth = label + 1;
  }

  /** At an `else`, that is, from the start of one arm to the end of the other. */
  #enterThen(): void {
    const label = this.#depth - 1;
    const after = this.#bases[label] as number;
    this.#copy(after + this.#width, 0);
    this.#copy(0, after);
    this.#flags[label] = HAS_ELSE;
  }

  /** At the start of a construct, that is, on the way out of it. */
  #leave(kind: number): void {
    const label = --this.#depth;
    const flags = this.#flags[label] as number;
    const after = this.#bases[label] as number;
    this.#top = after;
    if (kind === EVENT.if) this.#merge(0, flags === HAS_ELSE ? after + this.#width : after);
    // Nothing in a try_table needs to throw for a handler to matter: the branches before the try event are added next.
  }

  /** Position of the set that a branch to the label `depth` needs. */
  #target(depth: number): number {
    return this.#targets[this.#depth - 1 - depth] as number;
  }

  #addHandlers(): void {
    const handlers = this.#handlers[this.#depth - 1] as number;
    if (handlers !== 0) this.#merge(0, handlers);
  }

  #copy(to: number, from: number): void {
    const sets = this.#sets;
    for (let i = 0; i < this.#width; i++) sets[to + i] = sets[from + i] as number;
  }

  /** Adds one set to another; whether that made it larger. */
  #merge(to: number, from: number): boolean {
    const sets = this.#sets;
    let grew = false;
    for (let i = 0; i < this.#width; i++) {
      const before = sets[to + i] as number;
      const after = before | (sets[from + i] as number);
      if (after === before) continue;
      sets[to + i] = after;
      grew = true;
    }
    return grew;
  }
}
