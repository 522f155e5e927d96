/**
 * Continuations that nobody but one local of the guest's can hold, which are therefore not boxed.
 *
 * What a guest holds is a VMContObj, because a reference to a continuation may be copied and each copy has to know when it is
 * used up. But most continuations never leave the loop that runs them:
 *
 * ```wat
 * (local.set $k (cont.new $ct (ref.func $generator)))
 * (loop $next
 *   (block $on_yield (result i32 (ref $ct))
 *     (resume $ct (on $yield $on_yield) (local.get $k))
 *     (return))
 *   (local.set $k) ... (br $next))
 * ```
 *
 * A local is *owned* if it is only read to use its continuation up at once; or to see whether it is null, to drop it, or
 * to move it to another such local, as compilers do, and not to read it again. It then has a second local, of the
 * lowering's. That one holds the continuation itself as long as the guest's local holds a continuation that came to it
 * straight from where it was made: `cont.new`, `cont.bind`, or the label of handler clauses. While it is there, no
 * VMContObj of the continuation is valid; once it is used up, the second local is null. Continuations that come from
 * anywhere else stay boxed, in the *boxed* local of the pair, where it takes one.
 *
 * A label delivers the reference raw if only handler clauses lead to it and what takes the continuation off the stack
 * follows at once: `local.set` of an owned local, or an instruction that uses it up. The same goes for `cont.new` and
 * `cont.bind`. A `switch` may come back because of a `resume`, whose arguments are boxed: it leaves both references, one of
 * them null, for a `local.set` of an owned local.
 *
 * All this is found in the scan of a body (scan.ts), from pairs of neighbouring instructions: an operand on top of the stack is
 * what the instruction before has left there.
 */
import { OP } from "../wasm/instructions.ts";
import { unsignedAt } from "../wasm/reader.ts";
import { asNullable, type ValType } from "../wasm/types.ts";
import { CONTINUATION } from "./lowered-types.ts";
import type { PlanLocals } from "./plan-locals.ts";
import type { Clause } from "./plan.ts";

/** Owned locals of one function. */
const MAX_OWNED = 64;
/** Moves between them. */
const MAX_MOVES = 256;
/** Sites that are looked at for each of them; with more, its frames hold what they might have to. */
const MAX_SITES = 1024;
/** Functions with more locals than that are left alone: they may be near the limits of engines as they are. */
const MAX_LOCALS = 1024;

/** What stands for an owned local: numbers of locals, as in the plan. */
export interface OwnedLocal {
  /** Holds the continuation as long as it is not boxed. */
  readonly raw: number;
  /**
   * Holds it while the other is null, or null; a consumed one after the other has been used up. There is none where the guest's
   * local is neither null when it is read nor ever holds one that is boxed.
   */
  readonly boxed: number | undefined;
  /** Whether there are sites at which the boxed local matters. */
  readonly savesBoxed: boolean;
  /** Type of the guest's local. */
  readonly type: ValType;
}

/** What is not boxed in a function. */
export interface Owned {
  /** By number of the guest's local. */
  readonly locals: ReadonlyMap<number, OwnedLocal>;
  /** Types of the locals that are added behind the guest's. */
  readonly added: readonly ValType[];
  /**
   * Offsets of instructions that leave a raw reference on the stack: blocks whose label gets it, `cont.new`, `cont.bind`; and
   * switches that leave it with a boxed one below, for one of `pairs`.
   */
  readonly producers: ReadonlySet<number>;
  /** Offsets of instructions that take a raw reference from the stack. */
  readonly consumers: ReadonlySet<number>;
  /** Offsets of `local.set` of owned locals that take a boxed and a raw reference from the stack, one of them null. */
  readonly pairs: ReadonlySet<number>;
}

/** A local that may be owned. */
interface Candidate {
  readonly type: ValType;
  readonly isParam: boolean;
  /** Whether something is done with it that only a VMContObj will do for. */
  escapes: boolean;
  /** Whether it may be null or boxed when it is read. */
  isMixed: boolean;
  isTaken: boolean;
  /** Depth of the construct in which it was set, and is therefore not its default; 0 for none. */
  setAt: number;
  /** Depth of the construct in which it was given a raw reference, which it still has; 0 if it may have none. */
  rawAt: number;
  /** The sites at which it may have none. */
  readonly unclear: number[];
  /** Whether what seems to be raw in it may be boxed. */
  isDoubtful: boolean;
  readonly sources: Source[];
}

/** A candidate is read, and another one set to it. */
interface Move {
  readonly from: Candidate;
  readonly to: Candidate;
  /** Offset of the `local.set`. */
  readonly consumer: number;
  /** Whether what is moved seems to be raw in any case. */
  readonly isRaw: boolean;
}

