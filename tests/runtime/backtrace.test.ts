/** Where guests trap: WasmBacktrace, across continuations. */
import { expect, test } from "@jest/globals";
import {
  Continuation,
  Engine,
  type EngineOptions,
  Func,
  Instance,
  Module,
  Store,
  Tag,
  Trap,
  WasmBacktrace,
} from "../../runtime/index.ts";
import { parseText } from "../../wasm/text.ts";

// V8 keeps 10 frames of a trace unless told otherwise, those of the machine and of JavaScript included.
Error.stackTraceLimit = 60;

/** `function+offset in the function`, stack by stack: what does not change with the module's bytes. */
function summary(backtrace: WasmBacktrace | undefined): string {
  const stacks = backtrace?.stacks.map(({ frames }) => frames.map(({ funcName }) => funcName ?? "?").join(" < "));
  return stacks?.join(" | ") ?? "none";
}

/** The instruction that each frame is at, by its first byte in the guest. */
function opcodes(backtrace: WasmBacktrace | undefined): (number | undefined)[] {
  return (backtrace?.frames ?? []).map(({ module, moduleOffset = -1 }) => module.decoded.bytes[moduleOffset]);
}

const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const CALL_REF = 0x14;
const I32_DIV_S = 0x6d;
const SUSPEND = 0xe2;
const RESUME = 0xe3;
const UNREACHABLE = 0x00;

function trapOf(action: () => unknown): Trap {
  try {
    action();
  } catch (error) {
    if (error instanceof Trap) return error;
    throw error;
  }
  throw new Error("no trap");
}

interface Setup {
  readonly store: Store;
  readonly instance: Instance;
}

async function instantiate(text: string, imports = {}, options: EngineOptions = {}): Promise<Setup> {
  const engine = new Engine(options);
  const store = new Store(engine);
  const module = new Module(engine, await parseText(text));
  return { store, instance: new Instance(store, module, imports) };
}

test("a plain module: names, offsets, the module's name", async () => {
  const { instance } = await instantiate(`(module $math
    (func $divide (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func (param i32) (result i32) (call $divide (local.get 0)))
    (func (export "main") (param i32) (result i32) (call 1 (local.get 0))))`);
  const { code, message, backtrace } = trapOf(() => instance.call("main", 0));
  expect([code, message]).toEqual(["integer-divide-by-zero", "integer divide by zero"]);
  const [divide, unnamed, main] = backtrace?.frames ?? [];
  expect(divide).toMatchObject({ funcIndex: 0, funcName: "divide", moduleName: "math", module: instance.module });
  expect(unnamed).toMatchObject({ funcIndex: 1, funcName: undefined });
  // A function without a name is called what it is exported as.
  expect(main).toMatchObject({ funcIndex: 2, funcName: "main" });
  expect(opcodes(backtrace)).toEqual([I32_DIV_S, CALL, CALL]);
  // From the start of the function's entry in the code section, where its locals are declared.
  expect(divide?.funcOffset).toBe(5);
  expect(backtrace?.isTruncated).toBe(false);
  expect(String(backtrace)).toBe(
    [
      "wasm backtrace:",
      "    0:     0x29 - math!divide",
      "    1:     0x2f - math!<wasm function 1>",
      "    2:     0x36 - math!main",
    ].join("\n"),
  );
});

/** `main` resumes `outer`, whose `drive` resumes `inner`; both are suspended in every round. Traps in round `n`. */
const TOWER = `(module $tower
  (type $f (func)) (type $c (cont $f))
  (import "host" "helper" (func $helper))
  (tag $in) (tag $out)
  (global $rounds (mut i32) (i32.const 0))
  (func $deepest
    (if (i32.eqz (global.get $rounds)) (then (call $helper) (unreachable)))
    (global.set $rounds (i32.sub (global.get $rounds) (i32.const 1)))
    (suspend $in))
  (func $step (call $deepest))
  (func $inner (loop $l (call $step) (br $l)))
  (func $drive (param $c (ref null $c))
    (loop $l
      (block $on (result (ref $c)) (resume $c (on $in $on) (local.get $c)) (return))
      (local.set $c)
      (suspend $out)
      (br $l)))
  (func $outer (call $drive (cont.new $c (ref.func $inner))))
  (func (export "main") (param i32) (local $c (ref null $c))
    (global.set $rounds (local.get 0))
    (local.set $c (cont.new $c (ref.func $outer)))
    (loop $l
      (block $on (result (ref $c)) (resume $c (on $out $on) (local.get $c)) (return))
      (local.set $c)
      (br $l)))
  (elem declare func $inner $outer))`;

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["as usual", {}],
  ...[1, 2, 3, 4, 5].map((chaos) => [`in chaos mode, seed ${chaos}`, { chaos }] as const),
  ["metered", { fuel: true }],
  ["with resume copies on demand", { resumeCopies: "on-demand" }],
];

