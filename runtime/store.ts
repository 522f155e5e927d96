/** Store: what instances that know each other share. The unit of isolation. */
import { type ContinuationObject, StoreContext } from "../continuations/index.ts";
import type { ActivationObserver } from "./async-call.ts";
import { valueFromGuest, valueToGuest } from "./continuation.ts";
import { HostContinuations } from "./continuation-host.ts";
import type { Engine } from "./engine.ts";
import { Entries } from "./entry.ts";
import { Externs } from "./externs.ts";
import { FunctionReferences } from "./function-references.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import { KnownCode } from "./debug/known-code.ts";
import type { Module } from "./module.ts";
import { Crossings } from "./objects/crossings.ts";
import { exceptionClass } from "./objects/exception.ts";
import { globalClass } from "./objects/global.ts";
import { tableClass } from "./objects/table.ts";
import { tagClass } from "./objects/tag.ts";
import { Tags } from "./objects/tags.ts";
import { Limits } from "./limits.ts";
import type { ResourceLimiter, StoreLimits } from "./limits.ts";
import { Meter } from "./meter.ts";
import type { EpochAction } from "./meter.ts";
import { makeTagIdentity } from "./tag-identity.ts";
import { captureTrap } from "./trap-capture.ts";

/** Classes for objects that JavaScript makes for, or gets from, the guests of one store. */
export interface StoreClasses {
  readonly Table: typeof WebAssembly.Table;
  readonly Global: typeof WebAssembly.Global;
  readonly Tag: typeof WebAssembly.Tag;
  readonly Exception: typeof WebAssembly.Exception;
}

/**
 * Instances, tags and continuations that may meet, and the stack that is running among them.
 *
 * A store carries data of the embedder's, which host functions reach through their {@link Caller}.
 *
 * @example
 * ```ts
 * const store = new Store(new Engine(), { user: "ada" });
 * const a = new Instance(store, moduleA);
 * const b = new Instance(store, moduleB, { a: a.exports });
 * ```
 */
export class Store<T = unknown> {
  readonly engine: Engine;
  /** The embedder's. */
  data: T;
  /** Objects of the embedding API by those of the JS API. */
  readonly externs: Externs = new Externs(this);
  readonly entries: Entries = new Entries(this);
  readonly functions: FunctionReferences = new FunctionReferences(this.entries, {
    toGuest: (type, value) => valueToGuest(this, type, value, "the value of a continuation type"),
    toJs: (type, value) => valueFromGuest(this, type, value),
  });
  readonly limits: Limits;
  readonly meter: Meter = new Meter(this);
  readonly crossings: Crossings = new Crossings(this.functions);
  /** What runs in the store, for backtraces. */
  readonly code: KnownCode<Module> = new KnownCode();
  /** Continuations in the host's hands: what makes and runs them, and those that are known to JavaScript. */
  readonly continuations: HostContinuations = new HostContinuations(this);
  readonly heldContinuations: WeakMap<ContinuationObject, object> = new WeakMap();
  readonly tags: Tags = new Tags(() => this.context);
  readonly classes: StoreClasses = Object.freeze({
    Table: tableClass(this.functions, this.crossings),
    Global: globalClass(this.functions, this.crossings),
    Tag: tagClass(this.tags, (params, results) => makeTagIdentity(this, params, results)),
    Exception: exceptionClass(this.functions, this.tags),
  });
  #context: StoreContext | undefined;

  constructor(engine: Engine, ...data: undefined extends T ? [data?: T] : [data: T]) {
    this.engine = engine;
    this.limits = new Limits(engine);
    this.data = data[0] as T;
  }

  /**
   * What lowered code reads and writes of this store; made with the first lowered instance.
   *
   * @throws {UnsupportedHostError} if the host is below the floor
   */
  get context(): StoreContext {
    if (this.#context === undefined) {
      this.engine.requireHost();
      this.#context = new StoreContext({
        outOfFuel: () => this.meter.sliceUsedUp(),
        mayGrow: (kind, current, delta) => this.limits.mayGrow(kind, current, delta),
      });
      if (this.engine.chaos !== undefined) this.#context.seedChaos(this.engine.chaos);
    }
    return this.#context;
  }

  /**
   * Fuel left, in units. A store of an engine with fuel begins with none, and a guest that runs out of it traps, unless its
   * call says otherwise ({@link AsyncCallOptions}, {@link Func.callResumable}).
   *
   * @throws {TypeError} if the engine was made without fuel
   */
  get fuel(): bigint {
    return this.meter.fuel;
  }

  set fuel(units: bigint) {
    this.meter.fuel = units;
  }

  /**
   * Has an observer told when asynchronous calls are entered and left, for whatever has to be switched along with them.
   * {@link separateStacks} is one such observer.
   */
  observeCalls(observer: ActivationObserver): void {
    this.entries.observe(observer);
  }

  /**
   * Limits what guests may take, from now on. A limit on growth makes `memory.grow` and `table.grow` return -1.
   *
   * @throws {TypeError} if growth is to be limited, but the engine was made without limits
   */
  setLimits(limits: StoreLimits, limiter: ResourceLimiter = {}): void {
    this.limits.set(limits, limiter);
  }

  /**
   * Sets a deadline so many ticks of the engine's epoch from now, and what happens when a guest is running by then.
   *
   * @throws {TypeError} if the engine was made without epochs
   */
  setEpochDeadline(ticks: bigint, action: EpochAction = "trap"): void {
    this.meter.setEpochDeadline(ticks, action);
  }

  /** {@link context}, if there is one. */
  get startedContext(): StoreContext | undefined {
    return this.#context;
  }

  /** An exception out of a guest becomes one of this store's class; of a trap it is noted where the guest is. */
  adopt(error: unknown): unknown {
    captureTrap(this, error);
    if (error instanceof host.Exception && Object.getPrototypeOf(error) === host.Exception.prototype) {
      Object.setPrototypeOf(error, this.classes.Exception.prototype);
    }
    return error;
  }

  /** Calls the start function of a lowered instance. */
  start(raw: RawFunction): void {
    this.entries.start(raw);
  }
}
