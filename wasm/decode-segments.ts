/** Element and data segments and function bodies (spec 3.0, "Binary Format: Modules"). */
import { readConstExpr } from "./decode-entities.ts";
import { readVector } from "./decode-types.ts";
import type { InstructionReader } from "./instruction-reader.ts";
import { MAX_BODY_SIZE, MAX_LOCALS, MAX_SEGMENT_ELEMENTS } from "./limits.ts";
import type { Code, DataSegment, ElementSegment, SegmentMode } from "./module.ts";
import type { Reader } from "./reader.ts";
import { readRefType, readValType } from "./type-codec.ts";
import { HEAP_FUNC, refType, type ValType } from "./types.ts";

/** Bits of an element segment's first number. */
const NOT_ACTIVE = 1;
/** Of an active segment: a table index follows. Of the others: declarative. */
const EXPLICIT = 2;
const EXPRESSIONS = 4;

function readElementMode(reader: InstructionReader, flags: number): SegmentMode {
  if ((flags & NOT_ACTIVE) !== 0) return { kind: (flags & EXPLICIT) !== 0 ? "declarative" : "passive" };
  const table = (flags & EXPLICIT) !== 0 ? reader.u32() : 0;
  return { kind: "active", table, offset: readConstExpr(reader) };
}

function readElementKind(reader: Reader): ValType {
  const start = reader.pos;
  if (reader.u8() !== 0) reader.fail("malformed element kind", start);
  return refType(HEAP_FUNC, false);
}

export function readElementSegment(reader: InstructionReader): ElementSegment {
  const offset = reader.pos;
  const flags = reader.u32();
  if (flags > 7) reader.fail("malformed elements segment kind", offset);
  const mode = readElementMode(reader, flags);
  // Only the form with neither mode nor table leaves its type out.
  const typed = (flags & (NOT_ACTIVE | EXPLICIT)) !== 0;
  if ((flags & EXPRESSIONS) !== 0) {
    const type = typed ? readRefType(reader) : refType(HEAP_FUNC, true);
    const expressions = readVector(reader, MAX_SEGMENT_ELEMENTS, "elements", () => readConstExpr(reader));
    return { type, mode, functions: undefined, expressions, offset };
  }
  const type = typed ? readElementKind(reader) : refType(HEAP_FUNC, false);
  const functions = readVector(reader, MAX_SEGMENT_ELEMENTS, "elements", (r) => r.u32());
  return { type, mode, functions, expressions: undefined, offset };
}

export function readDataSegment(reader: InstructionReader): DataSegment {
  const offset = reader.pos;
  const flags = reader.u32();
  if (flags > 2) reader.fail("malformed data segment kind", offset);
  const memory = flags === 0 ? 0 : flags === 2 ? reader.u32() : undefined;
  const placeStart = reader.pos;
  if (memory !== undefined) readConstExpr(reader);
  const placeEnd = reader.pos;
  const start = reader.sized();
  return { offset, memory, placeStart, placeEnd, start, end: reader.pos };
}

/** Reads a function's locals and moves past its instructions, which are looked at when the body is visited. */
export function readCode(reader: Reader, params: number): Code {
  const offset = reader.pos;
  const start = reader.sized();
  const end = reader.pos;
  if (end - start > MAX_BODY_SIZE) reader.fail("function body too large", offset);
  reader.pos = start;
  const locals = readLocals(reader, params);
  const body = reader.pos;
  if (body > end) reader.fail("section size mismatch", start);
  reader.pos = end;
  return { range: { start, end }, body, locals };
}

function readLocals(reader: Reader, params: number): { count: number; type: ValType }[] {
  const start = reader.pos;
  let total = params;
  const locals = readVector(reader, Number.POSITIVE_INFINITY, "local declarations", (r) => {
    const count = r.u32();
    total += count;
    return { count, type: readValType(r) };
  });
  if (total > MAX_LOCALS) reader.fail("too many locals", start);
  return locals;
}
