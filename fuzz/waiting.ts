/** Runs jobs whose host functions return promises now and then: their guests wait, and have to go on as if they had not. */
import { AsyncFunction } from "../runtime/async-imports.ts";
import type { Engine } from "../runtime/engine.ts";
import { Instance } from "../runtime/instance.ts";
import type { Module } from "../runtime/module.ts";
import { Store } from "../runtime/store.ts";
import { type Job, joined, type JobRun, Observer, type Trace } from "./job.ts";
import { Random } from "./random.ts";

type Callable = (...args: unknown[]) => unknown;

/**
 * Runs a job twice at the same time, in one store but in instances of its own: the two take turns whenever one waits.
 * Gives the trace of one if they are the same.
 */
export async function runWaiting(
  engine: Engine,
  compile: (bytes: Uint8Array<ArrayBuffer>) => Module,
  job: Job,
  seed: number,
): Promise<Trace> {
  const store = new Store(engine);
  store.functions.refuseContinuations();
  const traces: Trace[] = [];
  for (const run of job.runs) {
    const make = (each: number): Promise<Trace> => new WaitingRun(store, compile, job, each).run(run);
    traces.push(theSame(await Promise.all([make(seed), make(seed + 1)])));
  }
  return joined(traces);
}

function theSame([one, another]: readonly [Trace, Trace]): Trace {
  if (one.outcomes.join() === another.outcomes.join() && one.events.join() === another.events.join()) return one;
  return {
    outcomes: [...one.outcomes, "but also", ...another.outcomes],
    events: [...one.events, "but also", ...another.events],
  };
}

class WaitingRun {
  readonly #store: Store;
  readonly #compile: (bytes: Uint8Array<ArrayBuffer>) => Module;
  readonly #observer: Observer;
  readonly #random: Random;
  readonly #instances: Instance[] = [];
  /** Whether the guest was entered by a call that cannot wait. */
  #isSync = false;

  constructor(store: Store, compile: (bytes: Uint8Array<ArrayBuffer>) => Module, job: Job, seed: number) {
    this.#store = store;
    this.#compile = compile;
    this.#random = new Random(seed);
    const { Exception } = this.#store.classes;
    const target = {
      isException: (error: unknown): error is WebAssembly.Exception =>
        error instanceof Exception || error instanceof WebAssembly.Exception,
      exception: (tag: WebAssembly.Tag, values: (number | bigint)[]) => new Exception(tag, values),
    };
    this.#observer = new Observer(target, job, {
      enter: (which: number, arg: number) => this.#enter(which, arg),
      attempt: (which: number, arg: number) => this.#attemptEntry(which, arg),
    });
    const { host = {} } = this.#observer.imports;
    for (const [name, fn] of Object.entries(host)) {
      const wait = name === "enter" || name === "attempt" ? (fn as Callable) : this.#sometimes(name, fn as Callable);
      host[name] = new AsyncFunction(wait) as unknown as WebAssembly.ImportValue;
    }
  }

  async run(run: JobRun): Promise<Trace> {
    const observer = this.#observer;
    try {
      for (const bytes of observer.job.modules) {
        const module = this.#compile(bytes);
        const instance = await Instance.create(this.#store, module, observer.imports);
        this.#instances.push(instance);
        observer.adopt(instance.exports);
      }
    } catch (error) {
      return observer.instantiationFailed(error);
    }
    observer.begin(run);
    for (const call of run.calls) {
      const args = observer.prepare(call);
      observer.ended(await this.#attempt(() => this.#call(call, args)));
    }
    return observer.trace;
  }

  #call({ module, name }: { readonly module: number; readonly name: string }, args: unknown[]): Promise<unknown> {
    const instance = this.#instances[module];
    return instance === undefined ? Promise.resolve() : instance.callAsync(name, args);
  }

  async #attempt(run: () => Promise<unknown>): Promise<string> {
    try {
      return this.#observer.returned(await run());
    } catch (error) {
      return this.#observer.failure(error);
    }
  }

  /** A host function that answers at once or later. */
  #sometimes(name: string, fn: Callable): Callable {
    return (...args) => {
      if (this.#isSync || this.#random.chance(0.4)) return this.#at(name, fn, args);
      return Promise.resolve().then(() => this.#at(name, fn, args));
    };
  }

  /** `call` enters the guest by a call that cannot wait. */
  #at(name: string, fn: Callable, args: unknown[]): unknown {
    const before = this.#isSync;
    this.#isSync ||= name === "call";
    try {
      return fn(...args);
    } finally {
      this.#isSync = before;
    }
  }

  #enter(which: number, arg: number): unknown {
    const observer = this.#observer;
    const entry = observer.entry(which);
    if (entry === undefined) return arg;
    observer.depth++;
    if (!this.#isSync) return this.#call(entry, [arg]).finally(() => observer.depth--);
    try {
      const call = observer.exports[entry.module]?.[entry.name] as Callable;
      return call(arg);
    } finally {
      observer.depth--;
    }
  }

  #attemptEntry(which: number, arg: number): unknown {
    const observer = this.#observer;
    const noted = (outcome: string): number => {
      observer.note("attempt", outcome);
      return observer.depth;
    };
    if (!this.#isSync) return this.#attempt(async () => this.#enter(which, arg)).then(noted);
    try {
      return noted(observer.returned(this.#enter(which, arg)));
    } catch (error) {
      return noted(observer.failure(error));
    }
  }
}
