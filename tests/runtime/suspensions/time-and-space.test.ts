/** What a store lets its guests have: fuel, time, and space. */
import { describe, expect, test } from "@jest/globals";
import {
  Engine,
  type EngineOptions,
  type Func,
  Instance,
  Memory,
  Module,
  ResourceLimitError,
  Store,
  Trap,
} from "../../../runtime/index.ts";
import { parseText } from "../../../wasm/text.ts";

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["normal", {}],
  ["chaos", { chaos: 11 }],
];

const BUSY = `(module
  (type $ft (func (param i32) (result i32)))
  (type $ct (cont $ft))
  (elem declare func $sum)
  ;; n + (n - 1) + ... + 1
  (func $sum (export "sum") (type $ft) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get 0)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))
  (func (export "sum in a continuation") (type $ft) (resume $ct (local.get 0) (cont.new $ct (ref.func $sum))))
  (func (export "forever") (loop $forever (br $forever)))
  (func $deeper (export "recurse") (call $deeper)))`;

const SUMS = ["sum", "sum in a continuation"] as const;

async function instantiate(options: EngineOptions, text: string = BUSY): Promise<Instance> {
  const engine = new Engine(options);
  return new Instance(new Store(engine), new Module(engine, await parseText(text)));
}

function func(instance: Instance, name: string): Func {
  return instance.getFunc(name) as Func;
}

/** The sum from 1 to n, as an i32. */
function sum(n: number): number {
  return Number(BigInt.asIntN(32, (BigInt(n) * BigInt(n + 1)) / 2n));
}

describe.each(MODES)("%s: fuel", (_, mode) => {
  test("is used up by what runs, and by nothing else", async () => {
    const instance = await instantiate({ ...mode, fuel: true });
    const { store } = instance;
    store.fuel = 100_000n;
    instance.call("sum", 10);
    const used = 100_000n - store.fuel;
    instance.call("sum", 20);
    const more = 100_000n - store.fuel - used;
    // Nine instructions in each turn of the loop, and one behind it.
    expect([used, more]).toEqual([91n, 181n]);
  });

  test("costs can be given, by instruction", async () => {
    const cheap = await instantiate({ ...mode, fuel: { "i32.add": 100 } });
    cheap.store.fuel = 100_000n;
    cheap.call("sum", 10);
    expect(100_000n - cheap.store.fuel).toBe(91n + 10n * 99n);
  });

  test.each(SUMS)("a guest without fuel traps, and the store stays usable: %s", async (name) => {
    const instance = await instantiate({ ...mode, fuel: true });
    const { store } = instance;
    expect(store.fuel).toBe(0n);
    expect(() => instance.call(name, 10)).toThrow("all fuel consumed");
    store.fuel = 500n;
    expect(() => instance.call(name, 10_000)).toThrow(Trap);
    expect(store.fuel).toBe(0n);
    store.fuel = 1000n;
    expect(instance.call(name, 10)).toBe(55);
  });

  test.each(SUMS)("a call that is out of fuel can be continued: %s", async (name) => {
    const instance = await instantiate({ ...mode, fuel: true });
    const { store } = instance;
    let pauses = 0;
    let outcome = func(instance, name).callResumable(10_000);
    while (outcome.kind === "outOfFuel") {
      pauses++;
      store.fuel = 20_000n;
      outcome = outcome.resume();
    }
    expect(outcome).toEqual({ kind: "returned", value: sum(10_000) });
    expect(pauses).toBeGreaterThan(3);
  });

  test("several calls can be out of fuel at once", async () => {
    const instance = await instantiate({ ...mode, fuel: true });
    const { store } = instance;
    const calls = [3000, 2000, 1000].map((n) => func(instance, "sum in a continuation").callResumable(n));
    const results: unknown[] = [];
    while (calls.length > 0) {
      const call = calls.shift();
      if (call?.kind === "returned") results.push(call.value);
      if (call?.kind !== "outOfFuel") continue;
      store.fuel = 5000n;
      calls.push(call.resume());
    }
    expect(results).toEqual([sum(1000), sum(2000), sum(3000)]);
  });

  test.each(SUMS)("an asynchronous call can be refuelled, at once or later: %s", async (name) => {
    const instance = await instantiate({ ...mode, fuel: true });
    const { store } = instance;
    const atOnce = { onOutOfFuel: () => void (store.fuel = 10_000n) };
    expect(await instance.callAsync(name, [10_000], atOnce)).toBe(sum(10_000));
    async function onOutOfFuel(): Promise<void> {
      await new Promise((resolve) => void setTimeout(resolve, 1));
      store.fuel = 30_000n;
    }
    expect(await instance.callAsync(name, [10_000], { onOutOfFuel })).toBe(sum(10_000));
    store.fuel = 0n;
    await expect(instance.callAsync(name, [10_000], { onOutOfFuel: () => {} })).rejects.toThrow("all fuel consumed");
    const refused = new Error("no more");
    const refuse = async (): Promise<void> => Promise.reject(refused);
    await expect(instance.callAsync(name, [10_000], { onOutOfFuel: refuse })).rejects.toBe(refused);
  });
});

