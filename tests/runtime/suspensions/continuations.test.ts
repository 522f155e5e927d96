/** Suspensions in the host's hands: made, resumed, held, passed on, iterated over. */
import { describe, expect, test } from "@jest/globals";
import {
  Continuation,
  ContinuationError,
  Engine,
  type EngineOptions,
  Exception,
  Func,
  type Imports,
  Instance,
  Module,
  type Outcome,
  Store,
  Tag,
  Trap,
  TypeMismatchError,
  WrongStoreError,
} from "../../../runtime/index.ts";
import { parseText } from "../../../wasm/text.ts";

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["normal", {}],
  ["chaos", { chaos: 3 }],
];

const GENERATORS = `(module
  (type $ft (func (param i32) (result i32)))
  (type $ct (cont $ft))
  (type $box (struct (field i32)))
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (import "env" "keep" (func $keep (param (ref null $ct)) (result (ref null $ct))))
  (tag $yield (export "yield") (param i32))
  (tag $ask (export "ask") (param i32 externref) (result i64 i32))
  (tag $problem (export "problem") (param i32))
  (elem declare func $count_down)

  ;; Yields n, n - 1, ..., 1 and returns the number of steps.
  (func $count_down (export "count down") (type $ft) (local $steps i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get 0)))
        (suspend $yield (local.get 0))
        (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $next)))
    (local.get $steps))

  ;; Asks for a pair and returns its sum.
  (func (export "ask for two") (param i32 externref) (result i64)
    (suspend $ask (local.get 0) (local.get 1))
    (i64.add (i64.extend_i32_s)))

  ;; Returns what it catches.
  (func (export "catch") (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $problem $caught) (suspend $yield (local.get 0)))
      (i32.const 0)))

  (func (export "wait") (type $ft) (call $wait (local.get 0)))
  (func (export "trap") (param i32) (suspend $yield (local.get 0)) (unreachable))
  (func (export "throw") (param i32) (throw $problem (local.get 0)))

  (func (export "slow count down") (param i32)
    (loop $next
      (suspend $yield (call $wait (local.get 0)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))

  ;; Continuations that pass between guest and host.
  (func (export "make") (result (ref $ct)) (cont.new $ct (ref.func $count_down)))
  (func (export "resume") (param (ref null $ct) i32) (result i32)
    (block $on_yield (result i32 (ref $ct2))
      (return (resume $ct (on $yield $on_yield) (local.get 1) (local.get 0))))
    (drop))
  (type $ft2 (func (result i32)))
  (type $ct2 (cont $ft2))
  (func (export "keep") (param i32) (result i32)
    (resume $ct (local.get 0) (call $keep (cont.new $ct (ref.func $count_down)))))

  ;; A continuation of another type, with a type of the module's own in it.
  (func (export "box") (param i32) (result (ref $box)) (suspend $yield (local.get 0)) (struct.new $box (local.get 0)))
  (func (export "unbox") (param (ref $box)) (result i32) (struct.get $box 0 (local.get 0)))

  ;; A chain: a generator that resumes another one, which suspends beyond it.
  (func (export "outer") (type $ft)
    (resume $ct (local.get 0) (cont.new $ct (ref.func $count_down)))))`;

async function instantiate(options: EngineOptions, imports: Imports = {}): Promise<Instance> {
  const engine = new Engine(options);
  const module = new Module(engine, await parseText(GENERATORS));
  const env = { wait: (x: number) => x, keep: (x: unknown) => x, ...imports["env"] };
  return new Instance(new Store(engine), module, { env });
}

function func(instance: Instance, name: string): Func {
  return instance.getFunc(name) as Func;
}

function tag(instance: Instance, name: string): Tag {
  return instance.getTag(name) as Tag;
}

function fresh(instance: Instance, name: string): Continuation {
  return new Continuation(instance.store, func(instance, name));
}

/** The continuation of a suspension. */
function suspended(outcome: Outcome): Continuation {
  if (outcome.kind !== "suspended") throw new Error(`not suspended: ${outcome.kind}`);
  return outcome.continuation;
}

