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
import { HEAP_ANY, HEAP_EXN, refType, type ValType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import { Code } from "./code.ts";
import type { Machine } from "./linked-machine.ts";
import { CONTINUATION, type LoweredTypes } from "./lowered-types.ts";
import { FUNC, TYPE } from "./machine/machine.generated.ts";
import type { OffsetRecorder } from "./offset-map.ts";
import type { Spaces } from "./spaces.ts";
import { emitPut, emitTake } from "./transfer.ts";
import { writeZero } from "./zero.ts";

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
    this.writeContObj(code.writer, cont);
  }

  writeContObj(out: Writer, cont: number): void {
    if (cont !== TYPE.VMContObj) writeZero(out, refType(this.contFunction(cont), true));
    writeOpcode(out, OP["struct.new"]);
    out.u32(cont);
  }

  /** Global that holds a consumed continuation of type `cont`. */
  consumed(cont: number): number {
    return this.#constant(`consumed ${cont}`, refType(cont, false), (init) => {
      writeZero(init, CONTINUATION);
      this.writeContObj(init, cont);
    });
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
