/** The module "spectest" that scripts import from (WebAssembly/spec, interpreter/README.md, "Spectest host module"). */

/**
 * A module rather than host functions, so that its exports have types that linking can check. What the functions print is of
 * no interest here.
 */
const SPECTEST = `(module
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64))
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2))`;

const TABLE64 = `(module (table (export "table64") i64 10 20 funcref))`;

const SHARED_MEMORY = `(module (memory (export "shared_memory") 1 2 shared))`;

/** The texts whose exports together are "spectest"; an engine may lack the features of all but the first. */
export const SPECTEST_MODULES: readonly string[] = Object.freeze([SPECTEST, TABLE64, SHARED_MEMORY]);
