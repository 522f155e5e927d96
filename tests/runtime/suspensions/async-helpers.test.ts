/** Host functions that return promises: their guests wait, wherever they are, and the event loop runs meanwhile. */
import { describe, expect, test } from "@jest/globals";
import {
  AsyncFunction,
  Engine,
  type EngineOptions,
  Exception,
  Func,
  type Imports,
  Instance,
  Linker,
  Module,
  Store,
  SuspendError,
  Tag,
  Trap,
} from "../../../runtime/index.ts";
import { parseText } from "../../../wasm/text.ts";

/** A promise that is settled in a later task, so that the event loop has run. */
function later<T>(value: T, milliseconds = 0): Promise<T> {
  return new Promise((resolve) => void setTimeout(() => resolve(value), milliseconds));
}

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["normal", {}],
  ["chaos", { chaos: 7 }],
  ["metered", { epochs: true }],
];

async function instantiate(text: string, imports: Imports, options: EngineOptions = {}): Promise<Instance> {
  const engine = new Engine(options);
  return Instance.create(new Store(engine), new Module(engine, await parseText(text)), imports);
}

/** Calls of `get` from all sorts of places. */
const PLACES = `(module
  (type $get (func (param i32) (result i32)))
  (type $ct (cont $get))
  (type $box (struct (field (mut i32))))
  (import "env" "get" (func $get (type $get)))
  (tag $yield (param i32) (result i32))
  (table 1 funcref) (elem (i32.const 0) $get)
  (elem declare func $get $suspender $direct)

  (func $direct (export "direct") (type $get) (call $get (local.get 0)))
  (func (export "call_indirect") (type $get) (call_indirect (type $get) (local.get 0) (i32.const 0)))
  (func (export "call_ref") (type $get) (call_ref $get (local.get 0) (ref.func $get)))
  (func (export "tail call") (type $get) (return_call $get (local.get 0)))

  (func $down (param $depth i32) (param $x i32) (result i32)
    (if (result i32) (local.get $depth)
      (then (call $down (i32.sub (local.get $depth) (i32.const 1)) (local.get $x)))
      (else (call $get (local.get $x)))))
  (func (export "from depth 1000") (type $get) (call $down (i32.const 1000) (local.get 0)))

  (func (export "with references on the stack") (type $get) (local $box (ref null $box))
    (local.set $box (struct.new $box (i32.const 0)))
    (struct.set $box 0 (local.get $box) (call $get (local.get 0)))
    (struct.get $box 0 (local.get $box)))

  (func (export "inside a continuation") (type $get) (resume $ct (local.get 0) (cont.new $ct (ref.func $direct))))
  (func (export "as the continuation's function") (type $get) (resume $ct (local.get 0) (cont.new $ct (ref.func $get))))

  (func $suspender (type $get) (suspend $yield (call $get (local.get 0))))
  (func (export "before a suspend") (type $get)
    (block $on_yield (result i32 (ref $ct))
      (return (resume $ct (on $yield $on_yield) (local.get 0) (cont.new $ct (ref.func $suspender)))))
    (drop))
  (func (export "between suspend and resume") (type $get) (local $ct (ref null $ct))
    (block $on_yield (result i32 (ref $ct))
      (return (resume $ct (on $yield $on_yield) (local.get 0) (cont.new $ct (ref.func $suspender)))))
    (local.set $ct)
    (resume $ct (call $direct) (local.get $ct))))`;

