/**
 * Runs a mixed load for as long as is asked, and sees to it that nothing is kept: after each cycle the heap and the numbers of
 * stores, modules, instances, host values and promises that are still reachable are what they were before.
 *
 *     npm run soak [-- --seconds=60] [--chaos] [--plant-leak=continuations|activations|modules|handles|bytes]
 *
 * Each cycle works in two stores that live on (one of an engine with fuel, one without), and in new ones that are dropped. Exits
 * with 1 if something is kept, or if a guest's answer is wrong. With --plant-leak, each cycle keeps an object of a kind,
 * which has to be found.
 */
import { scriptOptions } from "./options.ts";
import { Continuation, Engine, type Func, type Instance, Linker, Module, Store, Trap } from "../runtime/index.ts";

const LEAKS = Object.freeze(["continuations", "activations", "modules", "handles", "bytes"] as const);

const { values } = scriptOptions(import.meta.url, {
  options: {
    seconds: { type: "string", default: "60" },
    chaos: { type: "boolean", default: false },
    "plant-leak": { type: "string" },
  },
});
const planted = LEAKS.find((leak) => leak === values["plant-leak"]);
if (planted === undefined && values["plant-leak"] !== undefined) {
  console.error(`--plant-leak takes ${LEAKS.join(", ")}`);
  process.exit(2);
}
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  console.error("--seconds takes a number of seconds");
  process.exit(2);
}
const collect = globalThis.gc as (() => void) | undefined;
if (collect === undefined) {
  console.error("run it with node --expose-gc");
  process.exit(2);
}

const GUEST = `(module
  (type $v (func))
  (type $k (cont $v))
  (type $g (func (param externref) (result externref)))
  (type $kg (cont $g))
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (import "host" "call" (func $call (param i32) (result i32)))
  (tag $yield (export "yield") (param externref) (result externref))
  (tag $pause)
  (tag $error (export "error") (param externref))
  (table $kept (export "kept") 256 (ref null $k))
  (elem declare func $sleeper $traps $throws $waits $forever)

  (func $sleeper (suspend $pause) (suspend $pause))
  (func $traps (suspend $pause) (unreachable))
  (func $throws (suspend $pause) (throw $error (ref.null extern)))
  (func $waits (drop (call $wait (i32.const 0))))
  (func $forever (loop $l (br $l)))

  ;; Resumes a continuation until it pauses, which is kept in the table, or returns.
  (func $step (param $at i32) (param $c (ref null $k))
    (table.set $kept (local.get $at) (ref.null $k))
    (block $h (result (ref $k))
      (resume $k (on $pause $h) (local.get $c))
      (return))
    (local.set $c)
    (table.set $kept (local.get $at) (local.get $c)))
  (func (export "fill")
    (local $i i32)
    (loop $l
      (call $step (local.get $i) (cont.new $k (ref.func $sleeper)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 256)))))
  (func (export "continue")
    (local $i i32)
    (loop $l
      (call $step (local.get $i) (table.get $kept (local.get $i)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 256)))))
  (func (export "trap") (call $step (i32.const 0) (cont.new $k (ref.func $traps)))
    (call $step (i32.const 0) (table.get $kept (i32.const 0))))
  (func (export "throw") (call $step (i32.const 0) (cont.new $k (ref.func $throws)))
    (call $step (i32.const 0) (table.get $kept (i32.const 0))))
  (func (export "caught") (result i32)
    (block $h (result externref)
      (try_table (catch $error $h)
        (call $step (i32.const 0) (cont.new $k (ref.func $throws)))
        (call $step (i32.const 0) (table.get $kept (i32.const 0))))
      (return (i32.const 0)))
    (drop)
    (i32.const 1))
  (func (export "forever") (call $step (i32.const 0) (cont.new $k (ref.func $forever))))
  (func (export "wait") (param i32) (result i32) (call $wait (local.get 0)))
  (func (export "wait inside") (param i32) (result i32)
    (call $step (i32.const 1) (cont.new $k (ref.func $waits)))
    (call $wait (local.get 0)))
  (func (export "recurse") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $wait (i32.const 1)))
      (else (call $again (i32.sub (local.get 0) (i32.const 1))))))
  (func $again (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $wait (i32.const 1)))
      (else (call $again (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "endless") (result i32) (call $endless))
  (func $endless (result i32) (i32.add (i32.const 1) (call $endless)))
  (func (export "re-enter") (param i32) (result i32) (call $call (local.get 0)))
  (func (export "echo") (param externref) (result externref)
    (loop $l (local.set 0 (suspend $yield (local.get 0))) (br_if $l (i32.eqz (ref.is_null (local.get 0)))))
    (local.get 0)))`;

