/**
 * The WebAssembly binary format: types, instructions, decoding, validation and encoding of modules, custom sections of
 * the standard, and (by way of wasm-tools) the text format. It runs nothing, and never asks the host's WebAssembly.
 *
 * ```ts
 * import { decodeModule, InstructionReader, parseText, rowOf, validateModule } from "stackyard/wasm";
 *
 * const module = decodeModule(await parseText(`(module (func (result i32) i32.const 42))`));
 * validateModule(module);
 * const reader = new InstructionReader(module.bytes);
 * for (const { body, range } of module.code) {
 *   reader.seek(body, range.end);
 *   while (reader.next()) console.log(rowOf(reader.opcode).name); // i32.const, end
 * }
 * ```
 * @module
 */
export {
  BRANCH_HINT_SECTION,
  type BranchHint,
  type BranchHints,
  readBranchHints,
  writeBranchHints,
} from "./branch-hints.ts";
export { decodeModule } from "./decode.ts";
export { encodeModule } from "./encode.ts";
export {
  writeConstExpr,
  writeDataSegment,
  writeElementSegment,
  writeExport,
  writeGlobal,
  writeImport,
  writeTable,
} from "./encode-entities.ts";
export {
  writeCompositeType,
  writeGlobalType,
  writeMemoryType,
  writeRecGroup,
  writeSubType,
  writeTableType,
  writeTagType,
} from "./encode-types.ts";
export { DecodeError, ValidationError, WasmError } from "./errors.ts";
export { type Control, FunctionValidator } from "./function-validator.ts";
export { IDENTITY, type IndexMap } from "./index-map.ts";
export { type CatchClause, type HandlerClause, InstructionReader } from "./instruction-reader.ts";
export { writeInstruction, writeOpcode } from "./instruction-writer.ts";
export {
  ADDR,
  type Feature,
  type ImmediateKind,
  type InstructionName,
  INSTRUCTIONS,
  OP,
  type Row,
  rowOf,
} from "./instructions.ts";
export * from "./module.ts";
export { ModuleWriter } from "./module-writer.ts";
export {
  emptyNames,
  type IndirectNameMap,
  NAME_SECTION,
  type NameMap,
  type Names,
  readNames,
  writeNames,
} from "./names.ts";
export { Reader } from "./reader.ts";
export { SECTION } from "./sections.ts";
export { parseText, printText, TextError } from "./text.ts";
export { readHeapType, readRefType, readValType, writeHeapType, writeValType } from "./type-codec.ts";
export { heapTypeText, valTypesText, valTypeText } from "./type-text.ts";
export * from "./types.ts";
export { validateModule, type ValidationOptions } from "./validate.ts";
export { checkWellFormed } from "./well-formed.ts";
export { Writer } from "./writer.ts";
