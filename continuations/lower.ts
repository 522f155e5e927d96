/**
 * Lowering: a module that uses stack switching becomes one that any engine with Wasm 3.0 runs.
 *
 * Index spaces of the lowered module:
 *
 *   types      the machine's, the guest's, added ones
 *   functions  the guest's, the machine's, added ones (resume copies, start frames, ...): guest indices stay
 *   globals    the guest's imports, the store context, imported tag identities, the guest's definitions, added ones
 *   tags       the guest's imports without results, the one that leaves functions, the guest's definitions without results
 *   others     the guest's
 */
import { NAME_SECTION, writeNames } from "../wasm/names.ts";
import {
  writeConstExpr,
  writeDataSegment,
  writeElementSegment,
  writeExport,
  writeGlobal,
  writeImport,
  writeTable,
} from "../wasm/encode-entities.ts";
import { writeGlobalType, writeMemoryType, writeTagType } from "../wasm/encode-types.ts";
import { BRANCH_HINT_SECTION, writeBranchHints } from "../wasm/branch-hints.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import { FunctionValidator } from "../wasm/function-validator.ts";
import type { Module } from "../wasm/module.ts";
import { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import { refType, type ValType } from "../wasm/types.ts";
import { validateDefinitions } from "../wasm/validate.ts";
import { Writer } from "../wasm/writer.ts";
import { Suspending } from "./analysis.ts";
import { Dummies } from "./dummies.ts";
import { emitEntryCopy } from "./entry-copy.ts";
import { type CostTable, costTable, type FuelCosts } from "./fuel.ts";
import { layOutFrame } from "./frame-layout.ts";
import { loweredNames } from "./lowered-names.ts";
import { checkCopy, checkPlan } from "./lowered-limits.ts";
import { translateLegacyExceptions, usesLegacyExceptions } from "./legacy-exceptions.ts";
import { guestOffsets } from "./legacy-offsets.ts";
import { TYPE } from "./machine/machine.generated.ts";
import { ModuleLowering } from "./module-lowering.ts";
import { OffsetMap, OffsetRecorder } from "./offset-map.ts";
import { planFunction } from "./plan.ts";
import { emitResumeCopy } from "./resume-copy.ts";
import { writeValType } from "../wasm/type-codec.ts";

export interface LowerOptions {
  /** Let a seeded choice of calls be unwound down to the entry and rewound at once (see StoreContext.seedChaos). */
  readonly chaos?: boolean;
  /** Treat every call as one that may suspend. Chaos mode and fuel imply it. */
  readonly everyCallSuspends?: boolean;
  /** Meter the code: what instructions cost, by name (see fuel.ts). */
  readonly fuel?: FuelCosts;
}

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
  /** The lowered module. It imports `stackyard.context` and `stackyard.unwind` besides what the guest imports. */
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
  /** Name of the exported table of resume functions; `frames[i]` tells about the function at index i. */
  readonly frameTable: string;
  readonly frames: readonly FrameInfo[];
}

/**
 * Lowers a valid module.
 *
 * @throws LoweringError if a function is beyond an implementation limit once lowered.
 */
export function lower(guest: Module, options: LowerOptions = {}): LoweredModule {
  return lowerNoting(guest, options, undefined);
}

/** Which guest instructions the code of a lowered module stands for. Arguments are those with which it was lowered. */
export function offsetMap(guest: Module, options: LowerOptions = {}): OffsetMap {
  const recorder = new OffsetRecorder();
  return new OffsetMap(lowerNoting(guest, options, recorder).bytes, recorder);
}

function lowerNoting(guest: Module, options: LowerOptions, recorder: OffsetRecorder | undefined): LoweredModule {
  const module = usesLegacyExceptions(guest) ? translateLegacyExceptions(guest) : guest;
  const chaos = options.chaos ?? false;
  const isEverything = chaos || options.fuel !== undefined || (options.everyCallSuspends ?? false);
  const lowering = new ModuleLowering(module, chaos, recorder);
  const oracle = isEverything ? Suspending.everything(module) : Suspending.analyse(module);
  const costs = options.fuel === undefined ? undefined : costTable(options.fuel);
  const frames: FrameInfo[] = [];
  const bodies = lowerBodies(lowering, guest, oracle, costs, frames);
  return assemble(lowering, bodies, frames);
}

