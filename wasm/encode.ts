/** {@link Module} to bytes (spec 3.0, "Binary Format: Modules"). */
import {
  writeDataSegment,
  writeElementSegment,
  writeExport,
  writeGlobal,
  writeImport,
  writeTable,
} from "./encode-entities.ts";
import { writeMemoryType, writeRecGroup, writeTagType } from "./encode-types.ts";
import { IDENTITY } from "./index-map.ts";
import type { Module } from "./module.ts";
import { ModuleWriter } from "./module-writer.ts";
import { SECTION } from "./sections.ts";

/**
 * Encodes a module. Function bodies and the contents of custom sections are copied as they are; sections that were
 * empty are left out, and integers written in their shortest form.
 *
 * ```ts
 * encodeModule(decodeModule(bytes)); // a module that behaves as `bytes` does
 * ```
 */
export function encodeModule(module: Module): Uint8Array<ArrayBuffer> {
  const { bytes } = module;
  const out = new ModuleWriter();
  for (const [i, first] of module.recGroups.entries()) {
    const group = module.types.slice(first, module.recGroups[i + 1] ?? module.types.length);
    writeRecGroup(out.entry(SECTION.type), group, IDENTITY);
  }
  for (const entry of module.imports) writeImport(out.entry(SECTION.import), entry, IDENTITY);
  for (const type of module.functions.slice(module.importedFunctions)) out.entry(SECTION.function).u32(type);
  for (const table of module.tables.slice(module.importedTables)) {
    writeTable(out.entry(SECTION.table), bytes, table, IDENTITY);
  }
  for (const type of module.memories.slice(module.importedMemories)) writeMemoryType(out.entry(SECTION.memory), type);
  for (const type of module.tags.slice(module.importedTags)) writeTagType(out.entry(SECTION.tag), type, IDENTITY);
  for (const { type, init } of module.globals) {
    if (init !== undefined) writeGlobal(out.entry(SECTION.global), bytes, type, init, IDENTITY);
  }
  for (const entry of module.exports) writeExport(out.entry(SECTION.export), entry, IDENTITY);
  for (const segment of module.elements) writeElementSegment(out.entry(SECTION.element), bytes, segment, IDENTITY);
  for (const { range } of module.code) {
    const writer = out.entry(SECTION.code);
    writer.u32(range.end - range.start);
    writer.bytes(bytes, range.start, range.end);
  }
  for (const segment of module.data) writeDataSegment(out.entry(SECTION.data), bytes, segment, IDENTITY);
  for (const { name, range, after } of module.customs) {
    out.custom(name, bytes.subarray(range.start, range.end), after);
  }
  out.start = module.start;
  out.dataCount = module.dataCount;
  return out.finish();
}
