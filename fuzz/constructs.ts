/** Blocks, loops, ifs and try_tables around expressions. */
import { OP } from "../wasm/instructions.ts";
import { HEAP_EXN, I32, isRef, refType, type ValType } from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { tailCall } from "./calls.ts";
import { type Catch, type Label, type Node, node, sequence } from "./model.ts";
import { i32, unreachable } from "./nodes.ts";

export function constructExpression(g: BodyGenerator, type: ValType): Node | undefined {
  const { random } = g;
  switch (random.below(9)) {
    case 0:
      return branching(g, type);
    case 1:
      return withParams(g, type, random.pick([OP.block, OP.if]));
    case 2:
      return loop(g, type);
    case 3:
    case 4:
      return choice(g, type);
    case 5:
      return select(g, type);
    case 6:
      return several(g, type);
    default:
      return g.profile.exceptions ? tried(g, [type]) : undefined;
  }
}

/** A block that is left early, or not. */
function branching(g: BodyGenerator, type: ValType): Node {
  return g.block([type], (label) => {
    const before = g.statements(2);
    const value = g.expression(type);
    const condition = g.expression(I32);
    const kept = node(OP.br_if, [value, condition], [type], { label });
    return [...before, kept, ...g.between(), node(OP.drop, [], [], {}, [type]), ...g.statements(1), g.expression(type)];
  });
}

/** A block, loop or if with parameters. */
export function withParams(g: BodyGenerator, type: ValType, op: number): Node {
  const { random } = g;
  const params = Array.from({ length: random.range(1, 3) }, () => random.pick(g.world.kinds));
  const args = g.operands(params);
  const inside = (): Node[] => {
    const beneath = g.between();
    const first = params[0];
    if (params.length === 1 && first === type && g.chance(0.5)) return [...beneath, ...g.statements(1)];
    return [...beneath, ...g.sinks(params), ...g.statements(2), g.expression(type)];
  };
  if (op === OP.if) {
    const condition = g.expression(I32);
    return sequence([...args, g.if(condition, [type], inside, inside, params)], [type]);
  }
  const construct = op === OP.loop ? g.loop(params, [type], inside) : g.block([type], inside, params);
  return sequence([...args, construct], [type]);
}

/** A loop that turns while there is fuel and a condition says so. */
function loop(g: BodyGenerator, type: ValType): Node {
  if (g.chance(0.3)) return withParams(g, type, OP.loop);
  return g.loop([], [type], (label) => {
    const body = g.statements(3);
    return [...body, turn(g, label), ...g.statements(1), g.expression(type)];
  });
}

/** Branches to a loop without parameters, if there is fuel and a condition holds. */
export function turn(g: BodyGenerator, label: Label): Node {
  const fuel = g.burn();
  const condition = node(OP["i32.and"], [fuel, g.chance(0.5) ? i32(1) : g.expression(I32)], [I32]);
  return node(OP.br_if, [condition], [], { label, guard: "optional" });
}

function choice(g: BodyGenerator, type: ValType): Node {
  const condition = g.expression(I32);
  const arm = (): Node[] => {
    const before = g.statements(2);
    const escaped = g.chance(0.12) ? escape(g, [type]) : undefined;
    if (escaped === undefined) return [...before, g.expression(type)];
    return [...before, escaped, ...deadCode(g)];
  };
  return g.if(condition, [type], arm, arm);
}

/** Leaves the construct, or the function; undefined if that is not possible here. */
export function escape(g: BodyGenerator, gives: readonly ValType[]): Node | undefined {
  const { random, profile, world } = g;
  switch (random.below(5)) {
    case 0: {
      const label = random.maybe(g.labels.filter((each) => !each.isLoop));
      if (label === undefined) return undefined;
      if (label.types.length === 0 && g.chance(0.4)) {
        const others = g.labelsFor([]);
        const labels = Array.from({ length: random.range(1, 4) }, () => random.pick(others));
        return node(OP.br_table, [g.expression(I32)], gives, { labels });
      }
      return node(OP.br, g.operands(label.types), gives, { label });
    }
    case 1:
      return node(OP.return, g.operands(g.results), gives);
    case 2: {
      const tag = random.maybe(world.exceptionTags);
      if (tag === undefined || !profile.exceptions) return undefined;
      if (g.chance(0.2) && !profile.legacy) return node(OP.throw_ref, [g.expression(refType(HEAP_EXN, false))], gives);
      return node(OP.throw, g.operands(g.universe.signature(tag.type).params), gives, { tag });
    }
    case 3:
      return tailCall(g, gives);
    default:
      return g.risk ? unreachable(gives) : undefined;
  }
}

/** Code behind a place that control does not get past: some with operands, some with whatever there may be. */
export function deadCode(g: BodyGenerator): Node[] {
  if (!g.profile.deadCode || !g.chance(0.6)) return [];
  const { random, world, universe } = g;
  const nodes = g.statements(2);
  const func = random.pick(world.callable(g.module));
  const { params, results } = universe.signature(func.type);
  switch (random.below(6)) {
    case 0:
      return [...nodes, node(OP.call, [], results, { func }, params), ...g.sinks(results)];
    case 1: {
      const tag = random.maybe(world.suspendTags);
      if (tag === undefined) return nodes;
      const type = universe.signature(tag.type);
      return [...nodes, node(OP.suspend, [], type.results, { tag }, type.params), ...g.sinks(type.results)];
    }
    case 2:
      if (!g.profile.continuations) return nodes;
      return [
        ...nodes,
        node(OP.resume, [], results, { type: universe.cont(func.type), handlers: [] }, params),
        node(OP.unreachable, [], []),
      ];
    case 3: {
      const type = random.pick(world.kinds);
      const block = g.block([type], () => [...g.statements(1), node(OP.unreachable, [], [type])]);
      return [...nodes, block, node(OP.drop, [], [], {}, [type])];
    }
    case 4:
      return [...nodes, node(OP["i32.add"], [], [I32], {}, [I32, I32]), node(OP.drop, [], [], {}, [I32])];
    default:
      return [...nodes, node(OP.unreachable, [], [])];
  }
}

