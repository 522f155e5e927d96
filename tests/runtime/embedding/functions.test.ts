/** Functions of the embedding API: untyped and typed calls, host functions, references. */
import { describe, expect, test } from "@jest/globals";
import {
  type Caller,
  Engine,
  type EngineOptions,
  Func,
  Instance,
  LinkError,
  Linker,
  Module,
  Store,
  Table,
  Trap,
  TypeMismatchError,
} from "../../../runtime/index.ts";

const ARITHMETIC = `(module
  (type $callback (func (param i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "mix") (param i32 i64) (result f64) (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1))))
  (func (export "pair") (param i64) (result i64 i32) (local.get 0) (i32.const 1))
  (func (export "nothing"))
  (func (export "trap") unreachable)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (table (export "table") 3 funcref) (elem (i32.const 0) $double)
  (func (export "double") (result funcref) (ref.func $double))
  (func (export "apply") (param funcref i32) (result i32)
    (table.set (i32.const 1) (local.get 0)) (call_indirect (type $callback) (local.get 1) (i32.const 1)))
  (func (export "five") (param i32 i32 i32 i32 i32) (result i32) (local.get 4))
  (func (export "three") (param i32 i32 i32) (result i32) (local.get 2))
  (func (export "external") (param externref) (result externref) (local.get 0)))`;

