/** Sets of locals as bits, in words of 32. */
export type LocalSet = Int32Array;

/** The empty set, with room for the locals below `count`. */
export function localSet(count: number): LocalSet {
  return new Int32Array((count + 31) >>> 5);
}

export function addLocal(set: LocalSet, x: number): void {
  set[x >>> 5] = (set[x >>> 5] ?? 0) | (1 << (x & 31));
}

export function removeLocal(set: LocalSet, x: number): void {
  set[x >>> 5] = (set[x >>> 5] ?? 0) & ~(1 << (x & 31));
}

/** Adds `set` to `into`; whether that made it larger. */
export function merge(into: LocalSet, set: LocalSet): boolean {
  let grew = false;
  for (let i = 0; i < set.length; i++) {
    const before = into[i] ?? 0;
    const after = before | (set[i] ?? 0);
    if (after !== before) {
      into[i] = after;
      grew = true;
    }
  }
  return grew;
}

/** Number of locals that are in one of the two sets only. */
export function difference(a: LocalSet, b: LocalSet): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    for (let bits = (a[i] ?? 0) ^ (b[i] ?? 0); bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}

/** The locals in a set, in ascending order. */
export function members(set: LocalSet): number[] {
  const locals: number[] = [];
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i] ?? 0; bits !== 0; bits &= bits - 1) locals.push(i * 32 + 31 - Math.clz32(bits & -bits));
  }
  return locals;
}
