/**
 * Has guests recurse into the end of the host's stack, and do there what takes more of it than a call: suspend, so that all of
 * the frames are saved, resume, throw, switch, wait for the host. At each depth around the limit the outcome has to be right or
 * a {@link Trap} with the official text, and the store has to be as good as before.
 *
 * No test framework: other engines run it, too.
 */
import {
  Engine,
  type EngineOptions,
  type Instance,
  Linker,
  Module,
  Store,
  Trap,
  TRAP_TEXTS,
} from "../../runtime/index.ts";
import { parseText } from "../../wasm/text.ts";

const GUEST = `(module
  (type $v (func (result i32)))
  (type $k (cont $v))
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (tag $pause)
  (tag $outer)
  (tag $error (param i32))
  (elem declare func $start $middle $small $counts)
  ;; Whether the guest was entered; how deep to go, and what to do there.
  (global $entered (export "entered") (mut i32) (i32.const 0))
  (global $depth (mut i32) (i32.const 0))
  (global $what (mut i32) (i32.const 0))
  ;; What was resumed last, and one that was suspended before all of this.
  (global $last (mut (ref null $k)) (ref.null $k))
  (global $kept (mut (ref null $k)) (ref.null $k))
  (global $count (mut i32) (i32.const 0))

  (func $small (type $v) (suspend $pause) (i32.const 1))
  (func $act (result i32)
    (if (i32.eq (global.get $what) (i32.const 1)) (then (suspend $pause)))
    (if (i32.eq (global.get $what) (i32.const 2)) (then (suspend $outer) (suspend $pause)))
    (if (i32.eq (global.get $what) (i32.const 3)) (then (throw $error (i32.const 1))))
    (if (i32.eq (global.get $what) (i32.const 4)) (then (return (call $wait (i32.const 0)))))
    (if (i32.eq (global.get $what) (i32.const 5))
      (then (return (call $drive (cont.new $k (ref.func $small))))))
    (i32.const 1))
  ;; Each frame has something of its own that has to be there afterwards.
  (func $down (param $n i32) (param $f f64) (result i32) (local $mine i32) (local $r (ref null $k))
    (if (i32.eqz (local.get $n)) (then (return (call $act))))
    (local.set $mine (i32.mul (local.get $n) (i32.const 7)))
    (local.set $r (global.get $kept))
    (i32.add (i32.sub (local.get $mine) (i32.const 3))
      (call $down (i32.sub (local.get $n) (i32.const 1)) (f64.convert_i32_u (local.get $n))))
    (i32.sub (i32.mul (local.get $n) (i32.const 7)))
    (i32.add (i32.const 3))
    (if (i32.eqz (i32.eq (ref.is_null (local.get $r)) (ref.is_null (global.get $kept)))) (then (unreachable)))
    (if (f64.ne (local.get $f) (f64.convert_i32_u (i32.add (local.get $n) (i32.const 1)))) (then (unreachable))))
  (func $start (type $v) (call $down (global.get $depth) (f64.convert_i32_u (i32.add (global.get $depth) (i32.const 1)))))
  ;; Handles one of the tags only; the other goes on outwards.
  (func $middle (type $v) (call $inner (cont.new $k (ref.func $start))))
  (func $inner (param $k (ref null $k)) (result i32)
    (loop $l (result i32)
      (block $h (result (ref $k))
        (resume $k (on $pause $h) (local.get $k))
        (return))
      (local.set $k)
      (br $l)))
  (func $drive (param $k (ref null $k)) (result i32)
    (loop $l (result i32)
      (block $h (result (ref $k))
        (global.set $last (local.get $k))
        (resume $k (on $pause $h) (on $outer $h) (local.get $k))
        (return))
      (local.set $k)
      (br $l)))
  (func $begin (param $depth i32) (param $what i32)
    (global.set $entered (i32.const 1))
    (global.set $depth (local.get $depth))
    (global.set $what (local.get $what)))

  (func (export "outside") (param i32 i32) (result i32)
    (call $begin (local.get 0) (local.get 1))
    (block $h (result i32)
      (try_table (result i32) (catch $error $h) (call $start))))
  (func (export "inside") (param i32 i32) (result i32)
    (call $begin (local.get 0) (local.get 1))
    (block $h (result i32)
      (try_table (result i32) (catch $error $h) (call $drive (cont.new $k (ref.func $start))))))
  (func (export "nested") (param i32 i32) (result i32)
    (call $begin (local.get 0) (local.get 1))
    (block $h (result i32)
      (try_table (result i32) (catch $error $h) (call $drive (cont.new $k (ref.func $middle))))))
  ;; Half of the way on the initial stack, or on one continuation, and half on another one.
  (func $halfway (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (call $halfway (i32.sub (local.get $n) (i32.const 1))))
      (else (call $drive (cont.new $k (ref.func $start))))))
  (func (export "split") (param i32 i32) (result i32)
    (call $begin (i32.div_u (local.get 0) (i32.const 2)) (local.get 1))
    (block $h (result i32)
      (try_table (result i32) (catch $error $h)
        (call $halfway (i32.div_u (local.get 0) (i32.const 2))))))

  ;; What was resumed last has been used up, or goes on as if nothing had been: if nothing has.
  (func (export "again") (result i32) (call $drive (global.get $last)))
  ;; Counts each time it is resumed.
  (func $counts (type $v)
    (loop $l
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (suspend $pause)
      (br $l))
    (unreachable))
  (func (export "keep") (global.set $kept (cont.new $k (ref.func $counts))))
  (func (export "count") (result i32)
    (block $h (result (ref $k))
      (resume $k (on $pause $h) (global.get $kept))
      (return))
    (global.set $kept)
    (global.get $count)))`;