for (const [mode, options] of MODES) {
  for (const rounds of [0, 1, 5]) {
    test(`across continuations, ${mode}, after ${rounds} suspensions`, async () => {
      let fromHelper: WasmBacktrace | undefined;
      const helper = (): void => {
        fromHelper = WasmBacktrace.capture(store);
      };
      const { instance, store } = await instantiate(TOWER, { host: { helper } }, options);
      if (options.fuel === true) store.fuel = 1_000_000n;
      const { backtrace } = trapOf(() => instance.call("main", rounds));
      expect(summary(backtrace)).toBe("deepest < step < inner | drive < outer | main");
      expect(opcodes(backtrace)).toEqual([UNREACHABLE, CALL, CALL, RESUME, CALL, RESUME]);
      expect(backtrace?.stacks.map(({ continuation }) => continuation !== undefined)).toEqual([true, true, false]);
      // A helper that is called by the guest can ask where it is, too.
      expect(summary(fromHelper)).toBe("deepest < step < inner | drive < outer | main");
      expect(opcodes(fromHelper)[0]).toBe(CALL);
    });
  }
}

interface Program {
  readonly name: string;
  /** Exports `main`, which traps. */
  readonly text: string;
  readonly stacks: string;
  readonly opcodes: readonly number[];
}

const DRIVE_ON = `(loop $l
  (block $on (result (ref $c)) (resume $c (on $t $on) (local.get $c)) (return))
  (local.set $c)
  (br $l))`;

