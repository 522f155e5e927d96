/**
 * The plan of one function that may suspend: its call sites, the constructs around them, and what is live at each. It is made
 * by one typed scan of the body, before either copy of the function is emitted.
 *
 * Types in a plan are the lowered module's; local indices are the guest's.
 */
import type { FunctionValidator } from "../wasm/function-validator.ts";
import { OP } from "../wasm/instructions.ts";
import { asNullable, heapOf, isDefaultable, type ValType } from "../wasm/types.ts";
import { event, EVENT, liveLocals } from "./liveness.ts";
import { type CostTable, endsRun } from "./fuel.ts";
import { addLocal, type LocalSet, localSet, removeLocal } from "./local-set.ts";
import type { LoweredTypes } from "./lowered-types.ts";

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
  /**
   * What has to be saved at it: the guest's locals that are live and initialised, and behind them (from the number of the
   * guest's locals on) the spill locals that are in use.
   */
  live: LocalSet;
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
}

/** A block, loop, if or try_table (or the body as a whole) that contains sites. */
export interface Construct {
  /** Opcode of the instruction that opens it; that of `block` for the body. */
  readonly opcode: number;
  readonly parent: Construct | undefined;
  /** Types of the parent's operands below the construct's own: they have to be in `spills` while a site inside is left. */
  readonly beneath: readonly ValType[];
  readonly params: readonly ValType[];
  /** What there is to land on: one list, or two for an if. */
  readonly arms: Item[][];
  /** Block indices of the first and last site inside; 0 if there is none. */
  first: number;
  last: number;
  /** Indices into the plan's `spillTypes`, one for each of `beneath`. */
  spills: readonly number[];
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
  /** For each control instruction that is not dead, in order, its construct if it contains sites. */
  readonly constructs: readonly (Construct | undefined)[];
  /** Start and end of each range of dead code, in order. */
  readonly dead: readonly number[];
  readonly tails: readonly TailCall[];
  /** For each tail call that is not dead, in order, its index in `tails`. */
  readonly tailOrder: readonly number[];
  /** Types of the locals that hold operands below constructs; nullable. */
  readonly spillTypes: readonly ValType[];
  /** Types of parameters and locals. */
  readonly locals: readonly ValType[];
  /** In metered code: what each run of instructions costs, in the order of the body. */
  readonly runs: readonly number[];
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
}

/** Scans function `func` with `v`, which validates it again on the way. */
export function planFunction(v: FunctionValidator, func: number, types: LoweredTypes, options: PlanOptions): Plan {
  return new Scan(v, types, options).run(func);
}

const NO_TYPES: readonly ValType[] = Object.freeze([]);

class Scan {
  readonly #v: FunctionValidator;
  readonly #types: LoweredTypes;
  readonly #oracle: CallOracle;
  readonly #values: ValueOracle;
  readonly #costs: CostTable | undefined;
  readonly #runs: number[] = [];
  readonly #sites: Site[] = [];
  readonly #uninitialized: (readonly number[])[] = [];
  readonly #constructs: (Construct | undefined)[] = [];
  /** The open constructs, and the position of each in `#constructs`. */
  readonly #open: { construct: Construct; ordinal: number }[] = [];
  readonly #dead: number[] = [];
  readonly #tails: TailCall[] = [];
  readonly #tailKeys = new Map<string, number>();
  readonly #tailOrder: number[] = [];
  readonly #events: number[] = [];
  #nonDefaultable: readonly number[] = [];
  #ordinal = 0;
  /** Whether some construct has operands below it. */
  #hasSpills = false;

  constructor(v: FunctionValidator, types: LoweredTypes, { calls, values, costs }: PlanOptions) {
    this.#v = v;
    this.#values = values;
    this.#costs = costs;
    this.#types = types;
    this.#oracle = calls;
  }

