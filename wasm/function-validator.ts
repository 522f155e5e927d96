/**
 * Validation of instruction sequences (spec 3.0, appendix "Validation Algorithm"), one instruction at a time, so that other
 * passes can walk a body in lockstep and see the types of its operands.
 */
import { DecodeError, ValidationError } from "./errors.ts";
import { InstructionReader } from "./instruction-reader.ts";
import { OP } from "./instructions.ts";
import { MAX_BODY_SIZE } from "./limits.ts";
import { LocalTypes } from "./local-types.ts";
import { Lookups, type ModuleContext } from "./lookups.ts";
import type { Range } from "./module.ts";
import { BOTTOM, BOTTOM_REF } from "./subtyping.ts";
import { isRef } from "./types.ts";
import type { ValType } from "./types.ts";
import { valTypesText } from "./type-text.ts";
import { misplaced, missingEnd, trailingBytes } from "./well-formed.ts";
import { applySimple } from "./simple.ts";
import { ACCESS, PLAIN, RULE, TYPINGS, type Typing, checkImmediates } from "./typings.ts";

/** A block that is open, the function body being the outermost. */
export interface Control {
  /** Dense opcode of the instruction that opened it; of the body, that of `block`. */
  opcode: number;
  /** Types of the operands it takes, which are also the types of the label if it is a loop. */
  startTypes: readonly ValType[];
  /** Types of the results, which are also the types of the label if it is not a loop. */
  endTypes: readonly ValType[];
  /** Height of the operand stack below the block's operands. */
  height: number;
  /** Whether the rest of the block is unreachable, so that any operand can be popped. */
  unreachable: boolean;
  /** Number of entries in the log of initialised locals when the block was entered. */
  initialized: number;
}

const NO_TYPES: readonly ValType[] = [];

/**
 * Operands that a body may have on the stack at once. No body reaches it by instructions with one result, for then it would
 * have more bytes than a body may have.
 */
const MAX_OPERANDS = MAX_BODY_SIZE;

/** Blocks kept for reuse by the next function. */
const MAX_SPARE_CONTROLS = 1024;

/**
 * ```ts
 * const v = new FunctionValidator(context);
 * v.begin(funcIndex);
 * while (v.read()) {
 *   // v.reader holds the instruction, v.stack[0 .. v.height) the types of the operands before it
 *   v.apply();
 * }
 * ```
 */
export class FunctionValidator extends Lookups {
  readonly reader: InstructionReader;
  /** Types of the operands: `stack[0, height)`, those of the current block from its `height` on. */
  readonly stack: ValType[] = [];
  height = 0;
  /** The open blocks, outermost first: `controls[0, depth)`; the entries above are spare. */
  readonly controls: Control[] = [];
  depth = 0;
  /** Index of the function, undefined in a constant expression. */
  funcIndex: number | undefined;
  /** In a constant expression: the number of globals that it may refer to; otherwise all of them. */
  visibleGlobals = 0;

