/**
 * One contestant with one program and one case, in a process of its own: race.ts starts it.
 *
 *     ENGINE [FLAGS] bench/worker.ts '{"implementation": "stackyard", "program": "generator", "case": 0, ...}'
 *
 * Reads one command for each line of standard input and answers each with a line of JSON:
 *
 *     agree         runs once with a size that is the same for all contestants: {result}
 *     warm          finds out how many units fit into a round, and runs until the engine has optimised: {size, units}
 *     round         runs once and checks the result: {ns} for each unit
 *
 * Alone in its process, because the engine's code for a module, and what it has learnt about it, is shared by all instances in
 * one; and because native continuations that were abandoned stay alive, with stacks that every collection walks.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { type Body, fiberImports } from "./fibers.ts";
import { StoreContext } from "../continuations/index.ts";
import { loadLarge, startLowered } from "./large.ts";
import { PLAIN_PROGRAMS, isLarge } from "./plain-programs.ts";
import { swapping } from "./swaps.ts";
import { type Implementation, PROGRAMS, type Program, type Run } from "./programs.ts";

export interface WorkerOptions {
  readonly implementation: Implementation;
  readonly program: string;
  /** Index of the case. */
  readonly case: number;
  /** Path of the module, if there is one. */
  readonly module: string | undefined;
  /** Path of the package that the implementation needs, if any. */
  readonly library: string | undefined;
  /** Milliseconds that a round should take. */
  readonly milliseconds: number;
  /** Whether to count the time that the thread was running, where the engine can tell it. */
  readonly cpuTime: boolean;
  readonly quick: boolean;
}

/** Milliseconds of a round of fixed size above which a contestant is given the smaller size. */
const SLOW = 5000;
/** Rounds to warm up with at least, and their time over that of one. */
const WARM_ROUNDS = 3;
const WARM_ROUND_TIMES = 6;
/**
 * Large modules consist of thousands of functions, which the engine optimises one by one in the background: they are warm when
 * rounds have not become faster by this factor for so many milliseconds; or after the longest time.
 */
const STEADY = 0.98;
const STEADY_FOR = { usual: 2000, quick: 500 } as const;
const WARM_AT_MOST = 15_000;

interface RunExports {
  readonly run: Run;
}

async function load(options: WorkerOptions, program: Program): Promise<Run> {
  const { implementation } = options;
  switch (implementation) {
    case "generators": {
      const { generators } = await import("./programs/generators.ts");
      return known(generators[program.source]);
    }
    case "async": {
      const { asyncFunctions } = await import("./programs/async.ts");
      return known(asyncFunctions[program.source]);
    }
  }
  if (isLarge(program.name)) return loadLarge(program.name, options.module ?? "", machineImports());
  const bytes = await readFile(options.module ?? "");
  switch (implementation) {
    case "stackyard": {
      const { createWebAssembly } = await import("../runtime/webassembly/index.ts");
      const namespace = createWebAssembly();
      return exportsOf(new namespace.Instance(new namespace.Module(bytes))).run;
    }
    case "jspi":
      return promiseIntegration(bytes);
    case "asyncify-swap":
      return swapping(new WebAssembly.Module(bytes));
    case "asyncify-wasm":
      return asyncifyWasm(bytes, options.library ?? "");
    case "analysed":
    case "everything":
    case "on-demand": {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), machineImports());
      startLowered(instance);
      return exportsOf(instance).run;
    }
    default:
      return exportsOf(new WebAssembly.Instance(new WebAssembly.Module(bytes))).run;
  }
}

/** What lowered modules import that use no tags. Nothing is ever suspended in them, so nothing is loaded. */
function machineImports(): WebAssembly.Imports {
  const context = new StoreContext();
  const load = context.loader((ordinal) => {
    throw new Error(`resume copy ${ordinal} is needed, though nothing was suspended`);
  });
  return { stackyard: { ...context.imports, load } as unknown as WebAssembly.ModuleImports };
}

function known(run: Run | undefined): Run {
  if (run === undefined) throw new Error("there is no such program for this contestant");
  return run;
}

function exportsOf(instance: WebAssembly.Instance): RunExports {
  return instance.exports as unknown as RunExports;
}

/** The host's `WebAssembly` with JavaScript promise integration. */
interface PromiseIntegration {
  readonly Suspending: new (fn: (...args: number[]) => Promise<number>) => (...args: number[]) => unknown;
  readonly promising: (fn: unknown) => Run & ((argument: number, value: number) => ReturnType<Body>);
}