  run(func: number): Plan {
    const v = this.#v;
    v.begin(func);
    const locals = v.localTypes.slice();
    this.#nonDefaultable = locals.flatMap((type, x) => (isDefaultable(type) ? [] : [x]));
    const root = newConstruct(OP.block, undefined, [], []);
    this.#open.push({ construct: root, ordinal: -1 });
    if (this.#costs !== undefined) this.#poll();
    // Depth of the control whose rest is unreachable, or 0.
    let deadDepth = 0;
    while (v.read()) {
      const { opcode, offset } = v.reader;
      if (deadDepth > 0) {
        if (v.depth !== deadDepth || (opcode !== OP.end && opcode !== OP.else)) {
          v.apply();
          continue;
        }
        this.#dead.push(offset);
        deadDepth = 0;
      }
      this.#instruction();
      this.#charge(opcode);
      v.apply();
      if (opcode === OP.loop && this.#costs !== undefined) this.#poll();
      if (v.depth > 0 && v.controls[v.depth - 1]?.unreachable === true) {
        deadDepth = v.depth;
        this.#dead.push(v.reader.end);
      }
    }
    const spillTypes = this.#hasSpills ? assignSpills(root) : [];
    this.#findLive(locals.length, spillTypes.length);
    return {
      root,
      sites: this.#sites,
      constructs: this.#constructs,
      dead: this.#dead,
      tails: this.#tails,
      tailOrder: this.#tailOrder,
      spillTypes,
      locals: this.#types.lowerAll(locals),
      runs: this.#runs,
    };
  }

  /** A poll, at which a run of instructions starts. */
  #poll(): void {
    this.#site("poll", 0, []);
    if (this.#runs.length === 0) this.#runs.push(0);
  }

  #charge(opcode: number): void {
    if (this.#costs === undefined) return;
    this.#runs.push((this.#runs.pop() ?? 0) + (this.#costs[opcode] ?? 0));
    if (endsRun(opcode)) this.#runs.push(0);
  }

  #instruction(): void {
    const r = this.#v.reader;
    const events = this.#events;
    switch (r.opcode) {
      case OP["local.get"]:
        events.push(event(EVENT.get, r.x));
        break;
      case OP["local.set"]:
      case OP["local.tee"]:
        events.push(event(EVENT.set, r.x));
        break;
      case OP.block:
        this.#enter(EVENT.block, 0);
        break;
      case OP.loop:
        this.#enter(EVENT.loop, 0);
        break;
      case OP.if:
        this.#enter(EVENT.if, 1);
        break;
      case OP.try_table:
        for (let i = 0; i < r.catchCount; i++) events.push(event(EVENT.branch, r.catches[i]?.label));
        this.#enter(EVENT.try, 0, r.catchCount);
        break;
      case OP.else:
        events.push(event(EVENT.else));
        this.#open.at(-1)?.construct.arms.push([]);
        break;
      case OP.end:
        this.#leave();
        break;
      case OP.br:
        events.push(event(EVENT.branch, r.x), event(EVENT.leave));
        break;
      case OP.br_if:
      case OP.br_on_null:
      case OP.br_on_non_null:
      case OP.br_on_cast:
      case OP.br_on_cast_fail:
        events.push(event(EVENT.branch, r.x));
        break;
      case OP.br_table:
        for (let i = 0; i < r.labelCount; i++) events.push(event(EVENT.branch, r.labels[i]));
        events.push(event(EVENT.leave));
        break;
      case OP.return:
      case OP.unreachable:
        events.push(event(EVENT.leave));
        break;
      case OP.throw:
      case OP.throw_ref:
        events.push(event(EVENT.throws), event(EVENT.leave));
        break;
      default:
        this.#call();
    }
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
      this.#events.push(event(EVENT.throws));
      return;
    }
    const isGuarded = !this.#values.canBuild(this.#types.lowerAll(results));
    const callee = v.stack.slice(v.height - extra, v.height);
    const guarded = isGuarded ? this.#types.lowerAll([...params, ...callee]) : undefined;
    this.#site("call", params.length + extra, results, guarded);
  }

  #resume(operands: number): void {
    const v = this.#v;
    const r = v.reader;
    // The results are taken from the transfer area after the landing, so they are not among what is restored.
    this.#site("resume", operands, []);
    const clauses: Clause[] = [];
    for (let i = 0; i < r.handlerCount; i++) {
      const handler = r.handlers[i];
      if (handler?.kind !== 0) continue;
      // Events are walked backwards: what the handlers need has to come after the site to count at it.
      this.#events.push(event(EVENT.branch, handler.label));
      const type = heapOf(v.label(handler.label).at(-1) ?? 0);
      clauses.push({
        label: handler.label,
        payload: this.#types.lowerAll(v.funcType(v.module.tags[handler.tag] ?? 0).params),
        type: this.#types.lowerHeap(type),
      });
    }
    const { params, results } = v.contType(r.x);
    const site = this.#sites.at(-1);
    if (site === undefined) return;
    site.resume = { args: this.#types.lowerAll(params), results: this.#types.lowerAll(results), clauses };
  }

