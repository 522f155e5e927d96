/**
 * Entries: how JavaScript calls into the lowered functions of a store.
 *
 * Each entry starts an initial stack of its own. One that is made while another is active sets the running stack aside.
 * A synchronous entry runs to its end. An asynchronous one may be left in between: its guest is unwound and becomes an
 * activation, a value, so any number of them may wait at the same time and go on in any order.
 */
import type { Activation, ContinuationObject, StackToken, StoreContext } from "../continuations/index.ts";
import { AsyncCall, ResumableCall, START, THROW, VALUE } from "./async-call.ts";
import type { ActivationObserver, AsyncCallOptions, Resumable, RunMode, Runner } from "./async-call.ts";
import type { AsyncImport, WaitSite } from "./async-imports.ts";
import type { Engine } from "./engine.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import { SuspendError } from "./suspension-errors.ts";

/** What entries need of their store. */
export interface EnteredStore {
  readonly engine: Engine;
  readonly context: StoreContext;
  /** What JavaScript is to see of an error or exception that leaves the guest; called while the running stack is as it was. */
  adopt(error: unknown): unknown;
  readonly meter: {
    /** Has guests interrupted as the call asks for. */
    enter(call: AsyncCall | undefined): void;
  };
}

/** Nothing is running in the store. */
const IDLE = 0;
/** A lowered function is running, further out on the host's stack. */
const RUNNING = 1;
/** Nothing is running, but the last entry ended so badly that not even the stack chain could be put back. */
const FAILED = 2;

type Wrap = (entries: EntryState, raw: RawFunction) => RawFunction;

/** What a wrapper sees of {@link Entries}. */
interface EntryState {
  state: number;
  call(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown;
  failed(error: unknown): unknown;
}

/**
 * Wrappers by number of parameters: a wrapper for any number would allocate its arguments, and engines inline none that does.
 * Arguments that are missing are passed on as undefined, which is what the host makes of missing ones.
 */
const WRAPPERS: readonly Wrap[] = Object.freeze<Wrap[]>([
  (entries, raw) => () => {
    if (entries.state !== IDLE) return entries.call(raw, [], undefined);
    entries.state = RUNNING;
    try {
      const result = raw();
      entries.state = IDLE;
      return result;
    } catch (error) {
      entries.state = FAILED;
      throw entries.failed(error);
    }
  },
  (entries, raw) => (a) => {
    if (entries.state !== IDLE) return entries.call(raw, [a], undefined);
    entries.state = RUNNING;
    try {
      const result = raw(a);
      entries.state = IDLE;
      return result;
    } catch (error) {
      entries.state = FAILED;
      throw entries.failed(error);
    }
  },
  (entries, raw) => (a, b) => {
    if (entries.state !== IDLE) return entries.call(raw, [a, b], undefined);
    entries.state = RUNNING;
    try {
      const result = raw(a, b);
      entries.state = IDLE;
      return result;
    } catch (error) {
      entries.state = FAILED;
      throw entries.failed(error);
    }
  },
  (entries, raw) => (a, b, c) => {
    if (entries.state !== IDLE) return entries.call(raw, [a, b, c], undefined);
    entries.state = RUNNING;
    try {
      const result = raw(a, b, c);
      entries.state = IDLE;
      return result;
    } catch (error) {
      entries.state = FAILED;
      throw entries.failed(error);
    }
  },
  (entries, raw) => (a, b, c, d) => {
    if (entries.state !== IDLE) return entries.call(raw, [a, b, c, d], undefined);
    entries.state = RUNNING;
    try {
      const result = raw(a, b, c, d);
      entries.state = IDLE;
      return result;
    } catch (error) {
      entries.state = FAILED;
      throw entries.failed(error);
    }
  },
]);

export class Entries implements EntryState, Runner {
  state: number = IDLE;
  /** Continuations that were running when a trap ended their stack. */
  readonly trapped: WeakSet<ContinuationObject> = new WeakSet();
  /** The running stacks that entries from within have set aside, outermost first. */
  readonly #setAside: StackToken[] = [];
  readonly #store: EnteredStore;
  #context: StoreContext | undefined;
  /** The innermost entry, if it is an asynchronous one. */
  #call: AsyncCall | undefined;
  /** What the guest that is being unwound is going to wait for, and the function that it called for it, if it did. */
  #promise: PromiseLike<unknown> | undefined;
  #site: WaitSite | undefined;
  readonly #observers: ActivationObserver[] = [];

  constructor(store: EnteredStore) {
    this.#store = store;
  }

  /** Makes what is thrown when a guest cannot wait for a host function. */
  suspendError: (name: string) => Error = (name) => new SuspendError(name);

