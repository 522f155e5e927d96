/** What the official suites do not ask: one table of modules, valid or with the message of their error. */
import { describe, expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { ValidationError } from "../../wasm/errors.ts";
import type { ValidationFeatures } from "../../wasm/features.ts";
import { parseText } from "../../wasm/text.ts";
import { validateModule } from "../../wasm/validate.ts";

/** Name, fields of the module, and the beginning of the message, undefined if it is valid. */
type Case = readonly [name: string, fields: string, message?: string];

async function validate(fields: string, features: ValidationFeatures = {}): Promise<void> {
  validateModule(decodeModule(await parseText(`(module ${fields})`)), { features });
}

function check(title: string, cases: readonly Case[], features: ValidationFeatures = {}): void {
  describe(title, () => {
    test.each(cases.map(([name, fields, message]) => ({ name, fields, message })))(
      "$name",
      async ({ fields, message }) => {
        if (message === undefined) {
          await validate(fields, features);
          return;
        }
        const error = await validate(fields, features).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(ValidationError);
        expect((error as ValidationError).message.slice(0, message.length)).toBe(message);
      },
    );
  });
}

const CONT = `
  (type $f (func (param i32) (result i64)))
  (type $c (cont $f))
  (type $f0 (func (result i64)))
  (type $c0 (cont $f0))
  (tag $t (param f32) (result i32))
  (tag $switch (result i64))
  (tag $exn (param f64))`;

check("stack switching", [
  [
    "cont.new gives a non-null reference",
    `${CONT} (func (param (ref null $f)) (result (ref $c)) (cont.new $c (local.get 0)))`,
  ],
  [
    "cont.new on a function of another type",
    `${CONT} (func (param (ref $f0)) (drop (cont.new $c (local.get 0))))`,
    "type mismatch",
  ],
  [
    "cont.bind of all parameters",
    `${CONT} (func (param (ref $c)) (result (ref $c0)) (cont.bind $c $c0 (i32.const 1) (local.get 0)))`,
  ],
  [
    "cont.bind of the wrong parameter",
    `${CONT} (func (param (ref $c)) (drop (cont.bind $c $c0 (i64.const 1) (local.get 0))))`,
    "type mismatch",
  ],
  [
    "cont.bind to more parameters",
    `${CONT} (func (param (ref $c0)) (drop (cont.bind $c0 $c (local.get 0))))`,
    "type mismatch in continuation arguments",
  ],
  ["suspend", `${CONT} (func (result i32) (suspend $t (f32.const 1)))`],
  [
    "suspend without payload",
    `${CONT} (func (result i32) (suspend $t))`,
    "type mismatch: instruction requires [f32] but stack has []",
  ],
  [
    "resume with both handlers",
    `${CONT} (func (param (ref null $c)) (result i64)
      (block $on_t (result f32 (ref null $c))
        (return (resume $c (on $t $on_t) (on $switch switch) (i32.const 1) (local.get 0))))
      unreachable)`,
  ],
  [
    "handler label without continuation",
    `${CONT} (func (param (ref $c)) (result i64)
      (block $on_t (result f32) (return (resume $c (on $t $on_t) (i32.const 1) (local.get 0)))) unreachable)`,
    "type mismatch: instruction requires continuation reference type but label has [f32]",
  ],
  [
    "handler label without results",
    `${CONT} (func (param (ref $c)) (result i64)
      (block $on_t (return (resume $c (on $t $on_t) (i32.const 1) (local.get 0)))) unreachable)`,
    "type mismatch: instruction requires continuation reference type but label has []",
  ],
  [
    "handler label whose continuation takes something else than the tag's results",
    `${CONT} (func (param (ref $c)) (result i64)
      (block $on_t (result f32 (ref $c0)) (return (resume $c (on $t $on_t) (i32.const 1) (local.get 0)))) unreachable)`,
    "type mismatch in continuation type",
  ],
  [
    "switch handler whose tag has parameters",
    `${CONT} (func (param (ref $c)) (result i64) (resume $c (on $exn switch) (i32.const 1) (local.get 0)))`,
    "type mismatch in switch tag",
  ],
  [
    "switch handler whose tag has other results than the continuation",
    `${CONT} (tag $other) (func (param (ref $c)) (result i64) (resume $c (on $other switch) (i32.const 1) (local.get 0)))`,
    "type mismatch in switch tag",
  ],
  [
    "switch handler whose tag has results of a supertype",
    `(type $f (func (result nullfuncref))) (type $c (cont $f)) (tag $t (result funcref))
     (func (param (ref $c)) (drop (resume $c (on $t switch) (local.get 0))))`,
    "type mismatch in switch tag",
  ],
  ["resume_throw", `${CONT} (func (param (ref $c)) (result i64) (resume_throw $c $exn (f64.const 1) (local.get 0)))`],
  [
    "resume_throw of a tag with results",
    `${CONT} (func (param (ref $c)) (result i64) (resume_throw $c $t (f32.const 1) (local.get 0)))`,
    "non-empty tag result type",
  ],
  [
    "resume_throw_ref takes the exception below the continuation",
    `${CONT} (func (param exnref (ref null $c)) (result i64) (resume_throw_ref $c (local.get 0) (local.get 1)))`,
  ],
  [
    "resume_throw_ref in the other order",
    `${CONT} (func (param exnref (ref null $c)) (result i64) (resume_throw_ref $c (local.get 1) (local.get 0)))`,
    "type mismatch",
  ],
  [
    "switch",
    `(rec (type $f (func (param i32 (ref null $c)) (result i64))) (type $c (cont $f))) (tag $t (result i64))
     (func (param (ref $c)) (result i32 (ref null $c)) (switch $c $t (i32.const 1) (local.get 0)))`,
  ],
  [
    "switch to a continuation that takes none",
    `${CONT} (func (param (ref $c)) (switch $c $switch (i32.const 1) (local.get 0)))`,
    "type mismatch: instruction requires continuation reference type but the type annotation has [i32]",
  ],
  [
    "switch to a continuation that takes an abstract one",
    `(type $f (func (param contref))) (type $c (cont $f)) (tag $t) (func (param (ref $c)) (switch $c $t (local.get 0)))`,
    "type mismatch: instruction requires concrete continuation reference type",
  ],
  [
    "switch with a tag of other results",
    `(rec (type $f (func (param (ref null $c)) (result i64))) (type $c (cont $f))) (tag $t (result i32))
     (func (param (ref $c)) (drop (switch $c $t (local.get 0))))`,
    "type mismatch in continuation types",
  ],
  [
    "throw of a tag with results",
    `${CONT} (func (drop (i32.const 1)) (throw $t (f32.const 1)))`,
    "non-empty tag result type",
  ],
  [
    "catch of a tag with results",
    `${CONT} (func (block $l (result f32) (try_table (catch $t $l)) unreachable) drop)`,
    "non-empty tag result type",
  ],
  [
    "continuations as globals, fields and elements",
    `${CONT} (global (mut contref) (ref.null nocont)) (type (struct (field (ref null $c)))) (table 3 (ref null $c))`,
  ],
  ["a continuation type of a struct type", "(type $s (struct)) (type (cont $s))", "non-function type 0"],
  ["a continuation type of an unknown type", "(type (cont 7))", "unknown type 7"],
  ["a tag of a continuation type", "(type $f (func)) (type $c (cont $f)) (tag (type $c))", "non-function type 1"],
]);

check(
  "without stack switching",
  [
    ["tags without results", "(tag (param i32))"],
    ["tags with results", "(tag (result i32))", "non-empty tag result type"],
    ["suspend", "(tag $t) (func (suspend $t))", "stack switching is not enabled"],
    ["continuation types", "(type $f (func)) (type (cont $f))", "stack switching is not enabled"],
    ["abstract continuation types", "(func (param contref))", "stack switching is not enabled"],
    ["abstract continuation types in code", "(func (drop (ref.null nocont)))", "stack switching is not enabled"],
  ],
  { stackSwitching: false },
);

check(
  "one memory, one table",
  [["two of each", "(memory 0) (memory 0) (table 0 funcref) (table 0 funcref)", "multiple tables"]],
  {
    multiMemory: false,
    multiTable: false,
  },
);

check("legacy exceptions", [
  [
    "try, catch and catch_all",
    "(tag $e (param i32)) (func (result i32) try (result i32) i32.const 1 catch $e catch_all i32.const 2 end)",
  ],
  ["try alone", "(func try end)"],
  [
    "catch with another result",
    "(tag $e (param i64)) (func (result i32) try (result i32) i32.const 1 catch $e end)",
    "type mismatch",
  ],
  [
    "the body's operands are gone in a catch",
    "(func (result i32) i32.const 1 try (param i32) (result i32) catch_all end)",
    "type mismatch",
  ],
  [
    "delegate",
    "(func (result i32) try (result i32) try (result i32) i32.const 1 delegate 0 catch_all i32.const 2 end)",
  ],
  ["delegate to the caller", "(func try delegate 0)"],
  ["delegate to nothing", "(func try delegate 1)", "unknown label 1"],
  ["rethrow", "(func try catch_all rethrow 0 end)"],
  ["rethrow from a block in a catch", "(func try catch_all block rethrow 1 end end)"],
  ["rethrow in the body", "(func try rethrow 0 catch_all end)", "invalid rethrow label"],
  ["rethrow of a label that is not there", "(func try catch_all rethrow 7 end)", "unknown label 7"],
]);

check("polymorphism", [
  ["unreachable makes any operands", "(func (result i32 i64) unreachable)"],
  ["an unknown reference is a reference", "(func (result (ref func)) unreachable ref.as_non_null)"],
  ["an unknown reference is no number", "(func (result i32) unreachable ref.as_non_null)", "type mismatch"],
  ["select of unknown operands", "(func (result funcref) unreachable select)"],
  [
    "select of references",
    "(func (param funcref) (drop (select (local.get 0) (local.get 0) (i32.const 0))))",
    "type mismatch",
  ],
  ["select of different types", "(func (drop (select (i32.const 0) (i64.const 0) (i32.const 0))))", "type mismatch"],
  ["select between a known and an unknown", "(func (result i64) unreachable i64.const 1 i32.const 0 select)"],
  ["br_on_non_null to a label without types", "(func unreachable br_on_non_null 0)", "type mismatch"],
  [
    "br_table with labels of different types",
    "(func (result i32) (block (result i64) unreachable (br_table 0 1)) unreachable)",
  ],
  [
    "br_table with labels of different arities",
    "(func (result i32) (block unreachable (br_table 0 1)) unreachable)",
    "type mismatch",
  ],
  [
    "struct.new of unknown operands",
    "(type $s (struct (field i8 i64 (ref any)))) (func (result (ref $s)) unreachable (struct.new $s))",
  ],
  ["operands left in an unreachable block", "(func unreachable i32.const 1)", "type mismatch"],
]);

check("locals without default values", [
  ["read before set", "(func (local (ref func)) (drop (local.get 0)))", "uninitialized local"],
  ["read after set", "(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (drop (local.get 1)))"],
  [
    "read after tee in a block",
    "(func (param (ref func)) (local (ref func)) (block (drop (local.tee 1 (local.get 0))) (drop (local.get 1))))",
  ],
  [
    "set in a block only",
    "(func (param (ref func)) (local (ref func)) (block (local.set 1 (local.get 0))) (drop (local.get 1)))",
    "uninitialized local",
  ],
  [
    "set in then only",
    "(func (param (ref func)) (local (ref func)) (if (i32.const 1) (then (local.set 1 (local.get 0))) (else (drop (local.get 1)))))",
    "uninitialized local",
  ],
  [
    "set in two functions",
    "(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0))) (func (local i32 (ref func)) (drop (local.get 1)))",
    "uninitialized local",
  ],
]);

check("memories and tables", [
  ["atomic access with natural alignment", "(memory 1) (func (drop (i32.atomic.load align=4 (i32.const 0))))"],
  [
    "atomic access with less alignment",
    "(memory 1) (func (drop (i32.atomic.load align=2 (i32.const 0))))",
    "atomic alignment must be natural",
  ],
  [
    "atomic access with more alignment",
    "(memory 1) (func (drop (i32.atomic.load align=8 (i32.const 0))))",
    "alignment must not be larger than natural",
  ],
  [
    "address type of memory.copy",
    "(memory $a 1) (memory $b i64 1) (func (memory.copy $a $b (i32.const 0) (i64.const 0) (i32.const 0)))",
  ],
  [
    "address type of table.copy",
    "(table $a i64 1 funcref) (table $b i64 1 funcref) (func (table.copy $a $b (i64.const 0) (i64.const 0) (i32.const 0)))",
    "type mismatch",
  ],
  ["offset of a 64-bit memory", "(memory i64 1) (func (drop (i32.load offset=0xffff_ffff_ffff_ffff (i64.const 0))))"],
  ["lane of a load", "(memory 1) (func (param v128) (drop (v128.load32_lane 3 (i32.const 0) (local.get 0))))"],
  ["shared memory without maximum", "(memory 1 shared)", "shared memory must have maximum"],
  ["64-bit memory at its largest", "(memory i64 0x1_0000_0000_0000)"],
  ["64-bit table at its largest", "(table i64 0 0xffff_ffff_ffff_ffff funcref)"],
  ["table of non-null references without initial value", "(table 1 (ref func))", "type mismatch"],
  ["active segment of a 64-bit table", "(table i64 1 funcref) (elem (i32.const 0) func)", "type mismatch"],
]);

check("constant expressions", [
  [
    "extended",
    '(import "" "" (global $g i64)) (global i64 (i64.mul (global.get $g) (i64.sub (i64.const 1) (i64.add (i64.const 2) (i64.const 3)))))',
  ],
  [
    "allocations",
    "(type $a (array i32)) (type $s (struct (field (ref $a)) (field i31ref))) (global (ref $s) (struct.new $s (array.new_fixed $a 2 (i32.const 1) (i32.const 2)) (ref.i31 (i32.const 1))))",
  ],
  ["conversions", "(global externref (extern.convert_any (ref.i31 (i32.const 1))))"],
  ["an earlier global", "(global $a i32 (i32.const 1)) (global i32 (global.get $a))"],
  ["a later global", "(global i32 (global.get 1)) (global i32 (i32.const 1))", "unknown global 1"],
  [
    "a mutable global",
    "(global $a (mut i32) (i32.const 1)) (global i32 (global.get $a))",
    "constant expression required",
  ],
  [
    "a defined global in a table",
    "(table 1 funcref (global.get 0)) (global funcref (ref.null func))",
    "unknown global 0",
  ],
  ["a call", "(func $f (result i32) (i32.const 1)) (global i32 (call $f))", "constant expression required"],
  ["two results", "(global i32 (i32.const 1) (i32.const 1))", "type mismatch"],
  ["continuations", "(func $f) (type $ft (func)) (type $c (cont $ft)) (global (ref $c) (cont.new $c (ref.func $f)))"],
  [
    "a bound continuation",
    "(func $f) (type $ft (func)) (type $c (cont $ft)) (global (ref $c) (cont.bind $c $c (cont.new $c (ref.func $f))))",
    "constant expression required",
  ],
]);

check("references to functions", [
  ["declared by an export", '(func $f (export "f")) (func (drop (ref.func $f)))'],
  ["declared by a global", "(func $f) (global funcref (ref.func $f)) (func (drop (ref.func $f)))"],
  ["declared by an element", "(func $f) (elem declare funcref (ref.func $f)) (func (drop (ref.func $f)))"],
  [
    "the start function is not declared",
    "(func $f) (start $f) (func (drop (ref.func $f)))",
    "undeclared function reference 0",
  ],
]);

check("casts", [
  [
    "br_on_cast leaves what is not of the target type",
    "(func (param anyref) (result (ref null eq)) (br_on_cast 0 anyref eqref (local.get 0)) drop unreachable)",
  ],
  [
    "null goes with a nullable target",
    "(func (param anyref) (result (ref any)) (block (result eqref) (return (br_on_cast 0 anyref eqref (local.get 0)))) drop unreachable)",
  ],
  [
    "null stays with a non-null target",
    "(func (param anyref) (result (ref any)) (block (result (ref eq)) (return (br_on_cast 0 anyref (ref eq) (local.get 0)))) drop unreachable)",
    "type mismatch",
  ],
  [
    "target that is no subtype",
    "(func (param eqref) (block (result anyref) (br_on_cast 0 eqref anyref (local.get 0))) drop)",
    "type mismatch on cast",
  ],
  ["across hierarchies", "(func (param externref) (drop (ref.test anyref (local.get 0))))", "type mismatch"],
  ["conversion keeps nullability", "(func (param (ref extern)) (result (ref any)) (any.convert_extern (local.get 0)))"],
]);

test("an error says where it is", async () => {
  const error = await validate("(func) (func (result i32) (nop) (i32.const 1) (i64.const 1))").catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    func: 1,
    offset: 0x24,
    message: "type mismatch: instruction requires [i32] but stack has [i64] (in function 1) (at offset 0x24)",
  });
});

test("an error in a definition points to its section", async () => {
  const error = await validate('(func) (export "a" (func 0)) (export "a" (func 0))').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ func: undefined, offset: 0x14, message: "duplicate export name (at offset 0x14)" });
});
