/** Sets of locals as bits, in words of 32. */
export type LocalSet = Int32Array;

/** The empty set, with room for the locals below `count`. */
export function localSet(count: number): LocalSet {
  return new Int32Array((count + 31) >>> 5);
}

export function addLocal(set: LocalSet, x: number): void {
  set[x >>> 5] = (set[x >>> 5] as number) | (1 << (x & 31));
}

/** The locals in a set, in ascending order. */
export function members(set: LocalSet): number[] {
  const locals: number[] = [];
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i] as number; bits !== 0; bits &= bits - 1) locals.push(i * 32 + 31 - Math.clz32(bits & -bits));
  }
  return locals;
}

/** As many sets as there are rows, in one piece of memory: one for each site of a function. Or all rows share one set. */
export class LocalSets {
  /** Words of a set. */
  readonly width: number;
  /** Set `row` is `words[row * stride, row * stride + width)`. */
  readonly words: Int32Array;
  /** The width, or 0 if there is one set for all rows. */
  readonly stride: number;

  /** `rows` empty sets with room for the locals below `count`. */
  constructor(rows: number, count: number, isShared: boolean) {
    this.width = (count + 31) >>> 5;
    this.stride = isShared ? 0 : this.width;
    this.words = new Int32Array((isShared ? Math.min(rows, 1) : rows) * this.width);
  }

  add(row: number, x: number): void {
    const at = row * this.stride + (x >>> 5);
    this.words[at] = (this.words[at] as number) | (1 << (x & 31));
  }

  has(row: number, x: number): boolean {
    return (((this.words[row * this.stride + (x >>> 5)] as number) >>> (x & 31)) & 1) === 1;
  }

  /** Adds a set to the set `row`. */
  addAll(row: number, set: LocalSet): void {
    const { words, width, stride } = this;
    for (let i = 0, at = row * stride; i < width; i++, at++) words[at] = (words[at] as number) | (set[i] as number);
  }

  /** A copy of a set. */
  copy(row: number): LocalSet {
    return this.words.slice(row * this.stride, row * this.stride + this.width);
  }

  /** Adds a set to `into`. */
  mergeInto(into: LocalSet, row: number): void {
    const { words, width, stride } = this;
    for (let i = 0, at = row * stride; i < width; i++, at++) into[i] = (into[i] as number) | (words[at] as number);
  }

  /** Whether at most `limit` locals are in `set` or in the set `row`, but not in both. */
  isNear(set: LocalSet, row: number, limit: number): boolean {
    const { words, width, stride } = this;
    if (stride === 0) return true;
    let count = 0;
    for (let i = 0, at = row * stride; i < width; i++, at++) {
      for (let bits = (set[i] as number) ^ (words[at] as number); bits !== 0; bits &= bits - 1) {
        if (++count > limit) return false;
      }
    }
    return true;
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
