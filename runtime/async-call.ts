/**
 * Asynchronous calls: what is kept of an entry while its guest waits.
 *
 * ```text
 *   running --(a helper returns a promise, or it is time to yield)--> waiting --(settled)--> running --> settled
 *                                                                        \--(aborted)-------/
 * ```
 */
import type { Activation } from "../continuations/index.ts";
import type { WaitSite } from "./async-imports.ts";
import type { RawFunction } from "./host.ts";

/** When a busy guest is to let the event loop run. */
export interface YieldInterval {
  /** After about so many milliseconds without a pause. */
  readonly milliseconds?: number | undefined;
  /** After so many units of fuel without a pause. */
  readonly fuel?: bigint | undefined;
}

export interface AsyncCallOptions {
  /**
   * Cancels the call: where it waits, or at the next place where it would, the signal's reason is thrown into the guest, once.
   * A guest that catches it may go on, and even wait again, for cleaning up. Host functions learn of it by
   * {@link Caller.signal}.
   */
  readonly signal?: AbortSignal | undefined;
  /** Let the event loop run at intervals although the guest is busy. Only engines with fuel or epochs can. */
  readonly yieldEvery?: YieldInterval | undefined;
  /**
   * Called when the store is out of fuel: adds some, at once or later. The guest waits for the promise, and traps if there is
   * still none. Without this it traps at once.
   */
  readonly onOutOfFuel?: (() => void | PromiseLike<void>) | undefined;
}

/**
 * What is told about a call, to embedders who have to switch something along with it. Calls may be nested, as when a host
 * function makes one: then the inner one is left before the outer one is.
 */
export interface ActivationObserver {
  /** The call is going to run, for the first time or again. What this throws rejects the call. */
  enter(call: object): void;
  /** The call is going to wait. */
  leave(call: object): void;
  /** The call has returned or thrown; it has been left before. */
  end(call: object): void;
}

/** Runs calls: see {@link Entries}. */
export interface Runner {
  /** Runs a call until it waits or is finished; `mode` says how it goes on. */
  run(call: AsyncCall, mode: RunMode, value: unknown): void;
}

/** How a call is run: from its start, with the value it waited for, or with an error in its place. */
export type RunMode = 0 | 1 | 2;
export const START = 0;
export const VALUE = 1;
export const THROW = 2;

export class AsyncCall {
  readonly raw: RawFunction;
  readonly args: unknown[];
  readonly take: RawFunction | undefined;
  readonly options: AsyncCallOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Whether the guest can wait for nothing but fuel. */
  readonly isResumable: boolean;
  /** Live while waiting. */
  activation: Activation | undefined = undefined;
  /** Live while waiting. */
  site: WaitSite | undefined = undefined;
  /** When the call has been entered last, for {@link YieldInterval}. */
  entered = 0;
  /** Whether the signal's reason has been thrown into the guest. */
  isAborted = false;
  readonly #runner: Runner;
  readonly #onValue: (value: unknown) => void;
  readonly #onError: (error: unknown) => void;
  readonly #onAbort: (() => void) | undefined;
  /** Number of the wait: what an abandoned promise comes to is ignored. */
  #waits = 0;

  constructor(
    raw: RawFunction,
    args: unknown[],
    take: RawFunction | undefined,
    options: AsyncCallOptions,
    settle: readonly [resolve: (value: unknown) => void, reject: (error: unknown) => void],
    runner: Runner,
    isResumable = false,
  ) {
    this.isResumable = isResumable;
    this.raw = raw;
    this.args = args;
    this.take = take;
    this.options = options;
    [this.resolve, this.reject] = settle;
    this.#runner = runner;
    this.#onValue = (value) => runner.run(this, VALUE, value);
    this.#onError = (error) => runner.run(this, THROW, error);
    const { signal } = options;
    if (signal !== undefined) {
      this.#onAbort = () => this.#abort(signal);
      signal.addEventListener("abort", this.#onAbort);
    }
  }

  /** Whether the signal asks for something that has not been done yet. */
  get isToBeAborted(): boolean {
    return this.options.signal?.aborted === true && !this.isAborted;
  }

  /** The signal until its reason has been thrown into the guest. */
  get signal(): AbortSignal | undefined {
    return this.isAborted ? undefined : this.options.signal;
  }

  /** Waits; `activation` is the unwound guest. */
  wait(promise: PromiseLike<unknown>, site: WaitSite | undefined): void {
    this.site = site;
    // Usually the two handlers can be used again. A promise that may be abandoned has to have handlers of its own.
    if (this.#onAbort === undefined) {
      (promise instanceof Promise ? promise : Promise.resolve(promise)).then(this.#onValue, this.#onError);
      return;
    }
    const wait = ++this.#waits;
    Promise.resolve(promise).then(
      (value) => wait === this.#waits && this.#runner.run(this, VALUE, value),
      (error) => wait === this.#waits && this.#runner.run(this, THROW, error),
    );
  }

  /** The call has returned or thrown. */
  finish(): void {
    if (this.#onAbort !== undefined) this.options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** A call that does not wait now meets the signal where it would wait next. */
  #abort(signal: AbortSignal): void {
    if (this.activation === undefined || this.isAborted) return;
    this.isAborted = true;
    this.#waits++;
    this.#runner.run(this, THROW, signal.reason);
  }
}

/** A call that may run out of fuel and be continued. */
export interface Resumable {
  /** How the call ended; undefined while it is out of fuel. */
  readonly outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  /** Goes on. To be called only while there is no outcome. */
  resume(): void;
}

/** A synchronous call, kept while it is out of fuel. */
export class ResumableCall extends AsyncCall implements Resumable {
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  readonly #runner: Runner;

  constructor(raw: RawFunction, args: unknown[], take: RawFunction | undefined, runner: Runner) {
    const settle = [
      (value: unknown): void => {
        this.outcome = { value };
      },
      (error: unknown): void => {
        this.outcome = { error };
      },
    ] as const;
    super(raw, args, take, {}, settle, runner, true);
    this.#runner = runner;
  }

  override wait(): void {
    this.site = undefined;
  }

  resume(): void {
    this.#runner.run(this, VALUE, undefined);
  }
}