const PROGRAMS: readonly Program[] = [
  {
    // What inner suspends with is for main, past drive, so one driver runs inner and outer after that.
    name: "continuations that were captured together",
    text: `(module
      (type $f (func)) (type $c (cont $f))
      (tag $in) (tag $t)
      (func $leaf (suspend $t) (suspend $t) (unreachable))
      (func $inner (call $leaf))
      (func $drive
        (block $on (result (ref $c)) (resume $c (on $in $on) (cont.new $c (ref.func $inner))) (return)) (drop))
      (func $outer (call $drive))
      (func (export "main") (local $c (ref null $c)) (local.set $c (cont.new $c (ref.func $outer))) ${DRIVE_ON})
      (elem declare func $inner $outer))`,
    stacks: "leaf < inner | drive < outer | main",
    opcodes: [UNREACHABLE, CALL, RESUME, CALL, RESUME],
  },
  {
    name: "captured together, and the inner one has returned",
    text: `(module
      (type $f (func)) (type $c (cont $f))
      (tag $in) (tag $t)
      (func $inner (suspend $t))
      (func $middle (resume $c (cont.new $c (ref.func $inner))) (suspend $t) (call $fail))
      (func $fail (unreachable))
      (func $drive (resume $c (cont.new $c (ref.func $middle))))
      (func $outer (call $drive))
      (func (export "main") (local $c (ref null $c)) (local.set $c (cont.new $c (ref.func $outer))) ${DRIVE_ON})
      (elem declare func $inner $middle $outer))`,
    stacks: "fail < middle | drive < outer | main",
    opcodes: [UNREACHABLE, CALL, RESUME, CALL, RESUME],
  },
  {
    name: "captured together, and one further in is driven anew",
    text: `(module
      (type $f (func)) (type $c (cont $f))
      (tag $t) (tag $u)
      (func $inner (suspend $t) (call $fail))
      (func $fail (suspend $u) (unreachable))
      (func $middle (local $c (ref null $c))
        (local.set $c (cont.new $c (ref.func $inner)))
        (loop $l
          (block $on (result (ref $c)) (resume $c (on $u $on) (local.get $c)) (return)) (local.set $c) (br $l)))
      (func $outer (resume $c (cont.new $c (ref.func $middle))))
      (func (export "main") (local $c (ref null $c)) (local.set $c (cont.new $c (ref.func $outer))) ${DRIVE_ON})
      (elem declare func $inner $middle $outer))`,
    stacks: "fail < inner | middle | outer | main",
    opcodes: [UNREACHABLE, CALL, RESUME, RESUME, RESUME],
  },
  {
    name: "after a switch, the stack is that of the continuation switched to",
    text: `(module
      (rec (type $f (func (param (ref null $c)))) (type $c (cont $f)))
      (tag $e)
      (func $second (type $f) (call $fail))
      (func $fail (unreachable))
      (func $first (type $f) (drop (switch $c $e (cont.new $c (ref.func $second)))))
      (func (export "main") (resume $c (on $e switch) (ref.null $c) (cont.new $c (ref.func $first))))
      (elem declare func $first $second))`,
    stacks: "fail < second | main",
    opcodes: [UNREACHABLE, CALL, RESUME],
  },
  {
    name: "switched away, and back",
    text: `(module
      (rec (type $f (func (param (ref null $c)))) (type $c (cont $f)))
      (tag $e)
      (func $second (type $f) (drop (switch $c $e (local.get 0))))
      (func $turn (drop (switch $c $e (cont.new $c (ref.func $second)))) (unreachable))
      (func $first (type $f) (call $turn))
      (func $run (resume $c (on $e switch) (ref.null $c) (cont.new $c (ref.func $first))))
      (func (export "main") (call $run))
      (elem declare func $first $second))`,
    stacks: "turn < first | run < main",
    opcodes: [UNREACHABLE, CALL, RESUME, CALL],
  },
  {
    name: "a tail call leaves no frame, in either copy of a function",
    text: `(module
      (type $f (func)) (type $c (cont $f)) (tag $t)
      (func $fail (unreachable))
      (func $tail (suspend $t) (return_call $fail))
      (func $caller (call $tail))
      (func (export "main")
        (block $on (result (ref $c)) (resume $c (on $t $on) (cont.new $c (ref.func $caller))) (return))
        (resume $c))
      (elem declare func $caller))`,
    stacks: "fail < caller | main",
    opcodes: [UNREACHABLE, CALL, RESUME],
  },
  {
    name: "legacy exceptions: offsets are those of the guest's own bytes",
    text: `(module
      (type $f (func)) (type $c (cont $f)) (tag $t) (tag $e)
      (func $body try (suspend $t) (throw $e) catch $e (suspend $t) (call $fail) end)
      (func $fail (unreachable))
      (func (export "main") (local $c (ref null $c)) (local.set $c (cont.new $c (ref.func $body))) ${DRIVE_ON})
      (elem declare func $body))`,
    stacks: "fail < body | main",
    opcodes: [UNREACHABLE, CALL, RESUME],
  },
  {
    name: "calls through tables and references",
    text: `(module (type $f (func)) (table funcref (elem $g)) (func $g (call_ref $f (ref.func $h))) (func $h (unreachable))
      (elem declare func $h)
      (func (export "main") (call_indirect (type $f) (i32.const 0))))`,
    stacks: "h < g < main",
    opcodes: [UNREACHABLE, CALL_REF, CALL_INDIRECT],
  },
  {
    name: "bound arguments",
    text: `(module
      (type $f (func)) (type $c (cont $f)) (type $g (func (param i32 i64))) (type $d (cont $g)) (tag $t)
      (func $body (param i32 i64) (suspend $t) (call $fail (local.get 0)))
      (func $fail (param i32) (drop (i32.div_s (i32.const 1) (local.get 0))))
      (func (export "main") (local $c (ref null $c))
        (local.set $c (cont.bind $d $c (i32.const 0) (i64.const 1) (cont.new $d (ref.func $body)))) ${DRIVE_ON})
      (elem declare func $body))`,
    stacks: "fail < body | main",
    opcodes: [I32_DIV_S, CALL, RESUME],
  },
];

for (const [mode, options] of MODES) {
  test.each(PROGRAMS)(`$name, ${mode}`, async ({ text, stacks, opcodes: expected }) => {
    const { instance, store } = await instantiate(text, {}, options);
    if (options.fuel === true) store.fuel = 1_000_000n;
    const { backtrace } = trapOf(() => instance.call("main"));
    expect(summary(backtrace)).toBe(stacks);
    expect(opcodes(backtrace)).toEqual(expected);
    expect(backtrace?.isTruncated).toBe(false);
  });
}

