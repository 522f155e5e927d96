/** Statements: nodes that neither take nor give anything. */
import { OP } from "../wasm/instructions.ts";
import { HEAP_FUNC, HEAP_I31, heapOf, I32, isRef, refType } from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { call, isExposed } from "./calls.ts";
import { deadCode, escape, tried, turn } from "./constructs.ts";
import { type Node, node } from "./model.ts";
import { i32, localGet } from "./nodes.ts";
import { store } from "./numbers.ts";
import { anyResume, anySwitch, resume, suspend } from "./switching.ts";

export function statement(g: BodyGenerator): Node {
  const at = g.random.below(100);
  const made =
    at < 14
      ? observe(g)
      : at < 30
        ? assign(g)
        : at < 38
          ? suspension(g)
          : at < 50
            ? resumption(g)
            : at < 60
              ? anyCall(g)
              : at < 84
                ? construct(g)
                : at < 90
                  ? mutate(g)
                  : at < 94
                    ? hostCall(g)
                    : leave(g);
  return made ?? observe(g);
}

/** Notes the value of a variable, or of an expression. */
function observe(g: BodyGenerator): Node {
  const local = g.anyReadable();
  if (local !== undefined && g.chance(0.7)) return g.note(local.type, localGet(local));
  const type = g.random.pick(g.world.kinds);
  return g.note(type, g.expression(type));
}

function assign(g: BodyGenerator): Node {
  const type = g.random.pick(g.world.kinds);
  const global = g.chance(0.25) ? g.random.maybe(g.writableGlobals(type)) : undefined;
  const value = g.expression(type);
  if (global !== undefined) return node(OP["global.set"], [value], [], { global });
  return g.set(g.writable(type), value);
}

function suspension(g: BodyGenerator): Node | undefined {
  if (!g.maySuspend) return undefined;
  if (g.chance(0.3)) {
    const switched = anySwitch(g, () => true);
    if (switched !== undefined) return g.sunk(switched);
  }
  const tag = g.random.maybe(g.world.suspendTags);
  return tag === undefined ? undefined : g.sunk(suspend(g, tag));
}

function resumption(g: BodyGenerator): Node | undefined {
  if (!g.profile.continuations) return undefined;
  const known = g.chance(0.3) ? g.random.maybe(continuationLocals(g)) : undefined;
  if (known !== undefined) return g.sunk(resume(g, heapOf(known.type), known));
  return g.sunk(anyResume(g, g.random.pick(g.world.endings)));
}

/** Locals that hold continuations; what they hold may be consumed already. */
function continuationLocals(g: BodyGenerator): ReturnType<BodyGenerator["readable"]> {
  if (g.profile.traps === 0) return [];
  return g.allReadable().filter(({ type }) => isRef(type) && g.universe.isCont(heapOf(type)));
}

function anyCall(g: BodyGenerator): Node | undefined {
  if (isExposed(g)) return undefined;
  return g.sunk(call(g, g.random.pick(g.world.callable(g.module))));
}

function construct(g: BodyGenerator): Node {
  switch (g.random.below(5)) {
    case 0:
      return g.block([], (label) => {
        const before = g.statements(2);
        const left = node(OP.br_if, [g.expression(I32)], [], { label });
        return [...before, left, ...g.statements(2)];
      });
    case 1:
      return g.loop([], [], (label) => [...g.statements(3), turn(g, label)]);
    case 2:
    case 3: {
      const arm = (): Node[] => g.statements(3);
      return g.if(g.expression(I32), [], arm, g.chance(0.5) ? arm : undefined);
    }
    default:
      return g.profile.exceptions ? tried(g, []) : g.block([], () => g.statements(3));
  }
}

