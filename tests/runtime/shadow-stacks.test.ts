/** Asynchronous calls of a guest with a stack in linear memory: each has one of its own. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Engine, Instance, Module, Store, Trap, TypeMismatchError, separateStacks } from "../../runtime/index.ts";
import { Wasi } from "../../runtime/wasi/index.ts";

const bytes = new Uint8Array(readFileSync(new URL("../guests/activations.wasm", import.meta.url)));

function instantiate(engine: Engine): Instance {
  const wasi = new Wasi();
  const instance = new Instance(new Store(engine), new Module(engine, bytes), wasi.importsAsync());
  wasi.initialize(instance);
  return instance;
}

/** Arguments of the i-th call: some sleep longer than others. */
function argumentsOf(i: number): readonly [seed: number, depth: number, nanoseconds: number] {
  return [i, (i * 7) % 20, 1 + ((i * 13) % 5) * 1_000_000];
}

test.each([undefined, 1])(
  "60 calls that wait 2,000 times in between do not touch each other's stacks (chaos %s)",
  async (chaos) => {
    const engine = new Engine({ chaos });
    const alone = instantiate(engine);
    const calls = Array.from({ length: 60 }, (_, i) => argumentsOf(i));
    const expected = calls.map(([seed, depth]) => alone.call("work", seed, depth, 1));

    const instance = instantiate(engine);
    separateStacks(instance);
    const pointer = instance.getGlobal("__stack_pointer")?.get();
    const ended = calls.map((args) => instance.callAsync("work", args));
    // Synchronous calls go on in between, on the guest's own stack.
    expect(instance.call("work", ...argumentsOf(9))).toBe(expected[9]);
    expect(await Promise.all(ended)).toEqual(expected);
    expect(instance.getGlobal("__stack_pointer")?.get()).toBe(pointer);
    // Stacks are used again.
    const pages = instance.getMemory("memory")?.size;
    expect(await Promise.all(calls.map((args) => instance.callAsync("work", args)))).toEqual(expected);
    expect(instance.getMemory("memory")?.size).toBe(pages);
  },
);

test("without stacks of their own the calls would damage each other's", async () => {
  const instance = instantiate(new Engine());
  // What they do then depends on the order in which timers fire: some may be made to sleep for ever.
  const signal = AbortSignal.timeout(2_000);
  const calls = Array.from({ length: 60 }, (_, i) => instance.callAsync("work", argumentsOf(i), { signal }));
  const ended = await Promise.allSettled(calls);
  expect(ended.some(({ status }) => status === "rejected")).toBe(true);
  for (const each of ended) {
    if (each.status === "rejected" && each.reason !== signal.reason) expect(each.reason).toBeInstanceOf(Trap);
  }
});

test("the stack of a call that failed is used again", async () => {
  const instance = instantiate(new Engine());
  separateStacks(instance, { size: 100_000 });
  const controller = new AbortController();
  const cancelled = instance.callAsync("work", [1, 5, 900_000_000], { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(cancelled).rejects.toThrow("enough");
  const size = instance.getMemory("memory")?.size;
  expect(await instance.callAsync("work", argumentsOf(3))).toBe(instance.call("work", ...argumentsOf(3)));
  expect(instance.getMemory("memory")?.size).toBe(size);
});

test("a guest that does not export what is needed", async () => {
  const engine = new Engine();
  const make = async (text: string): Promise<Instance> =>
    new Instance(new Store(engine), await Module.fromText(engine, `(module ${text})`));
  const pointer = '(global (export "__stack_pointer") (mut i32) (i32.const 0))';
  const memory = '(memory (export "memory") 1)';
  const none = await make(memory);
  expect(() => separateStacks(none)).toThrow(TypeMismatchError);
  const noMemory = await make(pointer);
  expect(() => separateStacks(noMemory)).toThrow('does not export a memory as "memory"');
  const both = await make(`${pointer} ${memory}`);
  expect(() => separateStacks(both, { size: 0 })).toThrow(RangeError);
});
