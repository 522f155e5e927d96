/** The JS API's names of value types (`"i32"`, `"externref"`, `"anyfunc"`, ...). */
import {
  F32,
  F64,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_NOEXTERN,
  HEAP_NOFUNC,
  HEAP_NONE,
  HEAP_STRUCT,
  I32,
  I64,
  V128,
  refType,
} from "../wasm/types.ts";
import type { ValType } from "../wasm/types.ts";

const TYPES: ReadonlyMap<string, ValType> = new Map([
  ["i32", I32],
  ["i64", I64],
  ["f32", F32],
  ["f64", F64],
  ["v128", V128],
  ["anyfunc", refType(HEAP_FUNC, true)],
  ["funcref", refType(HEAP_FUNC, true)],
  ["nullfuncref", refType(HEAP_NOFUNC, true)],
  ["externref", refType(HEAP_EXTERN, true)],
  ["nullexternref", refType(HEAP_NOEXTERN, true)],
  ["exnref", refType(HEAP_EXN, true)],
  ["anyref", refType(HEAP_ANY, true)],
  ["eqref", refType(HEAP_EQ, true)],
  ["i31ref", refType(HEAP_I31, true)],
  ["structref", refType(HEAP_STRUCT, true)],
  ["arrayref", refType(HEAP_ARRAY, true)],
  ["nullref", refType(HEAP_NONE, true)],
]);

/** @throws {TypeError} if a name is not that of a value type */
export function valTypeOfName(name: string): ValType {
  const type = TYPES.get(name);
  if (type === undefined) throw new TypeError(`${JSON.stringify(name)} is not a value type`);
  return type;
}

/** The name that the JS API gives to a value type of the text format. */
export function descriptorName(type: string): string {
  return type === "funcref" ? "anyfunc" : type;
}
