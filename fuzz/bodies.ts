/**
 * Generates the body of one function. Every generating method returns a node whose operands were generated in the order in
 * which they are evaluated: what is initialised and which labels are around follows along.
 */
import { OP } from "../wasm/instructions.ts";
import {
  asNullable,
  F32,
  F64,
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_CONT,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_STRUCT,
  heapOf,
  type HeapType,
  I32,
  I64,
  isDefaultable,
  isNullable,
  isRef,
  refType,
  V128,
  type ValType,
} from "../wasm/types.ts";
import { callExpression } from "./calls.ts";
import { constructExpression } from "./constructs.ts";
import { type Func, type Global, type Label, type Local, type Node, node, type Parts, sequence } from "./model.ts";
import { contNew, i32, i64, isBottom, localGet, nullOf, refFunc, zero } from "./nodes.ts";
import { numericExpression } from "./numbers.ts";
import type { Profile } from "./profile.ts";
import type { Random } from "./random.ts";
import { referenceExpression } from "./references.ts";
import { statement } from "./statements.ts";
import { switchingExpression } from "./switching.ts";
import type { Universe } from "./universe.ts";
import type { World } from "./world.ts";

/** Values that find off-by-one errors. */
const INTERESTING: readonly number[] = Object.freeze([0, 1, 2, 3, -1, 7, 255, 256, 65535, -2147483648, 2147483647]);

export function interestingI32(random: Random): number {
  return random.chance(0.6) ? random.pick(INTERESTING) : random.i32();
}

/** One way to make an expression of a type; undefined if there is none right now. */
export type Maker = (g: BodyGenerator, type: ValType) => Node | undefined;

export interface BodyOptions {
  readonly budget: number;
  readonly maySuspend: boolean;
  readonly quiet: boolean;
}

export class BodyGenerator {
  readonly world: World;
  readonly random: Random;
  readonly profile: Profile;
  readonly universe: Universe;
  readonly func: Func;
  /** Whether the function itself may suspend or switch: those that the host calls have nobody to suspend to. */
  readonly maySuspend: boolean;
  /** Whether it leaves the host alone. */
  readonly quiet: boolean;
  readonly results: readonly ValType[];
  /** Labels around the current place, the innermost last. */
  readonly labels: Label[];
  readonly #locals: Local[];
  readonly #reserved: Local[] = [];
  readonly #initialized: Set<Local>;
  /** The initialised locals in the order in which they became so. */
  readonly #trail: Local[];
  /** Nodes that may still be generated, about. */
  budget: number;

  constructor(world: World, func: Func, { budget, maySuspend, quiet }: BodyOptions) {
    this.quiet = quiet;
    this.world = world;
    this.random = world.random;
    this.profile = world.profile;
    this.universe = world.universe;
    this.func = func;
    this.budget = budget;
    this.maySuspend = maySuspend && world.profile.continuations;
    this.results = world.universe.signature(func.type).results;
    this.labels = [func.label];
    this.#locals = [...func.params];
    this.#trail = [...func.params];
    this.#initialized = new Set(func.params);
  }

  get module(): number {
    return this.func.owner;
  }

  chance(probability: number): boolean {
    return this.random.chance(probability);
  }

  /** Whether to take a risk of a trap. */
  get risk(): boolean {
    return this.profile.traps > 0 && this.chance(this.profile.traps * 5);
  }

  // -- Scopes

  /** Generates what is inside of a construct that opens `label`. */
  inside<T>(label: Label, generate: () => T): T {
    const before = this.#trail.length;
    this.labels.push(label);
    const result = generate();
    this.labels.pop();
    this.#forget(before);
    return result;
  }

  /** Takes back what became initialised since the trail was this long. */
  #forget(length: number): void {
    for (const local of this.#trail.splice(length)) this.#initialized.delete(local);
  }

  block(results: readonly ValType[], generate: (label: Label) => Node[], params: readonly ValType[] = []): Node {
    const own: Label = { types: results, isLoop: false };
    const body = this.inside(own, () => generate(own));
    return node(OP.block, [], results, { own, params, bodies: [body] }, params);
  }

