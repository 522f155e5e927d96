/**
 * What interrupts a guest that runs and runs: fuel, epochs, and the wish to let the event loop go on.
 *
 * Metered code counts fuel down and asks the host when there is none left. It is given fuel by the slice, so that the host is
 * asked often enough for everything that it watches:
 *
 * ```text
 *   the store's fuel  =  reserve + slice (StoreContext.fuel, negative if the last run of code was more than was left)
 * ```
 */
import { TRAP, type StoreContext, type TrapCode } from "../continuations/index.ts";
import type { AsyncCall } from "./async-call.ts";
import { isThenable } from "./async-imports.ts";
import type { Engine } from "./engine.ts";
import type { Entries } from "./entry.ts";
import { nextTask } from "./next-task.ts";

/** A slice when the host watches something besides fuel: some microseconds of work. */
const SHORT_SLICE = 10_000n;
/** A slice when it watches nothing else: more than can ever be run. */
const LONG_SLICE = 2n ** 62n;
const MAX_FUEL = 2n ** 64n - 1n;

/**
 * What happens when an epoch deadline is reached: the guest traps; or it lets the event loop run, and the deadline is put
 * off by so many ticks (it traps in a synchronous call); or a function is called, and puts it off by as many ticks as it
 * returns.
 */
export type EpochAction = "trap" | { readonly yield: bigint } | (() => bigint);

/** What a meter needs of its store. */
export interface MeteredStore {
  readonly engine: Engine;
  readonly context: StoreContext;
  readonly entries: Entries;
}

export class Meter {
  readonly #store: MeteredStore;
  #reserve = 0n;
  #deadline: bigint | undefined;
  #onDeadline: EpochAction = "trap";

  constructor(store: MeteredStore) {
    this.#store = store;
  }

  /** Fuel left, in units. @throws {TypeError} if the engine has no fuel */
  get fuel(): bigint {
    this.#requireFuel();
    const left = this.#reserve + this.#store.context.fuel;
    return left > 0n ? left : 0n;
  }

  /** @throws {TypeError} if the engine has no fuel; {RangeError} if it is not a number from 0 to 2^64 - 1 */
  set fuel(units: bigint) {
    this.#requireFuel();
    if (typeof units !== "bigint") throw new TypeError("fuel is a bigint");
    if (units < 0n || units > MAX_FUEL) throw new RangeError(`fuel is from 0 to 2^64 - 1 units, not ${units}`);
    this.#reserve = units;
    this.#store.context.fuel = 0n;
    this.#startSlice(this.#store.entries.running);
  }

  #requireFuel(): void {
    if (this.#store.engine.fuel === undefined) {
      throw new TypeError("the store has no fuel: its engine was made without the option fuel");
    }
  }

  /** @throws {TypeError} if the engine has no epochs */
  setEpochDeadline(ticks: bigint, action: EpochAction): void {
    const { engine } = this.#store;
    if (!engine.epochs) throw new TypeError("the store has no epochs: its engine was made without the option epochs");
    this.#deadline = engine.epoch + ticks;
    this.#onDeadline = action;
    this.#startSlice(this.#store.entries.running);
  }

  /** To be called before a guest runs; `call` is the asynchronous call, if it is one. */
  enter(call: AsyncCall | undefined): void {
    if (this.#store.engine.costs === undefined) return;
    if (call?.options.yieldEvery?.milliseconds !== undefined) call.entered = performance.now();
    this.#startSlice(call);
  }

  /** Moves fuel between the reserve and the slice. */
  #startSlice(call: AsyncCall | undefined): void {
    const { context, engine } = this.#store;
    const length = this.#sliceLength(call);
    if (engine.fuel === undefined) {
      context.fuel = length;
      return;
    }
    const total = this.#reserve + context.fuel;
    const slice = total < length ? total : length;
    context.fuel = slice;
    this.#reserve = total - slice;
  }

  #sliceLength(call: AsyncCall | undefined): bigint {
    const every = call?.options.yieldEvery;
    if (every?.fuel !== undefined) return every.fuel;
    const isWatching = this.#store.engine.epochs || every !== undefined || call?.options.signal !== undefined;
    return isWatching ? SHORT_SLICE : LONG_SLICE;
  }

  /**
   * Called by metered code when its slice is used up. Afterwards there is another one, or the guest is being unwound.
   *
   * @returns the trap to raise, if any
   * @throws the reason of a signal
   */
  sliceUsedUp(): TrapCode | undefined {
    const { context, engine, entries } = this.#store;
    const call = entries.running;
    if (engine.fuel !== undefined && this.#reserve + context.fuel < 0n) {
      const trap = this.#outOfFuel(call);
      if (trap !== undefined || this.#reserve + context.fuel < 0n) return trap;
    }
    const usedUp = call?.options.yieldEvery?.fuel !== undefined;
    this.#startSlice(call);
    if (call?.isToBeAborted === true) {
      call.isAborted = true;
      throw call.options.signal?.reason;
    }
    return this.#checkDeadline(call) ?? this.#yieldIfDue(call, usedUp);
  }

  /** The fuel is used up: whether that is a trap. If it is not, and there still is none, the guest waits. */
  #outOfFuel(call: AsyncCall | undefined): TrapCode | undefined {
    if (call === undefined) return TRAP.outOfFuel;
    if (call.isResumable) {
      // Its embedder goes on with it.
      this.#store.entries.waitFor(new Promise(() => {}), undefined);
      return undefined;
    }
    const refuelled = call.options.onOutOfFuel?.();
    if (isThenable(refuelled)) {
      this.#store.entries.waitFor(refuelled, undefined);
      return undefined;
    }
    return this.#reserve + this.#store.context.fuel < 0n ? TRAP.outOfFuel : undefined;
  }

  #checkDeadline(call: AsyncCall | undefined): TrapCode | undefined {
    const { engine, entries } = this.#store;
    if (this.#deadline === undefined || engine.epoch < this.#deadline) return undefined;
    const action = this.#onDeadline;
    if (action === "trap") return TRAP.interrupt;
    if (typeof action === "function") {
      this.#deadline = engine.epoch + action();
      return undefined;
    }
    if (call === undefined || call.isResumable) return TRAP.interrupt;
    this.#deadline = engine.epoch + action.yield;
    entries.waitFor(nextTask(), undefined);
    return undefined;
  }

  #yieldIfDue(call: AsyncCall | undefined, usedUp: boolean): undefined {
    const { entries } = this.#store;
    const every = call?.options.yieldEvery;
    if (call === undefined || every === undefined || entries.isUnwinding) return;
    const isDue =
      usedUp || (every.milliseconds !== undefined && performance.now() - call.entered >= every.milliseconds);
    if (isDue) entries.waitFor(nextTask(), undefined);
  }
}