  /** The asynchronous call that is running, unless a synchronous entry was made from within it. */
  get running(): AsyncCall | undefined {
    return this.#call;
  }

  /** Has an observer told when asynchronous calls are entered and left. */
  observe(observer: ActivationObserver): void {
    this.#observers.push(observer);
  }

  /**
   * What JavaScript calls for a raw function: a synchronous entry.
   *
   * @param take fetches the results of an activation that was unwound and rewound
   */
  wrap(raw: RawFunction, take: RawFunction | undefined): RawFunction {
    const { chaos, costs } = this.#store.engine;
    const wrap = chaos === undefined && costs === undefined ? WRAPPERS[raw.length] : undefined;
    return wrap === undefined ? (...args) => this.call(raw, args, take) : wrap(this, raw);
  }

  /**
   * Calls a raw function of a lowered instance from JavaScript. The call runs on an initial stack of its own: a suspend
   * cannot leave it, and whatever was running before goes on unchanged after a return, an exception and a trap alike.
   *
   * @param take fetches the results of an activation that was unwound and rewound
   */
  call(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const outerCall = this.#call;
    const outer = this.#begin(undefined);
    let done = false;
    try {
      const result = this.#store.engine.chaos === undefined ? raw(...args) : this.#callRewinding(raw, args, take);
      done = true;
      return result;
    } catch (error) {
      const adopted = this.#store.adopt(error);
      this.#abandon();
      throw adopted;
    } finally {
      this.#end(outer, outerCall, done);
    }
  }

  /** Cleans up after an entry that threw, and returns what it throws on. */
  failed(error: unknown): unknown {
    const adopted = this.#store.adopt(error);
    this.#abandon();
    this.#store.context.leave(null);
    this.state = IDLE;
    return adopted;
  }

  /**
   * Of a continuation that was running when an entry from within it, or from within one that it waits for, set its stack aside:
   * whether it is the innermost there. Undefined of others.
   */
  stateSetAside(continuation: ContinuationObject): "running" | "parent" | undefined {
    for (const token of this.#setAside) {
      if (token === continuation) return "running";
      for (const link of this.#store.context.chain(token as ContinuationObject | null)) {
        if (link === continuation) return "parent";
      }
    }
    return undefined;
  }

  /**
   * What is still running after an entry has thrown was ended by a trap: an exception leaves one continuation after the
   * other.
   */
  #abandon(): void {
    for (const continuation of this.#store.context.chain()) this.trapped.add(continuation);
  }

  /** Starts an initial stack; the result is the running stack that was set aside, or undefined if there was none. */
  #begin(call: AsyncCall | undefined): StackToken {
    let token: StackToken;
    if (this.state !== IDLE) {
      if (this.state === FAILED) this.#store.context.leave(null);
      else {
        token = this.#store.context.enter();
        this.#setAside.push(token);
      }
    }
    this.state = RUNNING;
    this.#call = call;
    if (this.#store.engine.costs !== undefined) this.#store.meter.enter(call);
    return token;
  }

  #end(token: StackToken, outerCall: AsyncCall | undefined, done: boolean): void {
    const isNested = token !== undefined;
    this.#call = outerCall;
    this.state = isNested ? RUNNING : FAILED;
    if (isNested) this.#setAside.pop();
    if (isNested || !done) this.#store.context.leave(isNested ? token : null);
    if (!isNested) this.state = IDLE;
  }

