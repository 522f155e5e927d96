/**
 * Makes a program smaller while something stays true of it: cuts calls, statements and functions off, and puts plain values
 * in the place of expressions. The program is changed in place; a candidate that is not valid is no candidate.
 */
import { OP } from "../wasm/instructions.ts";
import {
  HEAP_ANY,
  HEAP_EQ,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_STRUCT,
  heapOf,
  isNullable,
  isRef,
  refType,
  type ValType,
} from "../wasm/types.ts";
import { type Func, type Invocation, type Node, node, type Program, type Run, SEQUENCE } from "./model.ts";
import { invokedFuncs } from "./emit.ts";
import { contNew, i32, refFunc, zero } from "./nodes.ts";

/** Where a node is: what is put there takes its place. */
interface Slot {
  readonly list: Node[];
  readonly index: number;
  readonly func: Func;
}

export type Predicate = (program: Program) => boolean | Promise<boolean>;

export class Shrinker {
  readonly #program: Program;
  readonly #holds: Predicate;
  readonly #deadline: number;
  /** Candidates that were tried. */
  tried = 0;

  /** `seconds`: how long it may take. */
  constructor(program: Program, holds: Predicate, seconds: number) {
    this.#program = program;
    this.#holds = holds;
    this.#deadline = performance.now() + seconds * 1000;
  }

