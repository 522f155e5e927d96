/** Section entries to bytes (spec 3.0, "Binary Format: Modules"), every index sent through an {@link IndexMap}. */
import { writeGlobalType, writeMemoryType, writeTableType, writeTagType } from "./encode-types.ts";
import { IDENTITY, type IndexMap } from "./index-map.ts";
import { InstructionReader } from "./instruction-reader.ts";
import { writeInstruction } from "./instruction-writer.ts";
import type { DataSegment, ElementSegment, Export, GlobalType, Import, Range, SegmentMode, Table } from "./module.ts";
import { EXTERN_KINDS, TABLE_WITH_INIT } from "./sections.ts";
import { writeValType } from "./type-codec.ts";
import { HEAP_FUNC, refType } from "./types.ts";
import type { Writer } from "./writer.ts";

export function writeImport(writer: Writer, { module, name, desc }: Import, map: IndexMap): void {
  writer.name(module);
  writer.name(name);
  writer.u8(EXTERN_KINDS.indexOf(desc.kind));
  switch (desc.kind) {
    case "func":
      writer.u32(map.type(desc.type));
      break;
    case "table":
      writeTableType(writer, desc.type, map);
      break;
    case "memory":
      writeMemoryType(writer, desc.type);
      break;
    case "global":
      writeGlobalType(writer, desc.type, map);
      break;
    case "tag":
      writeTagType(writer, desc.type, map);
      break;
  }
}

export function writeExport(writer: Writer, { name, kind, index }: Export, map: IndexMap): void {
  writer.name(name);
  writer.u8(EXTERN_KINDS.indexOf(kind));
  writer.u32(map[kind](index));
}

/** Writes the constant expression in `range` of `bytes`, with its `end`. */
export function writeConstExpr(writer: Writer, bytes: Uint8Array, range: Range, map: IndexMap): void {
  if (map === IDENTITY) {
    writer.bytes(bytes, range.start, range.end);
    return;
  }
  const reader = new InstructionReader(bytes);
  reader.seek(range.start, range.end);
  while (reader.next()) writeInstruction(writer, reader, map);
}

/** What writes a constant expression. */
export type ConstWriter = typeof writeConstExpr;

export function writeTable(
  writer: Writer,
  bytes: Uint8Array,
  { type, init }: Table,
  map: IndexMap,
  constant: ConstWriter = writeConstExpr,
): void {
  if (init !== undefined) {
    writer.u8(TABLE_WITH_INIT);
    writer.u8(0);
  }
  writeTableType(writer, type, map);
  if (init !== undefined) constant(writer, bytes, init, map);
}

export function writeGlobal(
  writer: Writer,
  bytes: Uint8Array,
  type: GlobalType,
  init: Range,
  map: IndexMap,
  constant: ConstWriter = writeConstExpr,
): void {
  writeGlobalType(writer, type, map);
  constant(writer, bytes, init, map);
}

/** Bits of an element segment's first number; of a data segment's, the first two. */
const PASSIVE = 1;
const EXPLICIT = 2;
const EXPRESSIONS = 4;

/** An element segment's mode as bits; `plain` if table 0 can be left out together with the segment's type. */
function modeFlags(mode: SegmentMode, plain: boolean): number {
  if (mode.kind === "passive") return PASSIVE;
  if (mode.kind === "declarative") return PASSIVE | EXPLICIT;
  return plain ? 0 : EXPLICIT;
}

export function writeElementSegment(
  writer: Writer,
  bytes: Uint8Array,
  segment: ElementSegment,
  map: IndexMap,
  constant: ConstWriter = writeConstExpr,
): void {
  const { type, mode, functions, expressions } = segment;
  const table = mode.kind === "active" ? map.table(mode.table) : 0;
  // Left out, the type is (ref func) of function indices and funcref of expressions.
  const plain = table === 0 && type === refType(HEAP_FUNC, expressions !== undefined);
  const flags = modeFlags(mode, plain);
  writer.u32(expressions === undefined ? flags : flags | EXPRESSIONS);
  if (mode.kind === "active") {
    if (flags !== 0) writer.u32(table);
    writeConstExpr(writer, bytes, mode.offset, map);
  }
  if (flags !== 0) {
    if (expressions === undefined) writer.u8(0);
    else writeValType(writer, type, map);
  }
  writer.u32((expressions ?? functions ?? []).length);
  for (const init of expressions ?? []) constant(writer, bytes, init, map);
  for (const x of functions ?? []) writer.u32(map.func(x));
}

export function writeDataSegment(writer: Writer, bytes: Uint8Array, segment: DataSegment, map: IndexMap): void {
  const { memory, placeStart, placeEnd, start, end } = segment;
  if (memory === undefined) writer.u32(PASSIVE);
  else {
    const mapped = map.memory(memory);
    writer.u32(mapped === 0 ? 0 : EXPLICIT);
    if (mapped !== 0) writer.u32(mapped);
    writeConstExpr(writer, bytes, { start: placeStart, end: placeEnd }, map);
  }
  writer.u32(end - start);
  writer.bytes(bytes, start, end);
}
