/** Expressions of references. */
import { OP } from "../wasm/instructions.ts";
import {
  HEAP_ANY,
  HEAP_CONT,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_I31,
  heapOf,
  I32,
  isNullable,
  isRef,
  refType,
  type ValType,
} from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { type Node, node } from "./model.ts";
import { contNew, i32, isBottom, nullOf, refFunc } from "./nodes.ts";
import { testableBelow } from "./numbers.ts";

export function referenceExpression(g: BodyGenerator, type: ValType): Node | undefined {
  const { random } = g;
  if (isBottom(heapOf(type))) return undefined;
  switch (random.below(7)) {
    case 0:
      return fromAggregate(g, type);
    case 1:
      return fromTable(g, type);
    case 2:
      return isNullable(type) ? g.expression(g.universe.nonNull(type)) : coalesced(g, type);
    case 3:
      return cast(g, type);
    case 4:
      return isNullable(type) && heapOf(type) !== HEAP_EXN ? viaLabel(g, type) : undefined;
    default:
      return fresh(g, type);
  }
}

/** A new object whose parts are expressions. */
function fresh(g: BodyGenerator, type: ValType): Node | undefined {
  const { universe, world, random } = g;
  const heap = heapOf(type);
  switch (heap) {
    case HEAP_I31:
    case HEAP_ANY:
      if (heap === HEAP_ANY && g.chance(0.3)) {
        const extern = refType(HEAP_EXTERN, isNullable(type));
        return node(OP["any.convert_extern"], [g.expression(extern)], [type]);
      }
      return node(OP["ref.i31"], [g.expression(I32)], [refType(HEAP_I31, false)]);
    case HEAP_EXTERN:
      if (isNullable(type) && g.profile.hostCalls && !g.quiet && g.chance(0.6)) {
        return node(OP.call, [i32(random.below(4))], [type], { func: world.host.object });
      }
      return node(OP["extern.convert_any"], [g.expression(refType(HEAP_ANY, isNullable(type)))], [type]);
    case HEAP_EXN:
      return caught(g, type);
    case HEAP_CONT: {
      const func = random.pick(world.callable(g.module));
      return g.expression(refType(universe.cont(func.type), false));
    }
  }
  const below = g.profile.subtypes && heap >= 0 && g.chance(0.5) ? random.maybe(universe.below(heap)) : undefined;
  if (below !== undefined) return g.expression(refType(below, false));
  const composite = universe.types[heap]?.composite;
  switch (composite?.kind) {
    case "struct": {
      const fields = g.operands(composite.fields.map((field) => field.type));
      return node(OP["struct.new"], fields, [refType(heap, false)], { type: heap });
    }
    case "array": {
      const loaded = g.profile.segments && g.chance(0.4) ? fromSegment(g, heap, composite.field.type) : undefined;
      if (loaded !== undefined) return loaded;
      const items = g.operands(Array.from({ length: random.range(1, 3) }, () => composite.field.type));
      return node(OP["array.new_fixed"], items, [refType(heap, false)], { type: heap, number: items.length });
    }
    case "cont":
      return g.profile.binds && g.chance(0.4)
        ? bound(g, heap)
        : contNew(heap, g.expression(refType(composite.func, false)));
    case "func":
      return refFunc(world.functionOf(heap, g.module));
    default:
      return undefined;
  }
}

/** An array whose elements come from a segment. */
function fromSegment(g: BodyGenerator, heap: number, element: ValType): Node | undefined {
  const result = [refType(heap, false)];
  const range = [i32(g.risk ? 3 : g.random.below(2)), i32(1)];
  if (element === I32) return node(OP["array.new_data"], range, result, { type: heap, data: g.world.data(g.module) });
  const elements = g.world.elements(g.module, element);
  if (elements === undefined) return undefined;
  return node(OP["array.new_elem"], range, result, { type: heap, elements });
}

/** An exception that is caught, with whatever is thrown on the way. */
function caught(g: BodyGenerator, type: ValType): Node {
  return g.block([refType(HEAP_EXN, isNullable(type))], (label) => {
    const own = { types: [], isLoop: false };
    const body = g.inside(own, () => g.statements(2));
    const tried = node(OP.try_table, [], [], {
      own,
      params: [],
      bodies: [body],
      catches: [{ kind: 3, tag: undefined, label }],
    });
    return [tried, g.leaf(type)];
  });
}

