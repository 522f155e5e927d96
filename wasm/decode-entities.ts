/** Imports, exports and the definitions other than functions (spec 3.0, "Binary Format: Modules"). */
import { readMutability } from "./decode-types.ts";
import type { Export, ExternKind, Import, ImportDesc, MemoryType, Range, Table, TableType } from "./module.ts";
import type { GlobalType } from "./module.ts";
import type { InstructionReader } from "./instruction-reader.ts";
import { OP } from "./instructions.ts";
import type { Reader } from "./reader.ts";
import { EXTERN_KINDS, LIMITS_FLAG, TABLE_WITH_INIT } from "./sections.ts";
import { readRefType, readValType } from "./type-codec.ts";
import type { Limits } from "./types.ts";

interface FlaggedLimits {
  readonly limits: Limits;
  readonly is64: boolean;
  readonly shared: boolean;
}

function readLimits(reader: Reader, allowed: number): FlaggedLimits {
  const start = reader.pos;
  const flags = reader.u8();
  if ((flags & ~allowed) !== 0) reader.fail("malformed limits flags", start);
  const is64 = (flags & LIMITS_FLAG.is64) !== 0;
  // Both are u64 whatever the address type: what is too large for it is invalid, not malformed.
  const min = reader.u64();
  const max = (flags & LIMITS_FLAG.max) === 0 ? undefined : reader.u64();
  return { limits: { min, max }, is64, shared: (flags & LIMITS_FLAG.shared) !== 0 };
}

export function readTableType(reader: Reader): TableType {
  const type = readRefType(reader);
  const { limits, is64 } = readLimits(reader, LIMITS_FLAG.max | LIMITS_FLAG.is64);
  return { type, limits, is64 };
}

export function readMemoryType(reader: Reader): MemoryType {
  const flags = LIMITS_FLAG.max | LIMITS_FLAG.shared | LIMITS_FLAG.is64;
  return { ...readLimits(reader, flags), pageSizeLog2: 16 };
}

export function readGlobalType(reader: Reader): GlobalType {
  return { type: readValType(reader), mutable: readMutability(reader) };
}

/** A tag's type index, behind a reserved byte. */
export function readTagType(reader: Reader): number {
  const start = reader.pos;
  if (reader.u8() !== 0) reader.fail("zero byte expected", start);
  return reader.u32();
}

/** Moves past a constant expression, up to and with the `end` that closes it. */
export function readConstExpr(reader: InstructionReader): Range {
  const start = reader.pos;
  let depth = 0;
  while (reader.next()) {
    switch (reader.opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
      case OP.try:
      case OP.try_table:
        depth++;
        break;
      case OP.else:
      case OP.catch:
      case OP.catch_all:
        if (depth === 0) reader.fail("END opcode expected", reader.offset);
        break;
      case OP.end:
      case OP.delegate:
        if (depth === 0) return { start, end: reader.end };
        depth--;
        break;
      default:
        break;
    }
  }
  return reader.fail("unexpected end of section or function");
}

export function readTable(reader: InstructionReader): Table {
  if (reader.peek() !== TABLE_WITH_INIT) return { type: readTableType(reader), init: undefined };
  reader.pos++;
  const start = reader.pos;
  if (reader.u8() !== 0) reader.fail("zero byte expected", start);
  return { type: readTableType(reader), init: readConstExpr(reader) };
}

function readExternKind(reader: Reader, message: string): ExternKind {
  const start = reader.pos;
  return EXTERN_KINDS[reader.u8()] ?? reader.fail(message, start);
}

function readImportDesc(reader: Reader): ImportDesc {
  const kind = readExternKind(reader, "malformed import kind");
  switch (kind) {
    case "func":
      return { kind, type: reader.u32() };
    case "table":
      return { kind, type: readTableType(reader) };
    case "memory":
      return { kind, type: readMemoryType(reader) };
    case "global":
      return { kind, type: readGlobalType(reader) };
    case "tag":
      return { kind, type: readTagType(reader) };
  }
}

export function readImport(reader: Reader): Import {
  return { module: reader.name(), name: reader.name(), desc: readImportDesc(reader) };
}

export function readExport(reader: Reader): Export {
  return { name: reader.name(), kind: readExternKind(reader, "malformed export kind"), index: reader.u32() };
}
