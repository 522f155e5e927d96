/** The type section (spec 3.0, "Binary Format: Types"; stack-switching proposal for continuation types). */
import {
  MAX_PARAMS,
  MAX_REC_GROUP_SIZE,
  MAX_REC_GROUPS,
  MAX_RESULTS,
  MAX_STRUCT_FIELDS,
  MAX_SUBTYPE_DEPTH,
  MAX_TYPES,
} from "./limits.ts";
import type { Reader } from "./reader.ts";
import { TYPE_CODE } from "./sections.ts";
import { readValType } from "./type-codec.ts";
import { type CompositeType, type FieldType, I16, I8, type SubType, type ValType } from "./types.ts";

export interface TypeSection {
  readonly types: SubType[];
  readonly recGroups: number[];
}

/**
 * Reads a vector of elements that take at least one byte each, at most `max` of them, and appends them to `into`, which it
 * returns. So memory is taken as the elements' bytes are seen, whatever length the vector claims.
 */
export function readVector<T, R extends Reader>(
  reader: R,
  max: number,
  what: string,
  read: (reader: R) => T,
  into: T[] = [],
): T[] {
  const start = reader.pos;
  const length = reader.length();
  if (length > max) reader.fail(`too many ${what}`, start);
  for (let i = 0; i < length; i++) into.push(read(reader));
  return into;
}

export function readMutability(reader: Reader): boolean {
  const start = reader.pos;
  const byte = reader.u8();
  if (byte > 1) reader.fail("malformed mutability", start);
  return byte === 1;
}

function readFieldType(reader: Reader): FieldType {
  const code = reader.peek() - 0x80;
  let type: ValType;
  if (code === I8 || code === I16) {
    reader.pos++;
    type = code;
  } else {
    type = readValType(reader);
  }
  return { type, mutable: readMutability(reader) };
}

function readCompositeType(reader: Reader): CompositeType {
  const start = reader.pos;
  switch (reader.code()) {
    case TYPE_CODE.func:
      return {
        kind: "func",
        params: readVector(reader, MAX_PARAMS, "parameters", readValType),
        results: readVector(reader, MAX_RESULTS, "results", readValType),
      };
    case TYPE_CODE.struct:
      return { kind: "struct", fields: readVector(reader, MAX_STRUCT_FIELDS, "struct fields", readFieldType) };
    case TYPE_CODE.array:
      return { kind: "array", field: readFieldType(reader) };
    case TYPE_CODE.cont:
      return { kind: "cont", func: readContFunc(reader) };
    default:
      return reader.fail("malformed definition type", start);
  }
}

function readContFunc(reader: Reader): number {
  const start = reader.pos;
  const func = reader.s33();
  return func >= 0 ? func : reader.fail("malformed type index", start);
}

function readSubType(reader: Reader): SubType {
  const byte = reader.peek();
  const declared = byte === TYPE_CODE.sub || byte === TYPE_CODE.subFinal;
  if (!declared) return { final: true, supertypes: [], composite: readCompositeType(reader) };
  reader.pos++;
  const supertypes = readVector(reader, MAX_TYPES, "supertypes", (r) => r.u32());
  return { final: byte === TYPE_CODE.subFinal, supertypes, composite: readCompositeType(reader) };
}

export function readTypeSection(reader: Reader): TypeSection {
  const types: SubType[] = [];
  const depths: number[] = [];

  function addSubType(): void {
    const start = reader.pos;
    if (types.length === MAX_TYPES) reader.fail("too many types", start);
    const type = readSubType(reader);
    // A supertype that is not there yet is the validator's to refuse.
    const depth = type.supertypes.reduce((deepest, x) => Math.max(deepest, (depths[x] ?? -1) + 1), 0);
    if (depth > MAX_SUBTYPE_DEPTH) reader.fail("subtype hierarchy too deep", start);
    types.push(type);
    depths.push(depth);
  }

  const recGroups = readVector(reader, MAX_REC_GROUPS, "recursion groups", () => {
    const first = types.length;
    if (reader.peek() === TYPE_CODE.rec) {
      reader.pos++;
      readVector(reader, MAX_REC_GROUP_SIZE, "types in a recursion group", addSubType);
    } else {
      addSubType();
    }
    return first;
  });
  return { types, recGroups };
}