/** What is done at the bottom, by its number in the guest. */
const ACTIONS = Object.freeze(["nothing", "suspend", "suspend outwards", "throw", "wait", "resume"]);
const WAIT = ACTIONS.indexOf("wait");

/** Ways down, and what can be done at their end. */
const WAYS: readonly (readonly [name: string, actions: readonly string[]])[] = [
  ["outside", ["nothing", "throw", "wait", "resume"]],
  ["inside", ACTIONS],
  ["nested", ACTIONS],
  ["split", ["suspend", "throw", "wait"]],
];

export interface Findings {
  /** How often what happened, by way and action. */
  readonly counts: ReadonlyMap<string, number>;
  /** What must not have happened. */
  readonly failures: readonly string[];
}

class Guest {
  readonly store: Store;
  readonly instance: Instance;
  #count = 0;

  private constructor(store: Store, instance: Instance) {
    this.store = store;
    this.instance = instance;
  }

  static async create(options: EngineOptions): Promise<Guest> {
    const engine = new Engine(options);
    const store = new Store(engine);
    if (options.fuel === true) store.fuel = 1_000_000_000_000_000n;
    const linker = new Linker(engine).funcAsync(
      "host",
      "wait",
      { params: ["i32"], results: ["i32"] },
      async (value) => value + 1,
    );
    const instance = await linker.instantiateAsync(store, new Module(engine, await parseText(GUEST)));
    instance.call("keep");
    return new Guest(store, instance);
  }

  /** Whether an export was entered since the last time that this was asked. */
  takeEntered(): boolean {
    const entered = this.instance.exports["entered"] as WebAssembly.Global;
    const was = entered.value !== 0;
    entered.value = 0;
    return was;
  }

