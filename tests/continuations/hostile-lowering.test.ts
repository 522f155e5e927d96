/** Modules made to be expensive to lower: refused with a typed error, or lowered to what the host accepts, in bounded time. */
import { describe, expect, jest, test } from "@jest/globals";
import { LoweringError, lower } from "../../continuations/index.ts";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { SHAPES } from "../../scripts/shapes.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { parseText } from "../../wasm/text.ts";
import { validateModule } from "../../wasm/validate.ts";

jest.setTimeout(60_000);

/** `lowered`, `refused by the host`, or why the lowering refuses. */
function outcome(bytes: Uint8Array<ArrayBuffer>, options: Parameters<typeof lower>[1] = {}): string {
  const module = decodeModule(bytes);
  validateModule(module);
  try {
    return WebAssembly.validate(lower(module, options).bytes) ? "lowered" : "refused by the host";
  } catch (error) {
    if (error instanceof LoweringError) return error.message.replace(/ once lowered .*/, "");
    throw error;
  }
}

test.each(Object.keys(SHAPES))("a little of %s", (name) => {
  const shape = SHAPES[name];
  const bytes = shape?.make(Math.ceil(shape.megabyte / 500));
  expect(outcome(bytes ?? new Uint8Array())).not.toBe("refused by the host");
  for (const options of [{ chaos: true }, { fuel: {} }, { resumeCopies: "on-demand" }] as const) {
    expect(outcome(bytes ?? new Uint8Array(), options)).not.toBe("refused by the host");
  }
});

describe("what took minutes or all memory there is", () => {
  test.each<[shape: string, count: number, expected: string]>([
    ["suspends above as many operands", 100_000, "function has too many operands below a call"],
    ["suspends above a thousand operands", 100_000, "function is too long"],
    ["suspends before locals are initialised", 10_000, "lowered"],
    ["suspends while too many locals live", 60_000, "function has too many values to save"],
    ["operands below blocks, in each a suspend", 125_000, "function has too many values to save"],
    ["suspends in blocks in a try_table", 10_000, "lowered"],
    ["wide calls", 50_000, "function is too long"],
    ["wide resumes", 40_000, "function is too long"],
    ["loops that branch outwards", 30_000, "lowered"],
    ["functions with many locals", 10_000, "lowered"],
    ["chain of structures", 10_000, "lowered"],
    ["tree of structures", 10_000, "lowered"],
    ["globals and exports", 40_000, "lowered"],
  ])("%s (%i)", (shape, count, expected) => {
    expect(outcome(SHAPES[shape]?.make(count) ?? new Uint8Array())).toBe(expected);
  });
});

test("more sites in a construct than a branch table has targets", async () => {
  const { instance } = await createWebAssembly().instantiate(
    await parseText(`(module
      (type $f (func (result i32)))
      (type $k (cont $f))
      (tag $t)
      (elem declare func $g)
      (func $g (type $f)
        ${"(if (i32.const 0) (then (suspend $t)))".repeat(65_600)}
        ${"(suspend $t)".repeat(10)}
        (i32.const 7))
      (func (export "count") (result i32 i32) (local $n i32) (local $k (ref null $k))
        (local.set $k (cont.new $k (ref.func $g)))
        (loop $next
          (block $h (result (ref $k))
            (resume $k (on $t $h) (local.get $k))
            (return (local.get $n)))
          (local.set $k)
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br $next))
        (unreachable)))`),
  );
  expect((instance.exports["count"] as () => [number, number])()).toEqual([7, 10]);
});

test("more returns and tail calls than a label can have branches", async () => {
  const count = 2500;
  const leave = "(if (i32.eq (local.get 0) (i32.const 7)) (then (return (i32.const 3))))";
  const tail = "(if (i32.eq (local.get 0) (i32.const 7)) (then (return_call $callee)))";
  const { instance } = await createWebAssembly().instantiate(
    await parseText(`(module
      (type $f (func (param i32) (result i32)))
      (type $k (cont $f))
      (type $g (func (result i32)))
      (type $l (cont $g))
      (tag $t (result i32))
      (tag $wait)
      (elem declare func $returns $calls)
      (func $callee (result i32) (suspend $wait) (i32.const 4))
      (func $returns (type $f) (local.set 0 (suspend $t)) ${leave.repeat(count)} (i32.const 1))
      (func $calls (type $f) (local.set 0 (suspend $t)) ${tail.repeat(count)} (i32.const 2))
      (func $run (param $f (ref $f)) (result i32) (local $k (ref null $k))
        (block $h (result (ref $k))
          (resume $k (on $t $h) (i32.const 0) (cont.new $k (local.get $f)))
          (unreachable))
        (local.set $k)
        (resume $k (i32.const 0) (local.get $k)))
      (func (export "returns") (result i32) (call $run (ref.func $returns)))
      (func (export "calls") (result i32) (call $run (ref.func $calls))))`),
  );
  const [returns, calls] = [instance.exports["returns"], instance.exports["calls"]] as (() => number)[];
  for (let i = 0; i < 5; i++) expect([returns?.(), calls?.()]).toEqual([1, 2]);
});

test("more clauses than an array can be made of", () => {
  expect(outcome(SHAPES["tags and handlers"]?.make(10_000) ?? new Uint8Array())).toBe("lowered");
  expect(outcome(SHAPES["tags and handlers"]?.make(10_001) ?? new Uint8Array())).toBe("function has too many clauses");
});

test("structures that need each other have no values, however they are reached", async () => {
  const bytes = await parseText(
    `(module
    (rec
      (type $a (struct (field (ref $b)) (field (ref $c))))
      (type $b (struct (field (ref $c))))
      (type $c (struct (field (ref $a)))))
    (type $leaf (struct (field i32)))
    (type $d (struct (field (ref $leaf)) (field (ref $leaf)) (field (ref exn))))
    (tag $t)
    (func $none (result (ref $b)) (suspend $t) (unreachable))
    (func $some (result (ref $d)) (suspend $t) (unreachable))
    (func (drop (call $some)) (drop (call $none))))`
      .replace("(type $leaf (struct (field i32)))", "")
      .replace("(rec", "(type $leaf (struct (field i32))) (rec"),
  );
  expect(outcome(bytes)).toBe("lowered");
});
