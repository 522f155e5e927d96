/**
 * The transfer area: how arguments, payloads and results travel between stacks.
 *
 * A value's place depends only on its kind (the number types, and the four hierarchies of references) and on how many
 * values of its kind came before it. So two sides that know a signature up to subtyping agree on the places. What does not
 * fit into the slots of the store context goes, in order, into one struct of its own, in the slot `overflow`.
 */
import { OP } from "../wasm/instructions.ts";
import {
  F32,
  F64,
  HEAP_ANY,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  I32,
  I64,
  isRef,
  refType,
  V128,
  type ValType,
} from "../wasm/types.ts";
import type { Code } from "./code.ts";
import type { Hierarchy, LoweredTypes } from "./lowered-types.ts";
import { FIELD, TYPE } from "./machine/machine.generated.ts";

const CONTEXT = FIELD.VMStoreContext;
const SLOTS: ReadonlyMap<ValType, readonly number[]> = new Map([
  [I32, [CONTEXT.i32_0, CONTEXT.i32_1, CONTEXT.i32_2, CONTEXT.i32_3]],
  [I64, [CONTEXT.i64_0, CONTEXT.i64_1, CONTEXT.i64_2, CONTEXT.i64_3]],
  [F32, [CONTEXT.f32_0, CONTEXT.f32_1]],
  [F64, [CONTEXT.f64_0, CONTEXT.f64_1, CONTEXT.f64_2, CONTEXT.f64_3]],
  [V128, [CONTEXT.v128_0]],
  [refType(HEAP_ANY, true), [CONTEXT.any_0, CONTEXT.any_1, CONTEXT.any_2, CONTEXT.any_3]],
  [refType(HEAP_FUNC, true), [CONTEXT.func_0]],
  [refType(HEAP_EXTERN, true), [CONTEXT.extern_0, CONTEXT.extern_1]],
  [refType(HEAP_EXN, true), [CONTEXT.exn_0]],
]);

const TOPS: Readonly<Record<Hierarchy, ValType>> = Object.freeze({
  any: refType(HEAP_ANY, true),
  func: refType(HEAP_FUNC, true),
  extern: refType(HEAP_EXTERN, true),
  exn: refType(HEAP_EXN, true),
});

/** The kind of a type: itself for numbers and vectors, the nullable top of its hierarchy for references. */
export function kindOf(types: LoweredTypes, type: ValType): ValType {
  return type < 0 ? type : TOPS[types.hierarchy(type)];
}

interface Places {
  /** For each value its field of the store context, or -1 - i for the i-th field of the overflow struct. */
  readonly places: readonly number[];
  readonly kinds: readonly ValType[];
  /** Kinds of the overflow struct's fields. */
  readonly overflow: readonly ValType[];
}

function placesOf(types: LoweredTypes, values: readonly ValType[]): Places {
  const used = new Map<ValType, number>();
  const overflow: ValType[] = [];
  const kinds = values.map((type) => kindOf(types, type));
  const places = kinds.map((kind) => {
    const count = used.get(kind) ?? 0;
    used.set(kind, count + 1);
    const slot = SLOTS.get(kind)?.[count];
    if (slot !== undefined) return slot;
    overflow.push(kind);
    return -overflow.length;
  });
  return { places, kinds, overflow };
}

/** Whether the last of these values travels in the overflow struct. */
export function overflows(types: LoweredTypes, values: readonly ValType[]): boolean {
  return (placesOf(types, values).places.at(-1) ?? 0) < 0;
}

function overflowStruct(types: LoweredTypes, kinds: readonly ValType[]): number {
  return types.struct(
    undefined,
    kinds.map((type) => ({ type, mutable: false })),
  );
}

/** Moves the operands of these (lowered) types from the stack to the transfer area. */
export function emitPut(code: Code, types: LoweredTypes, values: readonly ValType[]): void {
  const { places, kinds, overflow } = placesOf(types, values);
  const spilled: number[] = [];
  for (let i = values.length - 1; i >= 0; i--) {
    const kind = kinds[i] ?? I32;
    const place = places[i] ?? 0;
    const temp = code.acquire(kind);
    code.set(temp);
    if (place < 0) {
      spilled[-1 - place] = temp;
      continue;
    }
    code.context();
    code.get(temp);
    code.index2(OP["struct.set"], TYPE.VMStoreContext, place);
    releaseCleared(code, kind, temp);
  }
  if (overflow.length === 0) return;
  code.context();
  overflow.forEach((kind, i) => {
    const temp = spilled[i] ?? 0;
    code.get(temp);
    releaseCleared(code, kind, temp);
  });
  code.index(OP["struct.new"], overflowStruct(types, overflow));
  code.index2(OP["struct.set"], TYPE.VMStoreContext, CONTEXT.overflow);
}

/** Gives a local back; engines' baseline code keeps alive what is in it for as long as the function runs. */
function releaseCleared(code: Code, type: ValType, local: number): void {
  if (isRef(type)) {
    code.zero(type);
    code.set(local);
  }
  code.release(type, local);
}

/**
 * Pushes the values of these (lowered) types from the transfer area, which does not keep them alive from then on; or those in
 * `[start, end)`.
 */
export function emitTake(
  code: Code,
  types: LoweredTypes,
  values: readonly ValType[],
  start = 0,
  end: number = values.length,
): void {
  const { places, kinds, overflow } = placesOf(types, values);
  const struct = overflow.length === 0 ? 0 : overflowStruct(types, overflow);
  values.forEach((type, i) => {
    if (i < start || i >= end) return;
    const kind = kinds[i] ?? I32;
    const place = places[i] ?? 0;
    if (place < 0) {
      code.contextField(CONTEXT.overflow);
      code.cast(refType(struct, false));
      code.index2(OP["struct.get"], struct, -1 - place);
    } else code.contextField(place);
    emitNarrow(code, kind, type);
  });
  for (const [i, place] of places.entries()) {
    const kind = kinds[i] ?? I32;
    if (i >= start && i < end && place >= 0 && isRef(kind)) emitClear(code, place, kind);
  }
  // The struct is done with when its last value has been taken.
  const last = places.indexOf(-overflow.length);
  if (last >= start && last < end && overflow.some(isRef)) emitClear(code, CONTEXT.overflow, TOPS.any);
}

function emitClear(code: Code, field: number, type: ValType): void {
  code.context();
  code.zero(type);
  code.index2(OP["struct.set"], TYPE.VMStoreContext, field);
}

/** Narrows the value on the stack from its kind to `type`, which it is known to have. */
function emitNarrow(code: Code, kind: ValType, type: ValType): void {
  if (type === kind) return;
  if (type === (kind & ~1)) code.op(OP["ref.as_non_null"]);
  // Exceptions have no casts; the only other type below exnref is that of its null.
  else if (kind === TOPS.exn) emitNullException(code, type);
  else code.cast(type);
}

function emitNullException(code: Code, type: ValType): void {
  code.op(OP["drop"]);
  code.zero(type);
  code.refine(type);
}
