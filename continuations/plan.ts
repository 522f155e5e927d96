/**
 * The plan of one function that may suspend: its call sites, the constructs around them, and what is live at each. It is made
 * by one typed scan of the body, before either copy of the function is emitted.
 *
 * Types in a plan are the lowered module's; local indices are the guest's.
 */
import type { Control, FunctionValidator } from "../wasm/function-validator.ts";
import { OP, OPCODE_LIMIT } from "../wasm/instructions.ts";
import { applySimple } from "../wasm/simple.ts";
import { heapOf, isDefaultable, isException, type ValType } from "../wasm/types.ts";
import { Events, EVENT, Liveness } from "./liveness.ts";
import { type CostTable, endsRun } from "./fuel.ts";
import { LocalSets } from "./local-set.ts";
import { type FunctionLimits, MAX_BRANCHES } from "./lowered-limits.ts";
import { PlanLocals } from "./plan-locals.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import { IS_MARKED, isTypeRenumbered, isWideTry, MARK, Marks } from "./marks.ts";
import { type Owned, OwnedScan } from "./owned-locals.ts";
import { Spills, SpillSets } from "./spills.ts";
import { ACCESSES, IS_USE, Offsets } from "./uses.ts";

/**
 * Where a function can be left and re-entered: a call, one of the stack-switching instructions, or, in metered code, a poll
 * at the start of a function or loop.
 */
export interface Site {
  readonly kind: "call" | "suspend" | "switch" | "resume" | "poll";
  /** Block index: sites count from 1 in the order of the body. */
  readonly index: number;
  /** Offset of the instruction in the module's bytes. */
  readonly offset: number;
  /** Types of the operands below the instruction's own, within the innermost construct. */
  readonly operands: readonly ValType[];
  /** Types of the instruction's results. */
  readonly results: readonly ValType[];
  /** The innermost construct around it. */
  readonly construct: Construct;
  /** What a resume instruction passes and gets. */
  resume?: ResumeTypes;
  /**
   * Operands of a call whose callee cannot return, because its result type has no values. It is left by a throw of the
   * unwind tag, and nothing of what is on the stack is needed again.
   */
  readonly guarded: readonly ValType[] | undefined;
}

export interface ResumeTypes {
  readonly args: readonly ValType[];
  readonly results: readonly ValType[];
  /** The clauses with a label, in order; clause k of the machine is `clauses[k]`. */
  readonly clauses: readonly Clause[];
}

export interface Clause {
  /** Depth of the guest's label. */
  readonly label: number;
  readonly payload: readonly ValType[];
  /** Type index of the continuation that the label receives. */
  readonly type: number;
  /** Whether the label receives it unboxed: see owned-locals.ts. */
  isRaw: boolean;
}

/** A block, loop, if or try_table (or the body as a whole) that contains sites. */
export interface Construct {
  /** Opcode of the instruction that opens it; that of `block` for the body. */
  readonly opcode: number;
  readonly parent: Construct | undefined;
  /** Types of the parent's operands below the construct's own: they have to be in `spills` while a site inside is left. */
  readonly beneath: readonly ValType[];
  readonly params: readonly ValType[];
  /** What there is to land on, if the plan is for a resume copy: one list, or two for an if. */
  readonly arms: Item[][];
  /** Block indices of the first and last site inside; 0 if there is none. */
  first: number;
  last: number;
  /** Indices into the plan's `spillTypes`, one for each of `beneath`. */
  readonly spills: readonly number[];
}

export type Item = { readonly site: Site } | { readonly construct: Construct };

/** A tail call: the resume copy has to make a plain call of it, outside of all constructs. */
export interface TailCall {
  readonly opcode: number;
  readonly x: number;
  readonly y: number;
  readonly operands: readonly ValType[];
  readonly results: readonly ValType[];
}