/** How many objects of each kind are still reachable. */
const alive = new Map<string, number>();
const registry = new FinalizationRegistry<string>((kind) => alive.set(kind, (alive.get(kind) ?? 1) - 1));

function watched<T extends object>(kind: string, object: T): T {
  alive.set(kind, (alive.get(kind) ?? 0) + 1);
  registry.register(object, kind);
  return object;
}

function check(isRight: boolean, what: string): void {
  if (isRight) return;
  console.error(`wrong: ${what}`);
  process.exitCode = 1;
}

function trapsWith(code: string, act: () => unknown): void {
  try {
    act();
    check(false, `no trap where "${code}" is due`);
  } catch (error) {
    check(error instanceof Trap && error.code === code, `${String(error)} instead of "${code}"`);
  }
}

/** What a promise was rejected with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

interface Guest {
  readonly store: Store;
  readonly instance: Instance;
}

const NEVER = 1000;
const REJECTED = 1001;

async function instantiate(module: Module): Promise<Guest> {
  const store = watched("store", new Store(module.engine));
  if (module.engine.fuel !== undefined) store.fuel = 1_000_000n;
  const inner: { echo?: Func | undefined } = {};
  const linker = new Linker(module.engine)
    .funcAsync("host", "wait", { params: ["i32"], results: ["i32"] }, async (what) => {
      if (what === NEVER) {
        await watched(
          "promise",
          new Promise<never>((_, reject) => {
            if (planted === "activations") lastWait = reject;
          }),
        );
      }
      if (what === REJECTED) throw watched("error", new Error("rejected"));
      await Promise.resolve();
      return what + 1;
    })
    .func("host", "call", { params: ["i32"], results: ["i32"] }, (depth) =>
      depth === 0 ? 7 : Number(inner.echo?.call(depth - 1)),
    );
  const instance = watched("instance", await linker.instantiateAsync(store, module));
  inner.echo = instance.getFunc("re-enter");
  return { store, instance };
}

/** Settles what an activation waits for, and so keeps it; noted only if that is to be planted as a leak. */
let lastWait: unknown;

/** What a planted leak keeps. */
const leaked: unknown[] = [];

/** Keeps an object of those that a cycle makes, in a store that lives on. */
function leak({ store, instance }: Guest): void {
  const echo = instance.getFunc("echo");
  const tag = instance.getTag("yield");
  if (planted === "activations") leaked.push(lastWait);
  else if (planted === "handles") leaked.push(handleOf(instance));
  else if (planted === "bytes") leaked.push(new Uint8Array(UNWATCHED));
  else if (planted === "continuations" && echo !== undefined && tag !== undefined) {
    // It is the frame on the heap that keeps the payload.
    leaked.push(new Continuation(store, echo).resume([watched("payload", {})], [tag]));
  }
}

/** Bytes in a cycle that only the heap tells of, and that are enough to be told apart from its ups and downs. */
const UNWATCHED = 100_000;

function handleOf(instance: Instance): object | undefined {
  const typed = instance.getFunc("echo")?.typed({ params: ["externref"], results: ["externref"] });
  return typed === undefined ? undefined : watched("handle", typed);
}

/** All kinds of load, once. */
async function cycle({ store, instance }: Guest): Promise<void> {
  const isMetered = store.engine.fuel !== undefined;
  if (isMetered) store.fuel = 1_000_000n;
  for (let i = 0; i < 3; i++) instance.call("fill");
  instance.call("continue");
  instance.call("continue");
  trapsWith("unreachable", () => instance.call("trap"));
  trapsWith("call-stack-exhausted", () => {
    if (isMetered) store.fuel = 1_000_000_000n;
    instance.call("endless");
  });
  if (isMetered) store.fuel = 1_000_000n;
  check(instance.call("caught") === 1, "an exception is caught");
  check(((await failure((async () => instance.call("throw"))())) as object) !== undefined, "an exception comes out");
  check(instance.call("re-enter", 5) === 7, "the host re-enters");

  const waits = await Promise.all(Array.from({ length: 50 }, (_, i) => instance.callAsync("wait inside", [i])));
  check(
    waits.every((value, i) => value === i + 1),
    "calls that wait return",
  );
  check((await instance.callAsync("recurse", [200])) === 2, "a deep activation returns");
  check((await failure(instance.callAsync("wait", [REJECTED]))) instanceof Error, "a rejection arrives");
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const call = failure(instance.callAsync("wait inside", [NEVER], { signal: controller.signal }));
    controller.abort(watched("reason", new Error("aborted")));
    check((await call) instanceof Error, "an aborted call ends");
    // Nobody hears of this one again.
    void instance.callAsync("wait inside", [NEVER]);
  }

  check(handleOf(instance) !== undefined, "a function is found");
  const echo = instance.getFunc("echo");
  const tag = instance.getTag("yield");
  if (echo !== undefined && tag !== undefined) {
    for (let i = 0; i < 20; i++) {
      const value = watched("payload", {});
      let outcome = new Continuation(store, echo).resume([value], [tag]);
      for (let k = 0; k < 3 && outcome.kind === "suspended"; k++) {
        check(outcome.payload[0] === value, "a payload comes back");
        outcome = outcome.continuation.resume([value], [tag]);
      }
      // Some are finished, some dropped, some forgotten.
      if (outcome.kind !== "suspended") continue;
      if (i % 3 === 0) outcome = outcome.continuation.resume([null], [tag]);
      else if (i % 3 === 1) outcome.continuation.drop();
    }
  }
  if (isMetered) {
    store.fuel = 1000n;
    trapsWith("out-of-fuel", () => instance.call("forever"));
    store.fuel = 1000n;
    const outcome = instance.getFunc("forever")?.callResumable();
    check(outcome?.kind === "outOfFuel", "a call runs out of fuel");
    store.fuel = 1_000_000n;
  }
}