test("traps of the machine are at the guest's instruction", async () => {
  const { instance } = await instantiate(`(module
    (type $f (func)) (type $c (cont $f)) (tag $t)
    (func $nothing) (elem declare func $nothing)
    (func $suspends (suspend $t))
    (func (export "unhandled tag") (call $suspends))
    (func (export "continuation already consumed") (local $c (ref $c))
      (local.set $c (cont.new $c (ref.func $nothing)))
      (resume $c (local.get $c))
      (resume $c (local.get $c))))`);
  const unhandled = trapOf(() => instance.call("unhandled tag"));
  expect(summary(unhandled.backtrace)).toBe("suspends < unhandled tag");
  expect(opcodes(unhandled.backtrace)).toEqual([SUSPEND, CALL]);
  const consumed = trapOf(() => instance.call("continuation already consumed"));
  expect(consumed.code).toBe("continuation-already-consumed");
  expect(opcodes(consumed.backtrace)).toEqual([RESUME]);
});

test("a continuation that waits tells where it was suspended", async () => {
  let held: object | undefined;
  const helper = (): void => {
    // The innermost of the running chain, which is suspended later.
    [held] = store.context.chain();
  };
  const { instance, store } = await instantiate(
    `(module
      (type $f (func)) (type $c (cont $f)) (tag $in) (tag $out)
      (import "host" "helper" (func $helper))
      (func $leaf (call $helper) (suspend $out))
      (func $inner (call $leaf))
      (func $body (call $drive))
      (func $drive (block $on (result (ref $c)) (resume $c (on $in $on) (cont.new $c (ref.func $inner))) (return)) (drop))
      (func (export "start")
        (block $on (result (ref $c)) (resume $c (on $out $on) (cont.new $c (ref.func $body))) (return))
        (drop))
      (elem declare func $body $inner))`,
    { host: { helper } },
  );
  instance.call("start");
  const backtrace = WasmBacktrace.ofContinuation(store, held as object);
  // With those that were captured with it: they resumed each other.
  expect(summary(backtrace)).toBe("leaf < inner | drive < body");
  expect(opcodes(backtrace)).toEqual([SUSPEND, CALL, RESUME, CALL]);
  expect(backtrace.stacks.every(({ continuation }) => continuation !== undefined)).toBe(true);
});

test("a continuation in the host's hands tells where it waits, and a trap in it where that was", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const pause = new Tag(store, { params: [], results: [] });
  const module = new Module(
    engine,
    await parseText(`(module (import "host" "pause" (tag $pause))
      (func $wait (suspend $pause))
      (func $fail (unreachable))
      (func (export "body") (call $wait) (call $fail)))`),
  );
  const instance = new Instance(store, module, { host: { pause } });
  const fresh = new Continuation(store, instance.getFunc("body") as Func);
  expect(fresh.backtrace.frames).toEqual([]);
  const outcome = fresh.resume([], [pause]);
  if (outcome.kind !== "suspended") throw new Error(outcome.kind);
  expect(summary(outcome.continuation.backtrace)).toBe("wait < body");
  expect(opcodes(outcome.continuation.backtrace)).toEqual([SUSPEND, CALL]);
  const last = outcome.continuation.resume([], [pause]);
  expect(last.kind === "threw" && last.error instanceof Trap && summary(last.error.backtrace)).toBe("fail < body");
});

test("a guest that waits for the host has its whole stack on the heap, and still knows it", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const module = new Module(
    engine,
    await parseText(`(module (type $f (func)) (type $c (cont $f)) (import "host" "wait" (func $wait))
      (func $leaf (call $wait) (call $fail))
      (func $fail (unreachable))
      (func $body (call $leaf))
      (func (export "main") (resume $c (cont.new $c (ref.func $body))))
      (elem declare func $body))`),
  );
  const wait = Func.async(store, { params: [], results: [] }, () => Promise.resolve());
  const instance = new Instance(store, module, { host: { wait } });
  const calls = Array.from({ length: 3 }, () => instance.callAsync("main").catch((error: unknown) => error));
  for (const error of await Promise.all(calls)) {
    expect(error instanceof Trap && summary(error.backtrace)).toBe("fail < leaf < body | main");
    expect(error instanceof Trap && opcodes(error.backtrace)).toEqual([UNREACHABLE, CALL, CALL, RESUME]);
  }
});

