/** What cannot be done with calls that wait: a clear error each, and the store still works. */
import { describe, expect, test } from "@jest/globals";
import {
  type ActivationObserver,
  AsyncFunction,
  Engine,
  type Func,
  type Imports,
  Instance,
  Module,
  Store,
  SuspendError,
  Trap,
  TypeMismatchError,
  WrongStoreError,
} from "../../../runtime/index.ts";
import { createWebAssembly } from "../../../runtime/webassembly/namespace.ts";
import { parseText } from "../../../wasm/text.ts";

const GUEST = `(module
  (type $f (func (result i32)))
  (type $c (cont $f))
  (import "env" "wait" (func $wait (result i32)))
  (import "env" "call back" (func $call_back (result i32)))
  (table (export "table") 1 funcref) (elem (i32.const 0) $hidden)
  (elem declare func $wait)
  (func $hidden (result i32) (call $wait))
  (func (export "wait") (result i32) (call $wait))
  (func (export "wait inside") (result i32) (resume $c (cont.new $c (ref.func $wait))))
  (func (export "call back") (result i32) (call $call_back))
  (func (export "catch all") (result i32)
    (block $caught (try_table (catch_all $caught) (return (call $wait)))) (i32.const -1))
  (func (export "trap") (result i32) (unreachable)))`;

async function instantiate(imports: Imports = {}): Promise<Instance> {
  const engine = new Engine();
  const env = { wait: async () => Promise.resolve(1), "call back": () => 2, ...imports["env"] };
  return new Instance(new Store(engine), new Module(engine, await parseText(GUEST)), { env });
}

async function stillWorks(instance: Instance): Promise<void> {
  expect(await instance.callAsync("wait inside")).toBe(1);
  expect(instance.call("call back")).toBeDefined();
}

describe("a guest that cannot wait", () => {
  test("was entered synchronously", async () => {
    const instance = await instantiate();
    for (const name of ["wait", "wait inside"]) expect(() => instance.call(name)).toThrow(SuspendError);
    const error = ((): unknown => {
      try {
        return instance.call("wait");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ name: "SuspendError", function: "env.wait" });
    // For the guest it is an exception like any other that the helper throws.
    expect(instance.call("catch all")).toBe(-1);
    await stillWorks(instance);
  });

  test("was called back by a host function, however the outermost call was made", async () => {
    const instance: Instance = await instantiate({ env: { "call back": () => instance.call("wait") } });
    await expect(instance.callAsync("call back")).rejects.toThrow(SuspendError);
    expect(await instance.callAsync("wait inside")).toBe(1);
  });

  test("runs as a start function of a synchronous instantiation", async () => {
    const engine = new Engine();
    const text = `(module (import "env" "wait" (func $wait)) (start $wait))`;
    const module = new Module(engine, await parseText(text));
    const env = { wait: async () => {} };
    expect(() => new Instance(new Store(engine), module, { env })).toThrow(SuspendError);
    await Instance.create(new Store(engine), module, { env });
  });

  test("in a namespace it is the namespace's own error", async () => {
    const wasm = createWebAssembly();
    const { Suspending } = wasm as unknown as { readonly Suspending: new (fn: () => unknown) => () => unknown };
    const text = `(module (import "m" "f" (func $f)) (func (export "g") (call $f)))`;
    const module = new wasm.Module(await parseText(text));
    const { exports } = new wasm.Instance(module, { m: { f: new Suspending(async () => {}) } });
    expect(() => (exports["g"] as () => void)()).toThrow(wasm.SuspendError);
  });
});

describe("calls are checked before anything runs", () => {
  test("arguments, and whose function it is", async () => {
    const instance = await instantiate();
    const other = await instantiate();
    await expect(instance.callAsync("wait", [1])).rejects.toThrow(TypeMismatchError);
    await expect(instance.callAsync("no such function")).rejects.toThrow(TypeMismatchError);
    const env = { wait: other.getFunc("wait") as Func, "call back": () => 0 };
    expect(() => new Instance(instance.store, instance.module, { env })).toThrow(WrongStoreError);
    await stillWorks(instance);
  });

  test("a function that is known by reference only", async () => {
    const instance = await instantiate();
    const hidden = instance.getTable("table")?.get(0) as Func;
    await expect(hidden.callAsync()).rejects.toThrow(/export it, or use an engine with lowering "all"/);
    await stillWorks(instance);
  });

  test("what is to be an asynchronous function", () => {
    expect(() => new AsyncFunction(1 as never)).toThrow(TypeError);
  });
});

describe("re-entrance", () => {
  test("a store can be entered while its guests run, and while they wait", async () => {
    const release: (() => void)[] = [];
    const wait = async (): Promise<number> => new Promise((resolve) => void release.push(() => resolve(10)));
    let depth = 0;
    const instance: Instance = await instantiate({
      env: { wait, "call back": () => (++depth < 5 ? (instance.call("call back") as number) + 1 : 0) },
    });
    const waiting = instance.callAsync("wait inside");
    expect(instance.call("call back")).toBe(4);
    depth = 0;
    const second = instance.callAsync("call back");
    const third = instance.callAsync("wait");
    expect(release.length).toBe(2);
    release.reverse().forEach((resolve) => resolve());
    expect(await Promise.all([waiting, second, third])).toEqual([10, 4, 10]);
  });

  test("an abort from within a host function reaches a call that waits, while another guest runs", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const wait = async (): Promise<number> => new Promise(() => {});
    const instance = await instantiate({ env: { wait, "call back": () => (controller.abort(reason), 7) } });
    const waiting = instance.callAsync("wait inside", [], { signal: controller.signal });
    expect(instance.call("call back")).toBe(7);
    await expect(waiting).rejects.toBe(reason);
  });
});

test("a store is used after a trap: by calls that waited meanwhile, and by new ones", async () => {
  const instance = await instantiate();
  const waiting = instance.callAsync("wait inside");
  expect(() => instance.call("trap")).toThrow(Trap);
  await expect(instance.callAsync("trap")).rejects.toThrow(Trap);
  expect(await waiting).toBe(1);
  await stillWorks(instance);
});

test("an observer that throws rejects the call that it was told about", async () => {
  const instance = await instantiate();
  let isFailing = true;
  const told: string[] = [];
  const observer: ActivationObserver = {
    enter() {
      told.push("enter");
      if (isFailing) throw new RangeError("no stack left");
    },
    leave: () => void told.push("leave"),
    end: () => void told.push("end"),
  };
  instance.store.observeCalls(observer);
  await expect(instance.callAsync("wait")).rejects.toThrow(RangeError);
  expect(told).toEqual(["enter", "leave", "end"]);
  isFailing = false;
  await stillWorks(instance);
  expect(told.slice(3)).toEqual(["enter", "leave", "enter", "leave", "end"]);
});
