/** Lowering: a module that uses stack switching becomes one that any engine with Wasm 3.0 runs. */
import { type CallList, callsOf } from "../wasm/call-list.ts";
import { FunctionValidator } from "../wasm/function-validator.ts";
import { IDENTITY } from "../wasm/index-map.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { Code, Module } from "../wasm/module.ts";
import { writeValType } from "../wasm/type-codec.ts";
import { type OpcodeSet, opcodesOf } from "../wasm/opcode-set.ts";
import { validateDefinitions } from "../wasm/validate.ts";
import { Writer } from "../wasm/writer.ts";
import { Suspending } from "./analysis.ts";
import { closedModule, isClosed } from "./closed-module.ts";
import type { Code as EmittedCode } from "./code.ts";
import type { Source } from "./copy.ts";
import { Dummies } from "./dummies.ts";
import { emitEntryCopy } from "./entry-copy.ts";
import { FrameInfos } from "./frame-infos.ts";
import { layOutFrame } from "./frame-layout.ts";
import { type CostTable, costTable, type FuelCosts } from "./fuel.ts";
import { tailNeedsGuard } from "./guards.ts";
import { translateLegacyExceptions, usesLegacyExceptions } from "./legacy-exceptions.ts";
import { guestOffsets } from "./legacy-offsets.ts";
import { growFunction } from "./growth.ts";
import { FunctionLimits } from "./lowered-limits.ts";
import { type FunctionTable, type LoweredBodies, type LoweredModule, writeLoweredModule } from "./lowered-module.ts";
import { Machine } from "./linked-machine.ts";
import { LoweredTypes } from "./lowered-types.ts";
import { isWideTry } from "./marks.ts";
import { TYPE } from "./machine/machine.generated.ts";
import { ModuleLowering } from "./module-lowering.ts";
import { contBind, contNew } from "./new-continuations.ts";
import { OffsetMap, OffsetRecorder } from "./offset-map.ts";
import type { Site } from "./plan.ts";
import { emitResumeCopy } from "./resume-copy.ts";
import { lazyResume, type ResumeModule, writeResumeModule } from "./resume-module.ts";
import { Planner } from "./scan.ts";
import { loweredSpaces } from "./spaces.ts";
import { Tags } from "./tags.ts";
import { collectUses, collectUsesAt, noUses } from "./uses.ts";

export interface LowerOptions {
  /** Let a seeded choice of calls be unwound down to the entry and rewound at once (see StoreContext.seedChaos). */
  readonly chaos?: boolean;
  /** Treat every call as one that may suspend, but for those that cannot lead out of the module. */
  readonly everyCallSuspends?: boolean;
  /** Treat every function as one that may suspend, whatever it calls. Chaos mode and fuel imply it. */
  readonly everyFunctionSuspends?: boolean;
  /** Meter the code: what instructions cost, by name (see fuel.ts). */
  readonly fuel?: FuelCosts;
  /** Ask the host before a memory or table grows (ContextHost.mayGrow). */
  readonly limits?: boolean;
  /**
   * When resume copies are made: "ahead", as part of the lowered module (the default), or "on-demand", in modules of their own
   * when a frame of the function is first re-entered. The latter keeps large modules small, and needs the guest at run time.
   * "auto" is the latter for modules with more than 250 kB of code.
   */
  readonly resumeCopies?: "auto" | "ahead" | "on-demand";
  /** Name functions that the guest does not name, for hosts whose traces have names only. */
  readonly nameAll?: boolean;
  /** The instructions in the guest's bodies (ModuleContext.findings), if they are known: spares a pass over them. */
  readonly opcodes?: OpcodeSet;
  /** The calls in the guest's bodies, likewise. */
  readonly calls?: CallList;
}

/**
 * Lowers a valid module.
 *
 * @throws LoweringError if a function is beyond an implementation limit once lowered.
 */
export function lower(guest: Module, options: LowerOptions = {}): LoweredModule {
  const searched = withoutLegacyExceptions(guest, options);
  return lowerModule(guest, searched.module, { ...options, ...searched });
}

/** Which guest instructions the code of a lowered module stands for. Arguments are those with which it was lowered. */
export function offsetMap(guest: Module, options: LowerOptions = {}): OffsetMap {
  const recorder = new OffsetRecorder();
  const searched = withoutLegacyExceptions(guest, options);
  const { module } = searched;
  return new OffsetMap(guest, module, lowerModule(guest, module, { ...options, ...searched }, recorder), recorder);
}

/** A module, the instructions in its bodies, and the calls there, if they are known. */
interface Searched {
  readonly module: Module;
  readonly opcodes: OpcodeSet;
  readonly calls: CallList | undefined;
}

function withoutLegacyExceptions(guest: Module, options: LowerOptions): Searched {
  const opcodes = options.opcodes ?? opcodesOf(guest);
  if (!usesLegacyExceptions(guest, opcodes)) return { module: guest, opcodes, calls: options.calls };
  const module = translateLegacyExceptions(guest);
  return { module, opcodes: opcodesOf(module), calls: undefined };
}