describe.each(MODES)("%s", (_, options) => {
  test("a continuation is made, resumed, and returns", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const first = fresh(instance, "count down");
    expect(first.type).toEqual({ params: ["i32"], results: ["i32"] });
    expect(first.state).toBe("fresh");

    const outcome = first.resume([2], [yielded]);
    expect(outcome).toMatchObject({ kind: "suspended", tag: yielded, payload: [2] });
    const second = suspended(outcome);
    expect(second.type).toEqual({ params: [], results: ["i32"] });
    expect([first.isConsumed, second.isConsumed, second.state]).toEqual([true, false, "suspended"]);

    const third = suspended(second.resume([], [yielded]));
    expect(third.resume([], [yielded])).toEqual({ kind: "returned", values: [2] });
    expect(third.state).toBe("returned");
  });

  test("a suspension takes values out, and others in", async () => {
    const instance = await instantiate(options);
    const asked = tag(instance, "ask");
    const reference = { any: "object" };
    const outcome = fresh(instance, "ask for two").resume([1, reference], [tag(instance, "yield"), asked]);
    expect(outcome).toMatchObject({ kind: "suspended", tag: asked, payload: [1, reference] });
    expect(suspended(outcome).resume([40n, 2])).toEqual({ kind: "returned", values: [42n] });
  });

  test("arguments can be given one after the other", async () => {
    const instance = await instantiate(options);
    const bound = fresh(instance, "ask for two").bind(7);
    expect(bound.type).toEqual({ params: ["externref"], results: ["i64"] });
    const again = bound.bind("seven").bind();
    expect([bound.isConsumed, again.isConsumed, again.state]).toEqual([true, false, "fresh"]);
    expect(again.resume([], [tag(instance, "ask")])).toMatchObject({ payload: [7, "seven"] });
  });

  test("a suspended guest can be thrown at: an exception with a tag, or any error", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const problem = tag(instance, "problem");
    const one = suspended(fresh(instance, "catch").resume([1], [yielded]));
    expect(one.throw(new Exception(problem, [77]))).toEqual({ kind: "returned", values: [77] });
    const other = suspended(fresh(instance, "catch").resume([1], [yielded]));
    const error = new RangeError("any");
    const outcome = other.throw(error);
    expect(outcome).toEqual({ kind: "threw", error });
    expect(outcome.kind === "threw" && outcome.error).toBe(error);
    // One that has not started is over at once.
    const unstarted = fresh(instance, "count down");
    expect(unstarted.throw(error)).toEqual({ kind: "threw", error });
    expect(unstarted.state).toBe("returned");
  });

  test("exceptions and traps are outcomes, too, and the store stays usable", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const thrown = fresh(instance, "throw").resume([5]);
    expect(thrown.kind).toBe("threw");
    const { error } = thrown as { readonly error: Exception };
    expect(error.payload(tag(instance, "problem"))).toEqual([5]);

    const trapping = suspended(fresh(instance, "trap").resume([1], [yielded]));
    const trapped = trapping.resume();
    expect(trapped).toMatchObject({ kind: "threw", error: { code: "unreachable" } });
    expect(trapping.state).toBe("trapped");
    expect([...fresh(instance, "count down").iterate(yielded, [2])]).toEqual([2, 1]);
  });

  test("a suspension that nobody handles goes no further than to the host", async () => {
    const instance = await instantiate(options);
    const outcome = fresh(instance, "count down").resume([1], [tag(instance, "ask")]);
    expect(outcome).toMatchObject({ kind: "threw", error: { code: "unhandled-tag" } });
    expect((outcome as { readonly error: unknown }).error).toBeInstanceOf(Trap);
  });

  test("a generator is an iterator", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const seen: unknown[] = [];
    for (const value of fresh(instance, "count down").iterate(yielded, [4])) seen.push(value);
    expect(seen).toEqual([4, 3, 2, 1]);

    const iterator = fresh(instance, "ask for two").iterate(tag(instance, "ask"), [1, null]);
    expect(iterator.next()).toEqual({ done: false, value: [1, null] });
    expect(iterator.next([20n, 22])).toEqual({ done: true, value: 42n });

    const caught = fresh(instance, "catch").iterate(yielded, [1]);
    caught.next();
    expect(caught.throw(new Exception(tag(instance, "problem"), [9]))).toEqual({ done: true, value: 9 });
    const thrown = fresh(instance, "throw").iterate(yielded, [1]);
    expect(() => thrown.next()).toThrow();
    // Left early, the generator is garbage.
    for (const value of fresh(instance, "count down").iterate(yielded, [1_000_000])) if (value === 999_990) break;
  });

  test("a generator that waits for host functions is an asynchronous iterator", async () => {
    const wait = async (x: number): Promise<number> =>
      new Promise((resolve) => void setTimeout(() => resolve(x * 10), 1));
    const instance = await instantiate(options, { env: { wait } });
    const yielded = tag(instance, "yield");
    const seen: unknown[] = [];
    for await (const value of fresh(instance, "slow count down").iterateAsync(yielded, [3])) seen.push(value);
    expect(seen).toEqual([30, 20, 10]);

    // Two of them, side by side.
    const [a, b] = [1, 2].map(() => fresh(instance, "slow count down").iterateAsync(yielded, [2]));
    const values = await Promise.all([a?.next(), b?.next(), a?.next(), b?.next()]);
    expect(values.map((result) => result?.value)).toEqual([20, 20, 10, 10]);
  });

  test("continuations pass between guests and the host", async () => {
    const kept: Continuation[] = [];
    const keep = (continuation: Continuation): Continuation => {
      kept.push(continuation);
      return continuation;
    };
    const instance = await instantiate(options, { env: { keep } });
    const made = instance.call("make") as Continuation;
    expect(made).toBeInstanceOf(Continuation);
    expect([made.state, made.type]).toEqual(["fresh", { params: ["i32"], results: ["i32"] }]);
    expect(instance.call("resume", made, 5)).toBe(5);
    expect(made.isConsumed).toBe(true);
    // What the host made, a guest resumes.
    expect(instance.call("resume", fresh(instance, "count down"), 3)).toBe(3);
    // To a host function and back.
    expect(instance.call("keep", 0)).toBe(0);
    expect(kept.map(({ isConsumed, state }) => [isConsumed, state])).toEqual([[true, "returned"]]);
  });

  test("types of the module's own are no obstacle", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const boxed = suspended(fresh(instance, "box").resume([6], [yielded])).resume();
    expect(boxed.kind).toBe("returned");
    expect(boxed.kind === "returned" && instance.call("unbox", boxed.values[0])).toBe(6);
  });

  test("host functions and functions of other modules may be continuations", async () => {
    const instance = await instantiate(options);
    const { store } = instance;
    const host = new Func(store, { params: ["i32"], results: ["i32"] }, (x: number) => x + 1);
    expect(new Continuation(store, host).resume([41])).toEqual({ kind: "returned", values: [42] });
  });

  test("a tag of the host's own", async () => {
    const engine = new Engine(options);
    const store = new Store(engine);
    const mine = new Tag(store, { params: ["i64"], results: ["f64"] });
    const text = `(module
      (import "env" "mine" (tag $mine (param i64) (result f64)))
      (func (export "f") (result f64) (f64.mul (f64.const 2) (suspend $mine (i64.const 3)))))`;
    const instance = new Instance(store, new Module(engine, await parseText(text)), { env: { mine } });
    const outcome = fresh(instance, "f").resume([], [mine]);
    expect(outcome).toMatchObject({ kind: "suspended", payload: [3n] });
    expect(suspended(outcome).resume([1.25])).toEqual({ kind: "returned", values: [2.5] });
  });

  test("a chain of continuations is data", async () => {
    const instance = await instantiate(options);
    const yielded = tag(instance, "yield");
    const captured = suspended(fresh(instance, "outer").resume([2], [yielded]));
    expect(captured.chain.map(({ state }) => state)).toEqual(["suspended", "suspended"]);
    const again = suspended(captured.resume([], [yielded]));
    expect(again.resume()).toEqual({ kind: "returned", values: [2] });

    // While it runs: what is running, and what waits for it.
    const states: (readonly string[])[] = [];
    const outer = new Func(instance.store, { params: [], results: [] }, () => {
      states.push([running.state, waiting.state]);
    });
    const running = new Continuation(instance.store, outer);
    const waiting = new Continuation(instance.store, new Func(instance.store, { params: [], results: [] }, () => {}));
    expect(running.resume().kind).toBe("returned");
    expect(states).toEqual([["running", "fresh"]]);
  });

  test("while a continuation waits for a host function, the call that waits with it is no part of the chain", async () => {
    const lengths: number[] = [];
    const wait = async (x: number): Promise<number> => {
      await Promise.resolve();
      lengths.push(continuation.chain.length);
      return x;
    };
    const instance = await instantiate(options, { env: { wait } });
    const continuation = fresh(instance, "slow count down");
    const outcome = await continuation.resumeAsync([1], [tag(instance, "yield")]);
    expect(outcome.kind).toBe("suspended");
    expect(lengths).toEqual([1]);
  });

  test("what has called the host still runs while the host has entered the store again", async () => {
    const states: string[][] = [];
    const instance = await instantiate(options, {
      env: {
        wait: (x: number) => {
          states.push([outer.state, inner.state, other.state]);
          if (x === 1) expect(other.resume([2]).kind).toBe("returned");
          return x;
        },
      },
    });
    const outer = fresh(instance, "resume");
    const inner = fresh(instance, "wait");
    const other = fresh(instance, "wait");
    expect(outer.resume([inner, 1]).kind).toBe("returned");
    expect(states).toEqual([
      ["parent", "running", "fresh"],
      ["parent", "running", "running"],
    ]);
    expect([outer, inner, other].map(({ state }) => state)).toEqual(["returned", "returned", "returned"]);
  });

  test("what is dropped cannot be used from here any more", async () => {
    const instance = await instantiate(options);
    const continuation = fresh(instance, "count down");
    continuation.drop();
    expect(continuation.isConsumed).toBe(true);
    expect(() => continuation.resume([1])).toThrow(ContinuationError);
    expect(() => continuation.state).toThrow("the continuation has been dropped");
  });
});

