/** Stores and engines next to one another: none notices another, and what is mixed up is an error. */
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
  Table,
  Tag,
  WrongStoreError,
} from "../../../runtime/index.ts";

const GENERATOR = `(module
  (type $f (func (param i32))) (type $c (cont $f)) (type $r (func)) (type $cr (cont $r))
  (tag $yield (param i32))
  (import "env" "use" (func $use (param i32)))
  (func $count (type $f) (loop $l (suspend $yield (local.get 0)) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (elem declare func $count)
  (func (export "sum") (param $n i32) (result i32) (local $c (ref null $cr)) (local $v i32) (local $sum i32)
    (local.set $c (cont.bind $c $cr (local.get $n) (cont.new $c (ref.func $count))))
    (loop $next
      (block $on (result i32 (ref $cr)) (resume $cr (on $yield $on) (local.get $c)) (return (local.get $sum)))
      (local.set $c) (local.set $v)
      (call $use (local.get $v))
      (local.set $sum (i32.add (local.get $sum) (local.get $v)))
      (br $next))
    (unreachable)))`;

const OBJECTS = `(module
  (import "m" "x" (func $x)) (export "x" (func $x))
  (func $f (export "f") (result i32) (i32.const 1))
  (func (export "take") (param funcref))
  (table (export "t") 2 funcref) (memory (export "memory") 1) (global (export "g") (mut funcref) (ref.null func)) (tag (export "tag")))`;

const WANTS = {
  function: `(module (import "m" "x" (func (result i32))))`,
  table: `(module (import "m" "x" (table 1 funcref)))`,
  memory: `(module (import "m" "x" (memory 1)))`,
  global: `(module (import "m" "x" (global (mut funcref))))`,
  tag: `(module (import "m" "x" (tag)))`,
} as const;

describe.each<[string, EngineOptions]>([
  ["lowered modules", { lowering: "all" }],
  ["modules that the host runs as they are", {}],
])("objects of another store: %s", (_, options) => {
  const engine = new Engine(options);

  async function objects(): Promise<Instance> {
    const linker = new Linker(engine).func("m", "x", { params: [], results: [] }, () => undefined);
    return linker.instantiate(new Store(engine), await Module.fromText(engine, OBJECTS));
  }

  test("cannot be imported", async () => {
    const { store, ...other } = { store: new Store(engine), instance: await objects() };
    for (const [kind, name] of [
      ["function", "f"],
      ["table", "t"],
      ["memory", "memory"],
      ["global", "g"],
      ["tag", "tag"],
    ] as const) {
      const module = await Module.fromText(engine, WANTS[kind]);
      const extern = other.instance.getExport(name);
      if (extern === undefined) throw new Error(`no export ${name}`);
      const message = 'import "m" "x" belongs to another store: objects of two stores cannot meet';
      const attempts = [
        () => new Instance(store, module, { m: { x: extern } }),
        () => new Instance(store, module, { m: { x: other.instance.exports[name] } }),
        () => new Linker(engine).define("m", "x", extern).instantiate(store, module),
      ];
      for (const attempt of attempts) {
        expect(attempt).toThrow(WrongStoreError);
        expect(attempt).toThrow(message);
      }
      // In its own store it can.
      expect(new Instance(other.instance.store, module, { m: { x: extern } })).toBeInstanceOf(Instance);
    }
  });

  test("but what an instance only passes on belongs to nobody: a tag of the host's, a shared memory", async () => {
    const text = `(module
      (tag (export "jstag") (import "m" "jstag") (param externref))
      (memory (export "given") (import "m" "memory") 1 1 shared)
      (memory (export "own") 1 1 shared))`;
    const module = await Module.fromText(engine, text);
    const { JSTag } = WebAssembly as unknown as { JSTag?: WebAssembly.Tag };
    const jstag = JSTag ?? new WebAssembly.Tag({ parameters: ["externref"] });
    const prototype: unknown = Object.getPrototypeOf(jstag);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const first = new Instance(new Store(engine), module, { m: { jstag, memory } });
    if (JSTag !== undefined) expect(Object.getPrototypeOf(jstag)).toBe(prototype);
    for (const name of ["given", "own"]) {
      const imports = { m: { jstag: first.exports["jstag"], memory: first.exports[name] } };
      expect(new Instance(new Store(engine), module, imports)).toBeInstanceOf(Instance);
    }
  });

  test("cannot be arguments, elements or values", async () => {
    const [a, b] = [await objects(), await objects()];
    const f = b.getFunc("f");
    expect(() => a.call("take", f)).toThrow(WrongStoreError);
    expect(() => a.call("take", b.exports["f"])).toThrow(WrongStoreError);
    expect(() => a.getTable("t")?.set(0, f)).toThrow(WrongStoreError);
    expect(() => a.getTable("t")?.grow(1, f)).toThrow(WrongStoreError);
    expect(() => a.getGlobal("g")?.set(f)).toThrow(WrongStoreError);
    expect(() => new Table(a.store, { element: "funcref", minimum: 1 }, f)).toThrow(WrongStoreError);
    expect(() => new Global(a.store, { value: "funcref", mutable: true }, f)).toThrow(WrongStoreError);
    const tag = new Tag(a.store, { params: ["funcref"], results: [] });
    expect(() => new Exception(tag, [f])).toThrow(WrongStoreError);
    // Nothing has happened to the store.
    a.getTable("t")?.set(0, a.getFunc("f"));
    expect(a.call("f")).toBe(1);
  });

  test("made by the host, belong to the store that they were made for", async () => {
    const [a, b] = [new Store(engine), new Store(engine)];
    const func = new Func(a, { params: [], results: ["i32"] }, () => 1);
    const memory = new Memory(a, { minimum: 1 });
    for (const [kind, extern] of [
      ["function", func],
      ["memory", memory],
    ] as const) {
      const module = await Module.fromText(engine, WANTS[kind]);
      expect(() => new Instance(b, module, { m: { x: extern } })).toThrow(WrongStoreError);
      expect(new Instance(a, module, { m: { x: extern } })).toBeInstanceOf(Instance);
    }
  });

  test("but shared memories are there to be shared", async () => {
    const [a, b] = [new Store(engine), new Store(engine)];
    const memory = new Memory(a, { minimum: 1, maximum: 1, shared: true });
    const module = await Module.fromText(
      engine,
      `(module (import "m" "x" (memory 1 1 shared)) (func (export "at") (result i32) (i32.load8_u (i32.const 3))))`,
    );
    const instances = [a, b].map((store) => new Instance(store, module, { m: { x: memory } }));
    memory.data[3] = 9;
    expect(instances.map((instance) => instance.call("at"))).toEqual([9, 9]);
    expect(memory.readString(3, 1)).toBe("\t");
  });
});

