/**
 * Has guests run into the end of the host's stack at every place that there is: JavaScript uses up the stack down to some depth
 * and then enters the guest, at all depths around that where the guest just about fits. Whatever happens there, it has to be a
 * right answer or an exhausted stack, and the store has to be as good as before.
 *
 * No test framework: other engines run it, too.
 */
import { Engine, type EngineOptions, type Instance, Linker, Module, Store, Trap } from "../../runtime/index.ts";
import { parseText } from "../../wasm/text.ts";

const GUEST = `(module
  (type $v (func (result i32)))
  (type $k (cont $v))
  (type $s (func (param (ref null $k)) (result i32)))
  (type $ks (cont $s))
  (import "host" "call" (func $host (param i32) (result i32)))
  (import "host" "swallow" (func $swallow))
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (tag $pause)
  (tag $other)
  (tag $swap (result i32))
  (tag $error (param i32))
  (elem declare func $sleeps $deeper $throws $sleeper $nested $swallows)
  (global $depth (mut i32) (i32.const 0))

  ;; Suspends twice, once for a handler further out, with operands and locals to be saved.
  (func $sleeps (type $v) (local $x i32)
    (local.set $x (i32.const 40))
    (suspend $pause)
    (i32.add (local.get $x) (call $sleeper)))
  (func $sleeper (type $v)
    (suspend $other)
    (suspend $pause)
    (i32.const 2))
  ;; Runs a continuation to its end.
  (func $drive (param $k (ref null $k)) (result i32)
    (loop $l (result i32)
      (block $h (result (ref $k))
        (resume $k (on $pause $h) (on $other $h) (local.get $k))
        (return))
      (local.set $k)
      (br $l)))
  (func $nested (type $v) (call $driveInner (cont.new $k (ref.func $sleeps))))
  ;; Handles one of the tags only: the other goes on outwards.
  (func $driveInner (param $k (ref null $k)) (result i32)
    (loop $l (result i32)
      (block $h (result (ref $k))
        (resume $k (on $pause $h) (local.get $k))
        (return))
      (local.set $k)
      (br $l)))
  (func (export "switching") (result i32) (call $drive (cont.new $k (ref.func $sleeps))))
  (func (export "nested") (result i32) (call $drive (cont.new $k (ref.func $nested))))
  (func $throws (type $v) (suspend $pause) (throw $error (i32.const 42)))
  (func (export "exceptions") (result i32)
    (block $h (result i32)
      (try_table (result i32) (catch $error $h) (call $drive (cont.new $k (ref.func $throws))))))
  ;; Resumes within resumes, as deeply as the global says.
  (func $deeper (type $v)
    (if (i32.eqz (global.get $depth)) (then (suspend $other) (return (i32.const 42))))
    (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
    (call $driveInner (cont.new $k (ref.func $deeper))))
  (func (export "resumes") (param i32) (result i32)
    (global.set $depth (local.get 0))
    (call $drive (cont.new $k (ref.func $deeper))))
  (func $recurse (export "recursion") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 42))
      (else (call $recurse (i32.sub (local.get 0) (i32.const 1))))))
  (func $recurseToHost (export "waiting") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $wait (i32.const 41)))
      (else (call $recurseToHost (i32.sub (local.get 0) (i32.const 1))))))
  ;; While the host enters the guest again, which may fail, a continuation runs that suspends afterwards.
  (func $swallows (type $v) (suspend $other) (call $swallow) (suspend $pause) (call $swallow) (i32.const 42))
  (func (export "swallowing") (result i32) (call $drive (cont.new $k (ref.func $swallows))))
  (func (export "re-entrance") (param i32) (result i32) (call $host (local.get 0))))`;

/** What is tried at the end of the stack; each comes to 42. */
const JOBS: readonly (readonly [name: string, ...args: number[]])[] = [
  ["switching"],
  ["nested"],
  ["exceptions"],
  ["resumes", 20],
  ["recursion", 30],
  ["re-entrance", 5],
];

/** Jobs that run into the end by themselves, with far more depth than there is. */
const ENDLESS: readonly (readonly [name: string, depth: number])[] = [
  ["recursion", 10_000_000],
  ["resumes", 1_000_000],
  ["re-entrance", 1_000_000],
];

interface Guest {
  instance: Instance;
  /** What the host does when it swallows errors. */
  swallowed: () => unknown;
}

async function instantiate(options: EngineOptions): Promise<Guest> {
  const engine = new Engine(options);
  const store = new Store(engine);
  if (options.fuel === true) store.fuel = 1_000_000_000_000n;
  const guest: Partial<Guest> = {};
  const linker = new Linker(engine)
    .func("host", "call", { params: ["i32"], results: ["i32"] }, (depth) =>
      depth === 0 ? 42 : Number(guest.instance?.call("re-entrance", depth - 1)),
    )
    .func("host", "swallow", { params: [], results: [] }, () => {
      try {
        guest.swallowed?.();
      } catch {
        // The guest that called goes on.
      }
    })
    .funcAsync("host", "wait", { params: ["i32"], results: ["i32"] }, async (value) => value + 1);
  guest.instance = await linker.instantiateAsync(store, new Module(engine, await parseText(GUEST)));
  guest.swallowed = () => undefined;
  return guest as Guest;
}