describe.each(MODES)("%s: time", (_, mode) => {
  test("a deadline in epochs traps", async () => {
    const engine = new Engine({ ...mode, epochs: true });
    const store = new Store(engine);
    const instance = new Instance(store, new Module(engine, await parseText(BUSY)));
    store.setEpochDeadline(1n);
    expect(instance.call("sum", 10)).toBe(55);
    engine.incrementEpoch();
    expect(() => instance.call("forever")).toThrow(Trap);
    expect(() => instance.call("forever")).toThrow("interrupt");
    store.setEpochDeadline(10n);
    expect(instance.call("sum", 10)).toBe(55);
  });

  test("another thread may count the epochs", async () => {
    const epochs = new BigInt64Array(new SharedArrayBuffer(8));
    const engine = new Engine({ ...mode, epochs });
    const store = new Store(engine);
    const instance = new Instance(store, new Module(engine, await parseText(BUSY)));
    store.setEpochDeadline(5n);
    Atomics.add(epochs, 0, 5n);
    expect(engine.epoch).toBe(5n);
    expect(() => instance.call("forever")).toThrow("interrupt");
  });

  test("a deadline can be put off, by a function", async () => {
    const engine = new Engine({ ...mode, epochs: true });
    const store = new Store(engine);
    const instance = new Instance(store, new Module(engine, await parseText(BUSY)));
    let asked = 0;
    store.setEpochDeadline(0n, () => {
      if (++asked === 3) throw new RangeError("three times is enough");
      return 0n;
    });
    expect(() => instance.call("forever")).toThrow(RangeError);
    expect(asked).toBe(3);
  });

  test("at a deadline an asynchronous call may let the event loop run", async () => {
    const engine = new Engine({ ...mode, epochs: true });
    const store = new Store(engine);
    const instance = new Instance(store, new Module(engine, await parseText(BUSY)));
    store.setEpochDeadline(0n, { yield: 0n });
    setTimeout(() => store.setEpochDeadline(0n, "trap"), 5);
    await expect(instance.callAsync("forever")).rejects.toThrow("interrupt");
    // A synchronous call cannot.
    store.setEpochDeadline(0n, { yield: 1n });
    expect(() => instance.call("forever")).toThrow("interrupt");
  });

  test.each(SUMS)("a busy guest lets the event loop run every so often: %s", async (name) => {
    const instance = await instantiate({ ...mode, epochs: true });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const n = 10_000_000;
    expect(await instance.callAsync(name, [n], { yieldEvery: { milliseconds: 2 } })).toBe(sum(n));
    expect(turns).toBeGreaterThan(1);
    clearInterval(timer);
  });

  test("or after so much fuel", async () => {
    const instance = await instantiate({ ...mode, fuel: true });
    instance.store.fuel = 1_000_000n;
    let turns = 0;
    let isRunning = true;
    const turn = (): void => void (isRunning && (turns++, setImmediate(turn)));
    setImmediate(turn);
    expect(await instance.callAsync("sum", [10_000], { yieldEvery: { fuel: 10_000n } })).toBe(sum(10_000));
    isRunning = false;
    expect(turns).toBeGreaterThanOrEqual(8);
    expect(1_000_000n - instance.store.fuel).toBe(90_001n);
  });

  test("a busy guest can be aborted", async () => {
    const instance = await instantiate({ ...mode, epochs: true });
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 5);
    const options = { signal: controller.signal, yieldEvery: { milliseconds: 1 } };
    await expect(instance.callAsync("forever", [], options)).rejects.toBe(reason);
    expect(instance.call("sum", 10)).toBe(55);
  });

  test("endless recursion is a trap, and the store stays usable", async () => {
    const instance = await instantiate({ ...mode, epochs: true });
    expect(() => instance.call("recurse")).toThrow(Trap);
    expect(instance.call("sum", 10)).toBe(55);
  });
});

describe("what an engine was not made for is an error", () => {
  test.each([
    ["fuel", (instance: Instance) => instance.store.fuel],
    ["fuel", (instance: Instance) => void (instance.store.fuel = 1n)],
    ["epochs", (instance: Instance) => instance.store.setEpochDeadline(1n)],
    ["limits", (instance: Instance) => instance.store.setLimits({ memoryBytes: 1 })],
  ])("%s", async (option, use) => {
    const instance = await instantiate({});
    expect(() => use(instance)).toThrow(TypeError);
    expect(() => use(instance)).toThrow(option);
  });

  test("yieldEvery", async () => {
    const instance = await instantiate({});
    await expect(instance.callAsync("sum", [1], { yieldEvery: { milliseconds: 1 } })).rejects.toThrow(TypeError);
  });
});

