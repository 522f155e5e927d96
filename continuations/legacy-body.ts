/**
 * Rewrites one function body from the legacy exception instructions to those of Wasm 3.0.
 *
 * ```wat
 * (try $t (param p*) (result r*)      (block $t (param p*) (result r*)
 *   (do body...)                        (block $all (param p*)
 *   (catch $e                             (block $caught (param p*) (result e* exnref)
 *     ... (rethrow $t) ...)                 (try_table (param p*) (result r*) (catch_ref $e $caught) (catch_all $all)
 *   (catch_all                                body...)
 *     ...))                                 (br $t))
 *                                         (local.set $x) ... (throw_ref (local.get $x)) ...
 *                                         (br $t))
 *                                       ...)
 * ```
 *
 * A `delegate` to the next handler around it is a plain block. One that leads past others catches everything and branches
 * to where its target's body has it thrown again:
 *
 * ```wat
 * (try_table (param p*) (result r*) (catch ...)
 *   (block $delegated (param p*) (result exnref)
 *     ... (try_table (catch_all_ref $delegated) ...) ...
 *     (br 1))
 *   (throw_ref))
 * ```
 */
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { FuncType, ValType } from "../wasm/types.ts";
import { HEAP_EXN, refType } from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import type { Range } from "../wasm/module.ts";
import type { BlockTypes } from "./legacy-block-types.ts";
import type { Handler, LegacyClause } from "./legacy-handlers.ts";

export const EXNREF = refType(HEAP_EXN, true);
const NO_TYPES: readonly ValType[] = Object.freeze([]);

/** Kinds of try_table's clauses; the kind with `_ref` is the next. */
const CATCH = 0;
const CATCH_ALL = 2;
const CATCH_ALL_REF = 3;

/** What a body refers to. */
export interface BodyContext {
  readonly types: BlockTypes;
  /** The function type with this index. */
  funcType(x: number): FuncType;
  /** The type of the tag with this index. */
  tagType(x: number): FuncType;
}

/** A construct of the guest's that is open. */
interface Open {
  /** Number of its label in the output: that of the labels open around it, plus one; 0 for the body. */
  readonly label: number;
  readonly handler: Handler | undefined;
  /** Of a `try`: number of the open clause, or -1 in the body. */
  clause: number;
  /** Local that holds what the open clause caught, or -1. */
  caught: number;
}

export class LegacyBody {
  /** The rewritten instructions. */
  readonly out = new Writer();
  /** Number of locals of type exnref that have to be added. */
  addedLocals = 0;
  readonly #context: BodyContext;
  readonly #reader: InstructionReader;
  readonly #firstLocal: number;
  readonly #handlers: readonly Handler[];
  readonly #map: IndexMap;
  /** Number of labels that are open in the output, the body's own not counted. */
  #depth = 0;
  readonly #open: Open[] = [];
  /** For each open handler that exceptions are delegated to, the number of the label that has them thrown again. */
  readonly #delegated = new Map<Handler, number>();
  #nextHandler = 0;
  #caughtCount = 0;

  /** `localCount` is the number of the function's parameters and locals. */
  constructor(context: BodyContext, reader: InstructionReader, handlers: readonly Handler[], localCount: number) {
    this.#context = context;
    this.#reader = reader;
    this.#handlers = handlers;
    this.#firstLocal = localCount;
    this.#map = { ...IDENTITY, label: (x) => this.#labelIndex(this.#at(x).label) };
  }

  /** Rewrites the instructions in `body`. */
  rewrite(body: Range): void {
    const reader = this.#reader;
    reader.seek(body.start, body.end);
    this.#enter(0, this.#takeHandler(), NO_TYPES);
    while (reader.next()) this.#instruction();
  }

  #instruction(): void {
    const reader = this.#reader;
    switch (reader.opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
        this.#copy();
        this.#enter(++this.#depth, undefined, NO_TYPES);
        break;
      case OP.try_table:
        this.#copy();
        this.#enter(++this.#depth, this.#takeHandler(), this.#params());
        break;
      case OP.try:
        this.#try(this.#takeHandler());
        break;
      case OP.catch:
      case OP.catch_all:
        this.#nextClause(this.#at(0));
        break;
      case OP.delegate:
      case OP.end:
        this.#leave(this.#at(0));
        break;
      case OP.rethrow:
        this.out.u8(OP["local.get"]);
        this.out.u32(this.#at(reader.x).caught);
        this.out.u8(OP.throw_ref);
        break;
      default:
        this.#copy();
    }
  }

