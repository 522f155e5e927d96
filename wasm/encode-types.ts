/** Types to bytes (spec 3.0, "Binary Format: Types"), every type index sent through an {@link IndexMap}. */
import type { IndexMap } from "./index-map.ts";
import type { GlobalType, MemoryType, TableType } from "./module.ts";
import { LIMITS_FLAG, TYPE_CODE } from "./sections.ts";
import { writeValType } from "./type-codec.ts";
import type { CompositeType, FieldType, Limits, SubType, ValType } from "./types.ts";
import type { Writer } from "./writer.ts";

function writeValTypes(writer: Writer, types: readonly ValType[], map: IndexMap): void {
  writer.u32(types.length);
  for (const type of types) writeValType(writer, type, map);
}

export function writeFieldType(writer: Writer, field: FieldType, map: IndexMap): void {
  writeValType(writer, field.type, map);
  writer.u8(field.mutable ? 1 : 0);
}

export function writeCompositeType(writer: Writer, type: CompositeType, map: IndexMap): void {
  writer.u8(TYPE_CODE[type.kind]);
  switch (type.kind) {
    case "func":
      writeValTypes(writer, type.params, map);
      writeValTypes(writer, type.results, map);
      break;
    case "struct":
      writer.u32(type.fields.length);
      for (const field of type.fields) writeFieldType(writer, field, map);
      break;
    case "array":
      writeFieldType(writer, type.field, map);
      break;
    case "cont":
      writer.s32(map.type(type.func));
      break;
  }
}

export function writeSubType(writer: Writer, type: SubType, map: IndexMap): void {
  // A final type without supertypes has a short form.
  if (!type.final || type.supertypes.length > 0) {
    writer.u8(type.final ? TYPE_CODE.subFinal : TYPE_CODE.sub);
    writer.u32(type.supertypes.length);
    for (const supertype of type.supertypes) writer.u32(map.type(supertype));
  }
  writeCompositeType(writer, type.composite, map);
}

/** One entry of the type section: a recursion group, in its short form if it is a single type. */
export function writeRecGroup(writer: Writer, types: readonly SubType[], map: IndexMap): void {
  if (types.length !== 1) {
    writer.u8(TYPE_CODE.rec);
    writer.u32(types.length);
  }
  for (const type of types) writeSubType(writer, type, map);
}

function writeLimits(writer: Writer, { min, max }: Limits, is64: boolean, shared: boolean): void {
  const maxFlag = max === undefined ? 0 : LIMITS_FLAG.max;
  writer.u8(maxFlag | (shared ? LIMITS_FLAG.shared : 0) | (is64 ? LIMITS_FLAG.is64 : 0));
  writer.u64(min);
  if (max !== undefined) writer.u64(max);
}

export function writeTableType(writer: Writer, { type, limits, is64 }: TableType, map: IndexMap): void {
  writeValType(writer, type, map);
  writeLimits(writer, limits, is64, false);
}

export function writeMemoryType(writer: Writer, { limits, is64, shared }: MemoryType): void {
  writeLimits(writer, limits, is64, shared);
}

export function writeGlobalType(writer: Writer, { type, mutable }: GlobalType, map: IndexMap): void {
  writeValType(writer, type, map);
  writer.u8(mutable ? 1 : 0);
}

/** A tag's type, behind its reserved byte. */
export function writeTagType(writer: Writer, type: number, map: IndexMap): void {
  writer.u8(0);
  writer.u32(map.type(type));
}