test("a module belongs to its engine", async () => {
  const [a, b] = [new Engine(), new Engine()];
  const module = await Module.fromText(a, "(module)");
  expect(() => new Instance(new Store(b), module)).toThrow(/another engine than the store's/);
  expect(() => new Linker(b).instantiatePre(module)).toThrow(/another engine than the linker's/);
});

describe("two engines with different configuration in one thread", () => {
  const CONFIGURATIONS: readonly EngineOptions[] = [
    {},
    { chaos: 1 },
    { chaos: 99 },
    { lowering: "all" },
    { lowering: "stack-switching-only" },
    { resumeCopies: "on-demand" },
  ];

  /** A store whose guest calls back for each value that is yielded. */
  async function guest(options: EngineOptions, use: (value: number) => void) {
    const engine = new Engine(options);
    const linker = new Linker<number>(engine).func("env", "use", { params: ["i32"], results: [] }, use);
    return linker.instantiate(new Store(engine, 0), await Module.fromText(engine, GENERATOR));
  }

  test("do not notice each other while their guests take turns", async () => {
    for (const outer of CONFIGURATIONS) {
      for (const inner of CONFIGURATIONS) {
        const seen: number[] = [];
        const nested = await guest(inner, (value) => seen.push(value));
        // For each value of the one guest, the other runs from beginning to end.
        const sums: unknown[] = [];
        const outermost = await guest(outer, (value) => sums.push(nested.call("sum", value)));
        expect(outermost.call("sum", 4)).toBe(10);
        expect(sums).toEqual([10, 6, 3, 1]);
        expect(seen).toEqual([4, 3, 2, 1, 3, 2, 1, 2, 1, 1]);
      }
    }
  });

  test("nor do the stores of one engine", async () => {
    const engine = new Engine();
    const module = await Module.fromText(engine, GENERATOR);
    const order: string[] = [];
    let depth = 0;
    const linker: Linker<string> = new Linker<string>(engine).funcWithCaller(
      "env",
      "use",
      { params: ["i32"], results: [] },
      (caller, value) => {
        order.push(caller.data + value);
        if (++depth === 2) b.call("sum", 2);
      },
    );
    const a = linker.instantiate(new Store(engine, "a"), module);
    const b = linker.instantiate(new Store(engine, "b"), module);
    expect(a.call("sum", 3)).toBe(6);
    expect(order).toEqual(["a3", "a2", "b2", "b1", "a1"]);
  });
});