export interface Plan {
  readonly root: Construct;
  readonly sites: readonly Site[];
  /**
   * What has to be saved at each site (row `index - 1`): the guest's locals that are live and initialised, and behind them
   * (from the number of the guest's locals on) the spill locals that are in use.
   */
  readonly live: LocalSets;
  /** For each control instruction that is not dead, in order, its construct if it contains sites. */
  readonly constructs: readonly (Construct | undefined)[];
  /** Start and end of each range of dead code, in order. */
  readonly dead: readonly number[];
  readonly tails: readonly TailCall[];
  /** For each tail call that is not dead, in order, its index in `tails`. */
  readonly tailOrder: readonly number[];
  /** Types of the locals that hold operands below constructs; nullable. */
  readonly spillTypes: readonly ValType[];
  /** Types of parameters and locals; behind the guest's, those that owned locals take. */
  readonly locals: PlanLocals;
  /** Which continuations are not boxed. */
  readonly owned: Owned | undefined;
  /**
   * What may have to be saved: locals of the guest's, all if they are few, or those that the function's code names, as they come
   * up there; and behind them the spill locals, counted from the number of the guest's locals on.
   */
  readonly saved: readonly number[];
  /** In metered code: what each run of instructions costs, in the order of the body. */
  readonly runs: readonly number[];
  /**
   * Where the entry copy differs from the body, valid until the next plan is made; undefined where it differs anywhere:
   * in metered code, and if labels get other indices.
   */
  readonly marks: Marks | undefined;
  /** Instructions that test an exception for null or its type, by offset, with that type: see `Code.retype`. */
  readonly exceptionTests: ReadonlyMap<number, ValType>;
  /** Offsets of instructions that refer to something of the module, valid until the next plan is made: see uses.ts. */
  readonly uses: Offsets;
}

/** Tells the scan which result types have values. */
export interface ValueOracle {
  canBuild(types: readonly ValType[]): boolean;
}

/** Tells the scan which calls may be left. */
export interface CallOracle {
  call(func: number): boolean;
  /** A call_indirect or call_ref of a function type. */
  indirect(type: number, table: number | undefined): boolean;
}

export interface PlanOptions {
  readonly calls: CallOracle;
  readonly values: ValueOracle;
  /** Given in metered code. */
  readonly costs: CostTable | undefined;
  readonly limits: FunctionLimits;
  /** Whether there is to be a resume copy, for which constructs list what there is to land on. */
  readonly resumes: boolean;
}

/** Makes the plans of one function after the other; what it keeps from one to the next are buffers. */
export class Planner {
  readonly #v: FunctionValidator;
  readonly #liveness = new Liveness();
  readonly #buffers: Buffers = { events: new Events(), marks: new Marks(), uses: new Offsets(), open: [] };

  constructor(v: FunctionValidator) {
    this.#v = v;
  }