test("through JavaScript: a trap in a nested call shows the outer guests, too, and no guest catches it", async () => {
  const inner = await instantiate('(module (func (export "f") (call $g)) (func $g (unreachable)))');
  const { instance } = await instantiate(
    `(module $outer
      (type $f (func)) (type $c (cont $f)) (tag $t)
      (import "host" "f" (func $f))
      (func $body (block (try_table (catch_all 0) (call $f))))
      (func (export "main") (resume $c (cont.new $c (ref.func $body))))
      (elem declare func $body))`,
    { host: { f: () => inner.instance.call("f") } },
  );
  const trap = trapOf(() => instance.call("main"));
  expect(trap.code).toBe("unreachable");
});

test("nested entries of one store", async () => {
  const { instance } = await instantiate(
    `(module
      (type $f (func)) (type $c (cont $f)) (tag $t)
      (import "host" "f" (func $f))
      (func $again (suspend $t) (call $f))
      (func $body (call $again))
      (func (export "main")
        (block $on (result (ref $c)) (resume $c (on $t $on) (cont.new $c (ref.func $body))) (return))
        (resume $c))
      (func $fail (suspend $t) (unreachable))
      (func (export "nested")
        (block $on (result (ref $c)) (resume $c (on $t $on) (cont.new $c (ref.func $fail))) (return))
        (resume $c))
      (elem declare func $body $fail))`,
    { host: { f: (): unknown => instance.call("nested") } },
  );
  const { backtrace } = trapOf(() => instance.call("main"));
  expect(summary(backtrace)).toBe("fail | nested | again < body | main");
  expect(String(backtrace)).toContain("\n      -- entered from the host, called by\n");
});

test("modules of one store that call each other", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const library = new Instance(
    store,
    new Module(engine, await parseText('(module $library (func (export "fail") (call $f)) (func $f (unreachable)))')),
  );
  const program = new Instance(
    store,
    new Module(
      engine,
      await parseText(`(module $program (type $f (func)) (type $c (cont $f))
        (import "library" "fail" (func $fail))
        (func $body (call $fail))
        (func (export "main") (resume $c (cont.new $c (ref.func $body))))
        (elem declare func $body))`),
    ),
    { library: { fail: library.getFunc("fail") } },
  );
  const { backtrace } = trapOf(() => program.call("main"));
  expect(backtrace?.frames.map(({ moduleName, funcName }) => `${moduleName}!${funcName}`)).toEqual([
    "library!f",
    "library!fail",
    "program!body",
    "program!main",
  ]);
});

test("what the host has one message for is told by the instruction", async () => {
  const { instance } = await instantiate(`(module (type $f (func)) (type $s (struct (field i32))) (type $a (array i32))
    (table 1 funcref)
    (func (export "undefined element") (call_indirect (type $f) (i32.const 7)))
    (func (export "out of bounds table access") (drop (table.get (i32.const 7))))
    (func (export "null function reference") (call_ref $f (ref.null $f)))
    (func (export "null structure reference") (drop (struct.get $s 0 (ref.null $s))))
    (func (export "null array reference") (drop (array.len (ref.null $a))))
    (func (export "null i31 reference") (drop (i31.get_s (ref.null i31))))
    (func (export "null exception reference") (throw_ref (ref.null exn)))
    (func (export "null reference") (drop (ref.as_non_null (ref.null $s)))))`);
  for (const text of Object.keys(instance.exports)) expect(trapOf(() => instance.call(text)).message).toBe(text);
});

test.each(MODES)("a stack that runs full, %s", async (_, options) => {
  const { instance, store } = await instantiate('(module (func $f (export "f") (call $f)))', {}, options);
  if (options.fuel === true) store.fuel = 100_000_000n;
  const { code, backtrace } = trapOf(() => instance.call("f"));
  expect(code).toBe("call-stack-exhausted");
  expect(backtrace?.isTruncated).toBe(true);
  expect(backtrace?.frames.every(({ funcName }) => funcName === "f")).toBe(true);
  expect(new Set(opcodes(backtrace))).toEqual(new Set([CALL]));
});

test("a trap that never was in a guest has no backtrace", () => {
  expect(new Trap("unreachable").backtrace).toBeUndefined();
  expect(new Trap("unreachable").message).toBe("unreachable");
});
