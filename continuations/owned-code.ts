/** What the copies of a function make of its owned locals (owned-locals.ts), and of the instructions that use those up. */
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import { HEAP_STRUCT, heapOf, refType, type ValType } from "../wasm/types.ts";
import type { Code } from "./code.ts";
import { CONTINUATION, CONTINUATION_OBJECT } from "./lowered-types.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import type { Owned, OwnedLocal } from "./owned-locals.ts";
import type { PlanLocals } from "./plan-locals.ts";

/** Emits code for the current instruction of `reader`, in which local x has become local x + `localShift`. */
export class OwnedCode {
  readonly #owned: Owned;
  readonly #locals: PlanLocals;
  readonly #lowering: ModuleLowering;
  readonly #code: Code;
  readonly #reader: InstructionReader;
  readonly #localShift: number;
  /** The owned local that the instruction before has read, for the current one to use its continuation up. */
  #taken: OwnedLocal | undefined;

  constructor(
    owned: Owned,
    locals: PlanLocals,
    lowering: ModuleLowering,
    code: Code,
    reader: InstructionReader,
    localShift: number,
  ) {
    this.#owned = owned;
    this.#locals = locals;
    this.#lowering = lowering;
    this.#code = code;
    this.#reader = reader;
    this.#localShift = localShift;
  }

  /** Whether the current instruction leaves its continuation on the stack, or on that of its label, without a box. */
  get isProducer(): boolean {
    return this.#owned.producers.has(this.#reader.offset);
  }

  get #isConsumer(): boolean {
    return this.#owned.consumers.has(this.#reader.offset);
  }

  /** `local.get`: of an owned local the value is used up, moved, compared with null, or dropped. False for other locals. */
  get(): boolean {
    const owned = this.#owned.locals.get(this.#reader.x);
    if (owned === undefined) return false;
    const { bytes, end } = this.#reader;
    const next = bytes[end];
    if (next === OP.drop) this.#get(owned.raw);
    else if (next === OP["ref.is_null"] && owned.boxed !== undefined) this.#getEither(owned.raw, owned.boxed);
    else this.#taken = owned;
    return true;
  }

  /** Pushes the one of a pair that is not null, if there is one. */
  #getEither(raw: number, boxed: number): void {
    const code = this.#code;
    this.#get(raw);
    this.#get(boxed);
    this.#get(raw);
    code.op(OP["ref.is_null"]);
    code.op(OP["i32.eqz"]);
    code.select(refType(HEAP_STRUCT, true));
  }

  /** `local.set`; false for locals that are not owned. */
  set(): boolean {
    const owned = this.#owned.locals.get(this.#reader.x);
    if (owned === undefined) return false;
    const { raw, boxed, type } = owned;
    if (boxed !== undefined && this.#owned.pairs.has(this.#reader.offset)) {
      this.#set(raw);
      this.#set(boxed);
      return true;
    }
    const from = this.#taken;
    this.#taken = undefined;
    const isRaw = boxed === undefined || this.#isConsumer;
    if (from !== undefined) {
      if (!isRaw) this.#moveBoxed(from, boxed, type);
      this.#get(from.raw);
    } else if (!isRaw) {
      this.#set(boxed);
      this.#code.zero(CONTINUATION);
    }
    this.#set(raw);
    return true;
  }

  /** Sets the boxed local of an owned one to what another has boxed, if that has nothing raw. */
  #moveBoxed(from: OwnedLocal, boxed: number, type: ValType): void {
    const code = this.#code;
    if (from.boxed === undefined) this.#consumed(type);
    else {
      this.#get(from.raw);
      code.op(OP["ref.is_null"]);
      code.if();
      this.#get(from.boxed);
      // A parameter may be one that cannot be null.
      code.refine(this.#locals.type(boxed));
    }
    this.#set(boxed);
    if (from.boxed !== undefined) code.end();
  }

  /**
   * Uses up the continuation in the owned local that was read before, or the one on the stack if that is raw; pushes it.
   * False if it is boxed.
   */
  consume(): boolean {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken === undefined) return this.#isConsumer;
    const code = this.#code;
    this.#get(taken.raw);
    if (taken.boxed === undefined) code.call(this.#lowering.machineFunction("take"));
    else {
      this.#get(taken.boxed);
      code.call(this.#lowering.machineFunction("take_either"));
    }
    this.#clear(taken);
    return true;
  }

  /**
   * Moves the continuation to switch to, in the owned local that was read before, or on the stack if that is raw, to locals that
   * are to be released: itself, and its VMContObj if it may be boxed, one of them null. It has still to be used up. Undefined if
   * it is boxed on the stack.
   */
  popNext(): [raw: number, boxed: number | undefined] | undefined {
    const code = this.#code;
    const taken = this.#taken;
    if (taken?.boxed === undefined) {
      if (!this.consume()) return undefined;
      const raw = code.acquire(CONTINUATION);
      code.set(raw);
      return [raw, undefined];
    }
    this.#taken = undefined;
    const raw = code.acquire(CONTINUATION);
    const boxed = code.acquire(CONTINUATION_OBJECT);
    this.#get(taken.raw);
    code.set(raw);
    this.#get(taken.boxed);
    code.set(boxed);
    this.#clear(taken);
    return [raw, boxed];
  }

  /** Leaves nothing in an owned local but that its continuation has been used up. */
  #clear({ raw, boxed, type }: OwnedLocal): void {
    if (boxed !== undefined) {
      this.#consumed(type);
      this.#set(boxed);
    }
    this.#code.zero(CONTINUATION);
    this.#set(raw);
  }

  /** Pushes a VMContObj that has been used up. */
  #consumed(type: ValType): void {
    this.#code.index(OP["global.get"], this.#lowering.consumed(heapOf(type)));
  }

  #get(local: number): void {
    this.#code.get(local + this.#localShift);
  }

  #set(local: number): void {
    this.#code.set(local + this.#localShift);
  }
}
