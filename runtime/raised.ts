/** What leaves a guest, as the embedding API throws it. */
import { Trap } from "./errors.ts";
import { Exception } from "./exception.ts";
import type { Store } from "./store.ts";
import { TRAP_TEXTS, type TrapCode } from "./traps.ts";

/**
 * A trap becomes a {@link Trap}, an exception an {@link Exception}; everything else stays what it is.
 *
 * To be called where the guest was: then there is room on the host's stack for a frame as small as this one, whatever the guest
 * has left.
 */
export function raised(store: Store, error: unknown): unknown {
  try {
    return asThrown(store, error);
  } catch (failure) {
    // The host's stack is full. No function of JavaScript can be called any more, but those of the host can.
    const { message } = failure as Error;
    if (!message.startsWith(OVERFLOW) && !message.startsWith(OVERFLOW_SPIDERMONKEY)) throw failure;
    Object.setPrototypeOf(failure, Trap.prototype);
    return Object.defineProperties(failure as Trap, EXHAUSTED);
  }
}

const OVERFLOW = "Maximum call stack";
const OVERFLOW_SPIDERMONKEY = "too much recursion";

const CODE = "call-stack-exhausted" satisfies TrapCode;
const EXHAUSTED: PropertyDescriptorMap = Object.freeze({
  name: hidden("Trap"),
  code: hidden(CODE),
  message: hidden(TRAP_TEXTS[CODE]),
  hostMessage: hidden("Maximum call stack size exceeded"),
});

function hidden(value: unknown): PropertyDescriptor {
  return Object.freeze({ value, writable: true, configurable: true });
}

function asThrown(store: Store, error: unknown): unknown {
  return Trap.from(error, store) ?? Exception.adopt(store, error) ?? error;
}
