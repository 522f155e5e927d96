/** Types as error messages show them: the text format without abbreviations, e.g. `[i32 (ref null func)]`. */
import { BOTTOM, HEAP_BOTTOM } from "./subtyping.ts";
import { heapOf, isNullable } from "./types.ts";
import type { HeapType, ValType } from "./types.ts";

/** Names of the negative codes of number, vector, packed and abstract heap types. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [-0x01, "i32"],
  [-0x02, "i64"],
  [-0x03, "f32"],
  [-0x04, "f64"],
  [-0x05, "v128"],
  [-0x08, "i8"],
  [-0x09, "i16"],
  [-0x0b, "nocont"],
  [-0x0c, "noexn"],
  [-0x0d, "nofunc"],
  [-0x0e, "noextern"],
  [-0x0f, "none"],
  [-0x10, "func"],
  [-0x11, "extern"],
  [-0x12, "any"],
  [-0x13, "eq"],
  [-0x14, "i31"],
  [-0x15, "struct"],
  [-0x16, "array"],
  [-0x17, "exn"],
  [-0x18, "cont"],
  [HEAP_BOTTOM, "bot"],
]);

/** Longer lists are cut: a message is for reading. */
const MAX_LISTED = 16;

export function heapTypeText(heap: HeapType): string {
  return heap >= 0 ? String(heap) : (NAMES.get(heap) ?? "?");
}

export function valTypeText(t: ValType): string {
  if (t === BOTTOM) return "bot";
  if (t < 0) return NAMES.get(t) ?? "?";
  return `(ref ${isNullable(t) ? "null " : ""}${heapTypeText(heapOf(t))})`;
}

export function valTypesText(ts: readonly ValType[]): string {
  const shown = ts.length > MAX_LISTED ? ts.slice(-MAX_LISTED) : ts;
  const texts = shown.map(valTypeText);
  if (shown !== ts) texts.unshift("...");
  return `[${texts.join(" ")}]`;
}
