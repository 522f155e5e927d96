/** Calls of all kinds. */
import { OP } from "../wasm/instructions.ts";
import { HEAP_FUNC, heapOf, I32, refType, type ValType } from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { type Func, type Node, node } from "./model.ts";
import { i32 } from "./nodes.ts";

export function callExpression(g: BodyGenerator, type: ValType): Node | undefined {
  if (isExposed(g)) return undefined;
  const fits = g.world.callable(g.module).filter((func) => {
    const [first] = g.universe.signature(func.type).results;
    return first !== undefined && g.universe.matches(first, type);
  });
  const func = g.random.maybe(fits);
  return func === undefined ? undefined : g.keepFirst(call(g, func));
}

/** Whether a call would rather not be made, because nobody handles what the callee suspends for. */
export function isExposed(g: BodyGenerator): boolean {
  return g.profile.continuations && !g.maySuspend && !g.chance(0.1);
}

/** Calls a function, or one of the same type. */
export function call(g: BodyGenerator, func: Func): Node {
  const { params, results } = g.universe.signature(func.type);
  const args = argumentsFor(g, params);
  const { profile, random } = g;
  if (profile.indirectCalls && g.chance(0.4)) {
    const indirect = g.chance(0.5) ? undefined : tableOperand(g, func.type);
    if (indirect !== undefined) {
      return node(OP.call_indirect, [...args, indirect.index], results, { type: func.type, table: indirect.table });
    }
    const callee = g.expression(refType(func.type, g.risk));
    return node(OP.call_ref, [...args, callee], results, { type: func.type });
  }
  return node(OP.call, args, results, { func: random.chance(0.8) ? func : sameType(g, func) });
}

/** Arguments one by one, or several as the results of one call. */
function argumentsFor(g: BodyGenerator, params: readonly ValType[]): Node[] {
  if (params.length < 2 || g.budget <= 0 || !g.chance(0.3) || isExposed(g)) return g.operands(params);
  const giving = g.world.callable(g.module).filter((func) => {
    return g.universe.matchesAll(g.universe.signature(func.type).results, params);
  });
  const func = g.random.maybe(giving);
  if (func === undefined) return g.operands(params);
  const { params: inner, results } = g.universe.signature(func.type);
  return [node(OP.call, g.operands(inner), results, { func }), ...g.between()];
}

function sameType(g: BodyGenerator, func: Func): Func {
  return g.random.pick(g.world.callable(g.module).filter((other) => other.type === func.type));
}

/** Where a table is known to begin with a function of this type. */
function tableOperand(g: BodyGenerator, type: number): { index: Node; table: NonNullable<Node["table"]> } | undefined {
  const tables = g.world.tables(g.module);
  const known = g.world.program.segments.flatMap(({ table, offset, items }) =>
    tables.includes(table) && g.universe.matches(table.type, refType(HEAP_FUNC, true))
      ? items.flatMap((item, i) => (heapOf(item.gives[0] ?? 0) === type ? [{ index: offset + i, table }] : []))
      : [],
  );
  const found = g.random.maybe(known);
  if (found === undefined) return undefined;
  return { table: found.table, index: g.risk ? g.expression(I32) : i32(found.index) };
}

/** A tail call that ends the function. */
export function tailCall(g: BodyGenerator, gives: readonly ValType[]): Node | undefined {
  if (!g.profile.tailCalls || isExposed(g)) return undefined;
  const fits = g.world
    .callable(g.module)
    .filter((func) => g.universe.matchesAll(g.universe.signature(func.type).results, g.results));
  const func = g.random.maybe(fits);
  if (func === undefined) return undefined;
  const args = g.operands(g.universe.signature(func.type).params);
  if (g.profile.indirectCalls && g.chance(0.4)) {
    const indirect = g.chance(0.5) ? undefined : tableOperand(g, func.type);
    if (indirect !== undefined) {
      return node(OP.return_call_indirect, [...args, indirect.index], gives, {
        type: func.type,
        table: indirect.table,
      });
    }
    const callee = g.expression(refType(func.type, false));
    return node(OP.return_call_ref, [...args, callee], gives, { type: func.type });
  }
  return node(OP.return_call, args, gives, { func });
}