function select(g: BodyGenerator, type: ValType): Node {
  const [left, right] = [g.expression(type), g.expression(type)];
  const operands = [left, right, g.expression(I32)];
  if (isRef(type) || g.chance(0.3)) return node(OP["select t"], operands, [type], { types: [type] });
  return node(OP.select, operands, [type]);
}

/** A block with several results. */
function several(g: BodyGenerator, type: ValType): Node {
  const types = [type, ...Array.from({ length: g.random.range(1, 3) }, () => g.random.pick(g.world.kinds))];
  const block = g.block(types, (label) => {
    if (g.chance(0.5)) return [...g.statements(1), ...g.operands(types)];
    const values = g.operands(types);
    const condition = g.expression(I32);
    return [node(OP.br_if, [...values, condition], types, { label }), ...g.between()];
  });
  return g.keepFirst(block);
}

/** A try_table with handlers, each of which gives `types` in its own way. */
export function tried(g: BodyGenerator, types: readonly ValType[]): Node {
  if (g.profile.legacy) return legacyTry(g, types);
  const { random, world, universe } = g;
  const clauses = Array.from({ length: random.below(4) }, () => {
    const tag = random.maybe(world.exceptionTags);
    const kind = tag === undefined ? random.range(2, 3) : random.below(4);
    const params = tag === undefined || kind > 1 ? [] : universe.signature(tag.type).params;
    const exn = kind % 2 === 1 ? [refType(HEAP_EXN, g.chance(0.5))] : [];
    const carried = [...params, ...exn];
    // A label that is there already will do, too.
    const known = g.chance(0.2) ? random.maybe(g.labelsFor(carried)) : undefined;
    return {
      kind,
      tag: kind < 2 ? tag : undefined,
      label: known ?? { types: carried, isLoop: false },
      known: known !== undefined,
    };
  });
  const fresh = clauses.filter(({ known }) => !known);
  const catches: Catch[] = clauses.map(({ kind, tag, label }) => ({ kind, tag, label }));
  return handled(
    g,
    types,
    fresh.map(({ label }) => label),
    () => {
      const own: Label = { types, isLoop: false };
      const params = g.chance(0.2) ? [random.pick(world.kinds)] : [];
      const args = g.operands(params);
      const body = g.inside(own, () => [...g.between(), ...g.sinks(params), ...g.statements(3), ...g.operands(types)]);
      return [...args, node(OP.try_table, [], types, { own, params, bodies: [body], catches }, params)];
    },
  );
}

/** The same with the legacy instructions. */
function legacyTry(g: BodyGenerator, types: readonly ValType[]): Node {
  const { random, world, universe } = g;
  const own: Label = { types, isLoop: false };
  const body = g.inside(own, () => [...g.statements(3), ...g.operands(types)]);
  if (g.chance(0.25)) {
    return node(OP.try, [], types, { own, params: [], bodies: [body], label: random.pick(g.labels) });
  }
  const catches: Catch[] = Array.from({ length: random.below(3) }, () => {
    return { kind: 0, tag: random.maybe(world.exceptionTags), label: undefined };
  }).filter(({ tag }) => tag !== undefined);
  if (g.chance(0.4)) catches.push({ kind: 2, tag: undefined, label: undefined });
  const handlers = catches.map(({ tag }) =>
    g.inside(own, () => {
      const params = tag === undefined ? [] : universe.signature(tag.type).params;
      const taken = [...g.between(), ...g.sinks(params), ...g.statements(2)];
      if (!g.chance(0.2)) return [...taken, ...g.operands(types)];
      const again = node(OP.rethrow, [], types, { label: own });
      if (g.chance(0.5)) return [...taken, again];
      return [...taken, g.if(g.expression(I32), [], () => [...g.statements(1), again]), ...g.operands(types)];
    }),
  );
  return node(OP.try, [], types, { own, params: [], bodies: [body, ...handlers], catches });
}

/**
 * Blocks for `labels` around what `inner` generates, which gives `types`; what comes to a label's end is handled behind it:
 *
 * ```wat
 * (block $out (result types)
 *   (block $label1 (result ...)
 *     (block $label2 (result ...)
 *       inner (br $out))
 *     ;; handle label2, (br $out)
 *   )
 *   ;; handle label1
 * )
 * ```
 */
export function handled(
  g: BodyGenerator,
  types: readonly ValType[],
  labels: readonly Label[],
  inner: () => Node[],
  handle: (label: Label) => Node[] = (label) => [
    ...g.between(),
    ...g.sinks(label.types),
    ...g.statements(1),
    ...g.operands(types),
  ],
): Node {
  if (labels.length === 0) return sequence(inner(), types);
  return g.block(types, (out) => {
    const wrap = (i: number): Node[] => {
      const label = labels[i];
      if (label === undefined) return inner();
      const body = g.inside(label, () => [...wrap(i + 1), node(OP.br, [], [], { label: out }, types)]);
      const block = node(OP.block, [], label.types, { own: label, params: [], bodies: [body] });
      return [block, ...handle(label)];
    };
    return wrap(0);
  });
}