  /** A loop; whoever branches to its label must have checked the fuel. */
  loop(params: readonly ValType[], results: readonly ValType[], generate: (label: Label) => Node[]): Node {
    const own: Label = { types: params, isLoop: true };
    const body = this.inside(own, () => generate(own));
    return node(OP.loop, [], results, { own, params, bodies: [body] }, params);
  }

  if(
    condition: Node,
    results: readonly ValType[],
    then: () => Node[],
    otherwise?: () => Node[],
    params: readonly ValType[] = [],
  ): Node {
    const own: Label = { types: results, isLoop: false };
    const bodies = [this.inside(own, then)];
    if (otherwise !== undefined) bodies.push(this.inside(own, otherwise));
    return node(OP.if, [condition], results, { own, params, bodies }, params);
  }

  // -- Locals

  /** A local that nothing is assigned to but by whoever asks for it. */
  reservedLocal(type: ValType): Local {
    const local: Local = { type };
    // What may be consumed already is for programs that may trap.
    if (this.profile.traps > 0) this.#reserved.push(local);
    return local;
  }

  freshLocal(type: ValType): Local {
    const local: Local = { type };
    this.#locals.push(local);
    // What has a default stays initialised when a scope ends.
    if (isDefaultable(type)) this.#initialized.add(local);
    return local;
  }