describe.each(MODES)("%s", (_, options) => {
  const PLACE_NAMES = Array.from(PLACES.matchAll(/\(export "([^"]+)"\)/g), ([, name]) => name ?? "");

  test.each(PLACE_NAMES)("a guest waits: %s", async (name) => {
    let asked = 0;
    async function get(x: number): Promise<number> {
      asked++;
      return later(x * 2);
    }
    const instance = await instantiate(PLACES, { env: { get } }, options);
    const twice = name === "between suspend and resume";
    expect(await instance.callAsync(name, [21])).toBe(twice ? 84 : 42);
    expect(asked).toBe(twice ? 2 : 1);
  });

  test.each(PLACE_NAMES)("a rejection leaves the guest as it is: %s", async (name) => {
    const refused = new RangeError("refused");
    const get = async (): Promise<number> => later(0).then(() => Promise.reject(refused));
    const instance = await instantiate(PLACES, { env: { get } }, options);
    await expect(instance.callAsync(name, [1])).rejects.toBe(refused);
    await expect(instance.callAsync(name, [1])).rejects.toBe(refused);
  });

  test("a guest in which nothing can wait may be called so, too", async () => {
    const instance = await instantiate(
      `(module
        (type $f (func (param i32) (result i32)))
        (elem declare func $next)
        (func $next (type $f) (i32.add (local.get 0) (i32.const 1)))
        (func (export "f") (type $f) (call_ref $f (local.get 0) (ref.func $next)))
        (func (export "g") (result funcref) (ref.func $next))
        (func (export "trap") (drop (call_ref $f (i32.const 1) (ref.null $f)))))`,
      {},
      options,
    );
    expect(await instance.callAsync("f", [4])).toBe(5);
    expect(await instance.callAsync("g")).toBeInstanceOf(Func);
    await expect(instance.callAsync("trap")).rejects.toBeInstanceOf(Trap);
  });

  test("values of all types come back", async () => {
    const instance = await instantiate(
      `(module
        (type $box (struct (field i32)))
        (import "env" "f" (func $f (result i32 i64 f32 f64 externref)))
        (import "env" "box" (func $box (result (ref $box))))
        (import "env" "fn" (func $fn (result funcref)))
        (import "env" "nothing" (func $nothing))
        (table 1 funcref)
        (func (export "f") (result i32 i64 f32 f64 externref) (call $nothing) (call $f))
        (func (export "new box") (param i32) (result anyref) (struct.new $box (local.get 0)))
        (func (export "box") (result i32) (struct.get $box 0 (call $box)))
        (func (export "fn") (result i32) (table.set (i32.const 0) (call $fn)) (call_indirect (result i32) (i32.const 0)))
        (func (export "seven") (result i32) (i32.const 7)))`,
      {
        env: {
          f: async () => later([1, 2n ** 40n, 0.5, 0.1, "text"]),
          // A reference that cannot be null: while the guest is unwound, something has to take its place.
          box: async () => later(await instanceLater().call("new box", 5)),
          fn: async () => later(instanceLater().getFunc("seven")?.reference),
          nothing: async () => later(undefined),
        },
      },
      options,
    );
    function instanceLater(): Instance {
      return instance;
    }
    expect(await instance.callAsync("f")).toEqual([1, 2n ** 40n, 0.5, 0.1, "text"]);
    expect(await instance.callAsync("box")).toBe(5);
    expect(await instance.callAsync("fn")).toBe(7);
  });

  test("a result that does not convert is a TypeError for the guest", async () => {
    const instance = await instantiate(
      `(module (import "env" "f" (func $f (result i64)))
        (func (export "f") (result i64) (call $f))
        (func (export "caught") (result i32)
          (block $caught (try_table (catch_all $caught) (drop (call $f)))) (i32.const 1)))`,
      { env: { f: async () => later("no number") } },
      options,
    );
    await expect(instance.callAsync("f")).rejects.toThrow(SyntaxError);
    expect(await instance.callAsync("caught")).toBe(1);
  });

  test("guests catch a rejection: an exception by its tag, anything else as the host's", async () => {
    const engine = new Engine(options);
    const store = new Store(engine);
    const tag = new Tag(store, { params: ["i32"], results: [] });
    const text = `(module
      (import "env" "tag" (tag $tag (param i32)))
      (import "env" "f" (func $f (param i32)))
      (func (export "catch") (param i32) (result i32)
        (block $tagged (result i32)
          (block $any
            (try_table (catch $tag $tagged) (catch_all $any) (call $f (local.get 0)))
            (return (i32.const -1)))
          (i32.const -2))))`;
    async function f(x: number): Promise<void> {
      await later(0);
      if (x === 1) throw new Exception(tag, [42]);
      if (x === 2) throw new Error("any other");
    }
    const instance = new Instance(store, new Module(engine, await parseText(text)), { env: { tag, f } });
    expect(await instance.callAsync("catch", [0])).toBe(-1);
    expect(await instance.callAsync("catch", [1])).toBe(42);
    expect(await instance.callAsync("catch", [2])).toBe(-2);
  });

  test("a helper that returns no promise costs no turn of the event loop", async () => {
    const instance = await instantiate(PLACES, { env: { get: new AsyncFunction((x: number) => x + 1) } }, options);
    // So it may also be called synchronously.
    expect(instance.call("inside a continuation", 1)).toBe(2);
    expect(await instance.callAsync("direct", [1])).toBe(2);
  });

  test("a helper may call back into the store, synchronously and asynchronously", async () => {
    const instance = await instantiate(
      `(module
        (import "env" "outer" (func $outer (param i32) (result i32)))
        (import "env" "inner" (func $inner (param i32) (result i32)))
        (func (export "outer") (param i32) (result i32) (i32.add (i32.const 1) (call $outer (local.get 0))))
        (func (export "inner") (param i32) (result i32) (i32.add (i32.const 10) (call $inner (local.get 0))))
        (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))`,
      {
        env: {
          outer: async (x: number): Promise<unknown> => {
            const doubled = theInstance().call("double", x);
            const first = theInstance().callAsync("inner", [doubled]);
            return first.then(() => theInstance().callAsync("inner", [x]));
          },
          inner: async (x: number) => later(x),
        },
      },
      options,
    );
    function theInstance(): Instance {
      return instance;
    }
    expect(await instance.callAsync("outer", [1])).toBe(12);
  });

  test("start functions wait", async () => {
    const seen: string[] = [];
    const instance = await instantiate(
      `(module (import "env" "wait" (func $wait (result i32)))
        (global $g (export "g") (mut i32) (i32.const 0))
        (func $start (global.set $g (call $wait)))
        (start $start))`,
      {
        env: {
          wait: async () => {
            await later(0);
            seen.push("waited");
            return 5;
          },
        },
      },
      options,
    );
    expect(seen).toEqual(["waited"]);
    expect(instance.getGlobal("g")?.get()).toBe(5);
  });

  test("an AbortSignal cancels a call where it waits", async () => {
    const instance = await instantiate(
      `(module
        (import "env" "sleep" (func $sleep (param i32)))
        (global (export "cleaned up") (mut i32) (i32.const 0))
        (func $cleanup (export "sleep") (param i32)
          (block $caught (result exnref)
            (try_table (catch_all_ref $caught) (call $sleep (local.get 0)))
            (return))
          (global.set 0 (i32.const 1))
          ;; Cleaning up may wait itself.
          (call $sleep (i32.const 1))
          (global.set 0 (i32.const 2))
          (throw_ref)))`,
      { env: { sleep: async (ms: number) => (ms < 0 ? new Promise(() => {}) : later(undefined, ms)) } },
      options,
    );
    const controller = new AbortController();
    const call = instance.callAsync("sleep", [-1], { signal: controller.signal });
    const other = instance.callAsync("sleep", [5]);
    setTimeout(() => controller.abort(), 1);
    const thrown: unknown = await call.catch((error: unknown) => error);
    expect(thrown).toBe(controller.signal.reason);
    expect((thrown as Error).name).toBe("AbortError");
    expect(instance.getGlobal("cleaned up")?.get()).toBe(2);
    expect(await other).toBeUndefined();
    // A signal that is aborted already: the guest does not even start.
    await expect(instance.callAsync("sleep", [1], { signal: controller.signal })).rejects.toBe(
      controller.signal.reason,
    );
  });

  test("host functions learn that the call they work for is cancelled", async () => {
    const engine = new Engine(options);
    const seen: (AbortSignal | undefined)[] = [];
    const linker = new Linker(engine).funcAsyncWithCaller("env", "sleep", { params: [], results: [] }, ({ signal }) => {
      seen.push(signal);
      return new Promise<void>((_, reject) => {
        if (signal === undefined) setTimeout(reject, 1, new Error("cleaned up"));
        else signal.addEventListener("abort", () => reject(new Error("nobody waits for this")));
      });
    });
    const module = await Module.fromText(
      engine,
      `(module (import "env" "sleep" (func $sleep))
        (func (export "run")
          (block $caught (try_table (catch_all $caught) (call $sleep)))
          (call $sleep)))`,
    );
    const instance = linker.instantiate(new Store(engine), module);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    await expect(instance.callAsync("run", [], { signal: controller.signal })).rejects.toThrow("cleaned up");
    expect(seen).toEqual([controller.signal, undefined]);
    await expect(instance.callAsync("run")).rejects.toThrow("cleaned up");
    expect(seen.slice(2)).toEqual([undefined, undefined]);
  });

  test("an abort while the guest runs is noticed where it would wait next", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const instance = await instantiate(
      `(module (import "env" "abort" (func $abort)) (import "env" "sleep" (func $sleep))
        (func (export "run") (call $abort) (call $sleep)))`,
      { env: { abort: () => controller.abort(reason), sleep: async () => later(undefined) } },
      options,
    );
    await expect(instance.callAsync("run", [], { signal: controller.signal })).rejects.toBe(reason);
  });

  test("a guest that traps after it has waited leaves the store usable", async () => {
    const instance = await instantiate(
      `(module (import "env" "sleep" (func $sleep))
        (type $f (func)) (type $c (cont $f))
        (func $trap (call $sleep) (unreachable))
        (elem declare func $trap)
        (func (export "trap") (resume $c (cont.new $c (ref.func $trap))))
        (func (export "one") (result i32) (call $sleep) (i32.const 1)))`,
      { env: { sleep: async () => later(undefined) } },
      options,
    );
    const trapped = instance.callAsync("trap");
    const fine = instance.callAsync("one");
    await expect(trapped).rejects.toThrow(Trap);
    expect(await fine).toBe(1);
    expect(await instance.callAsync("one")).toBe(1);
  });
});

