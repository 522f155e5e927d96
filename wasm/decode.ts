/** Bytes to {@link Module} (spec 3.0, "Binary Format: Modules"). */
import {
  readExport,
  readGlobalType,
  readImport,
  readMemoryType,
  readTable,
  readTagType,
  readConstExpr,
} from "./decode-entities.ts";
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

function readSection(reader: InstructionReader, draft: Draft, id: number): void {
  switch (id) {
    case SECTION.type:
      Object.assign(draft, readTypeSection(reader));
      break;
    case SECTION.import:
      readVector(reader, MAX_IMPORTS, "imports", readImport, draft.imports);
      for (const { desc } of draft.imports) addImport(draft, desc);
      break;
    case SECTION.function:
      readVector(reader, MAX_FUNCTIONS, "functions", (r) => r.u32(), draft.functions);
      break;
    case SECTION.table:
      readVector(reader, MAX_TABLES - draft.tables.length, "tables", readTable, draft.tables);
      break;
    case SECTION.memory:
      readVector(reader, MAX_MEMORIES - draft.memories.length, "memories", readMemoryType, draft.memories);
      break;
    case SECTION.tag:
      readVector(reader, MAX_TAGS, "tags", readTagType, draft.tags);
      break;
    case SECTION.global:
      readVector(
        reader,
        MAX_GLOBALS,
        "globals",
        (r) => ({
          type: readGlobalType(r),
          init: readConstExpr(r),
        }),
        draft.globals,
      );
      break;
    case SECTION.export:
      readVector(reader, MAX_EXPORTS, "exports", readExport, draft.exports);
      break;
    case SECTION.start:
      draft.start = reader.u32();
      break;
    case SECTION.element:
      // As many as their bytes allow: each takes at least three.
      readVector(reader, Number.POSITIVE_INFINITY, "element segments", readElementSegment, draft.elements);
      break;
    case SECTION.dataCount:
      draft.dataCount = reader.u32();
      break;
    case SECTION.code:
      readVector(reader, MAX_FUNCTIONS, "functions", (r) => readCode(r, paramCount(draft)), draft.code);
      break;
    case SECTION.data:
      readVector(reader, MAX_DATA_SEGMENTS, "data segments", readDataSegment, draft.data);
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