  /** Scans function `func`, which is validated again on the way. */
  plan(func: number, types: LoweredTypes, options: PlanOptions): Plan {
    const { events, marks, uses, open } = this.#buffers;
    if (open.length > MAX_SPARE) open.length = MAX_SPARE;
    events.clear();
    marks.clear();
    uses.clear();
    return new Scan(this.#v, types, options, this.#buffers).run(func, this.#liveness);
  }
}

/** Open constructs kept for reuse by the next function. */
const MAX_SPARE = 1024;

interface Buffers {
  readonly events: Events;
  readonly marks: Marks;
  readonly uses: Offsets;
  /** Entries for the constructs that are open, all spare between two functions. */
  readonly open: Open[];
}

const NO_TYPES: readonly ValType[] = Object.freeze([]);
const NO_SPILLS: readonly number[] = Object.freeze([]);

/** Up to so many locals sets have room for all, whether the function's code names them or not. */
const FEW_LOCALS = 1024;

/** What the scan does with an instruction, by opcode. */
const NOTED = 1;
const MARKED = 2;
const USE = 4;
const ACCESS = 8;
const TESTED = 16;

const TODO: Readonly<Uint8Array> = Uint8Array.from({ length: OPCODE_LIMIT }, (_, opcode) => {
  const use = ACCESSES[opcode] === true ? ACCESS : IS_USE[opcode] === true ? USE : 0;
  const test = testsReference(opcode) ? TESTED : 0;
  return (isNotable(opcode) ? NOTED : 0) | (IS_MARKED[opcode] === 1 ? MARKED : 0) | use | test;
});

/** Whether an instruction tests the reference on top of the stack. */
function testsReference(opcode: number): boolean {
  switch (opcode) {
    case OP["ref.is_null"]:
    case OP["ref.as_non_null"]:
    case OP["ref.test"]:
    case OP["ref.test null"]:
    case OP["ref.cast"]:
    case OP["ref.cast null"]:
    case OP.br_on_null:
    case OP.br_on_non_null:
    case OP.br_on_cast:
    case OP.br_on_cast_fail:
      return true;
    default:
      return false;
  }
}

/** Whether an instruction matters for liveness, or is a site or a construct. */
function isNotable(opcode: number): boolean {
  switch (opcode) {
    case OP["local.get"]:
    case OP["local.set"]:
    case OP["local.tee"]:
    case OP.block:
    case OP.loop:
    case OP.if:
    case OP.else:
    case OP.end:
    case OP.try_table:
    case OP.br:
    case OP.br_if:
    case OP.br_on_null:
    case OP.br_on_non_null:
    case OP.br_on_cast:
    case OP.br_on_cast_fail:
    case OP.br_table:
    case OP.return:
    case OP.unreachable:
    case OP.throw:
    case OP.throw_ref:
    case OP.call:
    case OP.call_indirect:
    case OP.call_ref:
    case OP.return_call:
    case OP.return_call_indirect:
    case OP.return_call_ref:
    case OP.suspend:
    case OP.switch:
    case OP.resume:
    case OP.resume_throw:
    case OP.resume_throw_ref:
    case OP["cont.new"]:
    case OP["cont.bind"]:
      return true;
    default:
      return false;
  }
}

/** An open construct. */
interface Open {
  /** Its position in the plan's `constructs`; -1 for the body. */
  ordinal: number;
  /** Position of the event that opened it. */
  event: number;
  /** Offset of that instruction. */
  offset: number;
  opcode: number;
  /** Whether its else arm has begun. */
  hasElse: boolean;
  /** Whether something else than handler clauses leads to its label. */
  isBranchedTo: boolean;
  /** The handler clauses that lead to its label, if there are any. */
  clauses: Clause[] | undefined;
  /** Made when the first site inside is found. */
  construct: Construct | undefined;
}

function newOpen(): Open {
  return {
    ordinal: 0,
    event: 0,
    offset: 0,
    opcode: 0,
    hasElse: false,
    isBranchedTo: false,
    clauses: undefined,
    construct: undefined,
  };
}

class Scan {
  readonly #v: FunctionValidator;
  readonly #types: LoweredTypes;
  readonly #oracle: CallOracle;
  readonly #values: ValueOracle;
  readonly #costs: CostTable | undefined;
  readonly #runs: number[] = [];
  readonly #sites: Site[] = [];
  readonly #constructs: (Construct | undefined)[] = [];
  /** The open constructs: `#open[0, #depth)`, the body being the first. */
  readonly #open: Open[];
  #depth = 0;
  readonly #dead: number[] = [];
  readonly #tails: TailCall[] = [];
  #tailKeys: Map<string, number> | undefined;
  readonly #tailOrder: number[] = [];
  /** How many tail calls have each index. */
  readonly #tailUses: number[] = [];
  readonly #events: Events;
  readonly #marks: Marks;
  readonly #uses: Offsets;
  readonly #exceptionTests = new Map<number, ValType>();
  /** Memory of the last access, -1 if there was none. */
  #memory = -1;
  /** Whether labels keep their indices in the entry copy, as far as has been seen. */
  #keepsLabels = true;
  /** Whether there are locals that may not be null. */
  #hasNonNull = false;
  /** What may be left unboxed, where there are continuations. */
  #owned: OwnedScan | undefined;
  /** Whether the end of the current construct is reached by branches only. */
  #endIsDead = false;
  readonly #limits: FunctionLimits;
  readonly #resumes: boolean;
  readonly #saved: number[] = [];
  /** Whether the number of a local in `#saved` is its index: if there are few. Otherwise it is in `#numbers`. */
  #isNumbered = false;
  #numbers: Map<number, number> | undefined;
  #ordinal = 0;
  /** Given once some construct has operands below it. */
  #spills: Spills | undefined;

