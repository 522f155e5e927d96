/**
 * The types of a function's parameters and locals, as runs of equal types: a run of 50,000 locals takes four bytes of a guest,
 * which may have as many functions with one as it likes.
 */
import type { LocalRun } from "../wasm/local-types.ts";
import type { ValType } from "../wasm/types.ts";

export class PlanLocals {
  /** Number of parameters and locals. */
  readonly length: number;
  readonly runs: readonly LocalRun[];
  /** Index of the first local of each run. */
  readonly #starts: readonly number[];

  /** Parameters are runs of their own. */
  constructor(params: readonly ValType[], locals: readonly LocalRun[]) {
    this.runs = [...params.map((type) => ({ count: 1, type })), ...locals];
    let length = 0;
    this.#starts = this.runs.map(({ count }) => (length += count) - count);
    this.length = length;
  }

  /** These locals, and behind them such of these types. */
  with(types: readonly ValType[]): PlanLocals {
    return new PlanLocals([], [...this.runs, ...types.map((type) => ({ count: 1, type }))]);
  }

  /** The type of local `x`. */
  type(x: number): ValType {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= x) low = middle;
      else high = middle - 1;
    }
    return this.runs[low]?.type ?? 0;
  }
}
