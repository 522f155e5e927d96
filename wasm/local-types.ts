/** The types of a function's locals and which of them have been set (spec 3.0, "Types: Local Types"). */
import { isDefaultable } from "./types.ts";
import type { ValType } from "./types.ts";

/** Consecutive locals of one type. */
export interface LocalRun {
  readonly count: number;
  readonly type: ValType;
}

/**
 * Functions with more locals than this, and than two per byte of code, are not expanded to one array entry per local: a run
 * of 50,000 locals takes four bytes, and a module may have a million functions.
 */
const EXPAND_ALWAYS = 64;

const NO_RUNS: readonly LocalRun[] = [];

export class LocalTypes {
  /** Number of parameters and locals. */
  count = 0;

  #params = 0;
  /** Types of the first locals: of all of them once {@link all} has been called or if they were few. */
  #types: ValType[] = [];
  #runs: readonly LocalRun[] = NO_RUNS;
  /** Index after the last local of each run; only if not expanded. */
  #runEnds: number[] = [];

  /** Local `x`, which has no default value, has been set if `#setIn[x]` is the current generation. */
  #setIn = new Uint32Array(0);
  #generation = 0;
  /** Locals set so far, in order, so that leaving a block can undo what was set in it. */
  readonly #log: number[] = [];
  #logged = 0;

  /** Starts with another function whose code has `size` bytes. */
  begin(params: readonly ValType[], runs: readonly LocalRun[], size: number): void {
    const types = this.#types;
    this.#params = params.length;
    this.#runs = runs;
    this.#logged = 0;
    this.#nextGeneration();
    let count = params.length;
    for (let i = 0; i < runs.length; i++) count += (runs[i] as LocalRun).count;
    this.count = count;
    types.length = params.length;
    for (let i = 0; i < params.length; i++) types[i] = params[i] as ValType;
    if (count <= EXPAND_ALWAYS || count <= 2 * size) this.#expand();
    else this.#indexRuns();
  }

  #nextGeneration(): void {
    this.#generation++;
    if (this.#generation < 0xffff_ffff) return;
    this.#generation = 1;
    this.#setIn.fill(0);
  }

  #expand(): void {
    const types = this.#types;
    const runs = this.#runs;
    for (let i = 0; i < runs.length; i++) {
      const { count, type } = runs[i] as LocalRun;
      for (let k = 0; k < count; k++) types.push(type);
    }
  }

  #indexRuns(): void {
    let end = this.#params;
    this.#runEnds = this.#runs.map(({ count }) => (end += count));
  }

  /** All types, parameters first. */
  all(): readonly ValType[] {
    if (this.#types.length < this.count) this.#expand();
    return this.#types;
  }

  /** The types of the first locals: of all if they are few. */
  get listed(): readonly ValType[] {
    return this.#types;
  }

  /** The type of local `x`, which must be less than `count`. */
  type(x: number): ValType {
    return x < this.#types.length ? (this.#types[x] as ValType) : this.#runType(x);
  }

  /** Binary search for the run that `x` is in. */
  #runType(x: number): ValType {
    const ends = this.#runEnds;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (x < (ends[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return (this.#runs[low] as LocalRun).type;
  }

  isInitialized(x: number): boolean {
    return x < this.#params || isDefaultable(this.type(x)) || this.#setIn[x] === this.#generation;
  }

  /** Notes that local `x` has been set. */
  initialize(x: number): void {
    if (this.isInitialized(x)) return;
    if (x >= this.#setIn.length) {
      const grown = new Uint32Array(Math.max(this.count, 2 * this.#setIn.length));
      grown.set(this.#setIn);
      this.#setIn = grown;
    }
    this.#setIn[x] = this.#generation;
    this.#log[this.#logged++] = x;
  }

  /** Number of entries in the log of locals that have been set. */
  get logged(): number {
    return this.#logged;
  }

  /** Forgets the locals set since the log had `logged` entries. */
  rollback(logged: number): void {
    while (this.#logged > logged) {
      this.#logged--;
      this.#setIn[this.#log[this.#logged] as number] = 0;
    }
  }
}