const CALLER = `(module
  (import "env" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1) (data (i32.const 8) "hello")
  (func (export "run") (call $log (i32.const 8) (i32.const 5))))`;

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each<[string, EngineOptions]>([
  ["by default", {}],
  ["all modules lowered", { lowering: "all" }],
  ["under chaos", { chaos: 3 }],
])("%s", (_, options) => {
  const engine = new Engine(options);

  async function instantiate(text: string): Promise<Instance> {
    return new Instance(new Store(engine), await Module.fromText(engine, text));
  }

  function func(instance: Instance, name: string): Func {
    const found = instance.getFunc(name);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  }

  test("untyped calls: one result, none, several", async () => {
    const instance = await instantiate(ARITHMETIC);
    expect(func(instance, "add").call(1, 2)).toBe(3);
    expect(func(instance, "mix").call(1, 2n)).toBe(3);
    expect(func(instance, "nothing").call()).toBeUndefined();
    expect(func(instance, "pair").call(-1n)).toEqual([-1n, 1]);
    expect(instance.call("add", 4, 5)).toBe(9);
    const list = [1, 2];
    expect(func(instance, "external").call(list)).toBe(list);
  });

  test.each([
    ["add", [1], "the function takes 2 arguments, but 1 were given"],
    ["add", [1, 2, 3], "the function takes 2 arguments, but 3 were given"],
    ["add", [1, 2.5], "argument 2 must be an i32 (an integer from -2147483648 to 4294967295), not 2.5"],
    ["add", [2 ** 32, 1], "argument 1 must be an i32 (an integer from -2147483648 to 4294967295), not 4294967296"],
    ["add", ["1", 1], 'argument 1 must be an i32 (an integer from -2147483648 to 4294967295), not "1"'],
    ["mix", [1, 1], "argument 2 must be an i64 (a bigint from -2^63 to 2^64 - 1), not 1"],
    ["mix", [1, 2n ** 64n], "argument 2 must be an i64 (a bigint from -2^63 to 2^64 - 1), not 18446744073709551616n"],
    ["apply", [{}, 1], "argument 1 must be a Func, not an object of class Object"],
  ])("arguments are checked: %s %s", async (name, args, message) => {
    const instance = await instantiate(ARITHMETIC);
    const error = caught(() => instance.call(name, ...args));
    expect(error).toBeInstanceOf(TypeMismatchError);
    expect((error as Error).message).toBe(message);
    expect(instance.call("add", 1, 1)).toBe(2);
  });

  test("typed calls have the types of the signature", async () => {
    const instance = await instantiate(ARITHMETIC);
    const add: (a: number, b: number) => number = func(instance, "add").typed({
      params: ["i32", "i32"],
      results: ["i32"],
    });
    expect(add(20, 22)).toBe(42);
    const mix: (a: number, b: bigint) => number = instance.getTypedFunc("mix", {
      params: ["i32", "i64"],
      results: ["f64"],
    });
    expect(mix(1, 41n)).toBe(42);
    const pair: (a: bigint) => [bigint, number] = instance.getTypedFunc("pair", {
      params: ["i64"],
      results: ["i64", "i32"],
    });
    expect(pair(7n)).toEqual([7n, 1]);
    const nothing: () => void = instance.getTypedFunc("nothing", { params: [], results: [] });
    expect(nothing()).toBeUndefined();
    const three = instance.getTypedFunc("three", { params: ["i32", "i32", "i32"], results: ["i32"] });
    const five = instance.getTypedFunc("five", { params: ["i32", "i32", "i32", "i32", "i32"], results: ["i32"] });
    expect([three(1, 2, 3), five(1, 2, 3, 4, 5)]).toEqual([3, 5]);
    // @ts-expect-error an i64 is a bigint
    expect(() => mix(1, 41)).toThrow(TypeError);
  });

  test("a signature that is wrong is refused once, with both", async () => {
    const instance = await instantiate(ARITHMETIC);
    const error = caught(() => instance.getTypedFunc("add", { params: ["i32"], results: ["i32"] }));
    expect(error).toBeInstanceOf(TypeMismatchError);
    expect((error as Error).message).toBe("the function is not of type [i32] -> [i32], but [i32 i32] -> [i32]");
    expect(() => instance.getTypedFunc("none", { params: [], results: [] })).toThrow(TypeMismatchError);
    expect(instance.getFunc("none")).toBeUndefined();
    expect(instance.getFunc("table")).toBeUndefined();
  });

  test("traps are typed, and the store goes on", async () => {
    const instance = await instantiate(ARITHMETIC);
    const trap = instance.getTypedFunc("trap", { params: [], results: [] });
    for (const call of [() => instance.call("trap"), trap]) {
      expect(caught(call)).toBeInstanceOf(Trap);
      expect(caught(call)).toMatchObject({ code: "unreachable", message: "unreachable" });
    }
    expect(instance.call("add", 1, 2)).toBe(3);
  });

  test("functions come and go as references", async () => {
    const instance = await instantiate(ARITHMETIC);
    const double = func(instance, "double").call();
    expect(double).toBeInstanceOf(Func);
    expect((double as Func).call(21)).toBe(42);
    expect(instance.getTable("table")?.get(0)).toBe(double);
    expect(func(instance, "apply").call(double, 5)).toBe(10);
    const apply = instance.getTypedFunc("apply", { params: ["funcref", "i32"], results: ["i32"] });
    expect(apply(double as Func, 6)).toBe(12);
    const typed = (double as Func).typed({ params: ["i32"], results: ["i32"] });
    expect(typed(4)).toBe(8);
    expect(() => (double as Func).typed({ params: ["i64"], results: ["i32"] })).toThrow(TypeMismatchError);
  });

  test("a host function can be called, imported, and passed as a reference", async () => {
    const instance = await instantiate(ARITHMETIC);
    const square = new Func(instance.store, { params: ["i32"], results: ["i32"] }, (n: number) => n * n);
    expect(square.call(5)).toBe(25);
    expect(square.typed({ params: ["i32"], results: ["i32"] })(6)).toBe(36);
    expect(func(instance, "apply").call(square, 7)).toBe(49);
    instance.getTable("table")?.set(2, square);
    expect(instance.getTable("table")?.get(2)).toBe(square);
    const module = await Module.fromText(
      engine,
      `(module (import "m" "f" (func $f (param i32) (result i32))) (func (export "g") (result i32) (call $f (i32.const 3))))`,
    );
    expect(new Instance(instance.store, module, { m: { f: square } }).call("g")).toBe(9);
  });

  test("a host function of another type is refused when it is linked", async () => {
    const store = new Store(engine);
    const module = await Module.fromText(engine, CALLER);
    const log = new Func(store, { params: ["i32"], results: [] }, () => undefined);
    const error = caught(() => new Instance(store, module, { env: { log } }));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ module: "env", field: "log" });
    expect((error as Error).message).toBe(
      'incompatible import type (import "env" "log": a function of type [i32] -> [] for one of type [i32 i32] -> [])',
    );
  });

  test("host functions see references as Funcs", async () => {
    const seen: unknown[] = [];
    const linker = new Linker(engine).func("m", "f", { params: ["funcref"], results: ["funcref"] }, (f) => {
      seen.push(f?.call(1));
      return f;
    });
    const module = await Module.fromText(
      engine,
      `(module (import "m" "f" (func $f (param funcref) (result funcref)))
        (func $inc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))) (elem declare func $inc)
        (func (export "g") (result funcref) (call $f (ref.func $inc))))`,
    );
    const returned = linker.instantiate(new Store(engine), module).call("g");
    expect(seen).toEqual([2]);
    expect((returned as Func).call(41)).toBe(42);
  });

  test("a host function that is given its caller: data, memory, exports", async () => {
    const lines: string[] = [];
    let caller: Caller<{ prefix: string }> | undefined;
    const linker = new Linker<{ prefix: string }>(engine).funcWithCaller(
      "env",
      "log",
      { params: ["i32", "i32"], results: [] },
      (from, at, length) => {
        caller = from;
        lines.push(from.data.prefix + from.getMemory("memory")?.readString(at, length));
      },
    );
    const module = await Module.fromText(engine, CALLER);
    const store = new Store(engine, { prefix: "> " });
    const instance = linker.instantiate(store, module);
    instance.call("run");
    store.data.prefix = "# ";
    instance.call("run");
    expect(lines).toEqual(["> hello", "# hello"]);
    expect(caller?.instance).toBe(instance);
    expect(caller?.getExport("memory")).toBe(instance.getMemory("memory"));
    expect(caller?.getFunc("run")).toBe(instance.getFunc("run"));
    expect(caller?.getFunc("none")).toBeUndefined();
  });

  test("a function of a store can be given its caller as well; by reference, there is no calling instance", async () => {
    const store = new Store(engine, { count: 0 });
    const seen: unknown[] = [];
    const log = Func.withCaller(store, { params: ["i32", "i32"], results: [] }, (caller, at) => {
      caller.data.count += at;
      seen.push(caller.instance);
    });
    const instance = new Instance(store, await Module.fromText(engine, CALLER), { env: { log } });
    instance.call("run");
    log.call(1, 2);
    expect([store.data.count, seen]).toEqual([9, [instance, undefined]]);
  });

  test("each instance is its own caller", async () => {
    const seen: unknown[] = [];
    const linker = new Linker(engine).funcWithCaller(
      "env",
      "log",
      { params: ["i32", "i32"], results: [] },
      (caller) => {
        seen.push(caller.instance);
      },
    );
    const pre = linker.instantiatePre(await Module.fromText(engine, CALLER));
    const store = new Store(engine);
    const [a, b] = [pre.instantiate(store), pre.instantiate(store)];
    for (const instance of [a, b, a]) instance.call("run");
    expect(seen).toEqual([a, b, a]);
  });

  test("a start function's host functions see what the instance exports", async () => {
    const seen: unknown[] = [];
    const linker = new Linker(engine).funcWithCaller("env", "log", { params: ["i32"], results: [] }, (caller, at) => {
      seen.push(caller.getMemory("memory")?.readCString(at));
    });
    const module = await Module.fromText(
      engine,
      `(module (import "env" "log" (func $log (param i32))) (memory (export "memory") 1) (data (i32.const 4) "early\\00")
        (func $start (call $log (i32.const 4))) (start $start))`,
    );
    linker.instantiate(new Store(engine), module);
    expect(seen).toEqual(["early"]);
  });

  test("what a host function throws comes out as it was", async () => {
    const error = new RangeError("mine");
    const linker = new Linker(engine).func("env", "log", { params: ["i32", "i32"], results: [] }, () => {
      throw error;
    });
    const instance = linker.instantiate(new Store(engine), await Module.fromText(engine, CALLER));
    expect(caught(() => instance.call("run"))).toBe(error);
  });

  test("a trap passes through a host function, and no guest can catch it", async () => {
    const store = new Store(engine);
    const inner = new Instance(store, await Module.fromText(engine, `(module (func (export "trap") unreachable))`));
    const trap = func(inner, "trap");
    const outer = new Instance(
      store,
      await Module.fromText(
        engine,
        `(module (import "m" "f" (func $f))
          (func (export "g") (result i32) (block $h (try_table (catch_all $h) (call $f))) (i32.const 1)))`,
      ),
      { m: { f: new Func(store, { params: [], results: [] }, () => trap.call()) } },
    );
    expect(caught(() => outer.call("g"))).toMatchObject({ code: "unreachable" });
  });

  test("a host function that returns a promise can be waited for through a table, too", async () => {
    const store = new Store(engine);
    const later = Func.async(store, { params: ["i32"], results: ["i32"] }, (n) => Promise.resolve(n + 1));
    const table = new Table(store, { element: "funcref", minimum: 1 }, later);
    const module = await Module.fromText(
      engine,
      `(module (import "m" "t" (table 1 funcref)) (func (export "f") (param i32) (result i32)
        (i32.mul (i32.const 10) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))))`,
    );
    const instance = new Instance(store, module, { m: { t: table } });
    expect(await instance.callAsync("f", [4])).toBe(50);
    expect(await later.callAsync([1])).toBe(2);
    expect(caught(() => instance.call("f", 4))).toMatchObject({ name: "SuspendError" });
  });

  test("a table of one's own", async () => {
    const store = new Store(engine);
    const table = new Table(store, { element: "funcref", minimum: 2, maximum: 5 });
    const one = new Func(store, { params: [], results: ["i32"] }, () => 1);
    table.set(0, one);
    expect([table.size, table.get(0), table.get(1)]).toEqual([2, one, null]);
    expect(table.grow(2, one)).toBe(2);
    expect(table.get(3)).toBe(one);
    expect(() => table.grow(2)).toThrow(RangeError);
    expect(() => table.get(9)).toThrow(RangeError);
    expect(() => table.set(0, 7)).toThrow(TypeMismatchError);
    const module = await Module.fromText(
      engine,
      `(module (import "m" "t" (table 2 funcref)) (func (export "f") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))`,
    );
    expect(new Instance(store, module, { m: { t: table } }).call("f", 2)).toBe(1);
  });
});