  // -- Constructs

  /** Notes that a construct is open; if it is a handler, its body begins. */
  #enter(label: number, handler: Handler | undefined, params: readonly ValType[]): void {
    this.#open.push({ label, handler, clause: -1, caught: -1 });
    if (handler?.isBypassTarget === true) this.#delegated.set(handler, this.#block(params, [EXNREF]));
  }

  #try(handler: Handler): void {
    const { out } = this;
    const params = this.#params();
    if (handler.clauses.length === 0) {
      out.u8(handler.bypasses ? OP.try_table : OP.block);
      this.#blockType();
      if (handler.bypasses) {
        out.u32(1);
        out.u8(CATCH_ALL_REF);
        out.u32(this.#labelIndex(this.#delegated.get(handler.reached) ?? 0));
      }
      this.#enter(++this.#depth, handler, params);
      return;
    }
    out.u8(OP.block);
    this.#blockType();
    const label = ++this.#depth;
    for (const clause of handler.clauses.toReversed()) this.#block(params, this.#caughtTypes(clause));
    out.u8(OP.try_table);
    this.#blockType();
    out.u32(handler.clauses.length);
    handler.clauses.forEach(({ tag, rethrown }, i) => {
      out.u8((tag === undefined ? CATCH_ALL : CATCH) + (rethrown ? 1 : 0));
      if (tag !== undefined) out.u32(tag);
      out.u32(i);
    });
    this.#depth++;
    this.#enter(label, handler, params);
  }

  /** What the block that leads to a clause leaves on the stack. */
  #caughtTypes({ tag, rethrown }: LegacyClause): readonly ValType[] {
    const payload = tag === undefined ? NO_TYPES : this.#context.tagType(tag).params;
    return rethrown ? [...payload, EXNREF] : payload;
  }

  /** Ends the body or a clause of a `try`, and begins the next clause. */
  #nextClause(open: Open): void {
    if (open.clause < 0) {
      this.#endBody(open);
      this.#end();
    }
    this.#endClause(open);
    this.#br(open.label);
    this.#end();
    open.clause++;
    if (open.handler?.clauses[open.clause]?.rethrown !== true) return;
    open.caught = this.#firstLocal + this.#caughtCount++;
    this.addedLocals = Math.max(this.addedLocals, this.#caughtCount);
    this.out.u8(OP["local.set"]);
    this.out.u32(open.caught);
  }

  #leave(open: Open): void {
    if (open.clause < 0) this.#endBody(open);
    this.#endClause(open);
    this.#open.pop();
    this.#end();
  }

  /** Before the end of a handler's body: throws what was delegated to it. */
  #endBody({ handler, label }: Open): void {
    if (handler === undefined || !this.#delegated.delete(handler)) return;
    this.#br(label);
    this.#end();
    this.out.u8(OP.throw_ref);
  }

  #endClause(open: Open): void {
    if (open.caught >= 0) this.#caughtCount--;
    open.caught = -1;
  }

  // -- Output

  #copy(): void {
    writeInstruction(this.out, this.#reader, this.#map);
  }

  /** Copies the block type of the `try` just read: it is all there is behind the opcode. */
  #blockType(): void {
    const { bytes, offset, end } = this.#reader;
    this.out.bytes(bytes, offset + 1, end);
  }

  /** Opens a block; returns the number of its label. */
  #block(params: readonly ValType[], results: readonly ValType[]): number {
    this.out.u8(OP.block);
    this.#context.types.write(this.out, params, results);
    return ++this.#depth;
  }

  #end(): void {
    this.out.u8(OP.end);
    this.#depth--;
  }

  #br(label: number): void {
    this.out.u8(OP.br);
    this.out.u32(this.#labelIndex(label));
  }

  #labelIndex(label: number): number {
    return this.#depth - label;
  }

  // -- Input

  /** Types of the operands that the construct just read takes. */
  #params(): readonly ValType[] {
    const reader = this.#reader;
    return reader.block === 2 ? this.#context.funcType(reader.x).params : NO_TYPES;
  }

  /** The open construct that the label `x` belongs to. */
  #at(x: number): Open {
    const open = this.#open[this.#open.length - 1 - x];
    if (open === undefined) throw new RangeError(`no label ${x}`);
    return open;
  }

  #takeHandler(): Handler {
    const handler = this.#handlers[this.#nextHandler++];
    if (handler === undefined) throw new RangeError("more handlers than there were");
    return handler;
  }
}
