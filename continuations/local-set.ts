/** Sets of locals as bits, in words of 32. */
export type LocalSet = Int32Array;

/** The locals in a set, in ascending order. */
export function members(set: LocalSet): number[] {
  const locals: number[] = [];
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i] as number; bits !== 0; bits &= bits - 1) locals.push(i * 32 + 31 - Math.clz32(bits & -bits));
  }
  return locals;
}

/** As many sets as there are rows, in one piece of memory: one for each site of a function. */
export class LocalSets {
  /** Words of a set. */
  readonly width: number;
  /** Set `row` is `words[row * width, (row + 1) * width)`. */
  readonly words: Int32Array;

  /** `rows` empty sets with room for the locals below `count`. */
  constructor(rows: number, count: number) {
    this.width = (count + 31) >>> 5;
    this.words = new Int32Array(rows * this.width);
  }

  add(row: number, x: number): void {
    const at = row * this.width + (x >>> 5);
    this.words[at] = (this.words[at] as number) | (1 << (x & 31));
  }

  remove(row: number, x: number): void {
    const at = row * this.width + (x >>> 5);
    this.words[at] = (this.words[at] as number) & ~(1 << (x & 31));
  }

  /** A copy of a set. */
  copy(row: number): LocalSet {
    return this.words.slice(row * this.width, (row + 1) * this.width);
  }

  /** Adds a set to `into`. */
  mergeInto(into: LocalSet, row: number): void {
    const { words, width } = this;
    for (let i = 0, at = row * width; i < width; i++, at++) into[i] = (into[i] as number) | (words[at] as number);
  }

  /** Number of locals that are in `set` or in the set `row`, but not in both. */
  differenceTo(set: LocalSet, row: number): number {
    const { words, width } = this;
    let count = 0;
    for (let i = 0, at = row * width; i < width; i++, at++) {
      for (let bits = (set[i] as number) ^ (words[at] as number); bits !== 0; bits &= bits - 1) count++;
    }
    return count;
  }

  /** The union of all. */
  union(): LocalSet {
    const { words, width } = this;
    const union = new Int32Array(width);
    for (let at = 0; at < words.length; ) {
      for (let i = 0; i < width; i++, at++) union[i] = (union[i] as number) | (words[at] as number);
    }
    return union;
  }
}
