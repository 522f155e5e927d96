/** Nodes that are wanted everywhere. */
import { OP } from "../wasm/instructions.ts";
import {
  F32,
  F64,
  HEAP_NOCONT,
  HEAP_NONE,
  heapOf,
  type HeapType,
  I32,
  I64,
  isNullable,
  isRef,
  refType,
  V128,
  type ValType,
} from "../wasm/types.ts";
import { type Func, type Local, type Node, node } from "./model.ts";

export function i32(value: number): Node {
  return node(OP["i32.const"], [], [I32], { value });
}

export function i64(value: bigint): Node {
  return node(OP["i64.const"], [], [I64], { value: BigInt.asIntN(64, value) });
}

export function nullOf(heap: HeapType): Node {
  return node(OP["ref.null"], [], [refType(heap, true)], { heap });
}

export function refFunc(func: Func): Node {
  return node(OP["ref.func"], [], [refType(func.type, false)], { func });
}

export function contNew(cont: number, func: Node): Node {
  return node(OP["cont.new"], [func], [refType(cont, false)], { type: cont });
}

export function localGet(local: Local): Node {
  return node(OP["local.get"], [], [local.type], { local });
}

/** Whether null is all that a reference to `heap` can be. */
export function isBottom(heap: HeapType): boolean {
  return heap <= HEAP_NOCONT && heap >= HEAP_NONE;
}

export function isNull(value: Node): Node {
  return node(OP["ref.is_null"], [value], [I32]);
}

/** A trap instead of a value. */
export function unreachable(gives: readonly ValType[]): Node {
  return node(OP.unreachable, [], gives);
}

/** Zero or null; a type without null gets a trap. */
export function zero(type: ValType): Node {
  switch (type) {
    case I32:
      return i32(0);
    case I64:
      return i64(0n);
    case F32:
      return node(OP["f32.const"], [], [F32], { value: 0 });
    case F64:
      return node(OP["f64.const"], [], [F64], { value: 0 });
    case V128:
      return node(OP["v128.const"], [], [V128], { bytes: new Uint8Array(16) });
  }
  const heap = heapOf(type);
  if (isRef(type) && isNullable(type)) return nullOf(heap);
  return node(OP["ref.as_non_null"], [nullOf(heap)], [refType(heap, false)]);
}