  readonly #locals = new LocalTypes();
  /** For runs of simple instructions whose locals nobody asks for. */
  readonly #trace = new Int32Array(256);
  readonly #singles = new Map<ValType, readonly ValType[]>();
  #top: Control = {
    opcode: 0,
    startTypes: NO_TYPES,
    endTypes: NO_TYPES,
    height: 0,
    unreachable: false,
    initialized: 0,
  };
  /** `#top.height`. */
  #floor = 0;
  #end = 0;

  constructor(context: ModuleContext) {
    super(context);
    this.reader = new InstructionReader(context.module.bytes);
  }

  /** Height of the operand stack below what the innermost block has on it. */
  get floor(): number {
    return this.#floor;
  }

  /** Offset after the body. */
  get end(): number {
    return this.#end;
  }

  /** Starts with the body of function `funcIndex`, which must not be imported. */
  begin(funcIndex: number): void {
    this.funcIndex = funcIndex;
    const code = this.module.code[funcIndex - this.module.importedFunctions];
    if (code === undefined) throw new RangeError(`function ${funcIndex} has no body`);
    const { start, end } = code.range;
    this.reader.seek(start, end);
    const type = this.func(funcIndex);
    for (const { type: local } of code.locals) this.checkValType(local);
    this.#locals.begin(type.params, code.locals, end - start);
    this.visibleGlobals = this.module.globals.length;
    this.#start(code.body, end, type.results);
  }

  /** Starts with a constant expression whose result has type `type`. */
  beginConstant(range: Range, type: ValType, visibleGlobals: number): void {
    this.funcIndex = undefined;
    this.#locals.begin(NO_TYPES, [], 0);
    this.visibleGlobals = visibleGlobals;
    this.#start(range.start, range.end, this.single(type));
  }

  #start(start: number, end: number, results: readonly ValType[]): void {
    this.reader.seek(start, end);
    this.#end = end;
    if (this.controls.length > MAX_SPARE_CONTROLS) this.controls.length = MAX_SPARE_CONTROLS;
    this.height = 0;
    this.depth = 0;
    this.pushControl(OP.block, NO_TYPES, results);
  }

  /**
   * Reads the next instruction; false after the body's last.
   * @throws DecodeError if there is no well-formed instruction, or the body does not end where its blocks do.
   */
  read(): boolean {
    if (this.depth > 0) {
      if (this.reader.next()) return true;
      throw missingEnd(this.reader.bytes, this.#end);
    }
    if (this.reader.end !== this.#end) throw trailingBytes(this.reader.end);
    return false;
  }

  /**
   * Applies the instruction just read to the stacks.
   * @throws ValidationError
   */
  apply(): void {
    const typing = TYPINGS[this.reader.opcode] as Typing;
    switch (typing.check) {
      case RULE:
        typing.rule(this, this.reader);
        break;
      case PLAIN:
        this.applyType(typing.params, typing.results);
        break;
      case ACCESS:
        this.#access(typing);
        break;
      default: {
        const is64 = checkImmediates(this, this.reader, typing);
        this.applyType(is64 ? typing.params64 : typing.params, is64 ? typing.results64 : typing.results);
      }
    }
  }

  /** Validates the whole body of function `funcIndex`. */
  validate(funcIndex: number): void {
    const { reader } = this;
    const { opcodes, calls } = this.context.findings;
    this.begin(funcIndex);
    for (;;) {
      applySimple(this, this.#trace, 0, true);
      if (!this.read()) return;
      opcodes[reader.opcode] = 1;
      this.apply();
      calls.note(reader);
    }
  }

  #access(typing: Typing): void {
    const is64 = this.checkAccess(typing);
    if (is64) this.applyType(typing.params64, typing.results64);
    else this.applyType(typing.params, typing.results);
  }

  /** Checks the immediates of a memory access; returns whether its address type is i64. */
  checkAccess(typing: Typing): boolean {
    const r = this.reader;
    const { is64 } = this.memory(r.memory);
    if (r.align !== typing.align) {
      if (r.align > typing.align) this.fail("alignment must not be larger than natural");
      if (typing.exactAlign) this.fail("atomic alignment must be natural");
    }
    if (!is64 && r.memOffsetHigh !== 0) this.fail("offset out of range");
    return is64;
  }

  override fail(text: string): never {
    throw new ValidationError(text, this.reader.offset, this.funcIndex);
  }

  /** Throws a DecodeError: the construct that the instruction belongs to is not open. */
  misplaced(): never {
    throw misplaced(this.reader.opcode, this.reader.offset);
  }

  /** Looks up data segment `x`: code that names one needs the data count section, for the data section follows it. */
  dataSegment(x: number): void {
    if (this.module.dataCount === undefined) throw new DecodeError("data count section required", this.reader.offset);
    this.data(x);
  }

  // Locals

  /** Types of the parameters and locals. */
  get localTypes(): readonly ValType[] {
    return this.#locals.all();
  }

  /** Types of the first parameters and locals: of all if they are few. */
  get listedLocals(): readonly ValType[] {
    return this.#locals.listed;
  }

  /** The type of local `x`. */
  local(x: number): ValType {
    if (x >= this.#locals.count) this.fail(`unknown local ${x}`);
    return this.#locals.type(x);
  }

  /** Whether local `x` may be read: it is a parameter, has a default value, or has been set on every way here. */
  isInitialized(x: number): boolean {
    return this.#locals.isInitialized(x);
  }

  /** Notes that local `x` has been set. */
  initialize(x: number): void {
    this.#locals.initialize(x);
  }

  // Operands

  push(t: ValType): void {
    this.stack[this.height++] = t;
  }

  pushTypes(ts: readonly ValType[]): void {
    let height = this.height;
    if (height + ts.length > MAX_OPERANDS) this.fail("too many operands on the stack");
    for (let i = 0; i < ts.length; i++) this.stack[height++] = ts[i] as ValType;
    this.height = height;
  }

  /** Pushes the first `count` of the types `ts`. */
  pushFirst(ts: readonly ValType[], count: number): void {
    if (this.height + count > MAX_OPERANDS) this.fail("too many operands on the stack");
    for (let i = 0; i < count; i++) this.stack[this.height++] = ts[i] as ValType;
  }

  /** Pops an operand of any type. */
  popAny(): ValType {
    if (this.height > this.#floor) return this.stack[--this.height] as ValType;
    return this.#top.unreachable
      ? BOTTOM
      : this.fail("type mismatch: instruction requires an operand but stack has []");
  }

  /** Pops an operand of type `expected`; returns its own type. */
  pop(expected: ValType): ValType {
    if (this.height > this.#floor) {
      const t = this.stack[this.height - 1] as ValType;
      if (t !== expected && !this.types.matches(t, expected)) this.#mismatch([expected]);
      this.height--;
      return t;
    }
    return this.#top.unreachable ? BOTTOM : this.#mismatch([expected]);
  }

  /** Pops a reference; returns its type, which is {@link BOTTOM_REF} if unknown. */
  popRef(): ValType {
    const t = this.popAny();
    if (t === BOTTOM) return BOTTOM_REF;
    if (!isRef(t)) this.fail(`type mismatch: instruction requires reference type but stack has ${valTypesText([t])}`);
    return t;
  }

  /** The type of the topmost operand, which must be a reference; {@link BOTTOM_REF} if unknown. */
  peekRef(): ValType {
    const { height } = this;
    const t = this.popRef();
    this.height = height;
    return t;
  }

  /** Pops operands of types `ts`, the last from the top. */
  popTypes(ts: readonly ValType[]): void {
    this.height -= this.#checkTop(ts, ts.length);
  }

  /** Pops `count` operands of type `expected`. */
  popRepeated(expected: ValType, count: number): void {
    for (let i = 0; i < count && !this.isExhausted(); i++) this.pop(expected);
  }

  /** Whether any number of operands of any types can be popped from here on. */
  isExhausted(): boolean {
    return this.height === this.#floor && this.#top.unreachable;
  }

  /** Pops operands of the first `count` of the types `ts`. */
  popFirst(ts: readonly ValType[], count: number): void {
    this.height -= this.#checkTop(ts, count);
  }

  /** Replaces operands of types `params` by `results`. */
  applyType(params: readonly ValType[], results: readonly ValType[]): void {
    const { stack } = this;
    const count = params.length;
    const base = this.height - count;
    let same = base >= this.#floor ? 0 : -1;
    if (same === 0) while (same < count && stack[base + same] === params[same]) same++;
    this.height = same === count ? base : this.height - this.#checkTop(params, count);
    const resultCount = results.length;
    if (resultCount === 1) stack[this.height++] = results[0] as ValType;
    else if (resultCount > 0) this.pushTypes(results);
  }

  /** Checks that the topmost operands have the first `count` of the types `ts`; returns how many of them are on the stack. */
  #checkTop(ts: readonly ValType[], count: number): number {
    const available = this.height - this.#floor;
    if (available < count && !this.#top.unreachable) this.#mismatch(ts.slice(0, count));
    const checked = available < count ? available : count;
    for (let i = 1; i <= checked; i++) {
      const t = this.stack[this.height - i] as ValType;
      const expected = ts[count - i] as ValType;
      if (t !== expected && !this.types.matches(t, expected)) this.#mismatch(ts.slice(0, count));
    }
    return checked;
  }

  /** The topmost operands, at most `count`, filled up with BOTTOM where the stack is polymorphic. */
  #topTypes(count: number): ValType[] {
    const types = this.stack.slice(Math.max(this.#floor, this.height - count), this.height);
    while (this.#top.unreachable && types.length < count) types.unshift(BOTTOM);
    return types;
  }

  #mismatch(expected: readonly ValType[]): never {
    const found = valTypesText(this.#topTypes(expected.length));
    return this.fail(`type mismatch: instruction requires ${valTypesText(expected)} but stack has ${found}`);
  }

  #leftOver(expected: readonly ValType[]): never {
    const found = valTypesText(this.stack.slice(this.#floor, this.height));
    return this.fail(`type mismatch: block requires ${valTypesText(expected)} but stack has ${found}`);
  }

  // Labels

  /** The block that label `depth` belongs to. */
  control(depth: number): Control {
    if (depth >= this.depth) this.fail(`unknown label ${depth}`);
    return this.controls[this.depth - 1 - depth] as Control;
  }

  /** Types of the operands that a branch to label `depth` takes. */
  label(depth: number): readonly ValType[] {
    const control = this.control(depth);
    return control.opcode === OP.loop ? control.startTypes : control.endTypes;
  }

  /** Results of the function, or of the constant expression. */
  get results(): readonly ValType[] {
    return (this.controls[0] as Control).endTypes;
  }

  /** The list that holds `t` alone, always the same one for the same type. */
  single(t: ValType): readonly ValType[] {
    const list = this.#singles.get(t);
    if (list !== undefined) return list;
    const made: readonly ValType[] = [t];
    this.#singles.set(t, made);
    return made;
  }

  /** Checks that the topmost operands, which stay, are those that a branch to a label with types `ts` takes. */
  checkBranch(ts: readonly ValType[]): void {
    this.#checkTop(ts, ts.length);
  }

  /** Pops everything in the current block: what follows is unreachable. */
  setUnreachable(): void {
    this.height = this.#floor;
    this.#top.unreachable = true;
  }

  // Blocks

  /** Opens a block whose operands, of types `startTypes`, have been popped. */
  pushControl(opcode: number, startTypes: readonly ValType[], endTypes: readonly ValType[]): void {
    const { height, depth } = this;
    const initialized = this.#locals.logged;
    let control = this.controls[depth];
    if (control === undefined) {
      control = { opcode, startTypes, endTypes, height, unreachable: false, initialized };
      this.controls[depth] = control;
    } else {
      control.opcode = opcode;
      control.startTypes = startTypes;
      control.endTypes = endTypes;
      control.height = height;
      control.unreachable = false;
      control.initialized = initialized;
    }
    this.depth = depth + 1;
    this.#top = control;
    this.#floor = height;
    this.pushTypes(startTypes);
  }

  /**
   * Closes the innermost block, after checking that its results, and nothing else, are on the stack; pops them. The returned
   * object is spare: it is overwritten by the next block.
   */
  popControl(): Control {
    const control = this.#top;
    const popped = this.#checkTop(control.endTypes, control.endTypes.length);
    if (this.height - popped !== this.#floor) this.#leftOver(control.endTypes);
    this.height = this.#floor;
    this.#locals.rollback(control.initialized);
    this.depth--;
    if (this.depth > 0) {
      this.#top = this.controls[this.depth - 1] as Control;
      this.#floor = this.#top.height;
    }
    return control;
  }
}