/** The guest's functions, each its entry of the code section. */
function lowerBodies(
  lowering: ModuleLowering,
  guest: Module,
  oracle: Suspending,
  costs: CostTable | undefined,
  frames: FrameInfo[],
): Writer {
  const { module } = lowering;
  const dummies = new Dummies(lowering);
  const validator = new FunctionValidator(validateDefinitions(module));
  const options = { calls: oracle, values: dummies, costs };
  const section = new Writer(module.bytes.length);
  for (const [i, { body, range }] of module.code.entries()) {
    const func = module.importedFunctions + i;
    const plan = oracle.call(func) ? planFunction(validator, func, lowering.types, options) : undefined;
    if (plan === undefined || plan.sites.length === 0) {
      copyBody(lowering, i, section);
      lowering.recorder?.end(func);
      continue;
    }
    const type = lowering.map.type(module.functions[func] ?? 0);
    const resumeFunction = lowering.reserveFunction();
    const layout = layOutFrame(plan, lowering.types);
    const source = { plan, start: body, end: range.end, type, layout, ordinal: frames.length, resumeFunction };
    const at = guest.code[i]?.body ?? body;
    checkPlan(plan, layout, func, at);
    const entryCopy = emitEntryCopy(lowering, dummies, source);
    lowering.recorder?.end(func);
    const resumeCopy = emitResumeCopy(lowering, source);
    lowering.recorder?.end(resumeFunction);
    for (const copy of [entryCopy, resumeCopy]) checkCopy(copy, lowering.signature(type).params.length, func, at);
    lowering.noteHints(func, entryCopy.finish(section));
    lowering.define(resumeFunction, TYPE.resume_fn, resumeCopy, "");
    const offsets = Uint32Array.from(plan.sites, ({ offset }) => offset);
    frames.push({
      func,
      resumeFunction,
      offsets: module === guest ? offsets : guestOffsets(guest, module, func, offsets),
    });
  }
  return section;
}

/** Copies a function that cannot be left: only its indices change. */
function copyBody(lowering: ModuleLowering, i: number, section: Writer): void {
  const { module, map, recorder } = lowering;
  const code = module.code[i];
  if (code === undefined) return;
  const out = new Writer(code.range.end - code.range.start + 16);
  out.u32(code.locals.length);
  for (const { count, type } of code.locals) {
    out.u32(count);
    writeValType(out, lowering.types.lower(type), IDENTITY);
  }
  const reader = new InstructionReader(module.bytes);
  reader.seek(code.body, code.range.end);
  const start = out.length;
  while (reader.next()) {
    recorder?.note(out.length - start, reader.offset);
    if (reader.opcode === OP["cont.new"]) writeCall(out, lowering.contNew(map.type(reader.x)));
    else if (reader.opcode === OP["cont.bind"])
      writeCall(out, lowering.contBind(map.type(reader.x), map.type(reader.y)));
    else if (isSwitch(reader.opcode)) out.u8(OP.unreachable);
    else writeInstruction(out, reader, map);
  }
  section.appendSized(out);
}

/** Instructions that switch stacks: in a function that cannot be left they stand where control never comes. */
function isSwitch(opcode: number): boolean {
  return opcode >= OP.suspend && opcode <= OP.switch;
}

function writeCall(out: Writer, func: number): void {
  out.u8(OP.call);
  out.u32(func);
}

/** Name under which the lowering exports something: no guest export begins like that. */
function exportPrefix(module: Module): string {
  let prefix = "stackyard:";
  while (module.exports.some(({ name }) => name.startsWith(prefix))) prefix += ":";
  return prefix;
}

