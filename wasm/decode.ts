/** Bytes to {@link Module} (spec 3.0, "Binary Format: Modules"). */
import { readExport, readGlobalType, readImport, readMemoryType, readTable, readTagType, readConstExpr } from "./decode-entities.ts";
import { readCode, readDataSegment, readElementSegment } from "./decode-segments.ts";
import { readTypeSection, readVector } from "./decode-types.ts";
import { DecodeError } from "./errors.ts";
import { InstructionReader } from "./instruction-reader.ts";
import {
  MAX_DATA_SEGMENTS,
  MAX_EXPORTS,
  MAX_FUNCTIONS,
  MAX_GLOBALS,
  MAX_IMPORTS,
  MAX_MEMORIES,
  MAX_MODULE_SIZE,
  MAX_TABLES,
  MAX_TAGS,
} from "./limits.ts";
import type { ImportDesc, Module } from "./module.ts";
import { UNEXPECTED_END } from "./reader.ts";
import { HEADER, SECTION, SECTION_ORDER } from "./sections.ts";
import { checkBodies } from "./well-formed.ts";

/** A {@link Module} while its sections are being read. */
type Draft = {
  -readonly [K in keyof Module]: Module[K] extends readonly (infer Element)[] ? Element[] : Module[K];
};

/**
 * Decodes a module. Function bodies are not looked into: their instructions are checked by whoever visits them, which
 * validation does for every body. `bytes` must not change while the module is in use.
 *
 * ```ts
 * const module = decodeModule(await readFile("add.wasm"));
 * module.exports.map(({ name }) => name);
 * ```
 * @throws DecodeError if the bytes are malformed, or beyond an implementation limit (wasm/limits.ts).
 */
export function decodeModule(bytes: Uint8Array): Module {
  const reader = new InstructionReader(bytes);
  if (bytes.length > MAX_MODULE_SIZE) reader.fail("module too large", 0);
  readHeader(reader);
  const draft = emptyDraft(bytes);
  try {
    readSections(reader, draft);
  } catch (error) {
    // Bodies are skipped, not read; but what is wrong in one was wrong before what came after it.
    if (error instanceof DecodeError) checkBodies(draft);
    throw error;
  }
  return draft;
}

function readSections(reader: InstructionReader, draft: Draft): void {
  let last: number = SECTION.custom;
  while (!reader.done) {
    const start = reader.pos;
    const id = reader.u8();
    if (id > SECTION.tag) reader.fail("malformed section id", start);
    const size = reader.length();
    const contents = reader.pos;
    const end = contents + size;
    if (id === SECTION.custom) {
      readCustomSection(reader, draft, end, last);
    } else {
      const inOrder = SECTION_ORDER.indexOf(id) > SECTION_ORDER.indexOf(last);
      if (!inOrder) reader.fail("unexpected content after last section", start);
      readSection(reader, draft, id);
      last = id;
    }
    // Sections are read without regard to their size, which is compared afterwards: see InstructionReader.seek.
    if (reader.pos !== end) reader.fail("section size mismatch", contents);
  }
  checkCounts(reader, draft);
}

function emptyDraft(bytes: Uint8Array): Draft {
  return {
    bytes,
    types: [],
    recGroups: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    start: undefined,
    elements: [],
    dataCount: undefined,
    code: [],
    data: [],
    customs: [],
    importedFunctions: 0,
    importedTables: 0,
    importedMemories: 0,
    importedGlobals: 0,
    importedTags: 0,
  };
}

function readHeader(reader: InstructionReader): void {
  for (const [i, expected] of HEADER.entries()) {
    // The two halves are compared as a whole: bytes that end within one are said to end too early.
    if (i === 0) reader.skip(4);
    if (i === 4) reader.skip(4);
    if (reader.bytes[i] !== expected) {
      reader.fail(i < 4 ? "magic header not detected" : "unknown binary version", i < 4 ? 0 : 4);
    }
  }
}

function readCustomSection(reader: InstructionReader, draft: Draft, end: number, after: number): void {
  const name = reader.name();
  if (reader.pos > end || end > reader.limit) reader.fail(UNEXPECTED_END, end);
  draft.customs.push({ name, range: { start: reader.pos, end }, after });
  reader.pos = end;
}

