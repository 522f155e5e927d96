/** `poll_oneoff`: waits until one of several things has happened, a time or a stream. */
import { CLOCK, CLOCK_ABSOLUTE, EVENT, EVENT_HANGUP } from "./abi.ts";
import { ERRNO, WasiError, errnoOf } from "./errno.ts";
import { SIZE } from "./guest-memory.ts";
import { sleep } from "./sleep.ts";
import type { Guest, WasiState } from "./state.ts";
import type { InputStream } from "./streams.ts";
import { block } from "./waiting.ts";
import type { Errno } from "./waiting.ts";

/** What a subscription is for, and what has become of it. */
interface Event {
  readonly userData: bigint;
  readonly type: number;
  readonly error?: number;
  /** Bytes that are there. */
  readonly size?: bigint;
  readonly flags?: number;
}

type Subscription = { readonly userData: bigint; readonly type: number } & (
  | { readonly clock: () => bigint; readonly deadline: bigint }
  | { readonly fd: number }
  | { readonly error: number }
);

interface Poll {
  readonly events: readonly Event[];
  /** Nanoseconds until the first clock; undefined if there is none. */
  readonly timeout: bigint | undefined;
  /** Streams that have nothing yet. */
  readonly inputs: readonly InputStream[];
}

export function pollFunctions(state: WasiState) {
  return {
    /** Waits until there is an event; then reports all that there are. */
    poll_oneoff(guest: Guest, address: number, eventsAddress: number, count: number, countAddress: number): Errno {
      if (count >>> 0 === 0) throw new WasiError("inval");
      guest.memory.bytes(eventsAddress, Math.imul(count, SIZE.event));
      const subscriptions: Subscription[] = [];
      for (let i = 0; i < count >>> 0; i++)
        subscriptions.push(subscriptionAt(state, guest, (address >>> 0) + i * SIZE.subscription));
      const finish = (events: readonly Event[]): number => {
        for (const [i, event] of events.entries()) writeEvent(guest, (eventsAddress >>> 0) + i * SIZE.event, event);
        guest.memory.setU32(countAddress, events.length);
        return ERRNO.success;
      };
      const poll = look(state, subscriptions);
      if (poll.events.length > 0) return finish(poll.events);
      if (guest.mayWait()) return waitForEvents(state, subscriptions, poll, guest.signal(), finish);
      return finish(blockForEvents(state, subscriptions, poll));
    },
  };
}

function subscriptionAt({ clocks }: WasiState, { memory }: Guest, at: number): Subscription {
  const userData = memory.getU64(at);
  const type = memory.getU8(at + 8);
  if (type === EVENT.fdRead || type === EVENT.fdWrite) return { userData, type, fd: memory.getU32(at + 16) };
  if (type !== EVENT.clock) return { userData, type, error: ERRNO.inval };
  const id = memory.getU32(at + 16);
  if (id !== CLOCK.realtime && id !== CLOCK.monotonic) return { userData, type, error: ERRNO.inval };
  const timeout = memory.getU64(at + 24);
  const isAbsolute = (memory.getU16(at + 40) & CLOCK_ABSOLUTE) !== 0;
  if (isAbsolute && id === CLOCK.realtime) return { userData, type, clock: () => clocks.realtime(), deadline: timeout };
  // A duration is one whatever becomes of the time of day, which is set now and then, and is only known to the millisecond.
  const clock = (): bigint => clocks.monotonic();
  return { userData, type, clock, deadline: isAbsolute ? timeout : clock() + timeout };
}

/** What has happened by now. */
function look(state: WasiState, subscriptions: readonly Subscription[]): Poll {
  const events: Event[] = [];
  const inputs: InputStream[] = [];
  let timeout: bigint | undefined;
  for (const subscription of subscriptions) {
    const { userData, type } = subscription;
    if ("error" in subscription) events.push(subscription);
    else if ("deadline" in subscription) {
      const left = subscription.deadline - subscription.clock();
      if (left <= 0n) events.push({ userData, type });
      else if (timeout === undefined || left < timeout) timeout = left;
    } else {
      const ready = readiness(state, type, subscription.fd);
      if ("available" in ready) inputs.push(ready);
      else events.push({ userData, type, ...ready });
    }
  }
  return { events, timeout, inputs };
}

/** What can be done with a descriptor at once, or the stream that has nothing yet. */
function readiness(state: WasiState, type: number, fd: number): Pick<Event, "error" | "size" | "flags"> | InputStream {
  try {
    const descriptor = state.descriptors.get(fd, type === EVENT.fdRead ? "fd_read" : "fd_write");
    if (descriptor.kind === "file") {
      const left = descriptor.file.stat().size - descriptor.position;
      return { size: type === EVENT.fdRead && left > 0n ? left : 0n };
    }
    if (descriptor.kind === "directory") return { error: ERRNO.badf };
    if (type === EVENT.fdWrite || descriptor.input === undefined) return { size: 1n };
    const available = descriptor.input.available();
    if (available === undefined) return descriptor.input;
    return { size: BigInt(available), flags: available === 0 ? EVENT_HANGUP : 0 };
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return { error: code };
  }
}

/** A guest that has been cancelled is told nothing more: there may be something else where it expected the events. */
async function waitForEvents(
  state: WasiState,
  subscriptions: readonly Subscription[],
  first: Poll,
  signal: AbortSignal | undefined,
  finish: (events: readonly Event[]) => number,
): Promise<number> {
  for (let poll = first; ; poll = look(state, subscriptions)) {
    signal?.throwIfAborted();
    if (poll.events.length > 0) return finish(poll.events);
    // Whoever comes first ends the waiting of the others: a timer would keep a process alive.
    const others = new AbortController();
    const cancel = (): void => others.abort();
    signal?.addEventListener("abort", cancel);
    const waits = poll.inputs.map((input) => input.wait(others.signal));
    if (poll.timeout !== undefined) waits.push(sleep(milliseconds(poll.timeout), others.signal));
    try {
      await Promise.race(waits);
    } finally {
      others.abort();
      signal?.removeEventListener("abort", cancel);
    }
  }
}

/**
 * A thread cannot wait for a stream and a clock at once. Asked for both, it says that the stream has something, so that the
 * guest reads it, which may take longer than the guest expects.
 */
function blockForEvents(state: WasiState, subscriptions: readonly Subscription[], first: Poll): readonly Event[] {
  let poll = first;
  while (poll.events.length === 0) {
    const [input] = poll.inputs;
    if (input !== undefined && poll.timeout !== undefined) {
      return subscriptions.filter(({ type }) => type === EVENT.fdRead);
    }
    if (input === undefined) block(poll.timeout ?? 0n);
    else if (input.waitBlocking === undefined) throw new WasiError("notsup");
    else input.waitBlocking();
    poll = look(state, subscriptions);
  }
  return poll.events;
}

function milliseconds(nanoseconds: bigint): number {
  return Math.ceil(Number(nanoseconds) / 1e6);
}

function writeEvent({ memory }: Guest, at: number, { userData, error, type, size, flags }: Event): void {
  memory.bytes(at, SIZE.event).fill(0);
  memory.setU64(at, userData);
  memory.setU16(at + 8, error ?? ERRNO.success);
  memory.setU8(at + 10, type);
  memory.setU64(at + 16, size ?? 0n);
  memory.setU16(at + 24, flags ?? 0);
}