  /** In chaos mode a call may come back unwound: it is rewound until it has finished. */
  #callRewinding(raw: RawFunction, args: unknown[], take: RawFunction | undefined): unknown {
    const { context } = this.#store;
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
    while (activation !== undefined) activation = context.rewind(activation);
    return take?.();
  }

  /** Calls the start function of a lowered instance. */
  start(raw: RawFunction): void {
    this.call(raw, [], undefined);
  }

  // -- Asynchronous entries

  /** Calls a raw function, whose guest may wait for promises. Rejected with what the guest throws. */
  callAsync(
    raw: RawFunction,
    args: unknown[],
    take: RawFunction | undefined,
    options: AsyncCallOptions = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (options.yieldEvery !== undefined && this.#store.engine.costs === undefined) {
        reject(new TypeError("yieldEvery needs an engine with the option fuel or epochs: others do not meter code"));
        return;
      }
      if (options.signal?.aborted === true) {
        reject(options.signal.reason as Error);
        return;
      }
      this.run(new AsyncCall(raw, args, take, options, [resolve, reject], this), START, undefined);
    });
  }

  /**
   * What a host function is to return to the guest that called it, when it has returned `result`. If that is a promise, the
   * guest starts to be unwound; what is returned then has only the right type.
   *
   * @throws {SuspendError} if the guest cannot wait
   */
  hostReturned(result: unknown, site: AsyncImport): unknown {
    if (!(result instanceof Promise) && !site.isAwaited(result)) return site.result(result);
    const call = this.#call;
    if (call === undefined || call.isResumable || call.isToBeAborted) throw this.#refuseToWait(call, result, site);
    this.waitFor(result, site);
    return site.placeholder();
  }

  /** What to throw at a guest that cannot wait, or whose call is aborted. Nobody is going to look at the promise. */
  #refuseToWait(call: AsyncCall | undefined, promise: PromiseLike<unknown>, site: AsyncImport): unknown {
    promise.then(ignore, ignore);
    if (call?.isToBeAborted !== true) return this.suspendError(site.name);
    call.isAborted = true;
    return call.options.signal?.reason;
  }

  /** Lets the running guest, which is in a call of a host function, be unwound and wait. */
  waitFor(promise: PromiseLike<unknown>, site: WaitSite | undefined): void {
    this.#promise = promise;
    this.#site = site;
    this.#context ??= this.#store.context;
    this.#context.yield();
  }

  /** Whether the guest is being unwound, as it has to wait. */
  get isUnwinding(): boolean {
    return this.#promise !== undefined;
  }

  /**
   * Calls a raw function, until it is finished, or out of fuel.
   *
   * @returns undefined once it has finished, and what it returned is in `call`; otherwise what goes on with it
   * @throws what the guest throws
   */
  callResumable(raw: RawFunction, args: unknown[], take: RawFunction | undefined): Resumable {
    const call = new ResumableCall(raw, args, take, this);
    this.run(call, START, undefined);
    return call;
  }

  /** Runs a call until it waits or is finished, and sees to what comes then. Does not throw. */
  run(call: AsyncCall, mode: RunMode, value: unknown): void {
    const outerCall = this.#call;
    const token = this.#begin(call);
    let failed = false;
    let result: unknown;
    try {
      if (this.#observers.length > 0) this.#tell("enter", call);
      result = this.#step(call, mode, value);
    } catch (error) {
      failed = true;
      result = error;
      try {
        result = this.#store.adopt(error);
        this.#abandon();
      } catch (overflow) {
        // The host's stack is full. What comes next has to be done all the same.
        result = overflow;
      }
    }
    const promise = this.#promise;
    const site = this.#site;
    this.#promise = undefined;
    this.#end(token, outerCall, !failed);
    if (this.#observers.length > 0) this.#tell("leave", call);
    if (!failed && call.activation !== undefined && promise !== undefined) {
      call.wait(promise, site);
      return;
    }
    call.finish();
    if (this.#observers.length > 0) this.#tell("end", call);
    if (failed) call.reject(result);
    else call.resolve(result);
  }

  #tell(what: keyof ActivationObserver, call: AsyncCall): void {
    for (const observer of this.#observers) observer[what](call);
  }

  /** Runs a call until it waits (`call.activation` is then its unwound guest) or returns. */
  #step(call: AsyncCall, mode: RunMode, value: unknown): unknown {
    const { context } = this.#store;
    const { activation } = call;
    if (activation === undefined) {
      const result = this.#start(call);
      if (call.activation === undefined) return result;
    } else {
      call.activation = undefined;
      const { site } = call;
      if (mode === VALUE && site?.rewind !== undefined && typeof value === site.simple) {
        call.activation = site.rewind(value, activation) ?? undefined;
      } else call.activation = this.#rewind(activation, mode, value, site);
    }
    // In chaos mode a guest is also unwound without having to wait.
    while (call.activation !== undefined && this.#promise === undefined)
      call.activation = context.rewind(call.activation);
    return call.activation === undefined ? call.take?.() : undefined;
  }

  #rewind(activation: Activation, mode: RunMode, value: unknown, site: WaitSite | undefined): Activation | undefined {
    const { context } = this.#store;
    if (mode === THROW) return context.rewindThrowing(activation, value);
    try {
      site?.deliver(value);
    } catch (error) {
      return context.rewindThrowing(activation, error);
    }
    return context.rewind(activation);
  }

  /** Runs a call from its start. */
  #start(call: AsyncCall): unknown {
    try {
      const result = call.raw(...call.args);
      call.activation = this.#store.context.yielded();
      return result;
    } catch (error) {
      // A function whose result type has no values is unwound by an exception.
      call.activation = this.#store.context.yielded();
      if (call.activation === undefined) throw error;
      return undefined;
    }
  }
}

function ignore(): void {}

/** The result of a call that cannot wait, as a promise. */
export async function callNow(fn: AnyFunction, args: unknown[]): Promise<unknown> {
  return Reflect.apply(fn, undefined, args as never[]);
}
