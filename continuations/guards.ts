/**
 * Guarded calls. A function whose result type has no values is left by a throw of the unwind tag (dummies.ts). Where it can
 * be called by another type, which has values, a function in between turns the throw into a return.
 *
 * That other type is a supertype, of a function that is called through a reference, a table or an import; or it is the type
 * of a function that ends with a tail call.
 */
import { OP } from "../wasm/instructions.ts";
import { I32, I64, isRef, refType, type ValType } from "../wasm/types.ts";
import type { Dummies } from "./dummies.ts";
import { checkHelper } from "./lowered-limits.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import type { TailCall } from "./plan.ts";

/** A call with its guest indices. */
type Call = Pick<TailCall, "opcode" | "x" | "y">;

/**
 * Whether a call that is no tail call, and whose result type has values, may reach a function whose result type has none.
 */
export function needsGuard(lowering: ModuleLowering, { opcode, x }: Call): boolean {
  const { module, types, map } = lowering;
  if (opcode === OP.call && x >= module.importedFunctions) return false;
  const { final, composite } = types.definition(map.type(opcode === OP.call ? (module.functions[x] ?? 0) : x));
  return !final && composite.kind === "func" && composite.results.some(isRef);
}

/**
 * Whether a tail call in a function with these results may reach a function whose result type has no values. A guard makes
 * the tail call an ordinary one, so it is not for types that only another module could have a subtype without values of.
 */
export function tailNeedsGuard(
  lowering: ModuleLowering,
  dummies: Dummies,
  tail: TailCall,
  results: readonly ValType[],
): boolean {
  if (!dummies.canBuild(results)) return false;
  if (!dummies.canBuild(tail.results)) return true;
  return needsGuard(lowering, asCall(tail)) && dummies.isNeededInVain;
}

/** The function to call instead: it takes the same operands, and returns the callee's results as `results`. */
export function guard(lowering: ModuleLowering, dummies: Dummies, call: Call, results: readonly ValType[]): number {
  const { opcode, x, y } = asCall(call);
  const { map } = lowering;
  const operands = operandsOf(lowering, { opcode, x, y });
  checkHelper(operands, "a call");
  const name = `guard ${opcode} ${x} ${opcode === OP.call_indirect ? y : ""} ${results.join()}`;
  return lowering.helper(name, operands, results, (code) => {
    const left = code.open(OP.block, [], []);
    code.openTry([], [], [{ kind: 0, tag: lowering.spaces.unwind, label: code.labelIndex(left) }]);
    for (const [i] of operands.entries()) code.get(i);
    if (opcode === OP.call) code.call(map.func(x));
    else if (opcode === OP.call_ref) code.index(opcode, map.type(x));
    else code.index2(opcode, map.type(x), map.table(y));
    code.op(OP.return);
    code.end();
    code.op(OP.unreachable);
    code.end();
    dummies.emitReturn(code, results);
  });
}

function operandsOf(lowering: ModuleLowering, { opcode, x, y }: Call): readonly ValType[] {
  const { module, map } = lowering;
  const type = map.type(opcode === OP.call ? (module.functions[x] ?? 0) : x);
  const { params } = lowering.signature(type);
  if (opcode === OP.call) return params;
  if (opcode === OP.call_ref) return [...params, refType(type, true)];
  return [...params, module.tables[y]?.type.is64 === true ? I64 : I32];
}

/** The same without `return_`. */
function asCall({ opcode, x, y }: Call): Call {
  switch (opcode) {
    case OP.return_call:
      return { opcode: OP.call, x, y };
    case OP.return_call_ref:
      return { opcode: OP.call_ref, x, y };
    case OP.return_call_indirect:
      return { opcode: OP.call_indirect, x, y };
    default:
      return { opcode, x, y };
  }
}