/** Writes to something that outlives the function. */
function mutate(g: BodyGenerator): Node | undefined {
  const { universe, world, random } = g;
  switch (random.below(g.profile.segments ? 5 : 4)) {
    case 0:
      if (!g.profile.memory) return undefined;
      return g.chance(0.1) ? g.sunk(node(OP["memory.grow"], [i32(random.below(2))], [I32])) : store(g);
    case 4:
      return copySegment(g);
    case 1: {
      const table = random.maybe(world.tables(g.module));
      if (table === undefined) return undefined;
      if (g.chance(0.2)) {
        const grown = node(OP["table.grow"], [g.expression(table.type), i32(1)], [I32], { table });
        return node(OP.drop, [grown], []);
      }
      const index = g.risk ? g.expression(I32) : i32(random.below(table.size));
      return node(OP["table.set"], [index, g.expression(table.type)], [], { table });
    }
    case 2: {
      const heap = random.pick(world.structs);
      const composite = universe.types[heap]?.composite;
      if (composite?.kind !== "struct") return undefined;
      const field = random.below(composite.fields.length);
      const object = g.expression(refType(heap, g.risk));
      const value = g.expression(composite.fields[field]?.type ?? I32);
      return node(OP["struct.set"], [object, value], [], { type: heap, number: field });
    }
    default: {
      const heap = random.pick(world.arrays);
      const composite = universe.types[heap]?.composite;
      if (composite?.kind !== "array") return undefined;
      const object = g.expression(refType(heap, g.risk));
      const index = g.risk ? g.expression(I32) : i32(0);
      return node(OP["array.set"], [object, index, g.expression(composite.field.type)], [], { type: heap });
    }
  }
}

/** Copies part of a segment to where such values are kept. */
function copySegment(g: BodyGenerator): Node | undefined {
  const { world, random } = g;
  const from = (): Node[] => [i32(random.below(2)), i32(1)];
  switch (random.below(4)) {
    case 0: {
      if (!g.profile.memory) return undefined;
      return node(OP["memory.init"], [i32(random.below(64)), ...from()], [], { data: world.data(g.module) });
    }
    case 1: {
      const table = random.maybe(world.tables(g.module));
      const elements = table === undefined ? undefined : world.elements(g.module, table.type);
      if (table === undefined || elements === undefined) return undefined;
      return node(OP["table.init"], [i32(random.below(table.size)), ...from()], [], { table, elements });
    }
    case 2: {
      const type = world.arrays[0] ?? 0;
      const operands = [g.expression(refType(type, false)), i32(0), ...from()];
      return node(OP["array.init_data"], operands, [], { type, data: world.data(g.module) });
    }
    default:
      return g.risk ? node(OP["data.drop"], [], [], { data: world.data(g.module) }) : undefined;
  }
}

function hostCall(g: BodyGenerator): Node | undefined {
  const { host } = g.world;
  if (!g.profile.hostCalls || g.quiet) return undefined;
  switch (g.random.below(4)) {
    case 0: {
      if (!g.profile.reentry) return undefined;
      const operands = [i32(g.random.below(4)), g.expression(I32)];
      return node(OP.drop, [node(OP.call, operands, [I32], { func: host.attempt })], []);
    }
    case 1:
      if (!g.profile.exceptions) return undefined;
      return node(OP.call, [g.chance(0.7) ? i32(0) : g.expression(I32)], [], { func: host.raise });
    case 2: {
      if (!g.profile.reentry) return undefined;
      const type = g.universe.func([], []);
      const callee = g.chance(0.2) ? g.leaf(refType(HEAP_FUNC, true)) : g.expression(refType(type, true));
      return node(OP.call, [callee], [], { func: host.call });
    }
    default:
      return g.note(refType(HEAP_I31, false), g.expression(refType(HEAP_I31, false)));
  }
}

/** Leaves the function or a construct on some condition. */
function leave(g: BodyGenerator): Node | undefined {
  return g.if(g.expression(I32), [], () => {
    const before = g.statements(1);
    const escaped = escape(g, []);
    return escaped === undefined ? before : [...before, escaped, ...deadCode(g)];
  });
}