  constructor(
    v: FunctionValidator,
    types: LoweredTypes,
    { calls, values, costs, limits, resumes }: PlanOptions,
    buffers: Buffers,
  ) {
    this.#limits = limits;
    this.#resumes = resumes;
    this.#v = v;
    this.#events = buffers.events;
    this.#marks = buffers.marks;
    this.#uses = buffers.uses;
    this.#open = buffers.open;
    this.#values = values;
    this.#costs = costs;
    this.#types = types;
    this.#oracle = calls;
  }

  run(func: number, liveness: Liveness): Plan {
    const v = this.#v;
    v.begin(func);
    const locals = this.#locals(func);
    this.#isNumbered = locals.length <= FEW_LOCALS;
    if (this.#isNumbered) for (let x = 0; x < locals.length; x++) this.#saved.push(x);
    this.#hasNonNull = locals.runs.some(({ type }) => !isDefaultable(type));
    if (this.#types.hasContinuations) {
      const { params } = v.funcType(v.funcTypeIndex(func));
      this.#owned = new OwnedScan(v.module.bytes, this.#types, locals, params.length);
    }
    const root = newConstruct(OP.block, undefined, NO_TYPES, NO_TYPES, NO_SPILLS, this.#arms(1));
    this.#push(OP.block, -1, -1).construct = root;
    if (this.#costs !== undefined) this.#poll();
    // Depth of the control whose rest is unreachable, or 0.
    let deadDepth = 0;
    const appliesSimple = this.#isNumbered && this.#costs === undefined;
    for (;;) {
      if (appliesSimple) this.#applySimple(deadDepth > 0);
      if (!v.read()) break;
      const { opcode, offset } = v.reader;
      const todo = TODO[opcode] as number;
      if ((todo & (USE | ACCESS)) !== 0) this.#use(todo, offset);
      if (deadDepth > 0) {
        if (v.depth !== deadDepth || (opcode !== OP.end && opcode !== OP.else)) {
          v.apply();
          continue;
        }
        this.#dead.push(offset);
        deadDepth = 0;
        this.#endIsDead = true;
      }
      if ((todo & TESTED) !== 0) this.#test(offset);
      if ((todo & (NOTED | MARKED | TESTED)) !== 0) this.#instruction(opcode, todo);
      this.#endIsDead = false;
      if (this.#costs !== undefined) this.#charge(opcode, this.#costs);
      v.apply();
      if (opcode === OP.loop && this.#costs !== undefined) this.#poll();
      if (v.depth > 0 && v.controls[v.depth - 1]?.unreachable === true) {
        deadDepth = v.depth;
        this.#dead.push(v.reader.end);
        this.#marks.add(MARK.dead, v.reader.end, v.depth);
      }
    }
    const spillTypes = this.#spills?.types ?? NO_TYPES;
    const live = this.#findLive(liveness, spillTypes.length);
    const owned = this.#owned?.finish(
      (site, x) => live.has(site - 1, this.#number(x)),
      (move) => this.#events.dead.has(move),
    );
    const all = owned === undefined ? locals : locals.with(owned.added);
    spillTypes.forEach((_, i) => this.#saved.push(all.length + i));
    return {
      root,
      sites: this.#sites,
      live,
      constructs: this.#constructs,
      dead: this.#dead,
      tails: this.#tails,
      tailOrder: this.#tailOrder,
      spillTypes,
      locals: all,
      owned,
      saved: this.#saved,
      runs: this.#runs,
      marks: this.#keepsLabels && this.#costs === undefined ? this.#marks : undefined,
      exceptionTests: this.#exceptionTests,
      uses: this.#uses,
    };
  }

  /** Goes on to the next instruction that is more than an event, or none. */
  #applySimple(isDead: boolean): void {
    const { words, length } = this.#events;
    const traced = applySimple(this.#v, words, length, this.#memory === 0);
    if (!isDead) this.#events.length = traced;
  }

  /** Notes the use of something of the module; of a memory only where it is another than the last. */
  #use(todo: number, offset: number): void {
    if (todo & ACCESS) {
      const { memory } = this.#v.reader;
      if (memory === this.#memory) return;
      this.#memory = memory;
    }
    this.#uses.add(offset);
  }

  /** Notes an instruction that tests a reference, if that is one to an exception. */
  #test(offset: number): void {
    const v = this.#v;
    const operand = v.stack[v.height - 1] ?? 0;
    if (isException(operand)) this.#exceptionTests.set(offset, operand);
  }

  /** The number of a local among those that may be saved. */
  #number(x: number): number {
    if (this.#isNumbered) return x;
    this.#numbers ??= new Map();
    const known = this.#numbers.get(x);
    if (known !== undefined) return known;
    const number = this.#saved.push(x) - 1;
    this.#numbers.set(x, number);
    return number;
  }

  #locals(func: number): PlanLocals {
    const { module } = this.#v;
    const { params } = this.#v.funcType(this.#v.funcTypeIndex(func));
    const runs = module.code[func - module.importedFunctions]?.locals ?? [];
    return new PlanLocals(
      this.#types.lowerAll(params),
      runs.map(({ count, type }) => ({ count, type: this.#types.lower(type) })),
    );
  }

  /** A poll, at which a run of instructions starts. */
  #poll(): void {
    this.#site("poll", 0, []);
    if (this.#runs.length === 0) this.#runs.push(0);
  }

  #charge(opcode: number, costs: CostTable): void {
    this.#runs.push((this.#runs.pop() ?? 0) + (costs[opcode] ?? 0));
    if (endsRun(opcode)) this.#runs.push(0);
  }

  #instruction(opcode: number, todo: number): void {
    const sites = this.#sites.length;
    const { offset } = this.#v.reader;
    const depth = this.#v.depth;
    if ((todo & NOTED) !== 0) this.#note(opcode);
    const isMarked =
      (todo & MARKED) !== 0 ||
      this.#sites.length > sites ||
      this.#isRefined(opcode) ||
      this.#isOwned(opcode) ||
      ((todo & TESTED) !== 0 && this.#exceptionTests.has(offset));
    if (isMarked) this.#marks.add(MARK.instruction, offset, depth);
  }

  /** Whether a local that may not be null has to be checked in the copies, where it may. */
  #isRefined(opcode: number): boolean {
    return this.#hasNonNull && (opcode === OP["local.get"] || opcode === OP["local.tee"]);
  }

  /** Whether it is an access to a local that may be owned. */
  #isOwned(opcode: number): boolean {
    if (this.#owned === undefined || (opcode !== OP["local.get"] && opcode !== OP["local.set"])) return false;
    return this.#owned.isCandidate(this.#v.reader.x);
  }

  #note(opcode: number): void {
    const r = this.#v.reader;
    const events = this.#events;
    const owned = this.#owned;
    switch (opcode) {
      case OP["local.get"]:
        events.add(EVENT.get, this.#number(r.x));
        if (owned?.get(r.x, r.end) === true) events.probe(this.#number(r.x));
        break;
      case OP["local.set"]:
        events.add(EVENT.set, this.#number(r.x));
        owned?.set(r.x, r.offset, this.#depth);
        break;
      case OP["local.tee"]:
        events.add(EVENT.set, this.#number(r.x));
        owned?.tee(r.x);
        break;
      case OP.block:
        this.#markConstruct();
        this.#enter(EVENT.block, opcode);
        break;
      case OP.loop:
        this.#markConstruct();
        this.#enter(EVENT.loop, opcode);
        owned?.loop();
        break;
      case OP.if:
        this.#markConstruct();
        this.#enter(EVENT.if, opcode);
        break;
      case OP.try_table:
        for (let i = 0; i < r.catchCount; i++) this.#branch(r.catches[i]?.label ?? 0);
        this.#enter(EVENT.try, opcode, r.catchCount);
        if (isWideTry(r)) this.#keepsLabels = false;
        break;
      case OP.else: {
        events.add(EVENT.else, 0);
        owned?.leave(this.#depth);
        const open = this.#top();
        open.hasElse = true;
        if (this.#resumes) open.construct?.arms.push([]);
        break;
      }
      case OP.end:
        this.#leave();
        break;
      case OP.br:
        this.#branch(r.x);
        events.add(EVENT.leave, 0);
        break;
      case OP.br_if:
      case OP.br_on_null:
      case OP.br_on_non_null:
      case OP.br_on_cast:
      case OP.br_on_cast_fail:
        this.#branch(r.x);
        break;
      case OP.br_table:
        for (let i = 0; i < r.labelCount; i++) this.#branch(r.labels[i] ?? 0);
        events.add(EVENT.leave, 0);
        break;
      case OP.return:
      case OP.unreachable:
        events.add(EVENT.leave, 0);
        break;
      case OP.throw:
      case OP.throw_ref:
        events.add(EVENT.throws, 0);
        events.add(EVENT.leave, 0);
        break;
      default:
        this.#call();
    }
  }

  /** A branch of the guest's to the label of this depth. */
  #branch(label: number): void {
    this.#events.add(EVENT.branch, label);
    this.#label(label).isBranchedTo = true;
  }

  /** The construct whose label has this depth. */
  #label(depth: number): Open {
    return this.#open[this.#depth - 1 - depth] as Open;
  }

  #call(): void {
    const v = this.#v;
    const r = v.reader;
    switch (r.opcode) {
      case OP.call:
        this.#callSite(v.funcTypeIndex(r.x), 0, this.#oracle.call(r.x));
        break;
      case OP.call_indirect:
        this.#callSite(r.x, 1, this.#oracle.indirect(r.x, r.y));
        break;
      case OP.call_ref:
        this.#callSite(r.x, 1, this.#oracle.indirect(r.x, undefined));
        break;
      case OP.return_call:
        this.#tail(v.funcTypeIndex(r.x), 0);
        break;
      case OP.return_call_indirect:
      case OP.return_call_ref:
        this.#tail(r.x, 1);
        break;
      case OP.suspend: {
        const type = v.funcType(v.module.tags[r.x] ?? 0);
        this.#site("suspend", type.params.length, type.results);
        break;
      }
      case OP.switch: {
        const type = v.contType(r.x);
        this.#site("switch", type.params.length, this.#switchResults(type.params));
        break;
      }
      case OP.resume:
        this.#resume(v.contType(r.x).params.length + 1);
        break;
      case OP.resume_throw:
        this.#resume(v.funcType(v.module.tags[r.y] ?? 0).params.length + 1);
        break;
      case OP.resume_throw_ref:
        this.#resume(2);
        break;
      case OP["cont.new"]:
      case OP["cont.bind"]:
        this.#owned?.made(r.offset, r.end, []);
        break;
    }
  }

  /** What comes back from a switch: the parameters of the continuation that was handed over. */
  #switchResults(params: readonly ValType[]): readonly ValType[] {
    const handed = params.at(-1) ?? 0;
    return this.#v.contType(heapOf(handed)).params;
  }

  #callSite(type: number, extra: number, isSite: boolean): void {
    const v = this.#v;
    const { params, results } = v.funcType(type);
    if (!isSite) {
      this.#events.add(EVENT.throws, 0);
      return;
    }
    let guarded: readonly ValType[] | undefined;
    if (results.length > 0 && !this.#values.canBuild(this.#types.lowerAll(results))) {
      guarded = this.#types.lowerAll([...params, ...v.stack.slice(v.height - extra, v.height)]);
    }
    this.#site("call", params.length + extra, results, guarded);
  }

  #resume(operands: number): void {
    const v = this.#v;
    const r = v.reader;
    // The results are taken from the transfer area after the landing, so they are not among what is restored.
    this.#site("resume", operands, []);
    this.#limits.checkClauses(r.handlerCount);
    const clauses: Clause[] = [];
    for (let i = 0; i < r.handlerCount; i++) {
      const handler = r.handlers[i];
      if (handler?.kind !== 0) continue;
      // Events are walked backwards: what the handlers need has to come after the site to count at it.
      this.#events.add(EVENT.branch, handler.label);
      const type = heapOf(v.label(handler.label).at(-1) ?? 0);
      this.#limits.addMoves(v.funcType(v.module.tags[handler.tag] ?? 0).params.length);
      const clause: Clause = {
        label: handler.label,
        payload: this.#types.lowerAll(v.funcType(v.module.tags[handler.tag] ?? 0).params),
        type: this.#types.lowerHeap(type),
        isRaw: false,
      };
      clauses.push(clause);
      (this.#label(handler.label).clauses ??= []).push(clause);
    }
    const { params, results } = v.contType(r.x);
    const site = this.#sites.at(-1);
    if (site === undefined) return;
    this.#limits.addMoves(params.length + results.length);
    site.resume = { args: this.#types.lowerAll(params), results: this.#types.lowerAll(results), clauses };
  }

  #site(kind: Site["kind"], consumed: number, results: readonly ValType[], guarded?: readonly ValType[]): void {
    const construct = this.#construct(this.#depth - 1);
    const index = this.#sites.length + 1;
    const width = Math.max(0, this.#v.height - consumed - this.#floor()) + results.length;
    this.#limits.checkWidth(kind === "resume" ? width + 1 : width);
    this.#limits.addLanding(width + (guarded?.length ?? 0));
    this.#events.add(EVENT.site, index - 1);
    const site: Site = {
      kind,
      index,
      offset: this.#v.reader.offset,
      operands: this.#operands(consumed),
      results: results.length === 0 ? NO_TYPES : this.#types.lowerAll(results),
      construct,
      guarded,
    };
    this.#sites.push(site);
    this.#owned?.site(index);
    construct.arms.at(-1)?.push({ site });
    if (construct.first === 0) construct.first = index;
    construct.last = index;
  }

  /** Types of the operands of the current construct below the topmost `consumed`. */
  #operands(consumed: number): readonly ValType[] {
    const v = this.#v;
    return this.#operandsBetween(this.#floor(), v.height - consumed);
  }

  /** Height of the stack at the start of the current construct. */
  #floor(): number {
    return this.#v.controls[this.#v.depth - 1]?.height ?? 0;
  }

  #operandsBetween(floor: number, top: number): readonly ValType[] {
    const { stack } = this.#v;
    if (top <= floor) return NO_TYPES;
    const operands = top - floor === 1 ? this.#v.single(stack[floor] as ValType) : stack.slice(floor, top);
    return this.#types.lowerAll(operands);
  }

  #tail(type: number, extra: number): void {
    const v = this.#v;
    const { opcode, x, y } = v.reader;
    this.#events.add(EVENT.leave, 0);
    const { params, results } = v.funcType(type);
    const key = `${opcode} ${x} ${opcode === OP.return_call_indirect ? y : 0} ${extra === 0 ? "" : v.stack[v.height - 1]}`;
    this.#tailKeys ??= new Map();
    let index = this.#tailKeys.get(key);
    if (index === undefined) {
      index = this.#tails.length;
      this.#tailKeys.set(key, index);
      this.#limits.checkWidth(params.length + extra);
      this.#limits.addMoves(params.length + extra + results.length);
      // The callee itself is on top: as an index, or as a reference whose static type is the operand's.
      const callee = extra === 0 ? [] : v.stack.slice(v.height - 1, v.height);
      this.#tails.push({
        opcode,
        x,
        y,
        operands: this.#types.lowerAll([...params, ...callee]),
        results: this.#types.lowerAll(results),
      });
    }
    this.#tailOrder.push(index);
    const uses = (this.#tailUses[index] ?? 0) + 1;
    this.#tailUses[index] = uses;
    if (uses === MAX_BRANCHES) this.#tailKeys.delete(key);
  }

  #markConstruct(): void {
    const { reader, depth } = this.#v;
    this.#marks.add(isTypeRenumbered(reader) ? MARK.instruction : MARK.construct, reader.offset, depth);
  }

  #enter(kind: number, opcode: number, clauses = 0): void {
    const event = this.#events.open(kind, clauses);
    this.#push(opcode, this.#ordinal, event);
    this.#constructs[this.#ordinal++] = undefined;
  }

