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
  readonly quick: boolean;
}

/** Rounds to warm up with at least, and milliseconds. */
const WARM_ROUNDS = 3;
const WARM_ROUND_TIMES = 6;

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
    case "asyncify-wasm":
      return asyncifyWasm(bytes, options.library ?? "");
    case "analysed":
    case "everything": {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), machineImports());
      startLowered(instance);
      return exportsOf(instance).run;
    }
    default:
      return exportsOf(new WebAssembly.Instance(new WebAssembly.Module(bytes))).run;
  }
}

/** What lowered modules import that use no tags. */
function machineImports(): WebAssembly.Imports {
  return { stackyard: { ...new StoreContext().imports } as unknown as WebAssembly.ModuleImports };
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

/** An instance can have one suspended activation, so each fiber gets its own. (Its class Instance fails on today's engines.) */
async function asyncifyWasm(bytes: BufferSource, library: string): Promise<Run> {
  const { instantiate } = (await import(pathToFileURL(library).href)) as AsyncifyWasm;
  const module = new WebAssembly.Module(bytes);
  const imports = fiberImports(
    (index) => async (argument, value) => {
      const start = (await instantiate(module, imports)).exports[`fiber${index}`];
      return (start as (argument: number, value: number) => ReturnType<Body>)(argument, value);
    },
    (fn) => fn,
  );
  return exportsOf(await instantiate(module, imports)).run;
}

class Worker {
  readonly #run: Run;
  readonly #program: Program;
  readonly #options: WorkerOptions;
  readonly #args: readonly number[];
  #size: number;
  readonly #isFixed: boolean;

  constructor(options: WorkerOptions, program: Program, run: Run) {
    const which = program.cases[options.case];
    this.#run = run;
    this.#program = program;
    this.#options = options;
    this.#args = which?.args ?? [];
    this.#isFixed = which?.size !== undefined;
    this.#size = which?.size?.[options.quick ? 1 : 0] ?? 2;
  }

  /** Milliseconds that the work takes. */
  async #time(): Promise<number> {
    const started = performance.now();
    const running = this.#run(this.#size, ...this.#args);
    const result = typeof running === "object" ? await running : running;
    const taken = performance.now() - started;
    this.#check(Number(result));
    return taken;
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
        if (spent > 1000) break;
        continue;
      }
      const wanted = this.#size * (milliseconds / Math.max(taken, 0.01));
      // In small steps: what the first rounds take says little about the later ones.
      this.#size = Math.max(1, Math.round(Math.min(wanted, this.#size * 8)));
      if (wanted > this.#size * 1.5) rounds = 0;
    }
    return { size: this.#size, units: this.#units };
  }

  async round(): Promise<object> {
    return { ns: ((await this.#time()) * 1e6) / this.#units };
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
