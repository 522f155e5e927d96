/**
 * What the lowering of one module shares between its functions: index spaces, and the functions, globals and types that are
 * added on demand.
 */
import { UnlikelyBranches } from "../wasm/branch-hints.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module } from "../wasm/module.ts";
import { writeHeapType } from "../wasm/type-codec.ts";
import { asNullable, HEAP_ANY, HEAP_EXN, heapOf, I32, refType, type ValType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { Code } from "./code.ts";
import { FIRST_FIELD, frameType } from "./frame-layout.ts";
import type { Machine } from "./linked-machine.ts";
import { checkHelper } from "./lowered-limits.ts";
import { CONTINUATION, type LoweredTypes } from "./lowered-types.ts";
import { FUNC, TYPE } from "./machine/machine.generated.ts";
import type { OffsetRecorder } from "./offset-map.ts";
import { LEFT_WITHOUT_FRAME, RETURNED } from "./resume-results.ts";
import type { Spaces } from "./spaces.ts";
import { TRAP } from "./traps.ts";
import { emitPut, emitTake, overflows } from "./transfer.ts";
import { writeZero } from "./zero.ts";

/** Parameter of a resume function. */
const MODE = 1;

/** A function added to the module. */
export interface AddedFunction {
  readonly type: number;
  /** Its entry of the code section. */
  readonly entry: Writer;
  /** What it is for; the name of a resume copy is that of its guest's function (lowered-names.ts). */
  readonly name: string;
}

/** A global added to the module: always immutable, its value a constant expression without `end`. */
export interface AddedGlobal {
  readonly type: ValType;
  readonly init: Writer;
}

export interface EmitOptions {
  readonly chaos: boolean;
  /** Whether code asks the host before it grows a memory or table. */
  readonly limits: boolean;
  /** Whether functions that the guest does not name are named. */
  readonly nameAll: boolean;
  /** Given when someone wants to know where the guest's instructions go. */
  readonly recorder: OffsetRecorder | undefined;
}

/** A module being written that holds copies of functions of `module`. */
export class ModuleLowering {
  readonly module: Module;
  readonly machine: Machine;
  readonly types: LoweredTypes;
  readonly spaces: Spaces;
  readonly chaos: boolean;
  /** Whether code asks the host before it grows a memory or table. */
  readonly asksToGrow: boolean;
  /** Whether functions that the guest does not name are named. */
  readonly nameAll: boolean;
  /** Given when someone wants to know where the guest's instructions go. */
  readonly recorder: OffsetRecorder | undefined;
  readonly functions: (AddedFunction | undefined)[] = [];
  readonly globals: AddedGlobal[] = [];
  /** Functions that `ref.func` names in what was added. */
  readonly declared = new Set<number>();
  /** Branches that are hinted as unlikely. */
  readonly hints = new UnlikelyBranches();
  /** For the copy that is being emitted. */
  readonly reader: InstructionReader;
  /** Helpers that save frames; as often as they are asked for, their names would take too long (see entry-copy.ts). */
  readonly saveFunctions = new Map<number, number>();
  readonly #helpers = new Map<string, number>();
  /** Of the machine's functions that are linked in, the indices that they have here. */
  readonly #linked = new Map<number, number>();
  readonly #spare: Writer[] = [];
  #addedSize = 0;

  constructor(module: Module, machine: Machine, types: LoweredTypes, spaces: Spaces, options: EmitOptions) {
    this.module = module;
    this.reader = new InstructionReader(module.bytes);
    this.machine = machine;
    this.types = types;
    this.spaces = spaces;
    this.chaos = options.chaos;
    this.asksToGrow = options.limits;
    this.nameAll = options.nameAll;
    this.recorder = options.recorder;
  }

  // -- Index spaces

  /** Renumbers the indices of guest code. */
  get map(): IndexMap {
    return this.spaces.map;
  }

  /** Index of one of the machine's functions, which is linked in when it is first asked for. */
  machineFunction(name: keyof typeof FUNC): number {
    return this.#link(FUNC[name]);
  }

  /** Indices of the machine's functions that run continuations, as far as they are linked in. */
  get drivers(): readonly number[] {
    return [FUNC.run, FUNC.run_frames].flatMap((x) => this.#linked.get(x) ?? []);
  }

  #link(x: number): number {
    const known = this.#linked.get(x);
    if (known !== undefined) return known;
    const index = this.reserveFunction();
    this.#linked.set(x, index);
    // The only one that the machine refers to other than by calling it.
    if (x === FUNC.resume_stack) this.declared.add(index);
    const { context, effect } = this.spaces;
    this.#setFunction(
      index,
      this.machine.function(x, (callee) => this.#link(callee), [context, effect]),
    );
    return index;
  }

  /** Reserves an index; {@link define} has to follow. */
  reserveFunction(): number {
    return this.spaces.functions + this.functions.push(undefined) - 1;
  }

  define(index: number, type: number, code: Code, name: string): void {
    const entry = new Writer(code.writer.length + 16);
    this.hints.add(index, code.finish(entry));
    this.recycle(code);
    this.#setFunction(index, { type, entry, name });
  }

  #setFunction(index: number, added: AddedFunction): void {
    this.functions[index - this.spaces.functions] = added;
    this.#addedSize += added.entry.length;
  }

  /** Bytes of code of the functions added so far. */
  get addedSize(): number {
    return this.#addedSize;
  }

  newCode(params: number): Code {
    return new Code(this.types, this.spaces, params, this.#spare.pop() ?? new Writer(4096));
  }

  /** Takes back the buffer of code that has been finished. */
  recycle(code: Code): void {
    code.writer.reset();
    this.#spare.push(code.writer);
  }

  /** The function that `emit` writes, made the first time that one called `name` is asked for. */
  helper(name: string, params: readonly ValType[], results: readonly ValType[], emit: (code: Code) => void): number {
    return this.helperOfType(name, () => this.types.func(params, results), params.length, emit);
  }

  helperOfType(name: string, type: () => number, params: number, emit: (code: Code) => void): number {
    const known = this.#helpers.get(name);
    if (known !== undefined) return known;
    const index = this.reserveFunction();
    this.#helpers.set(name, index);
    const code = this.newCode(params);
    emit(code);
    this.define(index, type(), code, name);
    return index;
  }

  addGlobal(type: ValType, init: Writer): number {
    return this.spaces.globals + this.globals.push({ type, init }) - 1;
  }

  /** Pushes a reference to a function. */
  refFunc(code: Code, func: number): void {
    this.declared.add(func);
    code.index(OP["ref.func"], func);
  }

  // -- Tags

  /** Adds the global that holds the identity of a tag which the guest defines. */
  defineTag(tag: number): number {
    const type = this.types.tagIdentity(this.module.tags[tag] ?? 0);
    const init = new Writer(8);
    writeOpcode(init, OP["struct.new_default"]);
    init.u32(type);
    return this.addGlobal(refType(type, false), init);
  }

  /** Pushes the identity of a guest tag. */
  tagIdentity(code: Code, tag: number): void {
    code.index(OP["global.get"], this.spaces.identity(tag));
  }

  /** Global that holds the clauses of a resume site. */
  handlers(clauses: readonly { readonly kind: number; readonly tag: number }[]): number {
    const suspend = clauses.filter(({ kind }) => kind === 0).map(({ tag }) => this.spaces.identity(tag));
    const switches = clauses.filter(({ kind }) => kind === 1).map(({ tag }) => this.spaces.identity(tag));
    return this.#constant(`handlers ${suspend.join()} ${switches.join()}`, refType(TYPE.VMHandlers, false), (init) => {
      const [first] = suspend;
      if (first === undefined) {
        writeOpcode(init, OP["ref.null"]);
        writeHeapType(init, TYPE.VMTag, IDENTITY);
      } else {
        writeOpcode(init, OP["global.get"]);
        init.u32(first);
      }
      for (const tags of [suspend, switches]) {
        for (const tag of tags) {
          writeOpcode(init, OP["global.get"]);
          init.u32(tag);
        }
        writeOpcode(init, OP["array.new_fixed"]);
        init.u32(TYPE.VMTags);
        init.u32(tags.length);
      }
      writeOpcode(init, OP["struct.new"]);
      init.u32(TYPE.VMHandlers);
    });
  }

  #constant(key: string, type: ValType, write: (init: Writer) => void): number {
    const known = this.#helpers.get(key);
    if (known !== undefined) return known;
    const init = new Writer(32);
    write(init);
    const index = this.addGlobal(type, init);
    this.#helpers.set(key, index);
    return index;
  }

  // -- Helpers that stand for an instruction

  trap(code: Code, trap: number): void {
    code.i32(trap);
    code.call(this.machineFunction("trap"));
  }

  /** Type index of the function type of the (lowered) continuation type `cont`. */
  contFunction(cont: number): number {
    const { composite } = this.module.types[cont - this.types.shift] ?? {};
    if (composite?.kind !== "cont") throw new RangeError(`type ${cont} is no continuation type`);
    return composite.func + this.types.shift;
  }

  /** Parameters and results of the (lowered) function type `type`. */
  signature(type: number): { readonly params: readonly ValType[]; readonly results: readonly ValType[] } {
    const { composite } = this.types.definition(type);
    if (composite.kind !== "func") throw new RangeError(`type ${type} is no function type`);
    return composite;
  }

  /** Parameters of the construct that the current instruction opens. */
  blockParams({ block, x }: InstructionReader): readonly ValType[] {
    return block === 2 ? this.signature(this.map.type(x)).params : [];
  }

  /** Results of the construct that the current instruction opens. */
  blockResults({ block, blockType, x }: InstructionReader): readonly ValType[] {
    if (block === 0) return [];
    if (block === 1) return [this.types.lower(blockType)];
    return this.signature(this.map.type(x)).results;
  }

  /** Makes the continuation on the stack one that the guest can hold, of type `cont`. */
  emitContObj(code: Code, cont: number): void {
    this.#writeContObj(code.writer, cont);
  }

  #writeContObj(out: Writer, cont: number): void {
    if (cont !== TYPE.VMContObj) writeZero(out, refType(this.contFunction(cont), true));
    writeOpcode(out, OP["struct.new"]);
    out.u32(cont);
  }

  /**
   * In a resume function: pushes what a continuation of these parameters, the rest of them, or a site, was entered with. After a
   * switch the last is the continuation that was switched away from, which is only boxed here.
   */
  emitTakeArguments(code: Code, values: readonly ValType[]): void {
    const last = values.at(-1) ?? 0;
    if (!this.types.isAnyContinuation(last)) {
      emitTake(code, this.types, values);
      return;
    }
    this.#takeLast(code, values, [last], (takeBoxed) => {
      code.call(this.machineFunction("take_captured"));
      code.op(OP["ref.as_non_null"]);
      this.emitContObj(code, heapOf(last));
      code.else();
      takeBoxed();
    });
  }

  /** The same where the last is not boxed: see {@link pairTypes}. */
  emitTakePair(code: Code, values: readonly ValType[]): void {
    this.#takeLast(code, values, pairTypes(values).slice(-2), (takeBoxed) => {
      code.zero(values.at(-1) ?? 0);
      code.call(this.machineFunction("take_captured"));
      code.else();
      takeBoxed();
      code.zero(CONTINUATION);
    });
  }

  /**
   * Takes all values but the last, and opens an `if` with these results: after a switch, or otherwise. `emitArms` is told how
   * the last is taken otherwise.
   */
  #takeLast(
    code: Code,
    values: readonly ValType[],
    results: readonly ValType[],
    emitArms: (takeBoxed: () => void) => void,
  ): void {
    const { types } = this;
    const { length } = values;
    const last = values[length - 1] ?? 0;
    const open = (): void => {
      code.get(MODE);
      code.open(OP.if, [], results);
    };
    if (overflows(types, values)) {
      emitTake(code, types, [...values.slice(0, -1), asNullable(last)]);
      const boxed = code.acquire(last);
      code.set(boxed);
      open();
      emitArms(() => {
        code.get(boxed);
        code.refine(last);
      });
      code.release(last, boxed);
    } else {
      emitTake(code, types, values, 0, length - 1);
      open();
      emitArms(() => emitTake(code, types, values, length - 1));
    }
    code.end();
  }

  /** Global that holds a consumed continuation of type `cont`. */
  consumed(cont: number): number {
    return this.#constant(`consumed ${cont}`, refType(cont, false), (init) => {
      writeZero(init, CONTINUATION);
      this.#writeContObj(init, cont);
    });
  }

  /** `cont.new`: (ref null $ft) -> (ref $ct), or its only frame. */
  contNew(cont: number, form: "raw" | "boxed"): number {
    const func = this.contFunction(cont);
    const result = form === "raw" ? heapOf(CONTINUATION) : cont;
    const name = form === "raw" ? `new ${func}` : `cont.new ${cont}`;
    return this.helper(name, [refType(func, true)], [refType(result, false)], (code) => {
      code.get(0);
      code.op(OP["ref.is_null"]);
      code.if();
      this.trap(code, TRAP.nullFunction);
      code.end();
      this.#beginFrame(code, this.#startFrame(func));
      code.get(0);
      code.index(OP["struct.new"], this.#startFrameType(func));
      if (form === "boxed") this.emitContObj(code, cont);
    });
  }

  /** `cont.new` of a constant expression: what comes before its operand, and, in {@link endFreshCont}, after it. */
  beginFreshCont(out: Writer, cont: number): void {
    writeFrameHead(out, this.#startFrame(this.contFunction(cont)));
  }

  endFreshCont(out: Writer, cont: number): void {
    writeOpcode(out, OP["struct.new"]);
    out.u32(this.#startFrameType(this.contFunction(cont)));
    this.#writeContObj(out, cont);
  }

  /** Begins a start or bind frame in a function. */
  #beginFrame(code: Code, resume: number): void {
    this.declared.add(resume);
    writeFrameHead(code.writer, resume);
  }

  #frameType(fields: readonly ValType[]): number {
    return frameType(
      this.types,
      fields.map((type) => ({ type, mutable: false })),
    );
  }

  #startFrameType(func: number): number {
    return this.#frameType([refType(func, true)]);
  }

  /** Resume function of the only frame of a fresh continuation: calls its function with the arguments of the resume. */
  #startFrame(func: number): number {
    return this.helperOfType(
      `start ${func}`,
      () => TYPE.resume_fn,
      2,
      (code) => {
        const { params, results } = this.signature(func);
        const frame = this.#startFrameType(func);
        this.emitRethrow(code);
        this.emitTakeArguments(code, params);
        code.get(0);
        code.cast(refType(frame, false));
        code.index2(OP["struct.get"], frame, FIRST_FIELD);
        code.index(OP["call_ref"], func);
        // The callee's frames stand for themselves: this one has nothing left to do.
        code.effect();
        code.if();
        code.i32(LEFT_WITHOUT_FRAME);
        code.op(OP["return"]);
        code.end();
        emitPut(code, this.types, results);
        code.i32(RETURNED);
      },
    );
  }

  /** At the start of a resume function: throws the exception that it was entered with, if any. */
  emitRethrow(code: Code): void {
    code.get(MODE);
    code.i32(0);
    code.op(OP["i32.lt_s"]);
    code.if();
    code.call(this.machineFunction("rethrow"));
    code.end();
  }

  /** `cont.bind`, once its operand has been used up: t1* (ref $VMFrame) -> (ref $to), or what that is to hold. */
  contBind(from: number, to: number, form: "raw" | "boxed"): number {
    const { params } = this.signature(this.contFunction(from));
    const rest = this.signature(this.contFunction(to)).params;
    const bound = params.slice(0, params.length - rest.length);
    const operands = [...bound, refType(heapOf(CONTINUATION), false)];
    checkHelper(operands, "a cont.bind");
    const result = form === "raw" ? heapOf(CONTINUATION) : to;
    const name = form === "raw" ? `bind ${from} to ${to}` : `cont.bind ${from} ${to}`;
    return this.helper(name, operands, [refType(result, false)], (code) => {
      if (bound.length > 0) {
        this.#beginFrame(code, this.#bindFrame(from, bound.length));
        for (let i = 0; i < bound.length; i++) code.get(i);
        code.index(OP["struct.new"], this.#frameType(bound));
      }
      code.get(bound.length);
      if (bound.length > 0) code.call(this.machineFunction("bind"));
      if (form === "boxed") this.emitContObj(code, to);
    });
  }

  /** Resume function of a bind frame: completes the argument list and leaves it for the frame below. */
  #bindFrame(from: number, count: number): number {
    return this.helperOfType(
      `bind ${from} ${count}`,
      () => TYPE.resume_fn,
      2,
      (code) => {
        const { params } = this.signature(this.contFunction(from));
        const frame = this.#frameType(params.slice(0, count));
        this.emitRethrow(code);
        const self = code.local(refType(frame, true));
        code.get(0);
        code.cast(refType(frame, false));
        code.set(self);
        for (let i = 0; i < count; i++) {
          code.get(self);
          code.index2(OP["struct.get"], frame, FIRST_FIELD + i);
        }
        this.emitTakeArguments(code, params.slice(count));
        emitPut(code, this.types, params);
        code.i32(RETURNED);
      },
    );
  }

  /** Throws a tag, with the payload that waits in the transfer area. */
  thrower(tag: number): number {
    return this.helperOfType(
      `throw ${tag}`,
      () => TYPE.host_fn,
      0,
      (code) => {
        emitTake(code, this.types, this.signature((this.module.tags[tag] ?? 0) + this.types.shift).params);
        code.index(OP["throw"], this.map.tag(tag));
      },
    );
  }

  /** Makes an exception of a tag that no guest knows: () -> exnref. */
  exception(): number {
    const exnref = refType(HEAP_EXN, true);
    return this.helper("exception", [], [exnref], (code) => {
      const caught = code.open(OP["block"], [], [exnref]);
      code.openTry([], [], [{ kind: 3, tag: 0, label: code.labelIndex(caught) }]);
      code.index(OP["throw"], this.spaces.unwind);
      code.end();
      code.op(OP["unreachable"]);
      code.end();
    });
  }

  /** A function of type `type` that nobody calls. */
  unreachableFunction(type: number): number {
    const { params } = this.signature(type);
    return this.helperOfType(
      `unreachable ${type}`,
      () => type,
      params.length,
      (code) => code.op(OP["unreachable"]),
    );
  }

  /** The results of type `type` that wait in the transfer area: what the host calls after an unwound call has finished. */
  takeResults(results: readonly ValType[]): number {
    return this.helper(`take ${results.join()}`, [], results, (code) => emitTake(code, this.types, results));
  }

  /** Leaves values of these types in the transfer area: what the host does with a helper's results before a rewind. */
  putResults(results: readonly ValType[]): number {
    return this.helper(`put ${results.join()}`, results, [], (code) => {
      for (const [i] of results.entries()) code.get(i);
      emitPut(code, this.types, results);
    });
  }

  /** (results, activation) -> activation: the same and the rewind itself, in one call. */
  rewindWith(results: readonly ValType[]): number {
    const any = refType(HEAP_ANY, true);
    return this.helper(`rewind ${results.join()}`, [...results, any], [any], (code) => {
      for (const [i] of results.entries()) code.get(i);
      emitPut(code, this.types, results);
      code.get(results.length);
      code.i32(0);
      code.call(this.machineFunction("host_rewind"));
    });
  }
}

/** Writes the fields that all frames have, of a start or bind frame: resume function, parent, block index, number. */
function writeFrameHead(out: Writer, resume: number): void {
  writeOpcode(out, OP["ref.func"]);
  out.u32(resume);
  writeZero(out, refType(TYPE.VMFrame, true));
  writeZero(out, I32);
  writeOpcode(out, OP["i32.const"]);
  out.s32(-1);
}

/** What stands on the stack for these values, of which the last is a continuation: its VMContObj, and itself; one of them null. */
export function pairTypes(values: readonly ValType[]): ValType[] {
  return [...values.slice(0, -1), asNullable(values.at(-1) ?? 0), CONTINUATION];
}
