/** Which modules an engine lowers. */
import { describe, expect, test } from "@jest/globals";
import { Engine, Func, Instance, LinkError, type Lowering, Module, Store, Table } from "../../../runtime/index.ts";

const PLAIN = `(module (func (export "f") (result i32) (i32.const 1)))`;
/** Calls through a table that others can see. */
const INDIRECT = `(module
  (type $f (func (result i32)))
  (table (export "t") 4 funcref) (elem (i32.const 0) $one)
  (func $one (result i32) (i32.const 1))
  (func (export "call") (param i32) (result i32) (i32.add (i32.const 100) (call_indirect (type $f) (local.get 0)))))`;
/** Passes function references across its boundary. */
const PASSING = `(module (func (export "f") (param funcref)))`;

test.each<[string, Lowering, boolean]>([
  [PLAIN, "auto", false],
  [PLAIN, "all", true],
  [PLAIN, "stack-switching-only", false],
  [INDIRECT, "auto", true],
  [INDIRECT, "all", true],
  [INDIRECT, "stack-switching-only", false],
  [PASSING, "auto", true],
  [PASSING, "stack-switching-only", true],
])("%s: lowering %s", async (text, lowering, isLowered) => {
  expect((await Module.fromText(new Engine({ lowering }), text)).alwaysLowered).toBe(isLowered);
});

test("an option that does not exist is refused", () => {
  expect(() => new Engine({ lowering: "some" as never })).toThrow(/^lowering must be one of auto, all/);
  expect(() => new Engine({ fuel: { "i32.plus": 1 } as never })).toThrow(/no instruction is called "i32.plus"/);
  expect(() => new Engine({ fuel: { nop: -1 } })).toThrow(/whole number/);
  expect(() => new Engine({ fuel: true, backend: "native" })).toThrow(TypeError);
});

describe("a module left to the host", () => {
  const engine = new Engine({ lowering: "stack-switching-only" });
  const HOLDER = `(module
    (type $f (func (result i32))) (type $c (cont $f))
    (func (export "nine") (result i32) (i32.const 9)) (global (ref null $c) (ref.null $c)))`;

  async function instantiate(store: Store, text: string, m: Record<string, unknown> = {}): Promise<Instance> {
    return new Instance(store, await Module.fromText(engine, text), { m });
  }

  test("calls through its tables at the host's speed, and takes functions that cannot suspend", async () => {
    const store = new Store(engine);
    const instance = await instantiate(store, INDIRECT);
    const other = await instantiate(store, PLAIN);
    instance.getTable("t")?.set(1, other.getFunc("f"));
    instance.getTable("t")?.set(2, new Func(store, { params: [], results: ["i32"] }, () => 3));
    expect([0, 1, 2].map((i) => instance.call("call", i))).toEqual([101, 101, 103]);
  });

  test("takes no function that may suspend", async () => {
    const store = new Store(engine);
    const instance = await instantiate(store, INDIRECT);
    const nine = (await instantiate(store, HOLDER)).getFunc("nine");
    expect(() => instance.getTable("t")?.set(1, nine)).toThrow(/belongs to a module that is left to the host/);
    expect(() => instance.getTable("t")?.grow(1, nine)).toThrow(TypeError);
    expect(instance.call("call", 0)).toBe(101);
  });

  test("lends its tables to no module that is lowered", async () => {
    const store = new Store(engine);
    const instance = await instantiate(store, INDIRECT);
    const importer = `(module (import "m" "t" (table 1 funcref)) (type $f (func)) (global (ref null cont) (ref.null cont)))`;
    const attempt = instantiate(store, importer, { t: instance.getTable("t") });
    await expect(attempt).rejects.toThrow(LinkError);
    await expect(attempt).rejects.toThrow(/belongs to a module that is left to the host/);
  });

  test("is lowered after all if it imports a table of a lowered module", async () => {
    const store = new Store(engine);
    const holder = await instantiate(
      store,
      `${HOLDER.slice(0, -1)} (table (export "t") 4 funcref) (elem (i32.const 0) 0))`,
    );
    const instance = await instantiate(
      store,
      `(module (type $f (func (result i32))) (import "m" "t" (table 4 funcref))
        (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))`,
      { t: holder.getTable("t") },
    );
    expect(instance.call("call", 0)).toBe(9);
    expect(store.functions.isWrapper(instance.getFunc("call")?.reference)).toBe(true);
  });

  test("and a table of the host's takes sides when it is used first", async () => {
    const store = new Store(engine);
    const table = new Table(store, { element: "funcref", minimum: 4 });
    const text = `(module (type $f (func (result i32))) (import "m" "t" (table 4 funcref))
        (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))`;
    await instantiate(store, text, { t: table });
    const nine = (await instantiate(store, HOLDER)).getFunc("nine");
    expect(() => table.set(0, nine)).toThrow(/left to the host/);
    const other = new Table(store, { element: "funcref", minimum: 4 });
    other.set(0, nine);
    expect((await instantiate(store, text, { t: other })).call("call", 0)).toBe(9);
  });
});