/** Appends the elements of a vector section to one of the module's lists. */
function appendVector<T>(
  reader: InstructionReader,
  list: T[],
  max: number,
  what: string,
  read: (reader: InstructionReader) => T,
): void {
  const start = reader.pos;
  const length = reader.length();
  if (length > max) reader.fail(`too many ${what}`, start);
  for (let i = 0; i < length; i++) list.push(read(reader));
}

function readSection(reader: InstructionReader, draft: Draft, id: number): void {
  switch (id) {
    case SECTION.type:
      Object.assign(draft, readTypeSection(reader));
      break;
    case SECTION.import:
      appendVector(reader, draft.imports, MAX_IMPORTS, "imports", readImport);
      for (const { desc } of draft.imports) addImport(draft, desc);
      break;
    case SECTION.function:
      appendVector(reader, draft.functions, MAX_FUNCTIONS, "functions", (r) => r.u32());
      break;
    case SECTION.table:
      appendVector(reader, draft.tables, MAX_TABLES - draft.tables.length, "tables", readTable);
      break;
    case SECTION.memory:
      appendVector(reader, draft.memories, MAX_MEMORIES - draft.memories.length, "memories", readMemoryType);
      break;
    case SECTION.tag:
      appendVector(reader, draft.tags, MAX_TAGS, "tags", readTagType);
      break;
    case SECTION.global:
      appendVector(reader, draft.globals, MAX_GLOBALS, "globals", (r) => ({
        type: readGlobalType(r),
        init: readConstExpr(r),
      }));
      break;
    case SECTION.export:
      appendVector(reader, draft.exports, MAX_EXPORTS, "exports", readExport);
      break;
    case SECTION.start:
      draft.start = reader.u32();
      break;
    case SECTION.element:
      // As many as their bytes allow: each takes at least three.
      appendVector(reader, draft.elements, Number.POSITIVE_INFINITY, "element segments", readElementSegment);
      break;
    case SECTION.dataCount:
      draft.dataCount = reader.u32();
      break;
    case SECTION.code:
      appendVector(reader, draft.code, MAX_FUNCTIONS, "functions", (r) => readCode(r, paramCount(draft)));
      break;
    case SECTION.data:
      appendVector(reader, draft.data, MAX_DATA_SEGMENTS, "data segments", readDataSegment);
      break;
    default:
      throw new RangeError(`no section has the id ${id}`);
  }
}

/** Enters an import into the index space of its kind. */
function addImport(draft: Draft, desc: ImportDesc): void {
  switch (desc.kind) {
    case "func":
      draft.functions.push(desc.type);
      draft.importedFunctions++;
      break;
    case "table":
      draft.tables.push({ type: desc.type, init: undefined });
      draft.importedTables++;
      break;
    case "memory":
      draft.memories.push(desc.type);
      draft.importedMemories++;
      break;
    case "global":
      draft.globals.push({ type: desc.type, init: undefined });
      draft.importedGlobals++;
      break;
    case "tag":
      draft.tags.push(desc.type);
      draft.importedTags++;
      break;
  }
}

/** Number of parameters of the function whose body comes next. */
function paramCount(draft: Draft): number {
  const type = draft.functions[draft.importedFunctions + draft.code.length] ?? -1;
  const composite = draft.types[type]?.composite;
  return composite?.kind === "func" ? composite.params.length : 0;
}

/** What must agree between sections once all are read. */
function checkCounts(reader: InstructionReader, draft: Draft): void {
  if (draft.code.length !== draft.functions.length - draft.importedFunctions) {
    reader.fail("function and code section have inconsistent lengths");
  }
  if (draft.dataCount !== undefined && draft.dataCount !== draft.data.length) {
    reader.fail("data count and data section have inconsistent lengths");
  }
  if (draft.tables.length > MAX_TABLES) reader.fail("too many tables");
  if (draft.memories.length > MAX_MEMORIES) reader.fail("too many memories");
}
