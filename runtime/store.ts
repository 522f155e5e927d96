/** Store: what instances that know each other share. The unit of isolation. */
import { type Activation, StoreContext } from "../continuations/index.ts";
import type { Engine } from "./engine.ts";
import { FunctionReferences } from "./function-references.ts";
import { host } from "./host.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import { Crossings } from "./objects/crossings.ts";
import { exceptionClass } from "./objects/exception.ts";
import { globalClass } from "./objects/global.ts";
import { tableClass } from "./objects/table.ts";
import { tagClass } from "./objects/tag.ts";
import { Tags } from "./objects/tags.ts";
import { makeTagIdentity } from "./tag-identity.ts";

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
 * @example
 * ```ts
 * const store = new Store(new Engine());
 * const a = new Instance(store, moduleA);
 * const b = new Instance(store, moduleB, { a: a.exports });
 * ```
 */
export class Store {
  readonly engine: Engine;
  readonly functions: FunctionReferences = new FunctionReferences((raw, args, take) => this.#enter(raw, args, take));
  readonly crossings: Crossings = new Crossings(this.functions);
  readonly tags: Tags = new Tags(() => this.context);
  readonly classes: StoreClasses = Object.freeze({
    Table: tableClass(this.functions, this.crossings),
    Global: globalClass(this.functions, this.crossings),
    Tag: tagClass(this.tags, (params, results) => makeTagIdentity(this, params, results)),
    Exception: exceptionClass(this.functions, this.tags),
  });
  #context: StoreContext | undefined;
  /** Whether a lowered function is running, further out on the host's stack. */
  #entered = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /**
   * What lowered code reads and writes of this store; made with the first lowered instance.
   *
   * @throws {UnsupportedHostError} if the host is below the floor
   */
  get context(): StoreContext {
    if (this.#context === undefined) {
      this.engine.requireHost();
      this.#context = new StoreContext();
      if (this.engine.chaos !== undefined) this.#context.seedChaos(this.engine.chaos);
    }
    return this.#context;
  }

  /**
   * Calls a raw function of a lowered instance from JavaScript. The call runs on an initial stack of its own: a suspend
   * cannot leave it, and whatever was running before goes on unchanged after a return, an exception and a trap alike.
   */
  #enter(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const { context } = this;
    const nested = this.#entered;
    const token = nested ? context.enter() : null;
    this.#entered = true;
    let done = false;
    try {
      const result = this.engine.chaos === undefined ? raw(...args) : this.#callRewinding(raw, args, take);
      done = true;
      return result;
    } catch (error) {
      throw this.#adopt(error);
    } finally {
      this.#entered = nested;
      if (nested || !done) context.leave(token);
    }
  }

  /** In chaos mode a call may come back unwound: it is rewound until it has finished. */
  #callRewinding(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const { context } = this;
    let activation: Activation | undefined;
    try {
      const result = raw(...args);
      activation = context.yielded();
      if (activation === undefined) return result;
    } catch (error) {
      // A function whose result type has no values is unwound by an exception.
      activation = context.yielded();
      if (activation === undefined) throw error;
    }
    for (; activation !== undefined; activation = context.yielded()) context.rewind(activation);
    return take?.();
  }

  /** An exception out of a guest becomes one of this store's class. */
  #adopt(error: unknown): unknown {
    if (error instanceof host.Exception && Object.getPrototypeOf(error) === host.Exception.prototype) {
      Object.setPrototypeOf(error, this.classes.Exception.prototype);
    }
    return error;
  }

  /**
   * `WebAssembly.promising` for a function of this store. While the returned promise is pending, other calls may enter
   * the store; a function that has a continuation running when it waits is not supported.
   */
  promising(args: unknown[]): AnyFunction {
    const promising = host.promising as (...args: unknown[]) => RawFunction;
    const [fn] = args;
    if (!this.functions.isWrapper(fn)) return Reflect.apply(promising, host, args);
    if (this.engine.chaos !== undefined) throw new TypeError("promising cannot wait for a function in chaos mode");
    const start = Reflect.apply(promising, host, [this.functions.toRaw(fn)]);
    const entry: RawFunction = (...given) => this.#enter(start, given, undefined);
    for (const key of ["length", "name"] as const) {
      Object.defineProperty(entry, key, { value: start[key], configurable: true });
    }
    return entry;
  }

  /** Calls the start function of a lowered instance. */
  start(raw: RawFunction): void {
    this.#enter(raw, [], undefined);
  }
}