function promiseIntegration(bytes: BufferSource): Run {
  const { Suspending, promising } = WebAssembly as unknown as PromiseIntegration;
  if (promising === undefined) throw new Error("this engine has no JavaScript promise integration");
  const imports = fiberImports(
    (index) => promising(instance.exports[`fiber${index}`]),
    (fn) => new Suspending(fn),
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  return promising(instance.exports["run"]);
}

interface AsyncifyWasm {
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Promise<WebAssembly.Instance>;
}

/** Address at which `asyncify-wasm` notes where the stack of an instance starts and ends. */
const STACK_BOUNDS = 16;
/** Bytes of a stack, at least: the program's own has to fit as well. */
const SMALLEST_STACK = 1024;

/** An instance can have one suspended activation, so each fiber gets its own. (Its class Instance fails on today's engines.) */
async function asyncifyWasm(bytes: BufferSource, library: string): Promise<Run> {
  const { instantiate } = (await import(pathToFileURL(library).href)) as AsyncifyWasm;
  const module = new WebAssembly.Module(bytes);
  const start = async (): Promise<WebAssembly.Instance> => {
    const instance = await instantiate(module, imports);
    giveRoom(instance);
    return instance;
  };
  const imports = fiberImports(
    (index) => async (argument, value) => {
      const entry = (await start()).exports[`fiber${index}`];
      return (entry as (argument: number, value: number) => ReturnType<Body>)(argument, value);
    },
    (fn) => fn,
  );
  return exportsOf(await start()).run;
}

/**
 * The package gives an instance a stack of 1,000 bytes, too little for deep ones; programs say how much theirs need, and
 * where.
 */
function giveRoom({ exports }: WebAssembly.Instance): void {
  const { memory, fibers_start, stack_size } = exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly fibers_start: WebAssembly.Global<"i32">;
    readonly stack_size: WebAssembly.Global<"i32">;
  };
  const start = fibers_start.value;
  const end = start + Math.max(stack_size.value, SMALLEST_STACK);
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
  new Uint32Array(memory.buffer, STACK_BOUNDS, 2).set([start, end]);
}

class Worker {
  readonly #run: Run;
  readonly #program: Program;
  readonly #options: WorkerOptions;
  readonly #args: readonly number[];
  #size: number;
  /** The size to come to, if it is fixed. */
  readonly #usual: number;
  readonly #isFixed: boolean;

  constructor(options: WorkerOptions, program: Program, run: Run) {
    const which = program.cases[options.case];
    this.#run = run;
    this.#program = program;
    this.#options = options;
    this.#args = which?.args ?? [];
    this.#isFixed = which?.size !== undefined;
    this.#usual = which?.size?.[options.quick ? 1 : 0] ?? 2;
    this.#size = Math.min(which?.slowSize ?? this.#usual, this.#usual);
  }

  /** Milliseconds that the work takes. */
  async #time(): Promise<number> {
    const started = this.#now();
    const result = await this.#work();
    const taken = this.#now() - started;
    this.#check(result);
    return taken;
  }

  async #work(): Promise<number> {
    const running = this.#run(this.#size, ...this.#args);
    return Number(typeof running === "object" ? await running : running);
  }

  #now(): number {
    if (!this.#options.cpuTime || process.threadCpuUsage === undefined) return performance.now();
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  }

  async agree(): Promise<object> {
    return { result: Number(await this.#run(this.#size, ...this.#args)) };
  }

  #check(result: number): void {
    const expected = this.#program.expected?.(this.#size, ...this.#args);
    if (expected !== undefined && result !== expected) {
      throw new Error(`wrong result: ${result} instead of ${expected}`);
    }
  }

  get #units(): number {
    return this.#program.units?.(this.#size, ...this.#args) ?? this.#size;
  }

  async warm(): Promise<object> {
    const { milliseconds } = this.#options;
    let spent = 0;
    let rounds = 0;
    while (rounds < WARM_ROUNDS || spent < milliseconds * WARM_ROUND_TIMES) {
      const taken = await this.#time();
      spent += taken;
      rounds++;
      if (this.#isFixed) {
        if (this.#size < this.#usual && (taken * this.#usual) / this.#size < SLOW) this.#size = this.#usual;
        else if (spent > 1000) break;
        continue;
      }
      const wanted = this.#size * (milliseconds / Math.max(taken, 0.01));
      // In small steps: what the first rounds take says little about the later ones.
      this.#size = Math.max(1, Math.round(Math.min(wanted, this.#size * 8)));
      if (wanted > this.#size * 1.5) rounds = 0;
    }
    if (isLarge(this.#program.name)) await this.#settle();
    return { size: this.#size, units: this.#units };
  }

  async #settle(): Promise<void> {
    const patience = this.#options.quick ? STEADY_FOR.quick : STEADY_FOR.usual;
    const started = performance.now();
    let best = Number.POSITIVE_INFINITY;
    for (let since = started; ; ) {
      const taken = await this.#time();
      const now = performance.now();
      if (taken < best * STEADY) {
        best = taken;
        since = now;
      }
      if (now - since > patience || now - started > WARM_AT_MOST) return;
    }
  }

  /** Where the size is fixed, the work is done over and over until the round is long enough for clocks. */
  async round(): Promise<object> {
    const results: number[] = [];
    const begun = performance.now();
    const started = this.#now();
    do results.push(await this.#work());
    while (this.#isFixed && performance.now() - begun < this.#options.milliseconds);
    const taken = this.#now() - started;
    for (const result of new Set(results)) this.#check(result);
    return { ns: (taken * 1e6) / this.#units / results.length };
  }
}

const options = JSON.parse(process.argv.at(-1) ?? "") as WorkerOptions;
const program = [...PROGRAMS, ...PLAIN_PROGRAMS].find(({ name }) => name === options.program);
if (program === undefined) throw new Error(`no program is called ${options.program}`);
const worker = new Worker(options, program, await load(options, program));
for await (const command of createInterface({ input: process.stdin })) {
  const answer = await worker[command as "agree" | "warm" | "round"]();
  console.log(JSON.stringify(answer));
}
