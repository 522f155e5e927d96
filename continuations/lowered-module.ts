/**
 * A lowered module, section by section, once its functions are lowered. Index spaces:
 *
 *   types      the machine's, the guest's, added ones
 *   functions  the guest's, added ones (resume copies, the machine's, ...), empty ones: guest indices stay
 *   globals    the guest's imports, the store context, imported tag identities, the guest's definitions, added ones
 *   tags       the guest's imports without results, the one that leaves functions, the guest's definitions without results
 *   tables     the guest's, that of resume functions, that of functions which resume modules import
 *   others     the guest's
 */
import {
  writeDataSegment,
  writeElementSegment,
  writeExport,
  writeGlobal,
  writeImport,
  writeTable,
} from "../wasm/encode-entities.ts";
import { writeMemoryType, writeTagType } from "../wasm/encode-types.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { OP } from "../wasm/instructions.ts";
import type { DataSegment, ExternKind, Module } from "../wasm/module.ts";
import { ModuleWriter } from "../wasm/module-writer.ts";
import { integerEnd } from "../wasm/reader.ts";
import { SECTION } from "../wasm/sections.ts";
import { writeValType } from "../wasm/type-codec.ts";
import { HEAP_FUNC, I32, isDefaultable, refType, type ValType } from "../wasm/types.ts";
import type { Writer } from "../wasm/writer.ts";
import { Constants } from "./constants.ts";
import type { Dummies } from "./dummies.ts";
import { TYPE } from "./machine/machine.generated.ts";
import { checkModule } from "./lowered-limits.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { ownExport, type ResumeModule } from "./resume-module.ts";
import { writeAdded, writeCustoms } from "./sections.ts";
import { segmentFunction } from "./segment-functions.ts";
import { addSmallFunctions } from "./small-functions.ts";
import type { Tags } from "./tags.ts";
import type { Uses } from "./uses.ts";

/** A tag that a lowered module exports. */
export interface TagExport {
  readonly name: string;
  /** Whether it has results, so that only its identity is exported. */
  readonly virtual: boolean;
  /** Name of the export that holds its identity, a global. */
  readonly identity: string;
}

/** What a frame with a certain resume function is an activation of. */
export interface FrameInfo {
  /** Index of the guest's function. */
  readonly func: number;
  /** Index of the resume function in the lowered module. */
  readonly resumeFunction: number;
  /** Offset in the guest's bytes of the instruction at each block index, which counts from 1. */
  readonly offsets: Uint32Array;
}

export interface LoweredModule {
  /**
   * The lowered module. Besides what the guest imports it imports `stackyard.context`, `stackyard.effect` and
   * `stackyard.unwind`, the identities of tags, and, if resume copies are made on demand, `stackyard.load`. It may be a
   * part of a larger buffer.
   */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Name of the exported start function: call it after instantiation. */
  readonly start: string | undefined;
  /** Indices of the guest's imports of tags with results: gone from the lowered module but for `stackyard.tag:INDEX`. */
  readonly virtualTagImports: readonly number[];
  /** Indices of the guest's imports of other tags that need `stackyard.tag:INDEX`, too. */
  readonly identityTagImports: readonly number[];
  readonly tagExports: readonly TagExport[];
  /** For each exported function, by name, the export that returns its results after an unwound call has finished. */
  readonly takes: ReadonlyMap<string, string>;
  /** For each imported function, by index, the export to give its results to before a call of it is rewound. */
  readonly puts: ReadonlyMap<number, string>;
  /**
   * For each imported function with one result, by index, the export that takes a result and an activation and rewinds it, as
   * the function of `puts` and StoreContext.rewind do together.
   */
  readonly rewinds: ReadonlyMap<number, string>;
  /**
   * For each imported function with a result that has no default value, by index, the export that returns values which it
   * can return to a guest that is being unwound; or leaves by throwing, if there are none.
   */
  readonly placeholders: ReadonlyMap<number, string>;
  /** Name of the exported table of resume functions; `frames[i]` tells about the function at index i. */
  readonly frameTable: string;
  readonly frames: readonly FrameInfo[];
  /** Indices of the machine's functions that run continuations, as far as they are linked in. */
  readonly drivers: readonly number[];
  /** Given if resume copies are made on demand: what makes them, and the table of functions that they import. */
  readonly onDemand: OnDemand | undefined;
}