test("a linker defines asynchronous functions", async () => {
  const engine = new Engine();
  const linker = new Linker(engine);
  linker.funcAsync("env", "get", { params: ["i32"], results: ["i32"] }, (x: number) => later(x + 1));
  const module = new Module(engine, await parseText(PLACES));
  const instance = linker.instantiate(new Store(engine), module);
  expect(await instance.callAsync("inside a continuation", [1])).toBe(2);
  const get = instance.getFunc("direct")?.typedAsync({ params: ["i32"], results: ["i32"] });
  expect(await get?.(2)).toBe(3);
});

test("an asynchronous function is unknown to modules that are not lowered otherwise: they are, then", async () => {
  const engine = new Engine();
  const text = `(module (import "m" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))`;
  const module = new Module(engine, await parseText(text));
  const plain = new Instance(new Store(engine), module, { m: { f: () => 1 } });
  expect(plain.call("g")).toBe(1);
  const waiting = new Instance(new Store(engine), module, { m: { f: async () => later(2) } });
  expect(await waiting.callAsync("g")).toBe(2);
  expect(await plain.callAsync("g")).toBe(1);
});

test("under a synchronous call a promise is an error that names the function", async () => {
  const instance = await instantiate(PLACES, { env: { get: async (x: number) => later(x) } });
  for (const name of ["direct", "inside a continuation", "call_indirect"]) {
    expect(() => instance.call(name, 1)).toThrow(SuspendError);
    expect(() => instance.call(name, 1)).toThrow(/env\.get returned a promise/);
  }
  expect(await instance.callAsync("direct", [1])).toBe(1);
});
