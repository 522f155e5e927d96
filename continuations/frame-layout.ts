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
  const locals = members(set);
  let isSorted = true;
  for (let i = 0, before = -1; i < locals.length; i++) {
    const x = saved[locals[i] as number] as number;
    locals[i] = x;
    if (x < before) isSorted = false;
    before = x;
  }
  if (owned !== undefined) {
    isSorted = false;
    for (let i = 0, count = locals.length; i < count; i++) {
      const pair = owned.locals.get(locals[i] as number);
      if (pair === undefined) continue;
      locals[i] = pair.raw;
      if (pair.boxed !== undefined && pair.savesBoxed) locals.push(pair.boxed);
    }
  }
  return isSorted ? locals : locals.sort((a, b) => a - b);
}

/** The fields of a frame, as they are found. */
class Fields {
  readonly all = INHERITED.slice();
  /** Types of those that are not inherited. */
  readonly types: ValType[] = [];

  /** Adds a field for values of a type; returns its index. */
  add(type: ValType): number {
    const nullable = asNullable(type);
    this.types.push(nullable);
    return this.all.push(mutableField(nullable)) - 1;
  }
}

export function layOutFrame(plan: Plan, types: LoweredTypes, limits: FunctionLimits): FrameLayout {
  const fields = new Fields();
  const count = plan.locals.length;
  const locals = new Map<number, number>();
  const saved = savedLocals(plan, plan.live.union());
  for (let i = 0; i < saved.length; i++) {
    const x = saved[i] as number;
    locals.set(x, fields.add(x < count ? plan.locals.type(x) : (plan.spillTypes[x - count] ?? I32)));
  }
  let slots: Map<ValType, number[]> | undefined;
  const { sites } = plan;
  for (let i = 0; i < sites.length; i++) {
    const { guarded, operands } = sites[i] as Site;
    if (guarded !== undefined || operands.length === 0) continue;
    for (const [type, ordinal] of ordinals(operands)) {
      slots ??= new Map();
      const known = slots.get(type);
      if (known === undefined) slots.set(type, [fields.add(type)]);
      else if (known.length <= ordinal) known.push(fields.add(type));
    }
  }
  limits.checkFields(fields.all.length);
  return { type: types.struct(TYPE.VMFrame, fields.all), fields: fields.types, locals, slots: slots ?? NO_SLOTS };
}

/** The field of each operand of a site, in order. */
export function operandFields(layout: FrameLayout, site: Pick<Site, "operands">): readonly number[] {
  if (site.operands.length === 0) return NO_FIELDS;
  return ordinals(site.operands).map(([type, ordinal]) => layout.slots.get(type)?.[ordinal] ?? 0);
}

const NO_FIELDS: readonly number[] = [];
const NO_SLOTS: ReadonlyMap<ValType, readonly number[]> = new Map();

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