export interface OnDemand {
  /** Makes the resume copy of the function with this number (an index of `frames`), which `stackyard.load` was asked for. */
  resumeModule(ordinal: number): ResumeModule;
  /** Name of the exported table that ResumeImport.table refers to. */
  readonly functionTable: string;
}

/** How the names begin under which the lowering exports something: no guest export begins like that. */
export function exportPrefix(module: Module): string {
  let prefix = "stackyard:";
  while (module.exports.some(({ name }) => name.startsWith(prefix))) prefix += ":";
  return prefix;
}

/** What the functions of a module became. */
export interface LoweredBodies {
  /** The guest's functions, each its entry of the code section. */
  readonly code: Writer;
  readonly frames: readonly FrameInfo[];
  readonly dummies: Dummies;
  /** If resume copies are made on demand: what all of them use, and what makes one. */
  readonly onDemand:
    | { readonly uses: Uses; readonly make: (prefix: string, table: FunctionTable, ordinal: number) => ResumeModule }
    | undefined;
}

/** Positions of the guest's functions in the table of functions that resume modules import. */
export type FunctionTable = ReadonlyMap<number, number>;

export function writeLoweredModule(lowering: ModuleLowering, tags: Tags, bodies: LoweredBodies): LoweredModule {
  const { module, map, types } = lowering;
  const { bytes } = module;
  const { frames, onDemand } = bodies;
  const out = new ModuleWriter();
  const prefix = exportPrefix(module);
  for (const use of onDemand?.uses.segments.values() ?? []) segmentFunction(lowering, use);

  // What the host asks for has to be known before functions are written: it may add some.
  const transfers = new Map<string, number>();
  const takes = new Map<string, string>();
  const puts = new Map<number, string>();
  const rewinds = new Map<number, string>();
  const placeholders = new Map<number, string>();
  const resultsOf = (func: number) => lowering.signature(map.type(module.functions[func] ?? 0)).results;
  for (const { name, kind, index } of module.exports) {
    if (kind !== "func") continue;
    const take = `${prefix}take:${resultsOf(index).join()}`;
    transfers.set(take, lowering.takeResults(resultsOf(index)));
    takes.set(name, take);
  }
  for (let x = 0; x < module.importedFunctions; x++) {
    const put = `${prefix}put:${resultsOf(x).join()}`;
    transfers.set(put, lowering.putResults(resultsOf(x)));
    puts.set(x, put);
    if (resultsOf(x).length === 1) {
      const rewind = `${prefix}rewind:${resultsOf(x).join()}`;
      transfers.set(rewind, lowering.rewindWith(resultsOf(x)));
      rewinds.set(x, rewind);
    }
    if (resultsOf(x).every(isDefaultable)) continue;
    const placeholder = `${prefix}placeholder:${resultsOf(x).join()}`;
    transfers.set(placeholder, placeholderFunction(lowering, bodies.dummies, resultsOf(x)));
    placeholders.set(x, placeholder);
  }

  for (const [i, entry] of module.imports.entries()) {
    if (tags.imports.some(({ importIndex, virtual }) => virtual && importIndex === i)) continue;
    writeImport(out.entry(SECTION.import), entry, map);
  }
  const importGlobal = (name: string, type: ValType, mutable = false): void => {
    const desc = { kind: "global", type: { type, mutable } } as const;
    writeImport(out.entry(SECTION.import), { module: "stackyard", name, desc }, IDENTITY);
  };
  importGlobal("context", refType(TYPE.VMStoreContext, false));
  importGlobal("effect", I32, true);
  const unwind = { kind: "tag", type: types.func([], []) } as const;
  writeImport(out.entry(SECTION.import), { module: "stackyard", name: "unwind", desc: unwind }, IDENTITY);
  for (const { importIndex, type } of tags.imports) importGlobal(`tag:${importIndex}`, type);
  if (onDemand !== undefined) importGlobal("load", refType(TYPE.trap_fn, false));

  for (const type of module.functions.slice(module.importedFunctions)) out.entry(SECTION.function).u32(map.type(type));

  const constants = new Constants(lowering);
  for (const table of module.tables.slice(module.importedTables))
    writeTable(out.entry(SECTION.table), bytes, table, map, constants.write);
  for (const type of module.memories.slice(module.importedMemories)) writeMemoryType(out.entry(SECTION.memory), type);
  for (const [x, type] of module.tags.entries()) {
    if (x >= module.importedTags && !tags.isVirtual(x)) writeTagType(out.entry(SECTION.tag), type, map);
  }
  for (const { type, init } of module.globals) {
    if (init !== undefined) writeGlobal(out.entry(SECTION.global), bytes, type, init, map, constants.write);
  }
  const tagExports: TagExport[] = [];
  const exported = (name: string, kind: ExternKind, index: number): void =>
    writeExport(out.entry(SECTION.export), { name, kind, index }, IDENTITY);
  for (const entry of module.exports) {
    if (entry.kind === "tag") {
      const identity = `${prefix}tag:${entry.name}`;
      const virtual = tags.isVirtual(entry.index);
      tagExports.push({ name: entry.name, virtual, identity });
      exported(identity, "global", tags.global(entry.index));
      if (virtual) continue;
    }
    writeExport(out.entry(SECTION.export), entry, map);
  }
  for (const [name, func] of transfers) exported(name, "func", func);
  const start = module.start === undefined ? undefined : `${prefix}start`;
  if (start !== undefined && module.start !== undefined) exported(start, "func", module.start);

  const frameTable = `${prefix}frames`;
  const size = BigInt(frames.length);
  const tableType = { type: refType(TYPE.resume_fn, true), limits: { min: size, max: size }, is64: false };
  writeTable(out.entry(SECTION.table), bytes, { type: tableType, init: undefined }, IDENTITY);
  exported(frameTable, "table", module.tables.length);
  const functionTable =
    onDemand === undefined ? new Map<number, number>() : exportOwn(out, lowering, tags, prefix, onDemand.uses);

  for (const segment of module.elements)
    writeElementSegment(out.entry(SECTION.element), bytes, segment, map, constants.write);
  out.start = constants.nullCheck();
  const resumeFunctions = frames.map(({ resumeFunction }) => resumeFunction);
  if (onDemand === undefined) fillTable(out, module.tables.length, refType(TYPE.resume_fn, true), resumeFunctions);
  else fillTable(out, module.tables.length + 1, refType(HEAP_FUNC, true), [...functionTable.keys()]);
  out.dataCount = module.dataCount;

  out.begin(SECTION.code, module.code.length, bodies.code);
  writeAdded(out, lowering);
  addSmallFunctions(out, module, frames.length);
  writeData(out, module, map);
  // Last, because everything before may add types.
  checkModule(out, types.count);
  types.write(out);
  const copies =
    onDemand === undefined ? frames.map(({ resumeFunction, func }) => [resumeFunction, func] as const) : [];
  writeCustoms(out, lowering, new Map(copies));
  return {
    bytes: out.finish(),
    start,
    virtualTagImports: tags.imports.filter(({ virtual }) => virtual).map(({ importIndex }) => importIndex),
    identityTagImports: tags.imports.filter(({ virtual }) => !virtual).map(({ importIndex }) => importIndex),
    tagExports,
    takes,
    puts,
    rewinds,
    placeholders,
    frameTable,
    frames,
    drivers: lowering.drivers,
    onDemand: onDemand === undefined ? undefined : makeOnDemand(onDemand, prefix, functionTable),
  };
}