/** Bytes of code above which "auto" means on demand. */
const LARGE_CODE = 250_000;

function isOnDemand({ code }: Module, { resumeCopies }: Pick<LowerOptions, "resumeCopies">): boolean {
  if (resumeCopies !== "auto") return resumeCopies === "on-demand";
  const first = code[0];
  const last = code.at(-1);
  return first !== undefined && last !== undefined && last.range.end - first.range.start > LARGE_CODE;
}

type KnownOptions = Omit<LowerOptions, "calls"> & Omit<Searched, "module">;

function lowerModule(guest: Module, module: Module, options: KnownOptions, recorder?: OffsetRecorder): LoweredModule {
  const calls = suspendingCalls(module, options);
  const adds = options.limits === true || options.nameAll === true;
  if (!adds && isClosed(module, calls, options.opcodes)) return closedModule(module, recorder);
  const machine = new Machine();
  const types = new LoweredTypes(machine, module);
  const tags = new Tags(module, module.importedGlobals + 2, (type) => types.tagIdentity(type));
  const onDemand = isOnDemand(guest, options);
  const spaces = loweredSpaces(module, types, tags, onDemand);
  const chaos = options.chaos ?? false;
  const lowering = new ModuleLowering(module, machine, types, spaces, {
    chaos,
    limits: options.limits ?? false,
    nameAll: options.nameAll ?? false,
    recorder,
  });
  for (const tag of tags.defined) tags.setGlobal(tag, lowering.defineTag(tag));
  const bodies = new Bodies(guest, lowering, calls, options, onDemand);
  return writeLoweredModule(lowering, tags, bodies.lower());
}

function suspendingCalls(module: Module, options: KnownOptions): Suspending {
  const isEverything = options.chaos === true || options.fuel !== undefined || options.everyFunctionSuspends === true;
  if (isEverything) return Suspending.everything(module);
  const found = options.calls ?? callsOf(module);
  return Suspending.analyse(module, options.everyCallSuspends ?? false, options.opcodes, found);
}

/** The functions of a guest, on their way into a lowered module. */
class Bodies {
  /** The guest as it was given, whose offsets are those that users see. */
  readonly #guest: Module;
  readonly #lowering: ModuleLowering;
  readonly #calls: Suspending;
  readonly #costs: CostTable | undefined;
  readonly #onDemand: boolean;
  readonly #planner: Planner;
  readonly #frames = new FrameInfos();

  constructor(guest: Module, lowering: ModuleLowering, calls: Suspending, options: KnownOptions, onDemand: boolean) {
    const { module } = lowering;
    this.#guest = guest;
    this.#lowering = lowering;
    this.#calls = calls;
    this.#costs = options.fuel === undefined ? undefined : costTable(options.fuel);
    this.#onDemand = onDemand;
    this.#planner = new Planner(new FunctionValidator(validateDefinitions(module)));
  }

