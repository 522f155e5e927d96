/** What programs run on: the host as it is, or Stackyard in one of its modes. */
import { lower, type LoweredModule } from "../continuations/index.ts";
import { Engine, type EngineOptions } from "../runtime/engine.ts";
import { Trap } from "../runtime/errors.ts";
import { Instance } from "../runtime/instance.ts";
import { Module } from "../runtime/module.ts";
import { Store } from "../runtime/store.ts";
import { type Job, runJob, type Target, type Trace } from "./job.ts";
import { runWaiting } from "./waiting.ts";

/** The host's own WebAssembly. */
export function hostTarget(): Target {
  const modules = new Map<Uint8Array, WebAssembly.Module>();
  return {
    instantiate: (bytes, imports) => {
      const module = modules.get(bytes) ?? new WebAssembly.Module(bytes);
      modules.set(bytes, module);
      return new WebAssembly.Instance(module, imports).exports;
    },
    isException: (error) => error instanceof WebAssembly.Exception,
    exception: (tag, values) => new WebAssembly.Exception(tag, values),
  };
}

/** How modules are lowered. */
export const MODES = Object.freeze({
  normal: {},
  /** Every call is one that may suspend, although none is unwound for no reason. */
  "every call": { lowering: "all" },
  chaos: { chaos: 1 },
  "on demand": { lowering: "all", resumeCopies: "on-demand" },
  "chaos on demand": { chaos: 1, resumeCopies: "on-demand" },
  /** What asks the host before it does something: to go on, and to grow. */
  metered: { fuel: { call: 3, "i32.add": 0 }, limits: true },
  /** Host functions return promises. */
  waiting: {},
} as const satisfies Readonly<Record<string, EngineOptions>>);

export type Mode = keyof typeof MODES;

/** Modes in which traps are asked where they come from. */
const BACKTRACES: readonly Mode[] = Object.freeze<Mode[]>(["normal", "metered", "chaos on demand"]);

/** More than any program uses up. */
const FUEL = 1_000_000_000_000n;

/** A module that is lowered with every call as one that may suspend. */
class EveryCallModule extends Module {
  #everyCall: LoweredModule | undefined;

  constructor(engine: Engine, bytes: BufferSource) {
    super(engine, bytes, undefined, "later");
  }

  override get lowered(): LoweredModule {
    this.#everyCall ??= lower(
      { ...this.decoded, exports: [...this.decoded.exports, ...this.referencedFunctions] },
      { everyCallSuspends: true },
    );
    return this.#everyCall;
  }
}

/** Compiles modules once for any number of stores. */
export class Lowering {
  readonly #engine: Engine;
  readonly #mode: Mode;
  readonly #modules = new WeakMap<Uint8Array, Module>();

  constructor(mode: Mode) {
    this.#mode = mode;
    this.#engine = new Engine(MODES[mode]);
  }

  /** Runs a job in a new store; `seed` is for what happens at random. */
  async run(job: Job, seed: number): Promise<Trace> {
    if (this.#mode === "waiting") return runWaiting(this.#engine, (bytes) => this.#compiled(bytes), job, seed);
    return runJob(this.target(seed), job);
  }

  /** A new store; `seed` is for chaos mode. */
  target(seed = 1): Target {
    const store = new Store(this.#engine);
    // The JS API, by which native implementations go, keeps continuations from the host.
    store.functions.refuseContinuations();
    if (this.#engine.chaos !== undefined) store.context.seedChaos(seed);
    if (this.#engine.fuel !== undefined) store.context.fuel = FUEL;
    const { Exception } = store.classes;
    // Once is enough: the guest is lowered again for it.
    let looksAtBacktraces = BACKTRACES.includes(this.#mode);
    return {
      wrongBacktrace: (error) => {
        if (!looksAtBacktraces) return undefined;
        looksAtBacktraces = false;
        return wrongBacktrace(error, store);
      },
      instantiate: (bytes, imports) => new Instance(store, this.#compiled(bytes), imports).exports,
      isException: (error): error is WebAssembly.Exception =>
        error instanceof Exception || error instanceof WebAssembly.Exception,
      exception: (tag, values) => new Exception(tag, values),
    };
  }

  #compiled(bytes: Uint8Array<ArrayBuffer>): Module {
    let module = this.#modules.get(bytes);
    if (module === undefined) {
      module = this.#compile(bytes);
      this.#modules.set(bytes, module);
    }
    return module;
  }

  #compile(bytes: Uint8Array<ArrayBuffer>): Module {
    if (this.#mode === "every call") return new EveryCallModule(this.#engine, bytes);
    const module = new Module(this.#engine, bytes);
    // As it comes from a cache.
    return this.#mode === "on demand" ? Module.deserialize(this.#engine, module.serialize()) : module;
  }
}

/** What is wrong with the backtrace of a trap; undefined if nothing is, or the error is no trap. */
function wrongBacktrace(error: unknown, store: Store): string | undefined {
  const trap = Trap.from(error, store);
  if (trap === undefined) return undefined;
  const frames = trap.backtrace?.frames ?? [];
  if (frames.length === 0) return "no frames";
  const wrong = frames.find(({ module, funcIndex, moduleOffset }) => {
    const { code, importedFunctions } = module.decoded;
    const range = code[funcIndex - importedFunctions]?.range;
    if (range === undefined) return true;
    // Not every engine tells offsets.
    return moduleOffset !== undefined && (moduleOffset < range.start || moduleOffset >= range.end);
  });
  return wrong === undefined ? undefined : `function ${wrong.funcIndex} at ${wrong.moduleOffset}`;
}