/** A function of its own, so that what it returns keeps nothing alive that was needed to write the module. */
function makeOnDemand(
  { make }: NonNullable<LoweredBodies["onDemand"]>,
  prefix: string,
  functionTable: FunctionTable,
): OnDemand {
  return {
    resumeModule: (ordinal) => make(prefix, functionTable, ordinal),
    functionTable: ownExport(prefix, "functions", 0),
  };
}

/** Data segments are the guest's; as a whole, if none has an offset that is more than a constant. */
function writeData(out: ModuleWriter, { bytes, data }: Module, map: IndexMap): void {
  const first = data[0];
  const last = data.at(-1);
  if (first === undefined || last === undefined) return;
  if (data.every((segment) => segment.memory === undefined || isIntegerPlace(bytes, segment))) {
    out.copy(SECTION.data, data.length, bytes.subarray(first.offset, last.end));
    return;
  }
  for (const segment of data) writeDataSegment(out.entry(SECTION.data), bytes, segment, map);
}

/** Whether the expression that says where a segment goes is an integer and nothing else. */
function isIntegerPlace(bytes: Uint8Array, { placeStart, placeEnd }: DataSegment): boolean {
  const opcode = bytes[placeStart];
  if (opcode !== OP["i32.const"] && opcode !== OP["i64.const"]) return false;
  return integerEnd(bytes, placeStart + 1) === placeEnd - 1;
}