  lower(): LoweredBodies {
    const { module, recorder, reader } = this.#lowering;
    const dummies = new Dummies(this.#lowering);
    // Memory that is not written to costs nothing; having to grow would cost half as much again for a moment.
    const code = new Writer(2 * module.bytes.length);
    const uses = noUses();
    const called = new Uint8Array(module.functions.length);
    for (let i = 0; i < module.code.length; i++) {
      const { range } = module.code[i] as Code;
      const func = module.importedFunctions + i;
      const ordinal = this.#frames.list.length;
      let planned = this.#calls.call(func) ? this.#plan(this.#lowering, dummies, func, ordinal) : undefined;
      if (!this.#isChanged(planned, dummies) && copyBody(this.#lowering, i, code)) {
        recorder?.end(func);
        continue;
      }
      planned ??= this.#plan(this.#lowering, dummies, func, ordinal);
      const isLeft = planned.plan.sites.length > 0;
      if (isLeft && this.#onDemand) collectUsesAt(reader, planned.plan.uses, range.end, uses, called);
      const source = { ...planned, resumeFunction: isLeft ? this.#resumeFunction() : 0 };
      const entryCopy = emitEntryCopy(this.#lowering, dummies, source);
      recorder?.end(func);
      this.#check(entryCopy, source);
      this.#lowering.hints.add(func, entryCopy.finish(code));
      this.#lowering.recycle(entryCopy);
      if (!isLeft) continue;
      if (!this.#onDemand) this.#defineResumeCopy(this.#lowering, dummies, source);
      source.limits.checkModuleSize(code.length + this.#lowering.addedSize);
      this.#addFrame(source, func);
    }
    const make = (prefix: string, table: FunctionTable, ordinal: number): ResumeModule =>
      this.#resumeModule(prefix, table, ordinal);
    return { code, frames: this.#frames.list, dummies, onDemand: this.#onDemand ? { uses, make } : undefined };
  }

  /** Whether a function becomes another because it may be left, or because one that it ends with may. */
  #isChanged(planned: Omit<Source, "resumeFunction"> | undefined, dummies: Dummies): boolean {
    if (planned === undefined) return false;
    const { sites, tails } = planned.plan;
    if (sites.length > 0) return true;
    const { results } = this.#lowering.signature(planned.type);
    return tails.some((tail) => tailNeedsGuard(this.#lowering, dummies, tail, results));
  }

  /** Index of the function that enters the frames of the next function. */
  #resumeFunction(): number {
    return this.#onDemand ? lazyResume(this.#lowering) : this.#lowering.reserveFunction();
  }

  /** Plans the copies of a function. */
  #plan(lowering: ModuleLowering, dummies: Dummies, func: number, ordinal: number): Omit<Source, "resumeFunction"> {
    const { module, types } = lowering;
    const limits = new FunctionLimits(func, this.#offset(func));
    // On demand, resume copies are written into modules of their own.
    const resumes = !this.#onDemand || lowering !== this.#lowering;
    const options = { calls: this.#calls, values: dummies, costs: this.#costs, limits, resumes };
    const plan = this.#planner.plan(func, types, options);
    const layout = layOutFrame(plan, types, limits);
    const { body, range } = this.#code(func);
    const type = lowering.map.type(module.functions[func] ?? 0);
    return { plan, start: body, end: range.end, type, layout, ordinal, limits };
  }

  #code(func: number): Code {
    const { module } = this.#lowering;
    const code = module.code[func - module.importedFunctions];
    if (code === undefined) throw new RangeError(`function ${func} has no body`);
    return code;
  }

  /** Where the function's body is in the guest's bytes. */
  #offset(func: number): number {
    return this.#guest.code[func - this.#guest.importedFunctions]?.body ?? 0;
  }

  #check(copy: EmittedCode, source: Source): void {
    source.limits.checkCopy(copy, this.#lowering.signature(source.type).params.length);
  }

  /** Emits the resume copy of a function into the module being written. */
  #defineResumeCopy(lowering: ModuleLowering, dummies: Dummies, source: Source): void {
    const resumeCopy = emitResumeCopy(lowering, dummies, source);
    lowering.recorder?.end(source.resumeFunction);
    this.#check(resumeCopy, source);
    lowering.define(source.resumeFunction, TYPE.resume_fn, resumeCopy, "");
  }

  /** Notes what frames of a function are of. */
  #addFrame({ plan: { sites }, resumeFunction }: Source, func: number): void {
    const { module } = this.#lowering;
    const offsets = this.#frames.add(func, resumeFunction, sites.length);
    for (let i = 0; i < sites.length; i++) offsets[i] = (sites[i] as Site).offset;
    if (module !== this.#guest) offsets.set(guestOffsets(this.#guest, module, func, offsets));
  }

  #resumeModule(prefix: string, table: FunctionTable, ordinal: number): ResumeModule {
    const main = this.#lowering;
    const func = this.#frames.list[ordinal]?.func ?? 0;
    const { body, range } = this.#code(func);
    const uses = noUses();
    collectUses(main.module, { start: body, end: range.end }, uses);
    return writeResumeModule(main, prefix, table, uses, (lowering) => {
      const dummies = new Dummies(lowering);
      const planned = this.#plan(lowering, dummies, func, ordinal);
      const resumeFunction = lowering.reserveFunction();
      this.#defineResumeCopy(lowering, dummies, { ...planned, resumeFunction });
      return { resumeFunction, func };
    });
  }
}

/**
 * Copies a function that cannot be left: only its indices change. False if that would not do, because of a construct that
 * has to be written in another way (see Copy).
 */
function copyBody(lowering: ModuleLowering, i: number, section: Writer): boolean {
  const { module, map, recorder } = lowering;
  const code = module.code[i];
  if (code === undefined) return false;
  const out = new Writer(code.range.end - code.range.start + 16);
  out.u32(code.locals.length);
  for (const { count, type } of code.locals) {
    out.u32(count);
    writeValType(out, lowering.types.lower(type), IDENTITY);
  }
  const { reader } = lowering;
  reader.seek(code.body, code.range.end);
  const start = out.length;
  while (reader.next()) {
    recorder?.note(out.length - start, reader.offset);
    const grow = growFunction(lowering, reader);
    if (grow !== undefined) writeCall(out, grow);
    else if (reader.opcode === OP["cont.new"]) writeCall(out, contNew(lowering, map.type(reader.x), "boxed"));
    else if (reader.opcode === OP["cont.bind"]) {
      writeCall(out, lowering.machineFunction("consume"));
      writeCall(out, contBind(lowering, map.type(reader.x), map.type(reader.y), "boxed"));
    } else if (isSwitch(reader.opcode)) out.u8(OP.unreachable);
    else if (isWideTry(reader)) return false;
    else writeInstruction(out, reader, map);
  }
  section.appendSized(out);
  return true;
}

/** Instructions that switch stacks: in a function that cannot be left they stand where control never comes. */
function isSwitch(opcode: number): boolean {
  return opcode >= OP.suspend && opcode <= OP.switch;
}

function writeCall(out: Writer, func: number): void {
  out.u8(OP.call);
  out.u32(func);
}
