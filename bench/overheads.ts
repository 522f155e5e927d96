/**
 * What the boundary costs, side by side with the host's own: `node bench/overheads.ts [--quick]`.
 *
 * Contestants take turns in one process; what counts is the median of the ratios round by round. Exits with 1 if a goal
 * is missed.
 */
import { scriptOptions } from "../scripts/options.ts";
import { Engine, Instance, Module, Store } from "../runtime/index.ts";
import { createWebAssembly } from "../runtime/webassembly/namespace.ts";
import { parseText } from "../wasm/text.ts";
import { median, medianRatio, table } from "./measure.ts";

type Call = (...args: number[]) => unknown;
type Loop = (fn: Call, count: number) => void | Promise<void>;
type LoopName = "calls0" | "calls1" | "calls2" | "once" | "onceAsync" | "callsAsync";

interface Contestant {
  readonly name: string;
  readonly fn: Call;
}

interface Race {
  readonly title: string;
  readonly loop: LoopName;
  /** The first is what the others are compared with. */
  readonly contestants: readonly Contestant[];
  /** The most that the ratio to the first may be. */
  readonly goal: number;
}

const BODY = `
  (global $sum (mut i32) (i32.const 0))
  (func (export "none") (global.set $sum (i32.add (global.get $sum) (i32.const 1))))
  (func (export "one") (param i32) (result i32)
    (global.set $sum (i32.add (global.get $sum) (local.get 0))) (global.get $sum))
  (func (export "two") (param i32 i32) (result i32)
    (global.set $sum (i32.add (global.get $sum) (i32.mul (local.get 0) (local.get 1)))) (global.get $sum))
  (func $host_calls (export "host calls") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $helper (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $deep (param $depth i32) (param $n i32) (result i32)
    (if (result i32) (local.get $depth)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $n))))
      (else (call $helper (local.get $n)))))
  (func (export "deep") (param $n i32) (result i32) (call $deep (i32.const 10) (local.get $n)))`;

const PLAIN = `(module (import "env" "helper" (func $helper (param i32) (result i32))) ${BODY})`;
/** The same module, but one that has to be lowered. */
const SWITCHING = `(module (import "env" "helper" (func $helper (param i32) (result i32))) ${BODY}
  (type $ft (func (param i32) (result i32))) (type $ct (cont $ft))
  (func (export "inside") (param i32) (result i32) (resume $ct (local.get 0) (cont.new $ct (ref.func $host_calls)))))`;

const { values: options } = scriptOptions(import.meta.url, { options: { quick: { type: "boolean", default: false } } });
const ROUNDS = options.quick ? 15 : 61;
const MILLISECONDS = options.quick ? 3 : 8;

const plain = await parseText(PLAIN);
const switching = await parseText(SWITCHING);

/** A host function of its own for each contestant: engines remember what they call. */
function helper(): (x: number) => number {
  let sum = 0;
  return (x) => {
    sum = (sum + x) | 0;
    return sum;
  };
}

interface Exports {
  readonly [name: string]: Call;
}

function hostExports(fn: Call): Exports {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(plain), { env: { helper: fn } });
  return instance.exports as unknown as Exports;
}

function ours(fn: Call): Instance {
  const engine = new Engine();
  return new Instance(new Store(engine), new Module(engine, switching), { env: { helper: fn } });
}

function exported(): readonly Contestant[][] {
  return (["none", "one", "two"] as const).map((name, count) => {
    const typed = ours(helper()).getTypedFunc(name, {
      params: (["i32", "i32"] as const).slice(0, count),
      results: count === 0 ? [] : ["i32"],
    });
    return [
      { name: "host", fn: hostExports(helper())[name] as Call },
      { name: "instance.exports", fn: (ours(helper()).exports as unknown as Exports)[name] as Call },
      { name: "getTypedFunc", fn: typed },
    ];
  });
}

function hostCalls(): Contestant[] {
  return [
    { name: "host", fn: hostExports(helper())["host calls"] as Call },
    { name: "stackyard", fn: (ours(helper()).exports as unknown as Exports)["host calls"] as Call },
    { name: "stackyard, in a continuation", fn: (ours(helper()).exports as unknown as Exports)["inside"] as Call },
  ];
}

