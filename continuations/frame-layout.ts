/**
 * Which field of a function's frame holds what.
 *
 * All sites of a function share one layout, so that an activation that is left again reuses its frame: a field for every
 * local that is saved at some site, and enough slots of each type for the operands of any site.
 */
import { asNullable, type FieldType, I32, I64, refType, type ValType } from "../wasm/types.ts";
import { type LocalSet, members } from "./local-set.ts";
import type { FunctionLimits } from "./lowered-limits.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import { TYPE } from "./machine/machine.generated.ts";
import type { Plan, Site } from "./plan.ts";

export interface FrameLayout {
  /** Type index of the struct. */
  readonly type: number;
  /** Types of the fields behind those of VMFrame, all nullable; field i of these is field `FIRST_FIELD + i`. */
  readonly fields: readonly ValType[];
  /** Field of each local that is saved somewhere, numbered as in the plan: the guest's, then spill locals. */
  readonly locals: ReadonlyMap<number, number>;
  /** Fields of the slots for operands, by type. */
  readonly slots: ReadonlyMap<ValType, readonly number[]>;
}

/** The fields that every frame has. */
const INHERITED: readonly FieldType[] = [
  { type: refType(TYPE.resume_fn, false), mutable: true },
  { type: refType(TYPE.VMFrame, true), mutable: true },
  { type: I32, mutable: true },
  { type: I32, mutable: false },
];

/** Number of fields that VMFrame has. */
export const FIRST_FIELD = INHERITED.length;

/** Index of the type of frames with these fields of their own. */
export function frameType(types: LoweredTypes, fields: readonly FieldType[]): number {
  return types.struct(TYPE.VMFrame, [...INHERITED, ...fields]);
}

/**
 * The locals of a set in their order, what stands for owned locals instead of those; the spill locals are numbered behind
 * the guest's.
 */
export function savedLocals({ saved, owned }: Plan, set: LocalSet): number[] {
  const locals: number[] = [];
  let isSorted = true;
  const add = (x: number): void => {
    if (locals.length > 0 && x < (locals.at(-1) as number)) isSorted = false;
    locals.push(x);
  };
  for (const i of members(set)) {
    const x = saved[i] as number;
    const pair = owned?.locals.get(x);
    if (pair?.boxed !== undefined && pair.savesBoxed) add(pair.boxed);
    add(pair === undefined ? x : pair.raw);
  }
  return isSorted ? locals : locals.sort((a, b) => a - b);
}

export function layOutFrame(plan: Plan, types: LoweredTypes, limits: FunctionLimits): FrameLayout {
  const fields: FieldType[] = [];
  const add = (type: ValType): number => FIRST_FIELD + fields.push(mutableField(asNullable(type))) - 1;
  const count = plan.locals.length;
  const locals = new Map<number, number>();
  for (const x of savedLocals(plan, plan.live.union())) {
    locals.set(x, add(x < count ? plan.locals.type(x) : (plan.spillTypes[x - count] ?? I32)));
  }
  const slots = new Map<ValType, number[]>();
  for (const { guarded, operands } of plan.sites) {
    if (guarded !== undefined || operands.length === 0) continue;
    for (const [type, ordinal] of ordinals(operands)) {
      const known = slots.get(type);
      if (known === undefined) slots.set(type, [add(type)]);
      else if (known.length <= ordinal) known.push(add(type));
    }
  }
  limits.checkFields(FIRST_FIELD + fields.length);
  return { type: frameType(types, fields), fields: fields.map(({ type }) => type), locals, slots };
}

/** The field of each operand of a site, in order. */
export function operandFields(layout: FrameLayout, site: Pick<Site, "operands">): number[] {
  return ordinals(site.operands).map(([type, ordinal]) => layout.slots.get(type)?.[ordinal] ?? 0);
}

/** Fields of the types that frames have most often. */
const I32_FIELD = mutable(I32);
const I64_FIELD = mutable(I64);

function mutable(type: ValType): FieldType {
  return Object.freeze({ type, mutable: true });
}

function mutableField(type: ValType): FieldType {
  if (type === I32) return I32_FIELD;
  return type === I64 ? I64_FIELD : mutable(type);
}

/** Each type made nullable, with the number of equal ones before it. */
function ordinals(types: readonly ValType[]): [type: ValType, ordinal: number][] {
  if (types.length === 0) return [];
  const seen = new Map<ValType, number>();
  return types.map((type) => {
    const key = asNullable(type);
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    return [key, ordinal];
  });
}
