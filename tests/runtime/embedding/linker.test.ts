/** The linker: imports by name. */
import { describe, expect, test } from "@jest/globals";
import { Engine, Func, Global, Instance, LinkError, Linker, Memory, Module, Store } from "../../../runtime/index.ts";

const engine = new Engine();
const NOTHING = { params: [], results: [] } as const;

function text(source: string): Promise<Module> {
  return Module.fromText(engine, source);
}

const PRINTER = `(module
  (import "env" "print" (func $print (param i32)))
  (func (export "run") (call $print (i32.const 1)) (call $print (i32.const 2))))`;

const COUNTER = `(module
  (global $n (mut i32) (i32.const 0))
  (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`;

const USER = `(module
  (import "counter" "next" (func $next (result i32)))
  (func (export "twice") (result i32) (drop (call $next)) (call $next)))`;

test("functions belong to no store: one linker serves many", async () => {
  const printed: number[] = [];
  const linker = new Linker(engine).func("env", "print", { params: ["i32"], results: [] }, (n) => {
    printed.push(n);
  });
  const pre = linker.instantiatePre(await text(PRINTER));
  for (let i = 0; i < 3; i++) pre.instantiate(new Store(engine)).call("run");
  (await pre.instantiateAsync(new Store(engine))).call("run");
  expect(printed).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
});

test("the exports of an instance under a name", async () => {
  const store = new Store(engine);
  const linker = new Linker(engine);
  linker.instance("counter", linker.instantiate(store, await text(COUNTER)));
  const user = linker.instantiate(store, await text(USER));
  expect([user.call("twice"), user.call("twice")]).toEqual([2, 4]);
});

test("any kind of object", async () => {
  const store = new Store(engine);
  const linker = new Linker(engine)
    .define("m", "memory", new Memory(store, { minimum: 1 }))
    .define("m", "g", new Global(store, { value: "i32", mutable: false }, 8))
    .define("m", "f", new Func(store, { params: [], results: ["i32"] }, () => 9));
  const module = await text(`(module
    (import "m" "memory" (memory 1)) (import "m" "g" (global i32)) (import "m" "f" (func (result i32)))
    (func (export "sum") (result i32) (i32.add (global.get 0) (call 0))))`);
  expect(linker.instantiate(store, module).call("sum")).toBe(17);
  expect(() => linker.define("m", "js", (() => 0) as never)).toThrow(/are for func/);
  expect([...linker.definitions()].map(({ module: from, name }) => `${from}.${name}`)).toEqual([
    "m.memory",
    "m.g",
    "m.f",
  ]);
});

test("an unknown import is named with its kind", async () => {
  const linker = new Linker(engine);
  const attempt = async () => linker.instantiatePre(await text(PRINTER));
  await expect(attempt()).rejects.toThrow(LinkError);
  await expect(attempt()).rejects.toMatchObject({
    message: 'unknown import "env" "print" (function)',
    module: "env",
    field: "print",
  });
});

test("what is of another type is refused with both types", async () => {
  const linker = new Linker(engine).func("env", "print", { params: ["i64"], results: [] }, () => undefined);
  const module = await text(PRINTER);
  expect(() => linker.instantiate(new Store(engine), module)).toThrow(
    'incompatible import type (import "env" "print": a function of type [i64] -> [] for one of type [i32] -> [])',
  );
  const store = new Store(engine);
  const memory = new Linker(engine).define("env", "print", new Memory(store, { minimum: 1 }));
  expect(() => memory.instantiate(store, module)).toThrow(/^incompatible import type/);
});

test("a name is defined once, unless shadowing is allowed", async () => {
  const printed: string[] = [];
  const define = (linker: Linker, word: string) =>
    linker.func("env", "print", { params: ["i32"], results: [] }, (n) => {
      printed.push(word + n);
    });
  const linker = define(new Linker(engine), "a");
  expect(() => define(linker, "b")).toThrow('import "env" "print" is defined twice: see allowShadowing');
  const copy = linker.clone();
  define(linker.allowShadowing(true), "c");
  linker.instantiate(new Store(engine), await text(PRINTER)).call("run");
  copy.instantiate(new Store(engine), await text(PRINTER)).call("run");
  expect(printed).toEqual(["c1", "c2", "a1", "a2"]);
});

test("aliases of names and of modules", async () => {
  const linker = new Linker(engine).func("a", "f", { params: [], results: ["i32"] }, () => 3);
  linker.alias("a", "f", "b", "g").aliasModule("b", "c");
  const module = await text(`(module (import "c" "g" (func (result i32))) (export "g" (func 0)))`);
  expect(linker.instantiate(new Store(engine), module).call("g")).toBe(3);
  expect(() => linker.alias("a", "none", "b", "h")).toThrow('import "a" "none" is not defined');
});

