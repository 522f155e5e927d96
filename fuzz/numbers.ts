/** Expressions of numbers and vectors. What depends on the bits of a NaN is left out: engines differ there. */
import { type InstructionName, OP } from "../wasm/instructions.ts";
import { F32, F64, HEAP_EQ, HEAP_I31, heapOf, I32, I64, isRef, refType, V128, type ValType } from "../wasm/types.ts";
import type { BodyGenerator } from "./bodies.ts";
import { type Node, node } from "./model.ts";
import { i32, isNull } from "./nodes.ts";

/** Instructions by the type of their result, with the types of their operands. */
const PLAIN: ReadonlyMap<ValType, readonly (readonly [InstructionName, ...ValType[]])[]> = new Map([
  [
    I32,
    [
      ["i32.add", I32, I32],
      ["i32.sub", I32, I32],
      ["i32.mul", I32, I32],
      ["i32.and", I32, I32],
      ["i32.or", I32, I32],
      ["i32.xor", I32, I32],
      ["i32.shl", I32, I32],
      ["i32.shr_u", I32, I32],
      ["i32.rotl", I32, I32],
      ["i32.eq", I32, I32],
      ["i32.lt_s", I32, I32],
      ["i32.ge_u", I32, I32],
      ["i32.eqz", I32],
      ["i32.clz", I32],
      ["i32.popcnt", I32],
      ["i32.extend8_s", I32],
      ["i32.wrap_i64", I64],
      ["i64.eqz", I64],
      ["i64.lt_u", I64, I64],
      ["i64.ne", I64, I64],
      ["f32.lt", F32, F32],
      ["f64.ge", F64, F64],
      ["i32.trunc_sat_f32_s", F32],
      ["i32.trunc_sat_f64_u", F64],
      ["i32x4.extract_lane", V128],
      ["i8x16.extract_lane_u", V128],
      ["v128.any_true", V128],
    ],
  ],
  [
    I64,
    [
      ["i64.add", I64, I64],
      ["i64.sub", I64, I64],
      ["i64.mul", I64, I64],
      ["i64.and", I64, I64],
      ["i64.xor", I64, I64],
      ["i64.shr_s", I64, I64],
      ["i64.rotr", I64, I64],
      ["i64.extend_i32_s", I32],
      ["i64.extend_i32_u", I32],
      ["i64.ctz", I64],
      ["i64.trunc_sat_f64_s", F64],
      ["i64x2.extract_lane", V128],
    ],
  ],
  [
    F32,
    [
      ["f32.add", F32, F32],
      ["f32.sub", F32, F32],
      ["f32.mul", F32, F32],
      ["f32.neg", F32],
      ["f32.min", F32, F32],
      ["f32.convert_i32_s", I32],
      ["f32.convert_i64_u", I64],
      ["f32.demote_f64", F64],
    ],
  ],
  [
    F64,
    [
      ["f64.add", F64, F64],
      ["f64.sub", F64, F64],
      ["f64.mul", F64, F64],
      ["f64.abs", F64],
      ["f64.max", F64, F64],
      ["f64.convert_i32_u", I32],
      ["f64.convert_i64_s", I64],
      ["f64.promote_f32", F32],
    ],
  ],
  [
    V128,
    [
      ["i8x16.splat", I32],
      ["i32x4.splat", I32],
      ["i64x2.splat", I64],
      ["i32x4.add", V128, V128],
      ["i64x2.sub", V128, V128],
      ["v128.xor", V128, V128],
      ["v128.bitselect", V128, V128, V128],
      ["i32x4.replace_lane", V128, I32],
    ],
  ],
]);

export function numericExpression(g: BodyGenerator, type: ValType): Node | undefined {
  if (g.chance(0.3)) {
    const special = type === I32 ? specialI32(g) : type === I64 && g.profile.memory ? load(g, type) : undefined;
    if (special !== undefined) return special;
  }
  const all = PLAIN.get(type) ?? [];
  const row = g.random.maybe(all);
  if (row === undefined) return undefined;
  const [name, ...operands] = row;
  return node(OP[name], g.operands(operands), [type], { number: 0 });
}

function specialI32(g: BodyGenerator): Node | undefined {
  const { random, profile, world } = g;
  switch (random.below(9)) {
    case 0: {
      const type = random.maybe(world.kinds.filter(isRef));
      return type === undefined ? undefined : isNull(g.expression(type));
    }
    case 1:
      return node(OP["i31.get_s"], [g.expression(refType(HEAP_I31, false))], [I32]);
    case 2: {
      const eq = refType(HEAP_EQ, true);
      return node(OP["ref.eq"], [g.expression(eq), g.expression(eq)], [I32]);
    }
    case 3: {
      const array = refType(random.pick(world.arrays), false);
      return node(OP["array.len"], [g.expression(array)], [I32]);
    }
    case 4:
      return profile.memory ? load(g, I32) : undefined;
    case 5: {
      const [op, guard] = random.pick([
        [OP["i32.div_u"], true],
        [OP["i32.rem_s"], true],
        [OP["i32.div_s"], false],
      ] as const);
      const risk = g.risk;
      if (!risk && !guard) return undefined;
      const left = g.expression(I32);
      const right = g.expression(I32);
      return node(op, [left, risk ? right : node(OP["i32.or"], [right, i32(1)], [I32])], [I32]);
    }
    case 6: {
      const table = random.maybe(world.tables(g.module));
      return table === undefined ? undefined : node(OP["table.size"], [], [I32], { table });
    }
    case 7: {
      const type = random.maybe(world.kinds.filter(isRef));
      const heap = type === undefined ? undefined : testableBelow(g, type);
      if (type === undefined || heap === undefined) return undefined;
      return node(random.pick([OP["ref.test"], OP["ref.test null"]]), [g.expression(type)], [I32], { heap });
    }
    default:
      if (!profile.reentry || g.quiet) return undefined;
      return node(OP.call, [i32(random.below(4)), g.expression(I32)], [I32], {
        func: g.chance(0.5) ? world.host.enter : world.host.attempt,
      });
  }
}

/** A heap type that a reference of type `type` can be tested for; exceptions and continuations have no casts. */
export function testableBelow(g: BodyGenerator, type: ValType): number | undefined {
  const { universe, world } = g;
  const all = [...world.structs, ...world.arrays, HEAP_I31, ...world.kinds.filter(isRef).map(heapOf)];
  const below = all.filter((heap) => universe.matchesHeap(heap, heapOf(type)) && isCastable(g, heap));
  return g.random.maybe(below);
}

function isCastable(g: BodyGenerator, heap: number): boolean {
  const { universe } = g;
  return !universe.matchesHeap(heap, -0x17) && !universe.matchesHeap(heap, -0x18);
}

function address(g: BodyGenerator): Node {
  const value = g.expression(I32);
  if (g.risk) return value;
  return node(OP["i32.and"], [value, i32(0xfff)], [I32]);
}

function load(g: BodyGenerator, type: ValType): Node {
  const op = type === I32 ? g.random.pick([OP["i32.load"], OP["i32.load8_s"]]) : OP["i64.load"];
  return node(op, [address(g)], [type], { number: g.random.below(16) });
}

/** A store; numbers only, since a NaN's bits would show. */
export function store(g: BodyGenerator): Node {
  const at = address(g);
  const type = g.random.pick([I32, I64, V128]);
  const op = type === I32 ? OP["i32.store"] : type === I64 ? OP["i64.store"] : OP["v128.store"];
  return node(op, [at, g.expression(type)], [], { number: g.random.below(16) });
}
