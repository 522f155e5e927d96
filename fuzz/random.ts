/** A seeded random generator (xorshift128): the same seed gives the same program on every engine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `stream` tells the programs of one campaign apart. */
  constructor(seed: number, stream = 0) {
    this.#a = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
    this.#b = Math.imul(stream ^ 0x7f4a7c15, 0xc2b2ae35) | 0;
    this.#c = (seed + Math.imul(stream, 0x27d4eb2f)) | 0;
    this.#d = 0x165667b1;
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const t = this.#d ^ (this.#d << 11);
    this.#d = this.#c;
    this.#c = this.#b;
    this.#b = this.#a;
    this.#a = this.#a ^ (this.#a >>> 19) ^ (t ^ (t >>> 8));
    return this.#a >>> 0;
  }

  /** An integer of 32 bits, signed. */
  i32(): number {
    return this.#next() | 0;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * bound);
  }

  /** An integer from `low` to `high`, both included. */
  range(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#next() < probability * 0x1_0000_0000;
  }

  /** One of `items`, which are not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of `items`, or undefined if there are none. */
  maybe<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.pick(items);
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}