/** The host's `WebAssembly` with promise integration, as lib.dom does not know it. */
interface Promising {
  readonly Suspending: new (fn: Call) => object;
  promising(fn: Call): Call;
}

async function asyncHelper(x: number): Promise<number> {
  return x;
}

/** The same module in both namespaces, its host function wrapped with the `Suspending` of each. */
function waitingExports(wasm: typeof WebAssembly & Promising): Exports {
  const helper = new wasm.Suspending(asyncHelper);
  const instance = new wasm.Instance(new wasm.Module(plain), { env: { helper: helper as never } });
  return instance.exports as unknown as Exports;
}

function waiting(): (name: string) => Contestant[] {
  const namespaces = [
    { name: "host", wasm: WebAssembly as typeof WebAssembly & Promising },
    { name: "stackyard", wasm: createWebAssembly() as unknown as typeof WebAssembly & Promising },
  ].filter(({ wasm }) => "promising" in wasm);
  const contestants = namespaces.map(({ name, wasm }) => ({ name, wasm, exports: waitingExports(wasm) }));
  return (name) =>
    contestants.map(({ name: whose, wasm, exports }) => ({ name: whose, fn: wasm.promising(exports[name] as Call) }));
}

async function time(loop: Loop, fn: Call, count: number): Promise<number> {
  const started = performance.now();
  const done = loop(fn, count);
  if (done !== undefined) await done;
  return performance.now() - started;
}

/** Nanoseconds per call, round by round, for each contestant. */
async function run({ loop: name, contestants }: Race): Promise<number[][]> {
  const loops = await Promise.all(
    contestants.map(async (_, i) => {
      const url = new URL(`./overhead-loops.ts?${name}${i}${Math.random()}`, import.meta.url);
      return ((await import(url.href)) as Record<LoopName, Loop>)[name];
    }),
  );
  let count = 1000;
  for (const [i, { fn }] of contestants.entries()) {
    for (let pass = 0; pass < 12; pass++) {
      const taken = await time(loops[i] as Loop, fn, count);
      if (taken < MILLISECONDS) count *= 2;
    }
  }
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { fn }] of contestants.entries()) {
      times[i]?.push(((await time(loops[i] as Loop, fn, count)) / count) * 1e6);
    }
  }
  return times;
}

const [none = [], one = [], two = []] = exported();
const waits = waiting();
const races: readonly Race[] = [
  { title: "call of an export () -> ()", loop: "calls0", contestants: none, goal: 2 },
  { title: "call of an export (i32) -> i32", loop: "calls1", contestants: one, goal: 2 },
  { title: "call of an export (i32 i32) -> i32", loop: "calls2", contestants: two, goal: 2 },
  { title: "call of a host function", loop: "once", contestants: hostCalls(), goal: 1.3 },
  { title: "wait for a host function", loop: "onceAsync", contestants: waits("host calls"), goal: 1 },
  { title: "call that waits at depth 10", loop: "callsAsync", contestants: waits("deep"), goal: 1 },
];

let missed = 0;
for (const race of races) {
  const times = await run(race);
  const [base = []] = times;
  const isCompared = race.contestants[0]?.name.startsWith("host") === true;
  console.log(`\n${race.title}${isCompared ? ` (goal: at most ${race.goal} times the host's)` : ""}`);
  console.log(
    table([
      ["contestant", "ns, median", "ns, least", "ratio", "goal"],
      ...race.contestants.map(({ name }, i) => {
        const own = times[i] ?? [];
        const ratio = medianRatio(own, base);
        // A hundredth is noise.
        const met = !isCompared || i === 0 || ratio <= race.goal * 1.01;
        if (!met) missed++;
        const cells = [name, median(own).toFixed(1), Math.min(...own).toFixed(1)];
        return [...cells, isCompared ? ratio.toFixed(2) : "", isCompared && i > 0 ? (met ? "met" : "MISSED") : ""];
      }),
    ]),
  );
}
process.exitCode = missed === 0 ? 0 : 1;
