/** How resume functions are entered, and what they return (`$resume_fn` in `types.wat`). */
import { OP } from "../wasm/instructions.ts";
import { asNullable, heapOf, type ValType } from "../wasm/types.ts";
import type { Code } from "./code.ts";
import { CONTINUATION } from "./lowered-types.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { emitPut, emitTake, overflows } from "./transfer.ts";

/** Parameters, and their number. */
export const FRAME = 0;
export const MODE = 1;
export const PARAMS = 2;

/** Results; also what `$resume` returns in place of a clause's number. */
export const RETURNED = -1;
export const LEFT = -2;
export const LEFT_WITHOUT_FRAME = -3;

/** Throws the exception that the function was entered with, if any. */
export function emitRethrow(lowering: ModuleLowering, code: Code): void {
  code.get(MODE);
  code.i32(0);
  code.op(OP["i32.lt_s"]);
  code.if();
  code.call(lowering.machineFunction("rethrow"));
  code.end();
}

/**
 * Pushes what a continuation of these parameters, the rest of them, or a site, was entered with. After a
 * switch the last is the continuation that was switched away from, which is only boxed here.
 */
export function emitTakeArguments(lowering: ModuleLowering, code: Code, values: readonly ValType[]): void {
  const last = values.at(-1) ?? 0;
  if (!lowering.types.isAnyContinuation(last)) {
    emitTake(code, lowering.types, values);
    return;
  }
  takeLast(lowering, code, values, [last], (takeBoxed) => {
    code.call(lowering.machineFunction("take_captured"));
    code.op(OP["ref.as_non_null"]);
    lowering.emitContObj(code, heapOf(last));
    code.else();
    takeBoxed();
  });
}

/** The same where the last is not boxed: see {@link pairTypes}. */
export function emitTakePair(lowering: ModuleLowering, code: Code, values: readonly ValType[]): void {
  takeLast(lowering, code, values, pairTypes(values).slice(-2), (takeBoxed) => {
    code.zero(values.at(-1) ?? 0);
    code.call(lowering.machineFunction("take_captured"));
    code.else();
    takeBoxed();
    code.zero(CONTINUATION);
  });
}

/**
 * Takes all values but the last, and opens an `if` with these results: after a switch, or otherwise. `emitArms` is told how
 * the last is taken otherwise.
 */
function takeLast(
  lowering: ModuleLowering,
  code: Code,
  values: readonly ValType[],
  results: readonly ValType[],
  emitArms: (takeBoxed: () => void) => void,
): void {
  const { types } = lowering;
  const { length } = values;
  const last = values[length - 1] ?? 0;
  const open = (): void => {
    code.get(MODE);
    code.open(OP.if, [], results);
  };
  if (overflows(types, values)) {
    emitTake(code, types, [...values.slice(0, -1), asNullable(last)]);
    const boxed = code.acquire(last);
    code.set(boxed);
    open();
    emitArms(() => {
      code.get(boxed);
      code.refine(last);
    });
    code.release(last, boxed);
  } else {
    emitTake(code, types, values, 0, length - 1);
    open();
    emitArms(() => emitTake(code, types, values, length - 1));
  }
  code.end();
}

/** What stands on the stack for these values, of which the last is a continuation: its VMContObj, and itself; one of them null. */
export function pairTypes(values: readonly ValType[]): ValType[] {
  return [...values.slice(0, -1), asNullable(values.at(-1) ?? 0), CONTINUATION];
}

/** Pushes what to return behind a call that is the last thing to be done, and whose results of these types are on the stack. */
export function emitTailResults(lowering: ModuleLowering, code: Code, results: readonly ValType[]): void {
  code.effect();
  code.if();
  code.i32(LEFT_WITHOUT_FRAME);
  code.op(OP["return"]);
  code.end();
  emitPut(code, lowering.types, results);
  code.i32(RETURNED);
}