/** Lets finalizers run, and what waits for the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect?.();
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Slope of a line through equidistant points. */
function slope(points: readonly number[]): number {
  const middle = (points.length - 1) / 2;
  const mean = points.reduce((sum, y) => sum + y, 0) / points.length;
  let [above, below] = [0, 0];
  points.forEach((y, x) => {
    above += (x - middle) * (y - mean);
    below += (x - middle) ** 2;
  });
  return below === 0 ? 0 : above / below;
}

const options = values.chaos ? { chaos: 7 } : {};
const engines = [new Engine(options), new Engine({ ...options, fuel: true })];
const modules = await Promise.all(engines.map((engine) => Module.fromText(engine, GUEST)));
const [first] = modules;
const bytes = await import("../wasm/text.ts").then(({ parseText }) => parseText(GUEST));
const lasting = await Promise.all(modules.map(instantiate));

/** In a function of its own, so that nothing of it stays on the stack. */
async function churn(): Promise<void> {
  for (const engine of engines) {
    const module = watched("module", new Module(engine, bytes));
    const guest = await instantiate(module);
    await cycle(guest);
    if (planted === "modules") leaked.push(module);
  }
  if (first !== undefined) await instantiate(first);
}

const WARM_UP = 5;
/**
 * Kept objects of one kind, and growth of the heap in bytes, by cycle and by the second half of a run, that are no leak: hosts
 * compile and learn for minutes.
 */
const MAX_KEPT = 60;
const MAX_SLOPE = 1000;
const MAX_GROWTH = 2_000_000;

const heap: number[] = [];
const end = performance.now() + seconds * 1000;
let shown = performance.now();
let cycles = 0;
let most = new Map<string, number>();
while (performance.now() < end || cycles < 3 * WARM_UP) {
  for (const guest of lasting) {
    await cycle(guest);
    leak(guest);
  }
  await churn();
  await settle();
  cycles++;
  if (cycles <= WARM_UP) continue;
  const { heapUsed, external } = process.memoryUsage();
  heap.push(heapUsed + external);
  most = new Map([...alive].map(([kind, count]) => [kind, Math.max(count, most.get(kind) ?? 0)]));
  if (performance.now() - shown < 10_000) continue;
  shown = performance.now();
  const counts = [...alive].map(([kind, count]) => `${kind} ${count}`).join(", ");
  console.log(`${cycles} cycles, heap ${((heapUsed + external) / 1e6).toFixed(2)} MB, alive: ${counts}`);
}

// The second half, in which all code is compiled.
const late = heap.slice(Math.floor(heap.length / 2));
const growth = slope(late);
const isGrowing = growth > MAX_SLOPE && growth * late.length > MAX_GROWTH;
const kept = [...most].filter(([, count]) => count > MAX_KEPT);
console.log(
  `${cycles} cycles in ${seconds} s; heap ${(Math.min(...late) / 1e6).toFixed(2)} to ${(Math.max(...late) / 1e6).toFixed(2)} MB, ` +
    `slope ${growth.toFixed(0)} bytes a cycle; most alive at once: ${[...most].map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
);
if (isGrowing) console.error("the heap grows");
if (kept.length > 0) console.error(`kept: ${kept.map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
if (isGrowing || kept.length > 0) process.exitCode = 1;
console.log(process.exitCode === 1 ? "failed" : "ok");