describe("modules", () => {
  const REACTOR = `(module
    (global $n (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $n (i32.const 10)))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`;
  const COMMAND = `(module
    (global $n (mut i32) (i32.const 0)) (memory (export "memory") 1)
    (func (export "_start") (global.set $n (i32.const 5)))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`;

  test("a reactor is initialized, and keeps its state", async () => {
    const store = new Store(engine);
    const linker = new Linker(engine).module(store, "counter", await text(REACTOR));
    const user = linker.instantiate(store, await text(USER));
    expect([user.call("twice"), user.call("twice")]).toEqual([12, 14]);
  });

  test("a module that says nothing is a reactor", async () => {
    const store = new Store(engine);
    const linker = new Linker(engine).module(store, "counter", await text(COUNTER));
    expect(linker.instantiate(store, await text(USER)).call("twice")).toBe(2);
    expect(linker.getDefault(store, "counter").call()).toBeUndefined();
  });

  test("each call of a command is made on a new instance", async () => {
    const store = new Store(engine);
    const linker = new Linker(engine).module(store, "counter", await text(COMMAND));
    const user = linker.instantiate(store, await text(USER));
    expect([user.call("twice"), user.call("twice")]).toEqual([1, 1]);
    expect(linker.getDefault(store, "counter").call()).toBeUndefined();
    expect(linker.get("counter", "memory")).toBeUndefined();
  });

  test("commands export functions, and are no reactors", async () => {
    const linker = new Linker(engine);
    const store = new Store(engine);
    const both = await text(`(module (func (export "_start")) (func (export "_initialize")))`);
    expect(() => linker.module(store, "m", both)).toThrow("a module cannot export both _start and _initialize");
    const global = await text(`(module (func (export "_start")) (global (export "g") i32 (i32.const 0)))`);
    expect(() => linker.module(store, "m", global)).toThrow('import "m" "g": a command can only export functions');
  });
});

describe("unknown imports", () => {
  const MANY = `(module
    (import "a" "f" (func $f (param i32) (result i64))) (import "a" "h" (func $h (result i32 f64 externref)))
    (import "a" "known" (func $known (result i32)))
    (import "a" "g" (global $g (mut i32))) (import "a" "m" (memory 2)) (import "a" "t" (table 3 funcref))
    (import "a" "tag" (tag (param i32)))
    (func (export "known") (result i32) (call $known))
    (func (export "f") (result i64) (call $f (i32.const 1)))
    (func (export "h") (result i32 f64 externref) (call $h))
    (func (export "sizes") (result i32) (i32.add (i32.add (memory.size) (table.size 0)) (global.get $g))))`;

  test("as traps that say what is unknown, and that no guest can catch", async () => {
    const module = await text(`(module (import "env" "f" (func $f))
      (func (export "run") (block $h (try_table (catch_all $h) (call $f)))))`);
    const instance = new Linker(engine).defineUnknownImportsAsTraps(module).instantiate(new Store(engine), module);
    expect(() => instance.call("run")).toThrow('unknown import "env" "f"');
  });

  test("as default values", async () => {
    const module = await text(MANY);
    const store = new Store(engine);
    const linker = new Linker(engine).func("a", "known", { params: [], results: ["i32"] }, () => 4);
    const instance = linker.defineUnknownImportsAsDefaultValues(store, module).instantiate(store, module);
    expect(instance.call("known")).toBe(4);
    expect(instance.call("f")).toBe(0n);
    expect(instance.call("h")).toEqual([0, 0, null]);
    expect(instance.call("sizes")).toBe(5);
  });

  test("that have no default value", async () => {
    const module = await text(`(module (import "a" "f" (func (result (ref func)))))`);
    const linker = new Linker(engine);
    expect(() => linker.defineUnknownImportsAsDefaultValues(new Store(engine), module)).toThrow(
      'import "a" "f" has no default value',
    );
  });
});

test("start functions run when the instance is made", async () => {
  const calls: string[] = [];
  const linker = new Linker(engine).func("m", "f", NOTHING, () => {
    calls.push("start");
  });
  const module = await text(`(module (import "m" "f" (func $f)) (start $f))`);
  const pre = linker.instantiatePre(module);
  expect(calls).toEqual([]);
  pre.instantiate(new Store(engine));
  expect(calls).toEqual(["start"]);
  expect(new Instance(new Store(engine), await text("(module)")).exports).toEqual({});
});

test("a host function that returns a promise: the guest waits", async () => {
  const linker = new Linker(engine).funcAsync("m", "f", { params: ["i32"], results: ["i32"] }, async (n) => {
    await Promise.resolve();
    return n * 2;
  });
  const module = await text(`(module (import "m" "f" (func $f (param i32) (result i32)))
    (func (export "g") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))`);
  const instance = await linker.instantiateAsync(new Store(engine), module);
  const answers = await Promise.all([1, 2, 3].map((n) => instance.callAsync("g", [n])));
  expect(answers).toEqual([3, 5, 7]);
});
