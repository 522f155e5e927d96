/**
 * Emits the code of one function of the lowered module: instructions, open labels, and locals that are allocated as needed.
 * All indices and types are the lowered module's.
 */
import { IDENTITY } from "../wasm/index-map.ts";
import type { CatchClause } from "../wasm/instruction-reader.ts";
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import { writeHeapType, writeValType } from "../wasm/type-codec.ts";
import {
  asNullable,
  HEAP_EXN,
  heapOf,
  isDefaultable,
  isException,
  isNullable,
  refType,
  type ValType,
} from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import { TYPE } from "./machine/machine.generated.ts";
import type { Spaces } from "./spaces.ts";
import { writeZero } from "./zero.ts";

/** From this many cases on, a choice is a table. */
export const TABLE_THRESHOLD = 4;

export class Code {
  readonly writer: Writer;
  /** Number of open labels; a label opened at depth d has the number d + 1. */
  depth = 0;
  readonly #types: LoweredTypes;
  readonly #spaces: Pick<Spaces, "context" | "effect">;
  readonly #firstLocal: number;
  /** Runs of locals of the same type. */
  readonly #locals: { count: number; readonly type: ValType }[] = [];
  #localCount = 0;
  /** Positions of the branches that are hinted as unlikely. */
  readonly #unlikely: number[] = [];
  /** Given once a local has been released. */
  #free: Map<ValType, number[]> | undefined;

  /**
   * `spaces` tells the indices of the store context and the control effect, `params` the number of the function's
   * parameters; `writer` is empty.
   */
  constructor(types: LoweredTypes, spaces: Pick<Spaces, "context" | "effect">, params: number, writer: Writer) {
    this.writer = writer;
    this.#types = types;
    this.#spaces = spaces;
    this.#firstLocal = params;
  }

  /** New locals of exactly this type; the result is the first. */
  declare(type: ValType, count = 1): number {
    const last = this.#locals.at(-1);
    if (last?.type === type) last.count += count;
    else this.#locals.push({ count, type });
    this.#localCount += count;
    return this.#firstLocal + this.#localCount - count;
  }

  /** A new local; a reference is made nullable, so that it has a default. */
  local(type: ValType): number {
    return this.declare(asNullable(type));
  }

  /** A local for a short while; `release` gives it back. Its type is `type` made nullable. */
  acquire(type: ValType): number {
    return this.#free?.get(asNullable(type))?.pop() ?? this.local(type);
  }

  release(type: ValType, local: number): void {
    const key = asNullable(type);
    this.#free ??= new Map();
    const free = this.#free.get(key);
    if (free === undefined) this.#free.set(key, [local]);
    else free.push(local);
  }

  releaseAll(types: readonly ValType[], locals: readonly number[]): void {
    types.forEach((type, i) => this.release(type, locals[i] ?? 0));
  }

  /** Moves operands into locals for a short while, which are the result; `push` gives them back, or `releaseAll`. */
  pop(types: readonly ValType[]): number[] {
    const temps = types.map((type) => this.acquire(type));
    for (let i = types.length - 1; i >= 0; i--) this.set(temps[i] ?? 0);
    return temps;
  }

  /** Pushes what `pop` has put into locals. */
  push(types: readonly ValType[], temps: readonly number[]): void {
    types.forEach((type, i) => {
      const temp = temps[i] ?? 0;
      this.get(temp);
      this.refine(type);
      this.release(type, temp);
    });
  }

  /** Number of locals declared so far. */
  get localCount(): number {
    return this.#localCount;
  }

  op(opcode: number): void {
    writeOpcode(this.writer, opcode);
  }

  /** An instruction with one index. */
  index(opcode: number, x: number): void {
    writeOpcode(this.writer, opcode);
    this.writer.u32(x);
  }

  /** An instruction with two indices. */
  index2(opcode: number, x: number, y: number): void {
    writeOpcode(this.writer, opcode);
    this.writer.u32(x);
    this.writer.u32(y);
  }

  i32(value: number): void {
    this.writer.u8(OP["i32.const"]);
    this.writer.s32(value);
  }

  i64(value: number): void {
    this.writer.u8(OP["i64.const"]);
    this.writer.s64(BigInt(value));
  }

  get(local: number): void {
    this.index(OP["local.get"], local);
  }

  set(local: number): void {
    this.index(OP["local.set"], local);
  }

  call(func: number): void {
    this.index(OP["call"], func);
  }