  /** What is wrong with the store. */
  *wrong(): Generator<string> {
    const { context } = this.store;
    // Where there was no room to put the stack chain back, the next entry does.
    const again = outcomeOf(() => this.instance.call("again"), 1);
    if (again !== "right" && !/already consumed|null continuation/.test(again)) yield `what was resumed: ${again}`;
    if (context.imports.effect.value !== 0) yield `the control effect is ${context.imports.effect.value}`;
    if ([...context.chain()].length > 0) yield "a continuation runs";
    this.#count++;
    const count = outcomeOf(() => this.instance.call("count"), this.#count);
    if (count !== "right") yield `the continuation that was kept: ${count} instead of ${this.#count}`;
    for (const [name, actions] of WAYS) {
      for (const action of actions) {
        if (action === "wait") continue;
        const outcome = outcomeOf(() => this.instance.call(name, 3, ACTIONS.indexOf(action)), 1);
        if (outcome !== "right") yield `${name}, ${action}: ${outcome}`;
      }
    }
  }
}

/** `right`, `exhausted`, `the host's own` (an error), or what else came of it. */
function outcomeOf(act: () => unknown, expected: number): string {
  try {
    const result = act();
    return result === expected ? "right" : `returned ${String(result)}`;
  } catch (error) {
    return errorKind(error);
  }
}

function errorKind(error: unknown): string {
  const { name, message } = error as Error;
  if (error instanceof Trap) {
    const isOfficial = error.code === "call-stack-exhausted" && message === "call stack exhausted" && name === "Trap";
    return isOfficial ? "exhausted" : `${name}: ${message}`;
  }
  const isHosts = /maximum call stack|too much recursion/i.test(message) && /^(?:RangeError|InternalError)$/.test(name);
  return isHosts ? "the host's own" : `${name}: ${message}`;
}

/** The largest number up to `limit` for which something is right, if it is for all below. */
async function largest(limit: number, isRight: (n: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await isRight(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Uses up the stack: so many small frames, then so many arguments, which take a word each; then `act`. */
function below(depth: number, act: () => unknown, words: number): unknown {
  if (depth > 0) {
    const result = below(depth - 1, act, words);
    return depth > 0 ? result : undefined; // Not a tail call: some engines would need no stack for it.
  }
  return words === 0 ? act() : Reflect.apply(act, undefined, new Array(words));
}

const MAX_DEPTH = 1_000_000;
/** Small frames beyond the deepest from which a guest gets through, to where it is not entered any more. */
const NEAR = 12;

class Probe {
  readonly counts = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #guest: Guest;
  readonly #range: number;

  constructor(guest: Guest, range: number) {
    this.#guest = guest;
    this.#range = range;
  }

  async run(): Promise<void> {
    for (const [name, actions] of WAYS) {
      for (const action of actions) await this.#recurse(name, ACTIONS.indexOf(action));
    }
    for (const [name, actions] of WAYS) {
      for (const action of actions) {
        if (action !== "wait") this.#enterDeep(name, ACTIONS.indexOf(action));
        else await this.#enterDeepAndWait(name);
      }
    }
  }

  #note(what: string, outcome: string, isAllowed: boolean): void {
    this.counts.set(`${what} ${outcome}`, (this.counts.get(`${what} ${outcome}`) ?? 0) + 1);
    if (!isAllowed) this.failures.push(`${what}: ${outcome}`);
    const isRight = outcome === "right";
    for (const wrong of isRight ? [] : this.#guest.wrong()) this.failures.push(`after ${what} ${outcome}: ${wrong}`);
  }

  /** By the embedding API, and by the JS API, whose error is the host's own. */
  async #recurse(name: string, action: number): Promise<void> {
    const { instance } = this.#guest;
    const exported = instance.exports[name] as (...args: number[]) => unknown;
    const apis: readonly (readonly [api: string, exhausted: string, call: (depth: number) => Promise<string>])[] =
      action === WAIT
        ? [
            [
              "async",
              "exhausted",
              (depth) =>
                instance.callAsync(name, [depth, action]).then(
                  (result) => (result === 1 ? "right" : `returned ${String(result)}`),
                  (error: unknown) => errorKind(error),
                ),
            ],
          ]
        : [
            ["embedding", "exhausted", async (depth) => outcomeOf(() => instance.call(name, depth, action), 1)],
            ["JS", "the host's own", async (depth) => outcomeOf(() => exported(depth, action), 1)],
          ];
    for (const [api, exhausted, call] of apis) {
      for (let i = 0; i < 30; i++) await call(10); // Compiled by now, so that frames keep their size.
      const limit = await largest(MAX_DEPTH, async (depth) => (await call(depth)) === "right");
      const what = `${api} API, ${name}, ${ACTIONS[action] ?? ""}`;
      for (let depth = Math.max(0, limit - this.#range); depth <= limit + this.#range; depth++) {
        const outcome = await call(depth);
        this.#note(what, outcome, outcome === "right" || outcome === exhausted);
      }
    }
  }

  /** Calls that wait, from where JavaScript has left little of the stack. */
  async #enterDeepAndWait(name: string): Promise<void> {
    const guest = this.#guest;
    const what = `entered deep, ${name}, wait`;
    const run = async (depth: number, words: number): Promise<string> => {
      try {
        const result = await (below(depth, () => guest.instance.callAsync(name, [3, WAIT]), words) as Promise<unknown>);
        return result === 1 ? "right" : `returned ${String(result)}`;
      } catch (error) {
        return errorKind(error);
      }
    };
    for (let i = 0; i < 30; i++) await run(10, 0);
    const limit = await largest(MAX_DEPTH, async (depth) => (await run(depth, 0)) === "right");
    for (let depth = Math.max(0, limit - 4); depth <= limit + NEAR; depth++) {
      for (let words = 0; words < 24; words += 3) {
        guest.takeEntered();
        const outcome = await run(depth, words);
        const isAllowed = outcome === "right" || outcome === "exhausted" || outcome === "the host's own";
        const isTyped = outcome !== "the host's own" || !guest.takeEntered();
        this.#note(isTyped ? what : `${what} (was entered)`, outcome, isAllowed && isTyped);
      }
    }
  }

  /** From where JavaScript has left little of the stack: if the guest was entered at all, the error is a {@link Trap}. */
  #enterDeep(name: string, action: number): void {
    const guest = this.#guest;
    const what = `entered deep, ${name}, ${ACTIONS[action] ?? ""}`;
    const call = (): unknown => guest.instance.call(name, 3, action);
    const run = (depth: number, words: number): string => outcomeOf(() => below(depth, call, words), 1);
    for (let i = 0; i < 30; i++) run(10, 0);
    let [low, high] = [0, MAX_DEPTH];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (run(middle, 0) === "right") low = middle;
      else high = middle - 1;
    }
    for (let depth = Math.max(0, low - 4); depth <= low + NEAR; depth++) {
      for (let words = 0; words < 24; words += 3) {
        guest.takeEntered();
        const outcome = run(depth, words);
        const isAllowed = outcome === "right" || outcome === "exhausted" || outcome === "the host's own";
        const isTyped = outcome !== "the host's own" || !guest.takeEntered();
        this.#note(isTyped ? what : `${what} (was entered)`, outcome, isAllowed && isTyped);
      }
    }
  }
}

/** What programs do to the traces of errors; each makes it undone. */
const HOOKS: Readonly<Record<string, (traces: Traces) => void>> = Object.freeze({
  "gives the call sites": (traces) => (traces.prepareStackTrace = (_: unknown, sites: unknown) => sites),
  "gives nothing": (traces) => (traces.prepareStackTrace = () => undefined),
  throws: (traces) => {
    traces.prepareStackTrace = () => {
      throw new TypeError("the program's");
    };
  },
  "never ends": (traces) => {
    const recurse = (): unknown => [recurse()];
    traces.prepareStackTrace = recurse;
  },
  "is frozen": (traces) => {
    Object.defineProperty(traces, "prepareStackTrace", { value: () => "frozen", writable: false, configurable: true });
  },
  "no trace": (traces) => (traces.stackTraceLimit = 0),
  "an endless trace": (traces) => (traces.stackTraceLimit = Infinity),
  "a limit that is no number": (traces) => (traces.stackTraceLimit = "all"),
});

interface Traces {
  prepareStackTrace?: unknown;
  stackTraceLimit?: unknown;
}

/** Traps that the host raises, and such that lowered code does. */
const TRAPS = `(module
  (type $v (func)) (type $k (cont $v))
  (tag $none)
  (elem declare func $trap $suspend $recurse)
  (func $trap (unreachable))
  (func $suspend (suspend $none))
  (func $recurse (call $recurse) (call $recurse))
  (func (export "unreachable") (resume $k (cont.new $k (ref.func $trap))))
  (func (export "unhandled-tag") (resume $k (cont.new $k (ref.func $suspend))))
  (func (export "null-continuation-reference") (resume $k (ref.null $k)))
  (func (export "call-stack-exhausted") (resume $k (cont.new $k (ref.func $recurse)))))`;

/** Whether traps stay what they are, whatever the program makes of their traces. */
export async function probeHooks(): Promise<Findings> {
  const engine = new Engine();
  const instance = await new Linker(engine).instantiateAsync(
    new Store(engine),
    new Module(engine, await parseText(TRAPS)),
  );
  const counts = new Map<string, number>();
  const failures: string[] = [];
  const traces = Error as unknown as Traces;
  for (const [name, hook] of Object.entries(HOOKS)) {
    for (const { name: code } of instance.module.exports) {
      const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
      const limit = traces.stackTraceLimit;
      hook(traces);
      let found: string;
      try {
        instance.call(code);
        found = "nothing";
      } catch (error) {
        const isTrap = error instanceof Trap && error.message === TRAP_TEXTS[error.code] && error.name === "Trap";
        found = isTrap ? error.code : String(error);
        // It can be asked for, at least.
        if (error instanceof Trap) void error.backtrace?.frames;
      } finally {
        if (prepare === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
        else Object.defineProperty(Error, "prepareStackTrace", prepare);
        traces.stackTraceLimit = limit;
      }
      counts.set(found, (counts.get(found) ?? 0) + 1);
      if (found !== code) failures.push(`${name}: ${found} instead of ${code}`);
    }
  }
  return { counts, failures };
}

/** Probes in a store of an engine with these options, `range` depths on both sides of each limit. */
export async function probeLimits(options: EngineOptions, range: number): Promise<Findings> {
  const guest = await Guest.create(options);
  const probe = new Probe(guest, range);
  await probe.run();
  return probe;
}