/** A continuation that was given some of its arguments. */
function bound(g: BodyGenerator, cont: number): Node | undefined {
  const { universe, world, random } = g;
  const { params, results } = universe.resumed(cont);
  const fits = world.callable(g.module).filter(({ type }) => {
    const candidate = universe.signature(type);
    const rest = candidate.params.length - params.length;
    return (
      rest >= 0 &&
      universe.matchesAll(params, candidate.params.slice(rest)) &&
      universe.matchesAll(candidate.results, results)
    );
  });
  const known = g.chance(0.7) ? random.maybe(fits)?.type : undefined;
  const extra = (): ValType[] => Array.from({ length: random.range(1, 2) }, () => random.pick(world.kinds));
  const source = universe.cont(known ?? universe.func([...extra(), ...params], results));
  const all = universe.resumed(source).params;
  const args = g.operands(all.slice(0, all.length - params.length));
  const operand = g.expression(refType(source, g.risk));
  return node(OP["cont.bind"], [...args, operand], [refType(cont, false)], { type: source, type2: cont });
}

/** A field of a struct, or an element of an array. */
function fromAggregate(g: BodyGenerator, type: ValType): Node | undefined {
  const { universe, world, random } = g;
  const places: (readonly [heap: number, field: number])[] = [];
  for (const heap of [...world.structs, ...world.arrays]) {
    const composite = universe.types[heap]?.composite;
    if (composite?.kind === "array" && universe.matches(composite.field.type, type)) places.push([heap, -1]);
    if (composite?.kind !== "struct") continue;
    composite.fields.forEach((field, i) => {
      if (universe.matches(field.type, type)) places.push([heap, i]);
    });
  }
  const place = random.maybe(places);
  if (place === undefined) return undefined;
  const [heap, field] = place;
  const object = g.expression(refType(heap, g.risk));
  const composite = universe.types[heap]?.composite;
  if (composite?.kind === "array") {
    return node(OP["array.get"], [object, i32(g.risk ? 9 : 0)], [composite.field.type], { type: heap });
  }
  const gives = composite?.kind === "struct" ? (composite.fields[field]?.type ?? I32) : I32;
  return node(OP["struct.get"], [object], [gives], { type: heap, number: field });
}

function fromTable(g: BodyGenerator, type: ValType): Node | undefined {
  const table = g.random.maybe(g.world.tables(g.module).filter((each) => g.universe.matches(each.type, type)));
  if (table === undefined) return undefined;
  const index = g.risk ? g.expression(I32) : i32(g.random.below(table.size));
  return node(OP["table.get"], [index], [table.type], { table });
}

/** A value that may be null, with another one for that case. */
function coalesced(g: BodyGenerator, type: ValType): Node {
  const heap = heapOf(type);
  const nullable = refType(heap, true);
  if (g.risk) return node(OP["ref.as_non_null"], [g.expression(nullable)], [type]);
  if (g.chance(0.5)) {
    // (block $done (br_on_non_null $done value) other)
    return g.block([type], (label) => [
      node(OP.br_on_non_null, [g.expression(nullable)], [], { label }),
      ...g.between(),
      g.expression(type),
    ]);
  }
  return g.block([type], (done) => {
    const other = g.block([], (label) => {
      const value = node(OP.br_on_null, [g.expression(nullable)], [type], { label });
      return [...[value], ...g.between(), node(OP.br, [], [], { label: done }, [type])];
    });
    return [other, g.expression(type)];
  });
}

function cast(g: BodyGenerator, type: ValType): Node | undefined {
  const { universe } = g;
  const heap = heapOf(type);
  if (!isRef(type) || !universe.matchesHeap(heap, HEAP_ANY)) return undefined;
  const wide = refType(HEAP_ANY, isNullable(type) || g.chance(0.5));
  if (g.risk) {
    const op = isNullable(type) ? OP["ref.cast null"] : OP["ref.cast"];
    return node(op, [g.expression(wide)], [type], { heap });
  }
  if (testableBelow(g, wide) === undefined) return undefined;
  // (block $done (br_on_cast $done value) (drop) other)
  return g.block([type], (label) => {
    const flags = (isNullable(wide) ? 1 : 0) | (isNullable(type) ? 2 : 0);
    const value = g.expression(wide);
    const left = refType(HEAP_ANY, isNullable(wide) && !isNullable(type));
    const branch = node(OP.br_on_cast, [value], [left], { flags, label, heap: HEAP_ANY, heap2: heap });
    return [branch, node(OP.drop, [], [], {}, [left]), g.expression(type)];
  });
}

/** Through a branch that carries the value. */
function viaLabel(g: BodyGenerator, type: ValType): Node {
  return g.block([type], (label) => {
    const value = g.expression(type);
    const condition = g.expression(I32);
    const kept = node(OP.br_if, [value, condition], [type], { label });
    return [kept, node(OP.drop, [], [], {}, [type]), g.chance(0.5) ? nullOf(heapOf(type)) : g.expression(type)];
  });
}