/** An instruction that may leave a raw reference on the stack, and the one behind it that takes it. */
interface Source {
  readonly producer: number;
  readonly consumer: number;
  readonly clauses: readonly Clause[];
  /** Whether it may leave a boxed one instead. */
  readonly isMixed: boolean;
}

/** Told of a body's instructions by its scan, in order. */
export class OwnedScan {
  readonly #bytes: Uint8Array;
  readonly #firstAdded: number;
  readonly #candidates = new Map<number, Candidate>();
  readonly #producers = new Set<number>();
  readonly #consumers = new Set<number>();
  readonly #pairs = new Set<number>();
  /** A source whose continuation the next instruction puts into a local. */
  #pending: Source | undefined;
  /** In order. */
  readonly #moves: Move[] = [];

  /** `types` are the module's lowered types, `params` the number of parameters among `locals`. */
  constructor(
    bytes: Uint8Array,
    types: { isContinuation(type: ValType): boolean },
    locals: PlanLocals,
    params: number,
  ) {
    this.#bytes = bytes;
    this.#firstAdded = locals.length;
    if (locals.length > MAX_LOCALS) return;
    let x = 0;
    for (const { count, type } of locals.runs) {
      for (let i = 0; i < count && types.isContinuation(type) && this.#candidates.size < MAX_OWNED; i++) {
        const isParam = x + i < params;
        this.#candidates.set(x + i, {
          type,
          isParam,
          escapes: false,
          isMixed: isParam,
          isTaken: false,
          setAt: 0,
          rawAt: 0,
          unclear: [],
          isDoubtful: false,
          sources: [],
        });
      }
      x += count;
    }
  }

  /** Whether a local may be owned. */
  isCandidate(x: number): boolean {
    return this.#candidates.has(x);
  }

  /**
   * `local.get`, which ends at `end`; whether it is the next move, of which {@link finish} has to know whether it is the
   * last read.
   */
  get(x: number, end: number): boolean {
    const candidate = this.#candidates.get(x);
    if (candidate === undefined) return false;
    const next = this.#bytes[end];
    if (next === OP.drop) return false;
    if (next === OP["ref.is_null"]) {
      candidate.isMixed = true;
      return false;
    }
    const to = next === OP["local.set"] ? this.#candidates.get(unsignedAt(this.#bytes, end + 1)) : undefined;
    const isMove = to !== undefined && to !== candidate && this.#moves.length < MAX_MOVES;
    candidate.isMixed ||= candidate.setAt === 0;
    if (isMove) this.#moves.push({ from: candidate, to, consumer: end, isRaw: candidate.rawAt > 0 });
    else if (usesUp(next)) candidate.isTaken = true;
    else candidate.escapes = true;
    candidate.rawAt = 0;
    return isMove;
  }

  /** `local.set` at `offset`, in a construct of this depth. */
  set(x: number, offset: number, depth: number): void {
    const candidate = this.#candidates.get(x);
    if (candidate === undefined) return;
    if (candidate.setAt === 0) candidate.setAt = depth;
    const move = this.#moves.at(-1);
    const isMoved = move?.consumer === offset;
    const isMade = this.#pending?.consumer === offset;
    if (this.#pending !== undefined && isMade) candidate.sources.push(this.#pending);
    const isRaw = isMade && this.#pending?.isMixed === false;
    // What a move brings is not known before the end.
    if (!isRaw && !isMoved) candidate.isMixed = true;
    if (!isRaw && !(isMoved && move.isRaw)) candidate.rawAt = 0;
    else if (candidate.rawAt === 0) candidate.rawAt = depth;
  }

  tee(x: number): void {
    const candidate = this.#candidates.get(x);
    if (candidate !== undefined) candidate.escapes = true;
  }

  /** `else` or `end` of the construct of this depth: what was set inside may not have been. */
  leave(depth: number): void {
    for (const candidate of this.#candidates.values()) {
      if (candidate.setAt >= depth) candidate.setAt = 0;
      if (candidate.rawAt >= depth) candidate.rawAt = 0;
    }
  }

  /** The start of a loop, to which branches lead from further down. */
  loop(): void {
    for (const candidate of this.#candidates.values()) candidate.rawAt = 0;
  }

  /** Site `index` of the function. */
  site(index: number): void {
    for (const candidate of this.#candidates.values()) {
      if (candidate.rawAt > 0) continue;
      if (candidate.unclear.length < MAX_SITES) candidate.unclear.push(index);
      else candidate.isDoubtful = true;
    }
  }

  /**
   * At `end`, an instruction ends that leaves a new continuation on the stack: one that makes it, or a block, to whose label
   * `clauses` lead and nothing else. `producer` is where the instruction starts.
   */
  made(producer: number, end: number, clauses: readonly Clause[]): void {
    const next = this.#bytes[end];
    const source: Source = { producer, consumer: end, clauses, isMixed: false };
    if (usesUp(next)) this.#settle(source);
    else if (next === OP["local.set"]) this.#pending = source;
  }

  /** A `switch` whose last result is a continuation. */
  switched(producer: number, end: number): void {
    if (this.#bytes[end] === OP["local.set"]) {
      this.#pending = { producer, consumer: end, clauses: [], isMixed: true };
    }
  }

  #settle({ producer, consumer, clauses, isMixed }: Source): void {
    this.#producers.add(producer);
    (isMixed ? this.#pairs : this.#consumers).add(consumer);
    for (const clause of clauses) clause.isRaw = true;
  }

  /**
   * What is owned, at the end of the body; undefined if nothing is. `isSaved` tells which locals are saved at which sites, and
   * `isLast` which of the moves are the last read of what they move.
   */
  finish(isSaved: (site: number, x: number) => boolean, isLast: (move: number) => boolean): Owned | undefined {
    const owned = this.#ownedCandidates(isLast);
    this.#followBoxed(owned);
    for (const { from, to, consumer, isRaw } of this.#moves) {
      if (isRaw && owned.has(from) && owned.has(to) && !from.isDoubtful) this.#consumers.add(consumer);
    }
    const locals = new Map<number, OwnedLocal>();
    const added: ValType[] = [];
    const add = (type: ValType): number => this.#firstAdded + added.push(type) - 1;
    for (const [x, candidate] of this.#candidates) {
      if (!owned.has(candidate)) continue;
      const { type, isParam, isMixed, isDoubtful, unclear, sources } = candidate;
      for (const source of sources) this.#settle(source);
      const raw = add(CONTINUATION);
      // The guest's own local may be one that cannot be null.
      const boxed = !isMixed ? undefined : isParam ? x : add(asNullable(type));
      const savesBoxed = boxed !== undefined && (isDoubtful || unclear.some((site) => isSaved(site, x)));
      locals.set(x, { raw, boxed, savesBoxed, type });
    }
    if (this.#producers.size === 0) return undefined;
    return { locals, added, producers: this.#producers, consumers: this.#consumers, pairs: this.#pairs };
  }

  /**
   * The candidates that are owned: what is made somewhere comes to them, itself or by moves, and is used up. A move to one that
   * is not, or of one that is read again, is an escape.
   */
  #ownedCandidates(isLast: (move: number) => boolean): ReadonlySet<Candidate> {
    const owned = new Set<Candidate>();
    for (const candidate of this.#candidates.values()) if (!candidate.escapes) owned.add(candidate);
    this.#moves.forEach(({ from }, i) => {
      if (!isLast(i)) owned.delete(from);
    });
    for (let before = -1; before !== owned.size; ) {
      before = owned.size;
      const made = new Set([...owned].filter(({ sources }) => sources.length > 0));
      const used = new Set([...owned].filter(({ isTaken }) => isTaken));
      this.#spread((from, to) => owned.has(to) && made.has(from) && isAdded(made, to));
      this.#spread((from, to) => owned.has(from) && used.has(to) && isAdded(used, from));
      for (const candidate of owned) if (!made.has(candidate) || !used.has(candidate)) owned.delete(candidate);
      for (const { from, to } of this.#moves) if (!owned.has(to)) owned.delete(from);
    }
    return owned;
  }

  /** Notes where continuations that are boxed come to owned locals by moves. */
  #followBoxed(owned: ReadonlySet<Candidate>): void {
    this.#spread((from, to) => {
      const isMixed = !owned.has(from) || from.isMixed;
      const isDoubtful = !owned.has(from) || from.isDoubtful;
      const isNew = (isMixed && !to.isMixed) || (isDoubtful && !to.isDoubtful);
      to.isMixed ||= isMixed;
      to.isDoubtful ||= isDoubtful;
      return isNew;
    });
  }

  /** Does something for each move until it changes nothing any more. */
  #spread(step: (from: Candidate, to: Candidate) => boolean): void {
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const { from, to } of this.#moves) if (step(from, to)) isChanged = true;
    }
  }
}

/** Adds to a set; whether it was not in there. */
function isAdded<T>(set: Set<T>, value: T): boolean {
  if (set.has(value)) return false;
  set.add(value);
  return true;
}

/** Whether an instruction uses up the continuation on top of the stack, and can do so without a VMContObj. */
function usesUp(opcode: number | undefined): boolean {
  switch (opcode) {
    case OP.resume:
    case OP.resume_throw:
    case OP.resume_throw_ref:
    case OP["cont.bind"]:
    case OP.switch:
      return true;
    default:
      return false;
  }
}