const GROWING = `(module
  (import "env" "memory" (memory $imported 1))
  (memory $own 1)
  (table $funcs 1 funcref)
  (table $externs 1 externref)
  (func (export "grow memory") (param i32) (result i32) (memory.grow $own (local.get 0)))
  (func (export "grow imported memory") (param i32) (result i32) (memory.grow $imported (local.get 0)))
  (func (export "grow table") (param i32) (result i32) (table.grow $funcs (ref.null func) (local.get 0)))
  (func (export "grow externs") (param externref i32) (result i32) (table.grow $externs (local.get 0) (local.get 1)))
  (func (export "first extern") (result externref) (table.get $externs (i32.const 1))))`;

describe.each([
  ["ahead", {}],
  ["on demand", { resumeCopies: "on-demand" }],
  ["chaos", { chaos: 5 }],
] as const)("limits: %s", (_, options) => {
  async function growing(): Promise<Instance> {
    const engine = new Engine({ ...options, limits: true });
    const store = new Store(engine);
    const memory = new Memory(store, { minimum: 1 });
    return new Instance(store, new Module(engine, await parseText(GROWING)), { env: { memory } });
  }

  test("memories and tables grow up to them", async () => {
    const instance = await growing();
    instance.store.setLimits({ memoryBytes: 3 * 65536, tableElements: 10 });
    expect(instance.call("grow memory", 2)).toBe(1);
    expect(instance.call("grow memory", 1)).toBe(-1);
    expect(instance.call("grow memory", -1)).toBe(-1);
    expect(instance.call("grow memory", 0)).toBe(3);
    expect(instance.call("grow imported memory", 2)).toBe(1);
    expect(instance.call("grow imported memory", 1)).toBe(-1);
    expect(instance.call("grow table", 9)).toBe(1);
    expect(instance.call("grow table", 1)).toBe(-1);
    expect(instance.call("grow externs", "value", 1)).toBe(1);
    expect(instance.call("first extern")).toBe("value");
    expect(instance.call("grow externs", "value", 100)).toBe(-1);
  });

  test("a limiter decides one by one", async () => {
    const instance = await growing();
    const asked: unknown[] = [];
    instance.store.setLimits(
      {},
      {
        memoryGrowing(current, desired) {
          asked.push(["memory", current, desired]);
          return desired < 200_000;
        },
        tableGrowing(current, desired) {
          asked.push(["table", current, desired]);
          return true;
        },
      },
    );
    expect([1, 1, 1].map((pages) => instance.call("grow memory", pages))).toEqual([1, 2, -1]);
    expect(instance.call("grow table", 5)).toBe(1);
    expect(asked).toEqual([
      ["memory", 65536, 131072],
      ["memory", 131072, 196608],
      ["memory", 196608, 262144],
      ["table", 1, 6],
    ]);
  });

  test("the embedder is limited, too", async () => {
    const instance = await growing();
    const memory = new Memory(instance.store, { minimum: 1 });
    instance.store.setLimits({ memoryBytes: 2 * 65536 });
    expect(memory.grow(1)).toBe(1);
    expect(() => memory.grow(1)).toThrow(ResourceLimitError);
  });

  test("what instances define counts, before anything is made", async () => {
    const engine = new Engine({ ...options, limits: true });
    const module = async (text: string): Promise<Module> => new Module(engine, await parseText(text));
    const [empty, memory, table] = await Promise.all([
      module("(module)"),
      module("(module (memory 2))"),
      module("(module (table 20 funcref))"),
    ]);
    const store = new Store(engine);
    store.setLimits({ instances: 2, memories: 1, memoryBytes: 65536, tableElements: 10 });
    expect(() => new Instance(store, memory)).toThrow("resource limit exceeded: a memory of 131072 bytes");
    expect(() => new Instance(store, table)).toThrow("resource limit exceeded: a table of 20 elements");
    new Instance(store, empty);
    store.setLimits({ instances: 2, memories: 1, tables: 0 });
    new Instance(store, memory);
    expect(() => new Instance(store, empty)).toThrow("resource limit exceeded: instance count too high at 3");
    store.setLimits({ memories: 1, tables: 0 });
    expect(() => new Instance(store, memory)).toThrow("resource limit exceeded: memory count too high at 2");
    expect(() => new Instance(store, table)).toThrow(ResourceLimitError);
    // Nothing of what failed was counted.
    store.setLimits({ instances: 3 });
    new Instance(store, empty);
  });
});
