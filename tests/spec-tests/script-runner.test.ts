import { expect, test } from "@jest/globals";
import { parseScript } from "../../spec-tests/parser.ts";
import { type CommandResult, ScriptRunner } from "../../spec-tests/script-runner.ts";
import { threadStarter } from "../../spec-tests/threads.ts";

async function run(script: string): Promise<CommandResult[]> {
  const runner = await ScriptRunner.create(WebAssembly, {
    officialMessages: false,
    startThread: threadStarter("host", 1),
  });
  const results: CommandResult[] = [];
  for (const command of parseScript(script)) results.push(await runner.run(command));
  await runner.close();
  return results;
}

async function failures(script: string): Promise<string[]> {
  return (await run(script)).flatMap(({ line, failure }) => (failure === undefined ? [] : [`${line}: ${failure}`]));
}

const VALUES = `(module
  (type $cell (sub (struct (field f32))))
  (type $get (sub (func (param (ref null $cell)) (result f32 (ref null $cell)))))
  (tag $e)
  (func (export "nan") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
  (func (export "vector") (param v128) (result v128 i32) (local.get 0) (i32.const 1))
  (func (export "exception") (result i32 exnref exnref)
    (i32.const 1)
    (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (unreachable))
    (ref.null exn))
  (func (export "take") (param exnref externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "declared") (type $get) (f32.const 1) (local.get 0))
  (func (export "struct") (result (ref $cell)) (struct.new $cell (f32.const 1)))
  (func (export "i31") (param i32) (result i31ref) (ref.i31 (local.get 0)))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "host") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "trap") (result v128) (unreachable))
  (func (export "throw") (result exnref) (throw $e))
  (func $loop (export "loop") (result v128) (v128.not (call $loop)))
  (global (export "gv") v128 (v128.const i32x4 1 2 3 4))
  (global (export "gf") (mut f32) (f32.const nan:0x200000))
  (global (export "ge") exnref (ref.null exn))
  (global (export "gi") (mut i64) (i64.const -5)))`;

test("values of all kinds go in and out with their bits", async () => {
  expect(
    await failures(`${VALUES}
      (assert_return (invoke "nan" (f32.const nan:0x200000) (f64.const -nan:0x1)) (f64.const -nan:0x1) (f32.const nan:0x200000))
      (assert_return (invoke "vector" (v128.const i32x4 1 2 3 4)) (v128.const i64x2 0x200000001 0x400000003) (i32.const 1))
      (assert_return (invoke "exception") (i32.const 1) (ref.exn) (ref.null exn))
      (assert_return (invoke "take" (ref.null exn) (ref.extern 1)) (i32.const 1))
      (assert_return (invoke "declared" (ref.null none)) (f32.const 1) (ref.null))
      (assert_return (invoke "struct") (ref.struct))
      (assert_return (invoke "struct") (ref.eq))
      (assert_return (invoke "i31" (i32.const 7)) (ref.i31))
      (assert_return (invoke "same" (ref.extern 5)) (ref.extern 5))
      (assert_return (invoke "host" (ref.extern 5)) (ref.host 5))
      (assert_return (invoke "host" (ref.null extern)) (ref.null))
      (assert_return (get "gv") (v128.const i32x4 1 2 3 4))
      (assert_return (get "gf") (f32.const nan:0x200000))
      (assert_return (get "ge") (ref.null exn))
      (assert_return (get "gi") (i64.const -5))
      (assert_trap (invoke "trap") "unreachable")
      (assert_exception (invoke "throw"))
      (assert_exhaustion (invoke "loop") "call stack exhausted")`),
  ).toEqual([]);
});