  #site(kind: Site["kind"], consumed: number, results: readonly ValType[], guarded?: readonly ValType[]): void {
    const construct = this.#open.at(-1)?.construct;
    if (construct === undefined) return;
    const index = this.#sites.length + 1;
    this.#events.push(event(EVENT.site, index - 1));
    const site: Site = {
      kind,
      index,
      offset: this.#v.reader.offset,
      operands: this.#operands(consumed),
      results: results.length === 0 ? NO_TYPES : this.#types.lowerAll(results),
      construct,
      live: localSet(0),
      guarded,
    };
    this.#sites.push(site);
    construct.arms.at(-1)?.push({ site });
    if (construct.first === 0) construct.first = index;
    construct.last = index;
    if (this.#nonDefaultable.length > 0) {
      this.#uninitialized[index - 1] = this.#nonDefaultable.filter((x) => !this.#v.isInitialized(x));
    }
  }

  /** Types of the operands of the current construct below the topmost `consumed`. */
  #operands(consumed: number): readonly ValType[] {
    const v = this.#v;
    const floor = v.controls[v.depth - 1]?.height ?? 0;
    const top = v.height - consumed;
    return top <= floor ? NO_TYPES : this.#types.lowerAll(v.stack.slice(floor, top));
  }

  #tail(type: number, extra: number): void {
    const v = this.#v;
    const { opcode, x, y } = v.reader;
    this.#events.push(event(EVENT.leave));
    const { params, results } = v.funcType(type);
    const key = `${opcode} ${x} ${opcode === OP.return_call_indirect ? y : 0} ${extra === 0 ? "" : v.stack[v.height - 1]}`;
    let index = this.#tailKeys.get(key);
    if (index === undefined) {
      index = this.#tails.length;
      this.#tailKeys.set(key, index);
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
  }

  #enter(kind: number, extra: number, operand = 0): void {
    const v = this.#v;
    const r = v.reader;
    this.#events.push(event(kind, operand));
    const params = r.block === 2 ? v.funcType(r.x).params : NO_TYPES;
    const construct = newConstruct(
      r.opcode,
      this.#open.at(-1)?.construct,
      this.#operands(params.length + extra),
      this.#types.lowerAll(params),
    );
    if (construct.beneath.length > 0) this.#hasSpills = true;
    this.#open.push({ construct, ordinal: this.#ordinal });
    this.#constructs[this.#ordinal++] = undefined;
  }

  #leave(): void {
    const closed = this.#open.pop();
    // The body's own end opens nothing.
    if (closed === undefined || closed.ordinal < 0) return;
    this.#events.push(event(EVENT.end));
    const { construct, ordinal } = closed;
    if (construct.first === 0) return;
    this.#constructs[ordinal] = construct;
    const around = this.#open.at(-1)?.construct;
    if (around === undefined) return;
    around.arms.at(-1)?.push({ construct });
    if (around.first === 0) around.first = construct.first;
    around.last = construct.last;
  }

  /** Finds what each site has to save; the spill locals follow the guest's. */
  #findLive(localCount: number, spillCount: number): void {
    const live = liveLocals(this.#events, localCount, this.#sites.length);
    this.#sites.forEach((site, i) => {
      site.live = live[i] ?? localSet(localCount);
      for (const x of this.#uninitialized[i] ?? []) removeLocal(site.live, x);
      if (spillCount === 0) return;
      const withSpills = localSet(localCount + spillCount);
      withSpills.set(site.live);
      for (let around: Construct | undefined = site.construct; around !== undefined; around = around.parent) {
        for (const spill of around.spills) addLocal(withSpills, localCount + spill);
      }
      site.live = withSpills;
    });
  }
}

function newConstruct(
  opcode: number,
  parent: Construct | undefined,
  beneath: readonly ValType[],
  params: readonly ValType[],
): Construct {
  return { opcode, parent, beneath, params, arms: [[]], first: 0, last: 0, spills: [] };
}

/** Block indices of the first and last site of an item. */
export function bounds(item: Item): [first: number, last: number] {
  return "site" in item ? [item.site.index, item.site.index] : [item.construct.first, item.construct.last];
}

/** Gives every construct below `root` its spill locals: distinct from those of the constructs around it, shared otherwise. */
function assignSpills(root: Construct): ValType[] {
  const spillTypes: ValType[] = [];
  const byType = new Map<ValType, number[]>();
  const used = new Map<ValType, number>();
  // Iterative, because nesting is as deep as the guest likes: `leave` gives the construct's spill locals back.
  const work: { construct: Construct; leave: boolean }[] = [{ construct: root, leave: false }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { construct, leave } = next;
    if (leave) {
      for (const type of construct.beneath) used.set(asNullable(type), (used.get(asNullable(type)) ?? 1) - 1);
      continue;
    }
    construct.spills = construct.beneath.map((type) => {
      const key = asNullable(type);
      const count = used.get(key) ?? 0;
      used.set(key, count + 1);
      const known = byType.get(key) ?? [];
      byType.set(key, known);
      known[count] ??= spillTypes.push(key) - 1;
      return known[count] ?? 0;
    });
    work.push({ construct, leave: true });
    for (const item of construct.arms.flat())
      if ("construct" in item) work.push({ construct: item.construct, leave: false });
  }
  return spillTypes;
}