  /** Notes that a local has been set. */
  initialize(local: Local): void {
    if (this.#initialized.has(local)) return;
    this.#initialized.add(local);
    this.#trail.push(local);
  }

  set(local: Local, value: Node): Node {
    this.initialize(local);
    return node(OP["local.set"], [value], [], { local });
  }

  /** Sets a local to what is on the stack. */
  setTop(local: Local, type: ValType = local.type): Node {
    this.initialize(local);
    return node(OP["local.set"], [], [], { local }, [type]);
  }

  /** Locals that can be read, whose values are of type `type`. */
  readable(type: ValType): Local[] {
    const locals = this.#locals.filter((local) => this.#initialized.has(local));
    if (this.#reserved.length > 0 && this.chance(0.2)) locals.push(...this.#reserved);
    return locals.filter((local) => this.universe.matches(local.type, type));
  }

  allReadable(): Local[] {
    return [...this.#locals.filter((local) => this.#initialized.has(local)), ...this.#reserved];
  }

  anyReadable(): Local | undefined {
    return this.random.maybe(this.allReadable());
  }

  /** A local that takes values of type `type`, perhaps a new one. */
  writable(type: ValType): Local {
    const known = this.#locals.filter((local) => this.universe.matches(type, local.type));
    if (known.length > 0 && (this.chance(0.7) || this.#locals.length > 24)) return this.random.pick(known);
    return this.freshLocal(this.chance(0.5) ? asNullable(type) : type);
  }

  writableGlobals(type: ValType): Global[] {
    return this.world
      .globals(this.module)
      .filter((global) => global.mutable && this.universe.matches(type, global.type));
  }

  // -- Expressions

  /** Nodes for operands of these types, in order. */
  operands(types: readonly ValType[]): Node[] {
    return types.map((type) => this.expression(type));
  }

  /** An expression that gives one value of type `type`. */
  expression(type: ValType): Node {
    if (this.budget <= 0) return this.leaf(type);
    this.budget--;
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = this.#trail.length;
      const made = this.#maker()(this, type);
      if (made !== undefined) return made;
      this.#forget(before);
    }
    return this.leaf(type);
  }

  #maker(): Maker {
    const at = this.random.below(100);
    if (at < 18) return leafOf;
    if (at < 24) return tee;
    if (at < 48) return numericOrReference;
    if (at < 64) return constructExpression;
    if (at < 80) return callExpression;
    return switchingExpression;
  }

  /** Values of `given`, on the stack, become one of the first type: the others go elsewhere. */
  keepFirst(giving: Node): Node {
    const [first = I32, ...others] = giving.gives;
    if (others.length === 0) return giving;
    return sequence([giving, ...this.between(), ...this.sinks(others)], [first]);
  }

  /** Statements that run with values below them on the stack. */
  between(): Node[] {
    return this.budget > 0 && this.chance(0.35) ? [this.statement()] : [];
  }

  /** Takes values of these types from the stack. */
  sinks(types: readonly ValType[]): Node[] {
    return types.toReversed().map((type) => this.sink(type));
  }

  sink(type: ValType): Node {
    const at = this.random.below(10);
    const global = at < 2 ? this.random.maybe(this.writableGlobals(type)) : undefined;
    if (global !== undefined) return node(OP["global.set"], [], [], { global }, [type]);
    if (at < 8) return this.setTop(this.writable(type), type);
    return node(OP.drop, [], [], {}, [type]);
  }

  /** Drops, or keeps, whatever `giving` gives. */
  sunk(giving: Node): Node {
    if (giving.gives.length === 0) return giving;
    return sequence([giving, ...this.between(), ...this.sinks(giving.gives)], []);
  }

  // -- Leaves

  /** An expression without constructs and calls. */
  leaf(type: ValType): Node {
    if (type === I32 && this.chance(0.25)) {
      return node(OP["global.get"], [], [I32], { global: this.random.pick(this.world.program.inputs) });
    }
    const locals = this.readable(type);
    if (locals.length > 0 && this.chance(0.65)) return localGet(this.random.pick(locals));
    if (this.chance(0.3)) {
      const globals = this.world.globals(this.module).filter((global) => this.universe.matches(global.type, type));
      const global = this.random.maybe(globals);
      if (global !== undefined) return node(OP["global.get"], [], [global.type], { global });
    }
    return this.constant(type);
  }

  constant(type: ValType): Node {
    const { random } = this;
    const value = interestingI32(random);
    switch (type) {
      case I32:
        return i32(value);
      case I64:
        return i64(BigInt(value) * (random.chance(0.5) ? 1n : 0x1_0000_0003n));
      case F32:
        return node(OP["f32.const"], [], [F32], { value: Math.fround(value / 8) });
      case F64:
        return node(OP["f64.const"], [], [F64], { value: value / 8 });
      case V128:
        return node(OP["v128.const"], [], [V128], {
          bytes: Uint8Array.from({ length: 16 }, () => random.below(256)),
        });
    }
    if (isNullable(type) && (random.chance(0.4) || isBottom(heapOf(type)))) return nullOf(heapOf(type));
    return this.#object(heapOf(type));
  }

  /** A non-null reference, as plain as possible. */
  #object(heap: HeapType): Node {
    const { universe, world, random } = this;
    switch (heap) {
      case HEAP_ANY:
      case HEAP_EQ:
        return random.chance(0.5) ? this.#object(HEAP_I31) : this.#object(HEAP_STRUCT);
      case HEAP_I31:
        return node(OP["ref.i31"], [i32(random.below(1000))], [refType(HEAP_I31, false)]);
      case HEAP_STRUCT:
        return this.#object(world.structs[0] ?? heap);
      case HEAP_ARRAY:
        return this.#object(world.arrays[0] ?? heap);
      case HEAP_FUNC:
        return refFunc(random.pick(world.callable(this.module)));
      case HEAP_EXTERN:
        return node(OP["extern.convert_any"], [this.#object(HEAP_I31)], [refType(HEAP_EXTERN, false)]);
      case HEAP_EXN: {
        // Not one with exceptions for values, or there would be no end.
        const plain = world.exceptionTags.filter(({ type }) =>
          universe.signature(type).params.every((param) => !isRef(param) || isNullable(param)),
        );
        const tag = random.maybe(plain);
        if (tag !== undefined) return this.exception(universe.signature(tag.type).params, { tag });
        break;
      }
      case HEAP_CONT: {
        const func = random.pick(world.callable(this.module));
        return contNew(universe.cont(func.type), refFunc(func));
      }
    }
    const type = universe.types[heap]?.composite;
    switch (type?.kind) {
      case "func":
        return refFunc(world.functionOf(heap, this.module));
      case "cont":
        return contNew(heap, refFunc(world.functionOf(type.func, this.module)));
      case "struct": {
        const fields = type.fields.map((field) => this.constant(field.type));
        return node(OP["struct.new"], fields, [refType(heap, false)], { type: heap });
      }
      case "array": {
        const items = Array.from({ length: random.range(1, 3) }, () => this.constant(type.field.type));
        return node(OP["array.new_fixed"], items, [refType(heap, false)], { type: heap, number: items.length });
      }
      default:
        // No such value exists: whoever wants one gets a trap.
        return node(OP["ref.as_non_null"], [nullOf(heap)], [refType(heap, false)]);
    }
  }

  /** The exception of a tag, as a reference. */
  exception(params: readonly ValType[], parts: Parts): Node {
    const type = refType(HEAP_EXN, false);
    return this.block([type], (label) => {
      const own: Label = { types: [], isLoop: false };
      const args = this.inside(own, () => params.map(zero));
      const thrown = node(OP.throw, args, [], parts);
      const catches = [{ kind: 3, tag: undefined, label }];
      return [
        node(OP.try_table, [], [], { own, params: [], bodies: [[thrown]], catches }),
        node(OP.unreachable, [], [type]),
      ];
    });
  }

  // -- Statements

  statement(): Node {
    this.budget--;
    return statement(this);
  }

  statements(most: number): Node[] {
    const count = this.random.below(most + 1);
    return Array.from({ length: count }, () => (this.budget > 0 ? this.statement() : this.note(I32, i32(0))));
  }

  /** Notes the value of an expression as an event. */
  note(type: ValType, value: Node): Node {
    const { host, program } = this.world;
    const number = this.world.nextEvent();
    if (this.quiet) {
      // notes = (value + number) ^ rotl(notes, 7)
      const before = node(OP["global.get"], [], [I64], { global: program.notes });
      const turned = node(OP["i64.rotl"], [before, i64(7n)], [I64]);
      const noted = node(OP["i64.add"], [asI64(type, value), i64(BigInt(number))], [I64]);
      return node(OP["global.set"], [node(OP["i64.xor"], [noted, turned], [I64])], [], { global: program.notes });
    }
    const event = i32(number);
    if (isRef(type) && this.universe.matches(type, refType(HEAP_EXTERN, true))) {
      return node(OP.call, [event, value], [], { func: host.logReference });
    }
    return node(OP.call, [event, asI64(type, value)], [], { func: host.log });
  }

  // -- Fuel

  /** Uses one unit of fuel up: i32, whether there was any. */
  burn(): Node {
    const { fuel } = this.world.program;
    const get = (): Node => node(OP["global.get"], [], [I32], { global: fuel });
    const less = node(OP["i32.sub"], [get(), i32(1)], [I32]);
    const set = node(OP["global.set"], [less], [], { global: fuel });
    return sequence([set, node(OP["i32.gt_s"], [get(), i32(0)], [I32])], [I32]);
  }

  // -- Labels

  /** Labels around, loops excepted, that take operands of these types. */
  labelsFor(types: readonly ValType[]): Label[] {
    return this.labels.filter((label) => !label.isLoop && this.universe.matchesAll(types, label.types));
  }
}

function leafOf(g: BodyGenerator, type: ValType): Node {
  return g.leaf(type);
}

function tee(g: BodyGenerator, type: ValType): Node {
  const value = g.expression(type);
  const local = g.writable(type);
  // A tee gives a value of the local's type.
  if (!g.universe.matches(local.type, type)) return value;
  g.initialize(local);
  return node(OP["local.tee"], [value], [local.type], { local });
}

function numericOrReference(g: BodyGenerator, type: ValType): Node | undefined {
  return isRef(type) ? referenceExpression(g, type) : numericExpression(g, type);
}

/** Any value as an i64 that is the same on every engine. */
function asI64(type: ValType, value: Node): Node {
  switch (type) {
    case I32:
      return node(OP["i64.extend_i32_s"], [value], [I64]);
    case I64:
      return value;
    case F32:
      return node(OP["i64.trunc_sat_f32_s"], [value], [I64]);
    case F64:
      return node(OP["i64.trunc_sat_f64_s"], [value], [I64]);
    case V128: {
      const folded = node(OP["i64x2.extract_lane"], [value], [I64], { number: 1 });
      return folded;
    }
    default:
      return node(OP["i64.extend_i32_s"], [node(OP["ref.is_null"], [value], [I32])], [I64]);
  }
}
