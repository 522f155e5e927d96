/** Lists of types as keys: by hash and comparison, because there are as many lookups as sites, and strings are garbage. */
import type { ValType } from "../wasm/types.ts";

/** `hash` with one more number mixed in. */
export function hashed(hash: number, next: number): number {
  const mixed = Math.imul(hash ^ next, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/** `hash` with the types of a list mixed in. */
export function hashedTypes(hash: number, types: readonly ValType[]): number {
  let mixed = hashed(hash, types.length);
  for (let i = 0; i < types.length; i++) mixed = hashed(mixed, types[i] as ValType);
  return mixed;
}

export function isSameList(a: readonly ValType[], b: readonly ValType[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