  #push(opcode: number, ordinal: number, event: number): Open {
    const at = this.#depth++;
    const open = (this.#open[at] ??= newOpen());
    open.ordinal = ordinal;
    open.event = event;
    open.offset = this.#v.reader.offset;
    open.opcode = opcode;
    open.hasElse = false;
    open.isBranchedTo = false;
    return open;
  }

  #top(): Open {
    return this.#open[this.#depth - 1] as Open;
  }

  /**
   * The construct that is open at this depth, 0 being the body, made if there was no site in it before. What was on the
   * stack when it began is still there.
   */
  #construct(depth: number): Construct {
    let from = depth;
    while (this.#open[from]?.construct === undefined) from--;
    let construct = this.#open[from]?.construct as Construct;
    const v = this.#v;
    for (let i = from + 1; i <= depth; i++) {
      const open = this.#open[i] as Open;
      const { height, startTypes, endTypes } = v.controls[i] as Control;
      const floor = (v.controls[i - 1] as Control).height;
      const width = Math.max(0, height - floor) + startTypes.length;
      this.#limits.checkWidth(open.opcode === OP.if ? width + 1 : width);
      this.#limits.addLanding(width + endTypes.length);
      const beneath = this.#operandsBetween(floor, height);
      const spills = beneath.length === 0 ? NO_SPILLS : (this.#spills ??= new Spills(this.#limits)).enter(beneath);
      const arms = this.#arms(open.hasElse ? 2 : 1);
      construct = newConstruct(open.opcode, construct, beneath, this.#types.lowerAll(startTypes), spills, arms);
      open.construct = construct;
    }
    return construct;
  }

  /** Lists for what there is to land on in the arms of a construct. */
  #arms(count: number): Item[][] {
    return this.#resumes ? Array.from({ length: count }, () => []) : [];
  }

  #leave(): void {
    this.#owned?.leave(this.#depth);
    const open = this.#open[--this.#depth] as Open;
    const { construct, ordinal, event, clauses } = open;
    // The entry is spare now, and must not keep a plan alive.
    open.construct = undefined;
    open.clauses = undefined;
    // The body's own end opens nothing.
    if (ordinal < 0) return;
    this.#events.close(event);
    if (construct === undefined) return;
    this.#constructs[ordinal] = construct;
    if (construct.beneath.length > 0) this.#spills?.leave(construct.beneath);
    if (clauses !== undefined && open.opcode === OP.block && !open.isBranchedTo && this.#endIsDead) {
      this.#owned?.made(open.offset, this.#v.reader.end, clauses);
    }
    const around = construct.parent;
    if (around === undefined) return;
    around.arms.at(-1)?.push({ construct });
    if (around.first === 0) around.first = construct.first;
    around.last = construct.last;
  }

