/** What the functions of WASI share, and what they know of their caller. */
import type { Descriptors } from "./descriptors.ts";
import type { GuestMemory } from "./guest-memory.ts";

/** Sources of time, in nanoseconds. */
export interface Clocks {
  /** Since 1970. */
  realtime(): bigint;
  /** Since some time before; never goes back. */
  monotonic(): bigint;
}

/** The world of a guest. */
export interface WasiState {
  readonly descriptors: Descriptors;
  readonly clocks: Clocks;
  readonly args: readonly string[];
  /** `KEY=value` */
  readonly env: readonly string[];
  /** Fills with random bytes. */
  readonly random: (buffer: Uint8Array<ArrayBuffer>) => void;
}

/** The instance that calls. */
export interface Guest {
  readonly memory: GuestMemory;
  /** Whether the call into the guest that is running may be suspended until a promise is settled. */
  readonly mayWait: () => boolean;
  /** Tells that this call is cancelled: see {@link Caller.signal}. */
  readonly signal: () => AbortSignal | undefined;
}