  async run(): Promise<void> {
    for (let smaller = true; smaller && !this.#isLate; ) {
      smaller = await this.#cutCalls();
      smaller = (await this.#emptyFunctions()) || smaller;
      smaller = (await this.#cutLists()) || smaller;
      smaller = (await this.#replaceNodes()) || smaller;
    }
  }

  get #isLate(): boolean {
    return performance.now() > this.#deadline;
  }

  async #try(change: () => void, undo: () => void): Promise<boolean> {
    if (this.#isLate) return false;
    this.tried++;
    change();
    let good = false;
    try {
      good = await this.#holds(this.#program);
    } catch {
      // Not a valid program.
    }
    if (!good) undo();
    return good;
  }

  async #cutCalls(): Promise<boolean> {
    const program = this.#program;
    let smaller = false;
    for (let i = program.runs.length - 1; i >= 0; i--) {
      const before = program.runs;
      const set = (runs: Run[]) => (): void => {
        program.runs = runs;
      };
      if (before.length > 1 && (await this.#try(set(before.toSpliced(i, 1)), set(before)))) smaller = true;
    }
    for (const run of program.runs) {
      for (let i = run.invocations.length - 1; i >= 0; i--) {
        const before = run.invocations;
        const set = (invocations: Invocation[]) => (): void => {
          run.invocations = invocations;
        };
        if (before.length > 1 && (await this.#try(set(before.toSpliced(i, 1)), set(before)))) smaller = true;
      }
    }
    for (const [module, start] of [...program.starts]) {
      smaller =
        (await this.#try(
          () => program.starts.delete(module),
          () => program.starts.set(module, start),
        )) || smaller;
    }
    for (let i = program.segments.length - 1; i >= 0; i--) {
      const [segment] = program.segments.slice(i);
      if (segment === undefined) continue;
      const cut = (): unknown => program.segments.splice(i, 1);
      smaller = (await this.#try(cut, () => program.segments.splice(i, 0, segment))) || smaller;
    }
    const { entries } = program;
    if (entries.length > 0) {
      const before = [...entries];
      smaller =
        (await this.#try(
          () => entries.splice(0),
          () => entries.push(...before),
        )) || smaller;
    }
    return smaller;
  }

  async #emptyFunctions(): Promise<boolean> {
    let smaller = false;
    for (const func of reachable(this.#program)) {
      const before = func.body;
      const { results } = this.#program.universe.signature(func.type);
      const plain = results.map((type) => this.#plain(type, func.owner));
      if (sizeOf(before) <= sizeOf(plain)) continue;
      const change = (body: Node[]) => (): void => {
        func.body = body;
      };
      smaller = (await this.#try(change(plain), change(before))) || smaller;
    }
    return smaller;
  }

  /** Cuts runs of statements out of the lists that they are in. */
  async #cutLists(): Promise<boolean> {
    let smaller = false;
    for (const list of lists(this.#program)) {
      for (let length = list.length; length >= 1; length = Math.floor(length / 2)) {
        for (let i = list.length - length; i >= 0; i -= length) {
          const run = list.slice(i, i + length);
          if (!isNeutral(run) || run.some(({ guard }) => guard === "always")) continue;
          const cut = (): unknown => list.splice(i, length);
          smaller = (await this.#try(cut, () => list.splice(i, 0, ...run))) || smaller;
        }
      }
    }
    return smaller;
  }

  async #replaceNodes(): Promise<boolean> {
    let smaller = false;
    for (let position = 0; !this.#isLate; ) {
      const slot = slotAt(this.#program, position);
      if (slot === undefined) break;
      if (await this.#replace(slot)) smaller = true;
      else position++;
    }
    return smaller;
  }

  async #replace({ list, index, func }: Slot): Promise<boolean> {
    const original = list[index];
    if (original === undefined || original.guard !== undefined) return false;
    for (const candidate of this.#candidates(original, func.owner)) {
      if (sizeOf(candidate) >= sizeOf([original])) continue;
      const undo = (): unknown => list.splice(index, candidate.length, original);
      if (await this.#try(() => list.splice(index, 1, ...candidate), undo)) return true;
    }
    return false;
  }

  /** What could be there instead of a node, the smallest first. */
  *#candidates(original: Node, owner: number): Generator<Node[]> {
    const { operands, gives, takes, bodies, op } = original;
    if (takes.length === 0) yield gives.map((type) => this.#plain(type, owner));
    for (const operand of operands) if (operand.gives.join() === gives.join()) yield [operand];
    for (const body of bodies ?? []) {
      yield body;
      const last = body.at(-1);
      if (last !== undefined && last.gives.join() === gives.join()) yield [last];
    }
    if (op === SEQUENCE) yield operands;
    if (gives.length === 0 && operands.length > 0) yield operands.flatMap(dropped);
    const { handlers = [], catches = [] } = original;
    for (const i of handlers.keys()) yield [{ ...original, handlers: handlers.toSpliced(i, 1) }];
    for (const i of catches.keys()) {
      const rest = { ...original, catches: catches.toSpliced(i, 1) };
      yield [op === OP.try && bodies !== undefined ? { ...rest, bodies: bodies.toSpliced(i + 1, 1) } : rest];
    }
  }

  /** A value of this type without further ado. */
  #plain(type: ValType, owner: number): Node {
    if (!isRef(type) || isNullable(type)) return zero(type);
    const { universe, funcs } = this.#program;
    const heap = heapOf(type);
    const i31 = node(OP["ref.i31"], [i32(0)], [refType(HEAP_I31, false)]);
    if (heap === HEAP_I31 || heap === HEAP_ANY || heap === HEAP_EQ) return i31;
    const composite = universe.types[heap]?.composite;
    const ofType = (wanted: number | undefined): Func | undefined =>
      funcs.find((func) => func.owner <= owner && (wanted === undefined || func.type === wanted));
    if (heap === HEAP_FUNC || composite?.kind === "func") {
      const func = ofType(heap === HEAP_FUNC ? undefined : heap);
      if (func !== undefined) return refFunc(func);
    }
    if (composite?.kind === "cont") {
      const func = ofType(composite.func);
      if (func !== undefined) return contNew(heap, refFunc(func));
    }
    if (composite?.kind === "struct" || heap === HEAP_STRUCT) {
      const struct =
        composite?.kind === "struct" ? heap : universe.types.findIndex((each) => each.composite.kind === "struct");
      const fields = universe.types[struct]?.composite;
      if (fields?.kind === "struct") {
        const values = fields.fields.map((field) => this.#plain(field.type, owner));
        return node(OP["struct.new"], values, [refType(struct, false)], { type: struct });
      }
    }
    if (composite?.kind === "array") {
      return node(OP["array.new_fixed"], [], [refType(heap, false)], { type: heap, number: 0 });
    }
    return zero(type);
  }
}

function dropped(operand: Node): Node[] {
  return [operand, ...operand.gives.map((type) => node(OP.drop, [], [], {}, [type]))];
}

/** Whether a run of nodes could be left out: none takes what is not given by one before it, and nothing stays. */
function isNeutral(run: readonly Node[]): boolean {
  let height = 0;
  for (const { takes, gives } of run) {
    height -= takes.length;
    if (height < 0) return false;
    height += gives.length;
  }
  return height === 0;
}

/** Number of instructions. */
export function sizeOf(nodes: readonly Node[]): number {
  let size = 0;
  for (const { op, operands, bodies = [], handlers = [], catches = [] } of nodes) {
    size += (op === SEQUENCE ? 0.1 : 1) + sizeOf(operands) + (handlers.length + catches.length) / 10;
    for (const body of bodies) size += sizeOf(body) + 0.5;
  }
  return size;
}

export function programSize(program: Program): number {
  let size = 0;
  for (const func of reachable(program)) size += sizeOf(func.body);
  return Math.round(size);
}

/** The functions that a program's calls can reach. */
function reachable(program: Program): Func[] {
  const found = new Set<Func>();
  const visit = (each: Node): void => {
    if (each.func !== undefined) reach(each.func);
    for (const operand of each.operands) visit(operand);
    for (const body of each.bodies ?? []) for (const inner of body) visit(inner);
  };
  const reach = (func: Func): void => {
    if (found.has(func)) return;
    found.add(func);
    for (const each of func.body) visit(each);
  };
  for (const func of invokedFuncs(program)) reach(func);
  for (const func of [...program.entries, ...program.starts.values()]) reach(func);
  for (const { items } of program.segments) for (const item of items) visit(item);
  for (const { init } of program.globals) visit(init);
  return [...found];
}

/** All lists of nodes, outer ones first. */
function* lists(program: Program): Generator<Node[]> {
  for (const func of reachable(program)) {
    const work: Node[][] = [func.body];
    for (let list = work.shift(); list !== undefined; list = work.shift()) {
      yield list;
      for (const each of list) if (each.guard === undefined) work.push(each.operands, ...(each.bodies ?? []));
    }
  }
}

/** The node of number `position` in a walk from outer nodes to inner ones. */
function slotAt(program: Program, position: number): Slot | undefined {
  let left = position;
  for (const func of reachable(program)) {
    const work: Node[][] = [func.body];
    for (let list = work.shift(); list !== undefined; list = work.shift()) {
      for (const [index, each] of list.entries()) {
        if (left-- === 0) return { list, index, func };
        if (each.guard === undefined) work.push(each.operands, ...(each.bodies ?? []));
      }
    }
  }
  return undefined;
}