function assemble(lowering: ModuleLowering, bodies: Writer, frames: readonly FrameInfo[]): LoweredModule {
  const { module, map, types, tags, machine } = lowering;
  const { bytes } = module;
  const out = new ModuleWriter();
  const prefix = exportPrefix(module);

  // What the host asks for has to be known before functions are written: it may add some.
  const transfers = new Map<string, number>();
  const takes = new Map<string, string>();
  const puts = new Map<number, string>();
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
  }

  for (const [i, entry] of module.imports.entries()) {
    if (tags.imports.some(({ importIndex, virtual }) => virtual && importIndex === i)) continue;
    writeImport(out.entry(SECTION.import), entry, map);
  }
  const importGlobal = (name: string, type: ValType): void => {
    const desc = { kind: "global", type: { type, mutable: false } } as const;
    writeImport(out.entry(SECTION.import), { module: "stackyard", name, desc }, IDENTITY);
  };
  importGlobal("context", refType(TYPE.VMStoreContext, false));
  const unwind = { kind: "tag", type: types.func([], []) } as const;
  writeImport(out.entry(SECTION.import), { module: "stackyard", name: "unwind", desc: unwind }, IDENTITY);
  for (const { importIndex, type } of tags.imports) importGlobal(`tag:${importIndex}`, type);

  for (const type of module.functions.slice(module.importedFunctions)) out.entry(SECTION.function).u32(map.type(type));
  for (const type of machine.functions) out.entry(SECTION.function).u32(type);
  for (const added of lowering.functions) out.entry(SECTION.function).u32(added?.type ?? 0);

  for (const table of module.tables.slice(module.importedTables))
    writeTable(out.entry(SECTION.table), bytes, table, map);
  for (const type of module.memories.slice(module.importedMemories)) writeMemoryType(out.entry(SECTION.memory), type);
  for (const [x, type] of module.tags.entries()) {
    if (x >= module.importedTags && !tags.isVirtual(x)) writeTagType(out.entry(SECTION.tag), type, map);
  }
  for (const { type, init } of module.globals) {
    if (init !== undefined) writeGlobal(out.entry(SECTION.global), bytes, type, init, map);
  }
  for (const { type, init } of lowering.globals) {
    const entry = out.entry(SECTION.global);
    writeGlobalType(entry, { type, mutable: false }, IDENTITY);
    entry.append(init);
    entry.u8(OP.end);
  }

  const tagExports: TagExport[] = [];
  const exported = (name: string, kind: "func" | "global" | "table", index: number): void =>
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

  for (const segment of module.elements) writeElementSegment(out.entry(SECTION.element), bytes, segment, map);
  writeFrameTable(out, module.tables.length, frames);
  writeDeclarations(out, lowering);
  out.dataCount = module.dataCount;

  const code = out.entries(SECTION.code, module.code.length);
  code.append(bodies);
  writeMachine(out, lowering);
  for (const added of lowering.functions) if (added !== undefined) out.entry(SECTION.code).append(added.entry);
  for (const segment of module.data) writeDataSegment(out.entry(SECTION.data), bytes, segment, map);
  // Last, because everything before may add types.
  types.write(out);
  writeCustoms(out, lowering, frames);
  return {
    bytes: out.finish(),
    start,
    virtualTagImports: tags.imports.filter(({ virtual }) => virtual).map(({ importIndex }) => importIndex),
    identityTagImports: tags.imports.filter(({ virtual }) => !virtual).map(({ importIndex }) => importIndex),
    tagExports,
    takes,
    puts,
    frameTable,
    frames,
  };
}

/** Fills the table of resume functions, which also declares them for `ref.func`. */
function writeFrameTable(out: ModuleWriter, table: number, frames: readonly FrameInfo[]): void {
  if (frames.length === 0) return;
  const entry = out.entry(SECTION.element);
  entry.u32(6);
  entry.u32(table);
  entry.u8(OP["i32.const"]);
  entry.u8(0);
  entry.u8(OP.end);
  writeValType(entry, refType(TYPE.resume_fn, true), IDENTITY);
  entry.u32(frames.length);
  for (const { resumeFunction } of frames) {
    entry.u8(OP["ref.func"]);
    entry.u32(resumeFunction);
    entry.u8(OP.end);
  }
}

/** Declares the functions that added code refers to, so that `ref.func` may name them. */
function writeDeclarations(out: ModuleWriter, lowering: ModuleLowering): void {
  if (lowering.declared.size === 0) return;
  const entry = out.entry(SECTION.element);
  entry.u32(3);
  entry.u8(0);
  entry.u32(lowering.declared.size);
  for (const func of lowering.declared) entry.u32(func);
}

/** Links the machine's functions: they refer to each other, to the machine's types and to the store context. */
function writeMachine(out: ModuleWriter, lowering: ModuleLowering): void {
  const { machine } = lowering;
  const first = lowering.module.functions.length;
  const map: IndexMap = { ...IDENTITY, func: (x) => first + x, global: () => lowering.context };
  for (const { body, range, locals } of machine.code) {
    const code = new Writer(range.end - range.start + 16);
    code.u32(locals.length);
    for (const { count, type } of locals) {
      code.u32(count);
      writeValType(code, type, IDENTITY);
    }
    writeConstExpr(code, machine.bytes, { start: body, end: range.end }, map);
    out.entry(SECTION.code).appendSized(code);
  }
}

/** Custom sections that speak of offsets in the guest's code, as those of DWARF do. */
function isAboutOffsets(name: string): boolean {
  return name === BRANCH_HINT_SECTION || name === "sourceMappingURL" || name.startsWith(".debug_");
}

/** Custom sections stay, but for those whose offsets are gone, and names, which grow. */
function writeCustoms(out: ModuleWriter, lowering: ModuleLowering, frames: readonly FrameInfo[]): void {
  const { module } = lowering;
  for (const { name, range, after } of module.customs) {
    if (name === NAME_SECTION || isAboutOffsets(name)) continue;
    out.custom(name, module.bytes.subarray(range.start, range.end), after);
  }
  out.custom(BRANCH_HINT_SECTION, writeBranchHints(lowering.hints), SECTION.dataCount);
  const copies = new Map(frames.map(({ resumeFunction, func }) => [resumeFunction, func]));
  out.custom(NAME_SECTION, writeNames(loweredNames(lowering, copies)), SECTION.data);
}
