/** Constant expressions (spec 3.0, "Validation: Constant Expressions", and stack switching). */
import type { FunctionValidator } from "./function-validator.ts";
import { OP } from "./instructions.ts";
import type { Range } from "./module.ts";
import type { ValType } from "./types.ts";

/** Opcodes that a constant expression may consist of, `global.get` only of immutable globals. */
const CONSTANT: ReadonlySet<number> = new Set([
  OP.end,
  OP["i32.const"],
  OP["i64.const"],
  OP["f32.const"],
  OP["f64.const"],
  OP["v128.const"],
  OP["i32.add"],
  OP["i32.sub"],
  OP["i32.mul"],
  OP["i64.add"],
  OP["i64.sub"],
  OP["i64.mul"],
  OP["global.get"],
  OP["ref.null"],
  OP["ref.func"],
  OP["ref.i31"],
  OP["struct.new"],
  OP["struct.new_default"],
  OP["array.new"],
  OP["array.new_default"],
  OP["array.new_fixed"],
  OP["any.convert_extern"],
  OP["extern.convert_any"],
  OP["cont.new"],
]);

/** Whether the instruction in `v.reader` is constant. */
function isConstant(v: FunctionValidator): boolean {
  const { opcode, x } = v.reader;
  if (opcode !== OP["global.get"]) return CONSTANT.has(opcode);
  return x >= v.visibleGlobals || !v.global(x).mutable;
}

/**
 * Validates the constant expression in `range`, whose result must have type `type` and which may refer to the first
 * `visibleGlobals` globals.
 */
export function validateConstant(v: FunctionValidator, range: Range, type: ValType, visibleGlobals: number): void {
  v.beginConstant(range, type, visibleGlobals);
  while (v.read()) {
    if (!isConstant(v)) v.fail("constant expression required");
    v.apply();
  }
}