  /** What each site has to save: locals by their numbers in `#saved`, behind them the spill locals. */
  #findLive(liveness: Liveness, spillCount: number): LocalSets {
    const localCount = this.#saved.length;
    const count = localCount + spillCount;
    const rows = this.#sites.length;
    const live = new LocalSets(rows, count, this.#events.isTooLarge(rows, count));
    liveness.run(this.#events, live);
    if (spillCount === 0 || rows === 0) return live;
    if (live.stride === 0) {
      // To save spill locals that are not in use does no harm either.
      for (let i = 0; i < spillCount; i++) live.add(0, localCount + i);
      return live;
    }
    const inUse = new SpillSets(localCount, spillCount);
    for (const { index, construct } of this.#sites) live.addAll(index - 1, inUse.at(construct));
    return live;
  }
}

function newConstruct(
  opcode: number,
  parent: Construct | undefined,
  beneath: readonly ValType[],
  params: readonly ValType[],
  spills: readonly number[],
  arms: Item[][],
): Construct {
  return { opcode, parent, beneath, params, arms, first: 0, last: 0, spills };
}

/** Block indices of the first and last site of an item. */
export function bounds(item: Item): [first: number, last: number] {
  return "site" in item ? [item.site.index, item.site.index] : [item.construct.first, item.construct.last];
}