/** () -> results: what a helper that yields returns. */
function placeholderFunction(lowering: ModuleLowering, dummies: Dummies, results: readonly ValType[]): number {
  return lowering.helper(`placeholder ${results.join()}`, [], results, (code) => dummies.emitReturn(code, results));
}

/** Exports what resume modules import; returns the positions of functions in the table that holds them. */
function exportOwn(out: ModuleWriter, lowering: ModuleLowering, tags: Tags, prefix: string, uses: Uses): FunctionTable {
  const { module, map } = lowering;
  const own = (kind: ExternKind, name: string, index: number): void =>
    writeExport(out.entry(SECTION.export), { name, kind, index }, IDENTITY);
  for (const x of uses.tables) own("table", ownExport(prefix, "table", x), x);
  for (const x of uses.memories) own("memory", ownExport(prefix, "memory", x), x);
  for (const x of uses.globals) own("global", ownExport(prefix, "global", x), map.global(x));
  for (const x of uses.tags) own("tag", ownExport(prefix, "tag", x), map.tag(x));
  for (const x of uses.identities) own("global", ownExport(prefix, "identity", x), tags.global(x));
  for (const [key, use] of uses.segments)
    own("func", ownExport(prefix, "segment", key), segmentFunction(lowering, use));
  const positions = new Map([...uses.functions].map((x, i) => [x, i]));
  const size = BigInt(positions.size);
  const type = { type: refType(HEAP_FUNC, true), limits: { min: size, max: size }, is64: false };
  writeTable(out.entry(SECTION.table), module.bytes, { type, init: undefined }, IDENTITY);
  own("table", ownExport(prefix, "functions", 0), module.tables.length + 1);
  return positions;
}

/** Fills a table with functions, from its start on; which also declares them for `ref.func`. */
function fillTable(out: ModuleWriter, table: number, type: ValType, functions: readonly number[]): void {
  if (functions.length === 0) return;
  const entry = out.entry(SECTION.element);
  // Function indices are shorter than expressions, but their type is always (ref func).
  const asIndices = type === refType(HEAP_FUNC, true);
  entry.u32(asIndices ? 2 : 6);
  entry.u32(table);
  entry.u8(OP["i32.const"]);
  entry.u8(0);
  entry.u8(OP.end);
  if (asIndices) entry.u8(0);
  else writeValType(entry, type, IDENTITY);
  entry.u32(functions.length);
  for (const func of functions) {
    if (!asIndices) entry.u8(OP["ref.func"]);
    entry.u32(func);
    if (!asIndices) entry.u8(OP.end);
  }
}