  /** Pushes the store context. */
  context(): void {
    this.index(OP["global.get"], this.#spaces.context);
  }

  /** Pushes a field of the store context. */
  contextField(field: number): void {
    this.context();
    this.index2(OP["struct.get"], TYPE.VMStoreContext, field);
  }

  /** Pushes the control effect: not 0 when the call that just came back was left. */
  effect(): void {
    this.index(OP["global.get"], this.#spaces.effect);
  }

  /** `ref.as_non_null` where `type`, that of a value just read from a nullable place, asks for it. */
  refine(type: ValType): void {
    if (isDefaultable(type)) return;
    if (isException(type)) this.retype(type);
    else this.op(OP["ref.as_non_null"]);
  }

  /**
   * Has a value of type `type`, a reference to an exception, come out of a `select`. V8 12 (Node 22) forgets the type of what a
   * `catch_ref` catches, and its optimising compiler crashes where such a value is tested for null; in a function with
   * instructions on aggregates, as all are that restore a frame. The compiler drops the `select` afterwards.
   */
  retype(type: ValType): void {
    this.op(OP["ref.null"]);
    writeHeapType(this.writer, HEAP_EXN, IDENTITY);
    this.i32(1);
    this.select(refType(HEAP_EXN, true));
    if (!isDefaultable(type)) this.op(OP["ref.as_non_null"]);
  }

  /** `select` of values of this type. */
  select(type: ValType): void {
    this.op(OP["select t"]);
    this.writer.u32(1);
    writeValType(this.writer, type, IDENTITY);
  }

  /** Pushes the default value of `type` made nullable. */
  zero(type: ValType): void {
    writeZero(this.writer, type);
  }

  /** `ref.cast` to the reference type `type`. */
  cast(type: ValType): void {
    this.op(isNullable(type) ? OP["ref.cast null"] : OP["ref.cast"]);
    writeHeapType(this.writer, heapOf(type), IDENTITY);
  }

  /** Opens a block, loop or if and returns the number of its label. */
  open(opcode: number, params: readonly ValType[], results: readonly ValType[]): number {
    this.op(opcode);
    this.#blockType(params, results);
    this.depth++;
    return this.depth;
  }

  /** Opens a try_table; the labels of its clauses are indices, counted outside of it. */
  openTry(params: readonly ValType[], results: readonly ValType[], clauses: readonly CatchClause[]): number {
    this.op(OP["try_table"]);
    this.#blockType(params, results);
    this.writer.u32(clauses.length);
    for (const { kind, tag, label } of clauses) {
      this.writer.u8(kind);
      if (kind < 2) this.writer.u32(tag);
      this.writer.u32(label);
    }
    this.depth++;
    return this.depth;
  }

  #blockType(params: readonly ValType[], results: readonly ValType[]): void {
    const [only] = results;
    if (params.length === 0 && only === undefined) this.writer.u8(0x40);
    else if (params.length === 0 && results.length === 1 && only !== undefined)
      writeValType(this.writer, only, IDENTITY);
    else this.writer.s32(this.#types.func(params, results));
  }

  else(): void {
    this.op(OP["else"]);
  }

  /** Closes the innermost label. */
  end(): void {
    this.op(OP["end"]);
    this.depth--;
  }

  /** The index by which the label of this number is addressed from here. */
  labelIndex(label: number): number {
    return this.depth - label;
  }

  br(label: number): void {
    this.index(OP["br"], this.labelIndex(label));
  }

  brIf(label: number): void {
    this.index(OP["br_if"], this.labelIndex(label));
  }

  /** `br_if` to where a frame is saved: hinted as unlikely, so that the host keeps what serves it out of the way. */
  brIfLeft(label: number): void {
    this.#unlikely.push(this.writer.length);
    this.brIf(label);
  }

  /** `br_table` to one of `labels`, or else to `otherwise`. */
  brTable(labels: readonly number[], otherwise: number): void {
    this.op(OP.br_table);
    this.writer.u32(labels.length);
    for (const label of labels) this.writer.u32(this.labelIndex(label));
    this.writer.u32(this.labelIndex(otherwise));
  }

  /** Emits case k for when a local is k, or goes on if that is none of the cases; control must not run out of a case. */
  choose(local: number, cases: number, emit: (k: number) => void): void {
    if (cases < TABLE_THRESHOLD) {
      for (let k = 0; k < cases; k++) {
        this.get(local);
        this.i32(k);
        this.op(OP["i32.eq"]);
        this.if();
        emit(k);
        this.end();
      }
      return;
    }
    const none = this.open(OP.block, [], []);
    const labels = Array.from({ length: cases }, () => this.open(OP.block, [], [])).toReversed();
    this.get(local);
    this.brTable(labels, none);
    for (let k = 0; k < cases; k++) {
      this.end();
      emit(k);
    }
    this.end();
  }

  /** An `if` without parameters and results. */
  if(): void {
    this.open(OP["if"], [], []);
  }

  /**
   * Appends the function's entry of the code section: its size, locals, body and `end`. Returns where its branches are that are
   * hinted as unlikely.
   */
  finish(section: Writer): readonly number[] {
    const head = new Writer(16);
    head.u32(this.#locals.length);
    for (const { count, type } of this.#locals) {
      head.u32(count);
      writeValType(head, type, IDENTITY);
    }
    section.u32(head.length + this.writer.length + 1);
    section.append(head);
    section.append(this.writer);
    section.u8(OP["end"]);
    for (let i = 0; i < this.#unlikely.length; i++) this.#unlikely[i] = head.length + (this.#unlikely[i] as number);
    return this.#unlikely;
  }
}
