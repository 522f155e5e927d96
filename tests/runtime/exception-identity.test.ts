/** What a host function throws comes out of the guest as the same object, whatever way it goes. */
import { expect, test } from "@jest/globals";
import { Engine, type EngineOptions, Instance, Module, Store, Trap, WasmBacktrace } from "../../runtime/index.ts";
import { parseText } from "../../wasm/text.ts";

Error.stackTraceLimit = 60;

/** Ways through a guest: each export calls `throw` and lets what it throws out. */
const TEXT = `(module
  (type $f (func)) (type $c (cont $f)) (tag $t)
  (import "host" "throw" (func $throw))
  (func (export "straight") (call $throw))
  (func (export "caught and thrown again")
    (block $caught (result exnref) (try_table (catch_all_ref $caught) (call $throw)) (unreachable)) (throw_ref))
  (func $suspending (suspend $t) (call $throw))
  (func $deep (param i32)
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (suspend $t) (call $throw))))
  (func $body (call $deep (i32.const 10)))
  (func $resume (param $f (ref $f)) (local $c (ref null $c))
    (local.set $c (cont.new $c (local.get $f)))
    (loop $l
      (block $on (result (ref $c)) (resume $c (on $t $on) (local.get $c)) (return))
      (local.set $c) (br $l)))
  (func (export "out of a continuation") (call $resume (ref.func $suspending)))
  (func (export "out of frames that were saved") (call $resume (ref.func $body)))
  (func $catching (local $x exnref)
    (block $caught (result exnref) (try_table (catch_all_ref $caught) (call $body)) (unreachable))
    (local.set $x)
    (suspend $t)
    (throw_ref (local.get $x)))
  (func (export "kept while suspended") (call $resume (ref.func $catching)))
  (func $outer (call $resume (ref.func $body)))
  (func (export "out of two continuations") (call $resume (ref.func $outer)))
  (elem declare func $suspending $body $outer $catching))`;

const THROWN: readonly (readonly [string, unknown])[] = [
  ["an error", new Error("mine")],
  ["an error of a class of one's own", new (class Mine extends TypeError {})("mine")],
  ["an object", { mine: true }],
  ["a string", "mine"],
  ["nothing", undefined],
  ["a frozen object", Object.freeze({})],
];

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["as usual", {}],
  ["chaos 1", { chaos: 1 }],
  ["chaos 2", { chaos: 2 }],
  ["metered", { fuel: true }],
];

for (const [mode, options] of MODES) {
  test.each(THROWN)(`%s, ${mode}`, async (_, thrown) => {
    const engine = new Engine(options);
    const store = new Store(engine);
    const imports = {
      host: {
        throw: () => {
          throw thrown;
        },
      },
    };
    const instance = new Instance(store, new Module(engine, await parseText(TEXT)), imports);
    if (options.fuel === true) store.context.fuel = 1_000_000n;
    for (const name of Object.keys(instance.exports)) {
      const caught: unknown[] = [];
      try {
        instance.call(name);
      } catch (error) {
        caught.push(error);
      }
      expect([name, ...caught]).toEqual([name, thrown]);
      expect(Object.is(caught[0], thrown)).toBe(true);
    }
  });
}

test("an error of a host function tells where it was called", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const imports = {
    host: {
      throw: () => {
        throw new Error("mine");
      },
    },
  };
  const instance = new Instance(store, new Module(engine, await parseText(TEXT)), imports);
  let error: unknown;
  try {
    instance.call("out of two continuations");
  } catch (caught) {
    error = caught;
  }
  const { frames } = WasmBacktrace.ofError(store, error as Error);
  // What is on the heap was not noted: of frames that were saved, only those that had been re-entered are known.
  expect(frames.map(({ funcName }) => funcName)).toEqual([
    "deep",
    "resume",
    "outer",
    "resume",
    "out of two continuations",
  ]);
});

test("a trap is the same object all the way, and stays uncatchable", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const trapping = new Instance(store, new Module(engine, await parseText('(module (func (export "f") unreachable))')));
  let first: unknown;
  const call = (): void => {
    try {
      trapping.call("f");
    } catch (error) {
      first = error;
      throw error;
    }
  };
  const outer = `(module (import "host" "call" (func $call))
    (func (export "f") (block (try_table (catch_all 0) (call $call)))))`;
  const instance = new Instance(store, new Module(engine, await parseText(outer)), { host: { call } });
  let second: unknown;
  try {
    instance.call("f");
  } catch (error) {
    second = error;
  }
  expect(first).toBeInstanceOf(Trap);
  expect(first).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(second).toBe(first);
});
