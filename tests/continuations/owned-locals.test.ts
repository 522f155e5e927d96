/** Which locals are found to be the only holders of their continuations: continuations/owned-locals.ts. */
import { expect, test } from "@jest/globals";
import { Machine } from "../../continuations/linked-machine.ts";
import { LoweredTypes } from "../../continuations/lowered-types.ts";
import { FunctionLimits } from "../../continuations/lowered-limits.ts";
import type { Owned } from "../../continuations/owned-locals.ts";
import { Planner } from "../../continuations/scan.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { FunctionValidator } from "../../wasm/function-validator.ts";
import { parseText } from "../../wasm/text.ts";
import { validateDefinitions } from "../../wasm/validate.ts";

/** What is owned in a function with these locals (parameters first) and this body, in which every call is a site. */
async function owned(locals: string, body: string): Promise<Owned | undefined> {
  const module = decodeModule(
    await parseText(`(module
      (type $v (func)) (type $kv (cont $v))
      (type $i (func (param i32))) (type $ki (cont $i))
      (rec (type $s (func (param (ref null $ks)))) (type $ks (cont $s)))
      (tag $e) (tag $e1) (tag $x)
      (func $f ${locals} ${body})
      (func $g) (func $h (param i32))
      (func $other (result (ref $ks)) (cont.new $ks (ref.null $s)))
      (func $make (result (ref $kv)) (cont.new $kv (ref.func $g)))
      (func $use (param (ref null $kv)))
      (table $t 1 (ref null $kv))
      (elem declare func $g $h))`),
  );
  const planner = new Planner(new FunctionValidator(validateDefinitions(module)));
  const plan = planner.plan(0, new LoweredTypes(new Machine(), module), {
    calls: { call: () => true, indirect: () => true },
    values: { canBuild: () => true },
    costs: undefined,
    limits: new FunctionLimits(0, 0),
    resumes: true,
  });
  return plan.owned;
}

/** What is found of local 0. */
async function local(locals: string, body: string): Promise<"boxed" | "raw" | "pair" | "saved pair"> {
  const found = (await owned(locals, body))?.locals.get(0);
  if (found === undefined) return "boxed";
  if (found.boxed === undefined) return "raw";
  return found.savesBoxed ? "saved pair" : "pair";
}

const NULLABLE = "(local $k (ref null $kv))";
const NEW = "(local.set $k (cont.new $kv (ref.func $g)))";
const NEW_S = "(local.set $k (cont.new $ks (ref.null $s)))";
/** A turn of one of two that switch to each other. */
const SWITCH = "(switch $ks $e (local.get $k)) (local.set $k)";
const RESUME = "(resume $kv (local.get $k))";
/** A round of a consumer's loop. */
const round = (last = "(return)", clauses = "(on $e $y)"): string =>
  `(block $y (result (ref $kv)) (resume $kv ${clauses} (local.get $k)) ${last}) (local.set $k)`;
const OTHER = "(local $j (ref null $kv))";
const MOVE = "(local.set $j (local.get $k))";
const LOOP = `(loop $l ${round()} (br $l))`;

test.each([
  ["a loop", NULLABLE, `${NEW} ${LOOP}`],
  ["a local that cannot be null", "(local $k (ref $kv))", `${NEW} ${LOOP}`],
  ["several clauses with one label", NULLABLE, `${NEW} ${round("(return)", "(on $e $y) (on $e1 $y)")} ${RESUME}`],
  ["a cont.bind", NULLABLE, `(local.set $k (cont.bind $ki $kv (i32.const 1) (cont.new $ki (ref.func $h)))) ${RESUME}`],
  ["use by cont.bind", NULLABLE, `${NEW} (drop (cont.bind $kv $kv (local.get $k)))`],
  ["use by resume_throw", NULLABLE, `${NEW} (resume_throw $kv $x (local.get $k))`],
  ["use by resume_throw_ref", NULLABLE, `${NEW} (resume_throw_ref $kv (ref.null exn) (local.get $k))`],
  ["use by switch", "(local $k (ref null $ks))", `${NEW_S} (drop (switch $ks $e (local.get $k)))`],
  ["a drop", NULLABLE, `${NEW} (drop (local.get $k)) ${RESUME}`],
  ["two uses", NULLABLE, `${NEW} ${RESUME} ${RESUME}`],
  ["a set before a branch", NULLABLE, `${NEW} (if (i32.const 1) (then ${RESUME})) ${RESUME}`],
  ["an escape in dead code", NULLABLE, `${NEW} ${RESUME} (return) (call $use (local.get $k))`],
  ["a move", `${NULLABLE} ${OTHER}`, `${NEW} ${MOVE} (resume $kv (local.get $j))`],
  [
    "a move in a loop",
    `${OTHER} ${NULLABLE}`,
    `(local.set $j (cont.new $kv (ref.func $g))) (loop $l (local.set $k (local.get $j)) ${RESUME} (local.set $j (cont.new $kv (ref.func $g))) (br $l))`,
  ],
])("raw: %s", async (_name, locals, body) => {
  expect(await local(locals, body)).toBe("raw");
});