test("what does not hold fails", async () => {
  const script = `(module $m (func (export "f") (result i32) (i32.const 1)) (func (export "t") (unreachable)))
(assert_return (invoke "f") (i32.const 2))
(assert_return (invoke "f"))
(assert_return (invoke "f" (i32.const 1)) (i32.const 1))
(assert_return (invoke "g"))
(assert_return (get "f"))
(assert_return (invoke $n "f"))
(assert_trap (invoke "f") "unreachable")
(assert_trap (invoke "t") "integer overflow")
(assert_exception (invoke "t"))
(assert_exhaustion (invoke "t") "call stack exhausted")
(assert_suspension (invoke "t") "unhandled")
(invoke "t")
(assert_invalid (module) "type mismatch")
(assert_malformed (module quote "(func)") "unexpected token")
(assert_unlinkable (module) "unknown import")
(assert_return (invoke "f") (i32.const 1))`;
  expect(await failures(script)).toEqual([
    "2: expected (i32.const 2), got (i32.const 1)",
    "3: expected nothing, got (i32.const 1)",
    '4: "f" takes 0 arguments, not 1',
    '5: no export "g"',
    '6: export "f" is not a global',
    "7: no $n",
    "8: expected a trap: unreachable, got (i32.const 1)",
    "9: expected a trap: integer overflow, got a trap: unreachable",
    "10: expected an exception, got a trap: unreachable",
    "11: expected the call stack to be exhausted, got a trap: unreachable",
    "12: expected a suspension: unhandled, got a trap: unreachable",
    "13: a trap: unreachable",
    "14: expected an invalid module: type mismatch, got a module",
    "15: expected a malformed module: unexpected token, got text that parses",
    "16: expected a link error: unknown import, got a module",
  ]);
});

test("a script does not go on with an earlier instance, and later failures tell the first reason", async () => {
  const found = await failures(`(module (func (export "f")))
(module $m (func (result i32)))
(invoke "f")
(register "m" $m)
(module (import "m" "f" (func)))`);
  const reason = found[0]?.slice("2: ".length);
  expect(reason).toMatch(/^a compile error: /);
  expect(found.slice(1)).toEqual([
    `3: no instance (because of ${reason})`,
    `4: no $m (because of ${reason})`,
    expect.stringContaining(`(because of no $m (because of ${reason}))`),
  ]);
});

test("definitions, instances and names", async () => {
  expect(
    await failures(`(module definition $d (global (export "g") (mut i32) (i32.const 0))
        (func (export "inc") (global.set 0 (i32.add (global.get 0) (i32.const 1)))))
      (module instance $a $d)
      (module instance $b $d)
      (invoke $a "inc")
      (assert_return (get $a "g") (i32.const 1))
      (assert_return (get $b "g") (i32.const 0))
      (module instance)
      (invoke "inc")
      (assert_return (get "g") (i32.const 1))
      (module $e (func (export "f")))
      (module instance $e)
      (invoke "f")
      (module quote " (; nothing ;) ")
      (register "a" $a)
      (module (import "a" "g" (global $g (mut i32))) (func (export "g") (result i32) (global.get $g)))
      (assert_return (invoke "g") (i32.const 1))
      (assert_unlinkable (module (import "a" "x" (func))) "unknown import")
      (assert_unlinkable (module (import "z" "x" (func))) "unknown import")
      (assert_unlinkable (module (import "spectest" "print_i32" (func))) "incompatible import type")
      (module (import "spectest" "memory" (memory 1 2)) (import "spectest" "table" (table 10 20 funcref)))`),
  ).toEqual([]);
});

test("threads share memories and can wait for each other", async () => {
  const results = await run(`(module $Mem (memory (export "shared") 1 1 shared))
    (thread $T1 (shared (module $Mem))
      (register "mem" $Mem)
      (module (memory (import "mem" "shared") 1 1 shared)
        (func (export "run") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
      (assert_return (invoke "run") (i32.const 0)))
    (register "mem" $Mem)
    (module (memory (import "mem" "shared") 1 1 shared)
      (func (export "wake")
        (loop (br_if 0 (i32.eqz (memory.atomic.notify (i32.const 0) (i32.const 1)))))))
    (invoke "wake")
    (wait $T1)
    (wait $T1)
    (thread $T2 (invoke "nothing"))
    (wait $T2)`);
  expect(results.map(({ kind, failure }) => [kind, failure])).toEqual([
    ["module", undefined],
    ["thread", undefined],
    ["register", undefined],
    ["module", undefined],
    ["invoke", undefined],
    ["wait", undefined],
    ["wait", "no thread $T1"],
    ["thread", undefined],
    ["wait", undefined],
  ]);
  expect(results[5]?.thread?.map(({ kind, failure }) => [kind, failure])).toEqual([
    ["register", undefined],
    ["module", undefined],
    ["assert_return", undefined],
  ]);
  expect(results[8]?.thread).toMatchObject([{ line: 14, kind: "invoke", failure: "no instance" }]);
});
