/**
 * The plan of one function that may suspend: its call sites, the constructs around them, and what is live at each. It is made
 * by one typed scan of the body (scan.ts), before either copy of the function is emitted.
 *
 * Types in a plan are the lowered module's; local indices are the guest's.
 */
import type { ValType } from "../wasm/types.ts";
import type { LocalSets } from "./local-set.ts";
import type { Marks } from "./marks.ts";
import type { Owned } from "./owned-locals.ts";
import type { PlanLocals } from "./plan-locals.ts";
import type { Offsets } from "./uses.ts";

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
  /** Given if some instructions test an exception for null or its type: those types, by offset; see `Code.retype`. */
  readonly exceptionTests: ReadonlyMap<number, ValType> | undefined;
  /** Offsets of instructions that refer to something of the module, valid until the next plan is made: see uses.ts. */
  readonly uses: Offsets;
}

/** Block indices of the first and last site of an item. */
export function bounds(item: Item): [first: number, last: number] {
  return "site" in item ? [item.site.index, item.site.index] : [item.construct.first, item.construct.last];
}
