/**
 * Renumbering of a module's index spaces: what the writer asks for every index it re-encodes.
 */
export interface IndexMap {
  type(x: number): number;
  /** An abstract heap type (negative code); may turn it into a type index. Type indices go to `type`. */
  heap(code: number): number;
  func(x: number): number;
  table(x: number): number;
  memory(x: number): number;
  global(x: number): number;
  tag(x: number): number;
  elem(x: number): number;
  data(x: number): number;
  local(x: number): number;
  label(depth: number): number;
}

function same(x: number): number {
  return x;
}

/** Leaves every index as it is. */
export const IDENTITY: IndexMap = Object.freeze({
  type: same,
  heap: same,
  func: same,
  table: same,
  memory: same,
  global: same,
  tag: same,
  elem: same,
  data: same,
  local: same,
  label: same,
});
