/** Modules with legacy exceptions behave the same translated, lowered, and under chaos. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parseText } from "../../wasm/text.ts";
import { DELEGATE_PROGRAMS } from "./delegate-programs.ts";
import { NATIVE, outcome, type Way, WAYS } from "./exception-runs.ts";
import { type Program, PROGRAMS, run, THROW, TRAP, withPrelude } from "./legacy-programs.ts";

/** Programs that use both forms of exceptions, which hosts refuse. */
const MIXED_PROGRAMS: readonly Program[] = [
  {
    name: "delegate to a try_table",
    text: run(`(block $e (result i32)
      (try_table $t (result i32) (catch $e $e)
        try (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch_all i32.const 2 end))`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "a try_table in a clause, a throw_ref in a try",
    text: run(`(local $x exnref)
      try $t (result i32) ${THROW} i32.const 1
      catch_all (block $all (result exnref) (try_table (catch_all_ref $all) rethrow $t) unreachable) local.set $x
        try (result i32) (throw_ref (local.get $x)) catch $e end end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
];

/** Programs that switch stacks, which only lowered modules can do here. */
const SWITCHING_PROGRAMS: readonly Program[] = [
  {
    name: "a clause that is suspended keeps its exception",
    text: `(type $ft (func)) (type $ct (cont $ft)) (tag $yield (param i32)) (global $k (mut i32) (i32.const 0))
      (func $body (export "body")
        try $outer (call $throw (global.get $k))
        catch $e (suspend $yield) try (throw $n) catch $n (suspend $yield (i32.const -1)) rethrow $outer end
        catch_all (suspend $yield (i32.const -2)) try try rethrow $outer delegate 1 catch_all unreachable end end)
      ${run(`(local $c (ref null $ct)) (global.set $k (local.get $k)) (local.set $c (cont.new $ct (ref.func $body)))
      (loop $next
        (block $yielded (result i32 (ref $ct))
          try (resume $ct (on $yield $yielded) (local.get $c)) catch $n (return (i32.const 3)) end
          (return (i32.const 0)))
        local.set $c call $log br $next) unreachable`)}`,
    calls: ["0", "$e(10) 10 -1", "$f(20,2.5) -2", "3 -2", "js object -2", TRAP],
  },
];

const { translated: _, ...LOWERED } = WAYS;

describe.each([
  ...[...PROGRAMS, ...DELEGATE_PROGRAMS].map((program) => ({ program, ways: { native: NATIVE, ...WAYS } })),
  ...MIXED_PROGRAMS.map((program) => ({ program, ways: WAYS })),
  ...SWITCHING_PROGRAMS.map((program) => ({ program, ways: LOWERED })),
])("$program.name", ({ program, ways }) => {
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    bytes = await parseText(withPrelude(program.text));
  });

  test.each(Object.entries<Way>(ways))("%s", (_name, way) => {
    const log: string[] = [];
    const thrown = { toString: () => "object" };
    const js = {
      log: (value: unknown) => log.push(String(value)),
      throw: () => {
        throw thrown;
      },
    };
    const exports = way(bytes, { js });
    const found = program.calls.map((_, k) => {
      log.length = 0;
      const result = outcome(exports, "run", k);
      return [result, ...log].join(" ");
    });
    expect(found).toEqual(program.calls);
  });
});

describe("exceptions that come from JavaScript keep their identity", () => {
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    bytes = await parseText(`(module
      (import "js" "throw" (func $js)) (import "js" "tag" (tag $js (param externref))) (import "js" "mine" (tag $mine (param i32)))
      (func (export "all") try $t try call $js delegate $t catch_all rethrow $t end)
      (func (export "past") try $t try try call $js delegate $t catch_all end catch $mine drop rethrow $t end)
      (func (export "mine") (result i32) try (result i32) call $js i32.const 0 catch $mine end)
      (func (export "js") (result externref) try (result externref) call $js ref.null extern catch $js end))`);
  });

  test.each(Object.entries({ native: NATIVE, ...WAYS }))("%s", (_name, way) => {
    const mine = new WebAssembly.Tag({ parameters: ["i32"] });
    const exception = new WebAssembly.Exception(mine, [42]);
    const error = new Error("from JavaScript");
    let thrown: unknown;
    const { JSTag } = WebAssembly as unknown as { readonly JSTag: WebAssembly.ImportValue };
    const js = {
      tag: JSTag,
      mine: mine as unknown as WebAssembly.ImportValue,
      throw: () => {
        throw thrown;
      },
    };
    const exports = way(bytes, { js }) as Record<string, () => unknown>;
    const catching = (name: string): unknown => {
      try {
        return exports[name]?.();
      } catch (caught) {
        return { caught };
      }
    };
    for (thrown of [exception, error, "a string", undefined]) {
      expect(catching("all")).toEqual({ caught: thrown });
      expect((catching("all") as { caught: unknown }).caught).toBe(thrown);
      expect((catching("past") as { caught: unknown }).caught).toBe(thrown);
    }
    thrown = exception;
    expect(catching("mine")).toBe(42);
    thrown = error;
    expect(catching("js")).toBe(error);
  });
});