/** Uses up the stack: so many small frames, then so many arguments, which take a word each; then `act`. */
function below(depth: number, act: () => unknown, words = 0): unknown {
  if (depth > 0) {
    const result = below(depth - 1, act, words);
    return depth > 0 ? result : undefined; // Not a tail call: some engines would need no stack for it.
  }
  return words === 0 ? act() : Reflect.apply(act, undefined, new Array(words));
}

/** Depths to try around a limit: some frames to both sides of it, and close to it word by word. */
function* depthsAround(limit: number, range: number): Generator<readonly [depth: number, words: number]> {
  for (let depth = Math.max(0, limit - range); depth <= limit + range; depth++) {
    yield [depth, 0];
    if (Math.abs(depth - limit) <= NEAR) for (let words = 1; words <= WORDS; words++) yield [depth, words];
  }
}

/** Frames to both sides of a limit that are divided into words, and words that divide one. */
const NEAR = 3;
const WORDS = 24;

/** `right`, `exhausted`, or what else came of it. */
function outcomeOf(act: () => unknown): string {
  try {
    const result = act();
    return result === 42 ? "right" : `returned ${String(result)}`;
  } catch (error) {
    return errorKind(error);
  }
}

function errorKind(error: unknown): string {
  if (error instanceof Trap && error.code === "call-stack-exhausted" && error.message === "call stack exhausted") {
    return "exhausted";
  }
  // Where there was no room to make a trap of it, it is the host's own error.
  const { name, message } = error as Error;
  const isHosts = /maximum call stack|too much recursion/i.test(message) && /RangeError|InternalError/.test(name);
  return isHosts ? "exhausted" : `${name}: ${message}`;
}

/** The largest number up to `limit` for which something is right, if it is for all below. */
function largest(limit: number, isRight: (n: number) => boolean): number {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isRight(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface Probe {
  /** How often what happened, by job. */
  readonly counts: ReadonlyMap<string, number>;
  /** What must not have happened. */
  readonly failures: readonly string[];
}

/** Tries everything in a store of an engine with these options, `range` depths on both sides of each limit. */
export async function probe(options: EngineOptions, range = 50): Promise<Probe> {
  const guest = await instantiate(options);
  const counts = new Map<string, number>();
  const failures: string[] = [];
  const count = (job: string, outcome: string): void => {
    counts.set(`${job} ${outcome}`, (counts.get(`${job} ${outcome}`) ?? 0) + 1);
    if (outcome !== "right" && outcome !== "exhausted") failures.push(`${job}: ${outcome}`);
  };
  const call = (name: string, ...args: number[]): unknown => guest.instance.call(name, ...args);
  const verify = (after: string): void => {
    for (const job of JOBS) {
      const outcome = outcomeOf(() => call(...job));
      if (outcome !== "right") failures.push(`${job[0]} after ${after}: ${outcome}`);
    }
  };
  verify("nothing");
  for (const job of JOBS) {
    for (let i = 0; i < 50; i++) call(...job); // Compiled by now, so that frames keep their size.
    const run = (depth: number, words = 0): string => outcomeOf(() => below(depth, () => call(...job), words));
    const limit = largest(1_000_000, (depth) => run(depth) === "right");
    for (const [depth, words] of depthsAround(limit, range)) {
      const outcome = run(depth, words);
      count(job[0], outcome);
      if (outcome !== "right") verify(`${job[0]} at ${depth - limit}`);
    }
  }
  for (const job of JOBS) {
    const name = `swallowed ${job[0]}`;
    let inner = "";
    const run = (depth: number, words = 0): string => {
      guest.swallowed = () => {
        inner = outcomeOf(() => below(depth, () => call(...job), words));
      };
      return outcomeOf(() => call("swallowing"));
    };
    const limit = largest(1_000_000, (depth) => run(depth) === "right" && inner === "right");
    for (const [depth, words] of depthsAround(limit, range)) {
      const outcome = run(depth, words);
      count(name, inner);
      if (outcome !== "right") failures.push(`${name} at ${depth - limit}: outside ${outcome}, inside ${inner}`);
    }
    guest.swallowed = () => undefined;
    verify(name);
  }
  for (const [name, depth] of ENDLESS) {
    count(
      `endless ${name}`,
      outcomeOf(() => call(name, depth)),
    );
    verify(`endless ${name}`);
  }
  await probeWaiting(guest, range, count, verify);
  return { counts, failures };
}

/** Calls that wait are unwound from as deep as a guest can go. */
async function probeWaiting(
  { instance }: Guest,
  range: number,
  count: (job: string, outcome: string) => void,
  verify: (after: string) => void,
): Promise<void> {
  const wait = async (depth: number): Promise<string> => {
    try {
      return (await instance.callAsync("waiting", [depth])) === 42 ? "right" : "returned";
    } catch (error) {
      return errorKind(error);
    }
  };
  for (let i = 0; i < 50; i++) await wait(10);
  let [low, high] = [0, 1_000_000];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await wait(middle)) === "right") low = middle;
    else high = middle - 1;
  }
  for (let depth = Math.max(0, low - range); depth <= low + range; depth += 5) {
    const outcome = await wait(depth);
    count("waiting", outcome);
    if (outcome !== "right") verify(`waiting at ${depth - low}`);
  }
}