test.each([
  ["never set", NULLABLE, `${RESUME} ${NEW}`],
  ["set in one arm", NULLABLE, `(if (i32.const 1) (then ${NEW})) ${RESUME}`],
  ["set in the other arm", NULLABLE, `(if (i32.const 1) (then ${NEW}) (else ${RESUME}))`],
  ["set in a block that may be left before", NULLABLE, `(block $b (br_if $b (i32.const 1)) ${NEW}) ${RESUME}`],
  ["compared with null", NULLABLE, `${NEW} (drop (ref.is_null (local.get $k))) ${RESUME}`],
  ["set to null", NULLABLE, `${NEW} (local.set $k (ref.null $kv)) ${RESUME}`],
  ["set to what a call returns", NULLABLE, `(local.set $k (call $make)) ${LOOP}`],
  ["a label that is reached otherwise", NULLABLE, `${NEW} (loop $l ${round("(br $y (call $make))")} (br $l))`],
  ["a label at a reachable end", NULLABLE, `${NEW} (loop $l ${round("(call $make)")} (br $l))`],
  ["a parameter", "(param $k (ref $kv))", LOOP],
  ["given by a switch", "(param $k (ref null $ks))", `(loop $l ${SWITCH} (br $l))`],
  ["a parameter, a call while it is raw", "(param $k (ref $kv))", `(loop $l ${round()} (call $g) (br $l))`],
])("a pair that frames need not hold: %s", async (_name, locals, body) => {
  expect(await local(locals, body)).toBe("pair");
});

test.each([
  ["a call before", "(param $k (ref $kv))", `(call $g) ${LOOP}`],
  ["a call between use and set", "(param $k (ref $kv))", `(loop $l ${round("(call $g) (br $l)")} (br $l))`],
  ["a call after a set in one arm", NULLABLE, `(if (i32.const 1) (then ${NEW})) (call $g) ${RESUME}`],
  ["a call after it was given by a switch", "(local $k (ref null $ks))", `${NEW_S} ${SWITCH} (call $g) ${SWITCH}`],
  ["a call at the start of a loop", NULLABLE, `(local.set $k (call $make)) (loop $l (call $g) ${round()} (br $l))`],
])("a pair of which frames hold both: %s", async (_name, locals, body) => {
  expect(await local(locals, body)).toBe("saved pair");
});

test.each([
  ["an argument", NULLABLE, `${NEW} (call $use (local.get $k)) ${RESUME}`],
  ["a table", NULLABLE, `${NEW} (table.set $t (i32.const 0) (local.get $k)) ${RESUME}`],
  ["a copy", `${NULLABLE} ${OTHER}`, `${NEW} ${MOVE} (resume $kv (local.get $j)) ${RESUME}`],
  ["a copy, of a round before", `${NULLABLE} ${OTHER}`, `${NEW} (loop $l ${MOVE} (resume $kv (local.get $j)) (br $l))`],
  ["a move to one that escapes", `${NULLABLE} ${OTHER}`, `${NEW} ${MOVE} (call $use (local.get $j))`],
  ["a move to one that is not used", `${NULLABLE} ${OTHER}`, `${NEW} ${MOVE} (drop (local.get $j))`],
  [
    "a move round, of nothing raw",
    `${NULLABLE} ${OTHER}`,
    `(local.set $k (call $make)) ${MOVE} (local.set $k (local.get $j)) ${RESUME}`,
  ],
  ["a tee", NULLABLE, `(drop (local.tee $k (cont.new $kv (ref.func $g)))) ${LOOP}`],
  ["a result of a block", NULLABLE, `${NEW} (drop (block (result (ref null $kv)) (local.get $k))) ${RESUME}`],
  [
    "only ever given by a switch, and no use",
    "(local $k (ref null $ks))",
    `(switch $ks $e (call $other)) (local.set $k)`,
  ],
  ["no use", NULLABLE, NEW],
  ["nothing raw", NULLABLE, `(local.set $k (call $make)) ${RESUME}`],
  ["any continuation", "(local $k contref)", `(local.set $k (cont.new $kv (ref.func $g))) (drop (local.get $k))`],
  ["a number", "(local $k i32)", `(local.set $k (i32.const 1)) (drop (local.get $k))`],
])("boxed: %s", async (_name, locals, body) => {
  expect(await local(locals, body)).toBe("boxed");
});

test("what goes from one instruction to the next needs no local", async () => {
  const body = `(block $y (result (ref $kv)) (resume $kv (on $e $y) (cont.new $kv (ref.func $g))) (return)) (resume $kv)`;
  const found = await owned("", body);
  expect(found?.locals.size).toBe(0);
  // The block and cont.new.
  expect(found?.producers.size).toBe(2);
  expect(found?.consumers.size).toBe(2);
});

test("labels whose continuation goes elsewhere get it boxed", async () => {
  const body = `${NEW} (block $y (result (ref $kv)) (resume $kv (on $e $y) (local.get $k)) (return)) (call $use)`;
  const found = await owned(NULLABLE, body);
  expect(found?.locals.size).toBe(1);
  expect(found?.producers.size).toBe(1);
});

test.each(["loop", "if", "try_table"])("a label of %s gets it boxed", async (construct) => {
  const resume = "(resume $kv (on $e $y) (local.get $k)) (unreachable)";
  const bodies: Readonly<Record<string, string>> = {
    loop: `(cont.new $kv (ref.func $g)) (loop $y (param (ref $kv)) (local.set $k) ${resume})`,
    if: `(if $y (result (ref $kv)) (i32.const 1) (then ${resume}) (else (unreachable))) (local.set $k)`,
    try_table: `(try_table $y (result (ref $kv)) ${resume}) (local.set $k)`,
  };
  expect(await local(NULLABLE, `${NEW} ${bodies[construct]}`)).toBe("pair");
});