describe("bad use", () => {
  test("a continuation can be used once", async () => {
    const instance = await instantiate({});
    const yielded = tag(instance, "yield");
    const continuation = fresh(instance, "count down");
    continuation.resume([1], [yielded]);
    for (const use of [
      () => continuation.resume([1], [yielded]),
      () => continuation.bind(1),
      () => continuation.throw(new Error("late")),
      () => continuation.iterate(yielded, [1]).next(),
    ]) {
      expect(use).toThrow(ContinuationError);
      expect(use).toThrow("continuation already consumed");
    }
    await expect(continuation.resumeAsync([1], [yielded])).rejects.toThrow(ContinuationError);
    // A guest that is given it traps.
    expect(() => instance.call("resume", continuation, 1)).toThrow(Trap);
    expect(instance.call("resume", fresh(instance, "count down"), 1)).toBe(1);
  });

  test("arguments, tags and functions have to fit", async () => {
    const instance = await instantiate({});
    const other = await instantiate({});
    const continuation = fresh(instance, "count down");
    expect(() => continuation.resume([])).toThrow("the continuation takes 1 arguments, but 0 were given");
    expect(() => continuation.resume(["one"])).toThrow(TypeMismatchError);
    expect(() => continuation.bind(1, 2)).toThrow(TypeMismatchError);
    expect(() => continuation.resume([1], [tag(other, "yield")])).toThrow(WrongStoreError);
    expect(() => new Continuation(instance.store, func(other, "count down"))).toThrow(WrongStoreError);
    expect(() => instance.call("resume", fresh(other, "count down"), 1)).toThrow(WrongStoreError);
    expect(() => instance.call("resume", {}, 1)).toThrow(TypeMismatchError);
    // None of that has used it.
    expect(continuation.isConsumed).toBe(false);
    expect(continuation.resume([0])).toEqual({ kind: "returned", values: [0] });
  });

  test("a suspension cannot cross a host function", async () => {
    const instance = await instantiate(
      {},
      {
        env: { keep: (continuation: Continuation) => (instanceLater().call("count down", 1), continuation) },
      },
    );
    function instanceLater(): Instance {
      return instance;
    }
    const outer = fresh(instance, "keep");
    expect(outer.resume([1], [tag(instance, "yield")])).toMatchObject({
      kind: "threw",
      error: { code: "unhandled-tag" },
    });
    expect(fresh(instance, "count down").resume([0]).kind).toBe("returned");
  });

  test("a running continuation cannot be resumed", async () => {
    const instance = await instantiate({});
    const { store } = instance;
    const again = new Func(store, { params: [], results: [] }, () => {
      expect(() => continuation.resume()).toThrow("continuation already consumed");
    });
    const continuation = new Continuation(store, again);
    expect(continuation.resume()).toEqual({ kind: "returned", values: [] });
  });
});
