/** Value, reference and heap types in bytes (spec 3.0, "Binary Format: Types"). */
import type { IndexMap } from "./index-map.ts";
import type { Reader } from "./reader.ts";
import {
  heapOf,
  HEAP_CONT,
  HEAP_NOCONT,
  type HeapType,
  I32,
  isNullable,
  refType,
  V128,
  type ValType,
} from "./types.ts";
import type { Writer } from "./writer.ts";

const REF = 0x64;
const REF_NULL = 0x63;

/**
 * Type indices above this are read as this one: far above the number of types that a module may have, so that it is
 * unknown all the same, and low enough for a reference to it to be a 32-bit integer.
 */
const MAX_TYPE_INDEX = 0x1fff_ffff;

/** Whether `code` is the negative code of an abstract heap type. */
function isAbstractHeap(code: number): boolean {
  return code <= HEAP_NOCONT && code >= HEAP_CONT;
}

export function readHeapType(reader: Reader): HeapType {
  const start = reader.pos;
  const heap = reader.s33();
  if (heap >= 0) return heap > MAX_TYPE_INDEX ? MAX_TYPE_INDEX : heap;
  // Abstract heap types are bytes, not integers: no longer encoding of theirs exists.
  if (reader.pos - start !== 1) reader.fail("integer representation too long", start);
  if (!isAbstractHeap(heap)) reader.fail("malformed heap type", start);
  return heap;
}

/** The type that the byte `byte`, just consumed, begins; 0 if there is none. */
function typeFrom(reader: Reader, byte: number): ValType {
  if (byte === REF || byte === REF_NULL) return refType(readHeapType(reader), byte === REF_NULL);
  const code = byte - 0x80;
  if (isAbstractHeap(code)) return refType(code, true);
  return code <= I32 && code >= V128 ? code : 0;
}

export function readRefType(reader: Reader): ValType {
  const start = reader.pos;
  const type = typeFrom(reader, reader.code());
  if (type <= 0) reader.fail("malformed reference type", start);
  return type;
}

export function readValType(reader: Reader): ValType {
  const start = reader.pos;
  const type = typeFrom(reader, reader.code());
  if (type === 0) reader.fail("malformed value type", start);
  return type;
}

export function writeHeapType(writer: Writer, heap: HeapType, map: IndexMap): void {
  writer.s32(heap >= 0 ? map.type(heap) : map.heap(heap));
}

/** Writes a value type, or a packed type. */
export function writeValType(writer: Writer, type: ValType, map: IndexMap): void {
  if (type < 0) {
    writer.u8(type + 0x80);
    return;
  }
  const heap = heapOf(type);
  const code = heap >= 0 ? map.type(heap) : map.heap(heap);
  if (isNullable(type) && code < 0) {
    writer.u8(code + 0x80);
    return;
  }
  writer.u8(isNullable(type) ? REF_NULL : REF);
  writer.s32(code);
}
