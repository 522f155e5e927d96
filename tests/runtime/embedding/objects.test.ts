/** Memories, globals, tags and exceptions of the embedding API. */
import { describe, expect, test } from "@jest/globals";
import {
  Engine,
  type EngineOptions,
  Exception,
  Func,
  Global,
  Instance,
  Linker,
  Memory,
  Module,
  Store,
  Tag,
  TypeMismatchError,
} from "../../../runtime/index.ts";

const OBJECTS = `(module
  (import "m" "memory" (memory $m 1 4))
  (import "m" "counter" (global $c (mut i32)))
  (import "m" "limit" (global $limit i64))
  (memory $own (export "own") 1)
  (export "memory" (memory $m)) (export "counter" (global $c))
  (global (export "answer") i32 (i32.const 42))
  (global (export "last") (mut funcref) (ref.null func))
  (func $f (export "f") (result i32) (global.set $c (i32.add (global.get $c) (i32.const 1))) (i32.load8_u $m (i32.const 0)))
  (func (export "limit") (result i64) (global.get $limit))
  (func (export "grow") (drop (memory.grow $m (i32.const 1)))))`;

const THROWING = `(module
  (import "m" "tag" (tag $tag (param i32 f64)))
  (import "m" "fail" (func $fail))
  (tag $own (export "own") (param funcref))
  (func $self (export "throw own") (throw $own (ref.func $self)))
  (func (export "throw") (throw $tag (i32.const 7) (f64.const 0.5)))
  (func (export "catch") (result i32 f64)
    (block $h (result i32 f64) (try_table (catch $tag $h) (call $fail)) (unreachable))))`;

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
])("%s", (_, options) => {
  const engine = new Engine(options);

  async function objects() {
    const store = new Store(engine);
    const memory = new Memory(store, { minimum: 1, maximum: 4 });
    const counter = new Global(store, { value: "i32", mutable: true }, 5);
    const limit = new Global(store, { value: "i64", mutable: false }, 9n);
    const module = await Module.fromText(engine, OBJECTS);
    const instance = new Instance(store, module, { m: { memory, counter, limit } });
    return { store, memory, counter, limit, instance };
  }

  test("an object is the same, however it is reached", async () => {
    const { memory, counter, instance } = await objects();
    expect(instance.getMemory("memory")).toBe(memory);
    expect(instance.getGlobal("counter")).toBe(counter);
    expect(instance.getMemory("own")).toBe(instance.getExport("own"));
    expect(instance.getFunc("f")).toBe(instance.getFunc("f"));
    expect([...instance.externs()].map(([name, { kind }]) => [name, kind])).toEqual([
      ["own", "memory"],
      ["memory", "memory"],
      ["counter", "global"],
      ["answer", "global"],
      ["last", "global"],
      ["f", "function"],
      ["limit", "function"],
      ["grow", "function"],
    ]);
    expect([instance.getMemory("f"), instance.getTable("f"), instance.getTag("f")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("memories: views, reading and writing", async () => {
    const { memory, instance } = await objects();
    memory.data[0] = 77;
    expect(instance.call("f")).toBe(77);
    memory.write(10, new Uint8Array([1, 2, 3]));
    expect([...memory.read(9, 5)]).toEqual([0, 1, 2, 3, 0]);
    expect(memory.view.getUint16(10, true)).toBe(0x201);
    expect(memory.writeString(100, "grüße")).toBe(7);
    expect([memory.readString(100, 7), memory.readCString(100)]).toEqual(["grüße", "grüße"]);
  });

  test("memories: growing, by the host and by the guest, ends views", async () => {
    const { memory, instance } = await objects();
    expect([memory.size, memory.byteLength]).toEqual([1, 65536]);
    memory.data[0] = 5;
    expect(memory.grow(1)).toBe(1);
    instance.call("grow");
    expect([memory.size, memory.data.length, memory.data[0], memory.view.byteLength]).toEqual([3, 196608, 5, 196608]);
    expect(() => memory.grow(2)).toThrow(RangeError);
    expect(memory.size).toBe(3);
  });

  test.each([
    ["read", 65530, 7],
    ["read", -1, 1],
    ["read", 0.5, 1],
    ["read", 0, -1],
    ["readString", 65536, 1],
  ] as const)("memories: %s %d %d is out of bounds", async (method, offset, length) => {
    const { memory } = await objects();
    expect(() => memory[method](offset, length)).toThrow(/^out of bounds memory access/);
  });

  test("memories: nothing is written unless there is room for all", async () => {
    const { memory } = await objects();
    expect(() => memory.write(65535, new Uint8Array([1, 1]))).toThrow(RangeError);
    expect(memory.data[65535]).toBe(0);
    memory.data.fill(1);
    expect(() => memory.readCString(0)).toThrow(/no zero byte/);
  });

  test("globals: mutable, immutable, of references", async () => {
    const { counter, limit, instance } = await objects();
    instance.call("f");
    expect([counter.get(), instance.getGlobal("answer")?.get(), limit.get()]).toEqual([6, 42, 9n]);
    counter.set(1);
    instance.call("f");
    expect(counter.get()).toBe(2);
    expect(() => limit.set(1n)).toThrow(TypeMismatchError);
    expect(() => counter.set(1n)).toThrow(TypeMismatchError);
    expect(() => counter.set(1.5)).toThrow("the value must be an i32");
    const last = instance.getGlobal("last");
    const f = instance.getFunc("f");
    expect(last?.get()).toBeNull();
    last?.set(f);
    expect(last?.get()).toBe(f);
    expect(instance.call("limit")).toBe(9n);
  });

  test("exceptions out of a guest, with their payload", async () => {
    const { instance, tag } = await throwing(() => undefined);
    const error = caught(() => instance.call("throw"));
    expect(error).toBeInstanceOf(Exception);
    expect(error).toBeInstanceOf(WebAssembly.Exception);
    const exception = error as Exception;
    expect(exception.is(tag)).toBe(true);
    expect(exception.payload(tag)).toEqual([7, 0.5]);
    const own = instance.getTag("own");
    if (own === undefined) throw new Error("no tag");
    expect(exception.is(own)).toBe(false);
    expect(() => exception.payload(own)).toThrow(TypeError);
    const other = caught(() => instance.call("throw own")) as Exception;
    expect(other.payload(own)).toEqual([instance.getFunc("throw own")]);
  });

  test("exceptions into a guest", async () => {
    const { instance } = await throwing((tag) => {
      throw new Exception(tag, [3, 1.25]);
    });
    expect(instance.call("catch")).toEqual([3, 1.25]);
  });

  test("an exception stays the same on its way through", async () => {
    const { instance, tag } = await throwing((own) => {
      throw new Exception(new Tag(own.store, { params: [], results: [] }));
    });
    const error = caught(() => instance.call("catch"));
    expect(error).toBeInstanceOf(Exception);
    expect((error as Exception).is(tag)).toBe(false);
  });

  test("exceptions are checked when they are made", () => {
    const store = new Store(engine);
    const tag = new Tag(store, { params: ["i32"], results: [] });
    expect(() => new Exception(tag)).toThrow("the tag has 1 parameters, but 0 values were given");
    expect(() => new Exception(tag, ["x"])).toThrow(TypeMismatchError);
    const control = new Tag(store, { params: ["i32"], results: ["i64"] });
    expect(() => new Exception(control, [1])).toThrow("a tag with results cannot be thrown");
    expect(caught(() => null) instanceof Exception).toBe(false);
  });

  async function throwing(fail: (tag: Tag) => void) {
    const store = new Store(engine);
    const tag = new Tag(store, { params: ["i32", "f64"], results: [] });
    const module = await Module.fromText(engine, THROWING);
    const linker = new Linker(engine)
      .define("m", "tag", tag)
      .func("m", "fail", { params: [], results: [] }, () => fail(tag));
    return { instance: linker.instantiate(store, module), tag };
  }
});

test("functions of unknown type can be called, too", async () => {
  const engine = new Engine({ lowering: "all" });
  const module = await Module.fromText(
    engine,
    `(module (table (export "t") 1 funcref) (elem (i32.const 0) $f) (func $f (param i32) (result i32) (local.get 0)))`,
  );
  const func = new Instance(new Store(engine), module).getTable("t")?.get(0);
  expect(func).toBeInstanceOf(Func);
  expect((func as Func).call(5)).toBe(5);
});
