/**
 * The typed scan of a body that makes its plan (plan.ts), in lockstep with the validator. It leaves all that later steps need:
 * sites, constructs, events for liveness, marks, uses.
 */
import type { FunctionValidator } from "../wasm/function-validator.ts";
import { OP } from "../wasm/instructions.ts";
import { applySimple } from "../wasm/simple.ts";
import { heapOf, isDefaultable, isException, type ValType } from "../wasm/types.ts";
import { Events, EVENT, Liveness } from "./liveness.ts";
import { type CostTable, endsRun } from "./fuel.ts";
import { LocalSets } from "./local-set.ts";
import type { FunctionLimits } from "./lowered-limits.ts";
import { PlanLocals } from "./plan-locals.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import { isTypeRenumbered, isWideTry, MARK, Marks } from "./marks.ts";
import { type Open, OpenConstructs } from "./open-constructs.ts";
import { OwnedScan } from "./owned-locals.ts";
import type { Clause, Plan, Site } from "./plan.ts";
import { ACCESS, ACTIONS, MARKED, NOTED, TESTED, USE } from "./scan-actions.ts";
import { SpillSets } from "./spills.ts";
import { TailCalls } from "./tail-calls.ts";
import { Offsets } from "./uses.ts";

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

const NO_TYPES: readonly ValType[] = [];

/** Up to so many locals sets have room for all, whether the function's code names them or not. */
const FEW_LOCALS = 1024;

class Scan {
  readonly #v: FunctionValidator;
  readonly #types: LoweredTypes;
  readonly #oracle: CallOracle;
  readonly #values: ValueOracle;
  readonly #costs: CostTable | undefined;
  readonly #runs: number[] = [];
  readonly #sites: Site[] = [];
  readonly #open: OpenConstructs;
  readonly #dead: number[] = [];
  readonly #tails: TailCalls;
  readonly #events: Events;
  readonly #marks: Marks;
  readonly #uses: Offsets;
  #exceptionTests: Map<number, ValType> | undefined;
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
  readonly #saved: number[] = [];
  /** Whether the number of a local in `#saved` is its index: if there are few. Otherwise it is in `#numbers`. */
  #isNumbered = false;
  #numbers: Map<number, number> | undefined;

  constructor(
    v: FunctionValidator,
    types: LoweredTypes,
    { calls, values, costs, limits, resumes }: PlanOptions,
    buffers: Buffers,
  ) {
    this.#limits = limits;
    this.#v = v;
    this.#events = buffers.events;
    this.#marks = buffers.marks;
    this.#uses = buffers.uses;
    this.#open = new OpenConstructs(v, types, limits, resumes, buffers.open);
    this.#tails = new TailCalls(v, types, limits);
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
    const root = this.#open.enterBody();
    if (this.#costs !== undefined) this.#poll();
    // Depth of the control whose rest is unreachable, or 0.
    let deadDepth = 0;
    const appliesSimple = this.#isNumbered && this.#costs === undefined;
    for (;;) {
      if (appliesSimple) this.#applySimple(deadDepth > 0);
      if (!v.read()) break;
      const { opcode, offset } = v.reader;
      const todo = ACTIONS[opcode] as number;
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
    const { spillTypes } = this.#open;
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
      constructs: this.#open.constructs,
      dead: this.#dead,
      tails: this.#tails.calls,
      tailOrder: this.#tails.order,
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
    if (isException(operand)) (this.#exceptionTests ??= new Map()).set(offset, operand);
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
      ((todo & TESTED) !== 0 && this.#exceptionTests?.has(offset) === true);
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
        owned?.set(r.x, r.offset, this.#open.depth);
        break;
      case OP["local.tee"]:
        events.add(EVENT.set, this.#number(r.x));
        owned?.tee(r.x);
        break;
      case OP.block:
        this.#markConstruct();
        this.#open.enter(opcode, events.open(EVENT.block, 0));
        break;
      case OP.loop:
        this.#markConstruct();
        this.#open.enter(opcode, events.open(EVENT.loop, 0));
        owned?.loop();
        break;
      case OP.if:
        this.#markConstruct();
        this.#open.enter(opcode, events.open(EVENT.if, 0));
        break;
      case OP.try_table:
        for (let i = 0; i < r.catchCount; i++) this.#branch(r.catches[i]?.label ?? 0);
        this.#open.enter(opcode, events.open(EVENT.try, r.catchCount));
        if (isWideTry(r)) this.#keepsLabels = false;
        break;
      case OP.else:
        events.add(EVENT.else, 0);
        owned?.leave(this.#open.depth);
        this.#open.else();
        break;
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
    this.#open.label(label).isBranchedTo = true;
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
        const results = this.#switchResults(type.params);
        this.#site("switch", type.params.length, results);
        const last = results.at(-1);
        if (last !== undefined && this.#types.isContinuation(this.#types.lower(last)))
          this.#owned?.switched(r.offset, r.end);
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
      (this.#open.label(handler.label).clauses ??= []).push(clause);
    }
    const { params, results } = v.contType(r.x);
    const site = this.#sites.at(-1);
    if (site === undefined) return;
    this.#limits.addMoves(params.length + results.length);
    site.resume = { args: this.#types.lowerAll(params), results: this.#types.lowerAll(results), clauses };
  }

  #site(kind: Site["kind"], consumed: number, results: readonly ValType[], guarded?: readonly ValType[]): void {
    const construct = this.#open.construct();
    const index = this.#sites.length + 1;
    const { reader, floor, height } = this.#v;
    const top = height - consumed;
    const width = Math.max(0, top - floor) + results.length;
    this.#limits.checkWidth(kind === "resume" || kind === "switch" ? width + 1 : width);
    this.#limits.addLanding(width + (guarded?.length ?? 0));
    this.#events.add(EVENT.site, index - 1);
    const site: Site = {
      kind,
      index,
      offset: reader.offset,
      operands: this.#open.operandsBetween(floor, top),
      results: results.length === 0 ? NO_TYPES : this.#types.lowerAll(results),
      construct,
      guarded,
    };
    this.#sites.push(site);
    this.#owned?.site(index);
    this.#open.addSite(site);
  }

  #tail(type: number, extra: number): void {
    this.#events.add(EVENT.leave, 0);
    this.#tails.add(type, extra);
  }

  #markConstruct(): void {
    const { reader, depth } = this.#v;
    this.#marks.add(isTypeRenumbered(reader) ? MARK.instruction : MARK.construct, reader.offset, depth);
  }

  #leave(): void {
    this.#owned?.leave(this.#open.depth);
    const { ordinal, event, opcode, offset, clauses, isBranchedTo } = this.#open.innermost();
    // The body's own end closes nothing that an event has opened.
    if (ordinal >= 0) {
      this.#events.close(event);
      if (clauses !== undefined && opcode === OP.block && !isBranchedTo && this.#endIsDead) {
        this.#owned?.made(offset, this.#v.reader.end, clauses);
      }
    }
    this.#open.leave();
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
