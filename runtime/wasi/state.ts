/** What the functions of one guest share. */
import type { Descriptors } from "./descriptors.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { MayWait } from "./waiting.ts";

/** Sources of time, in nanoseconds. */
export interface Clocks {
  /** Since 1970. */
  realtime(): bigint;
  /** Since some time before; never goes back. */
  monotonic(): bigint;
}

export interface WasiState {
  /** @throws {Error} if the guest is not bound to a memory yet */
  readonly memory: GuestMemory;
  readonly descriptors: Descriptors;
  readonly clocks: Clocks;
  readonly args: readonly string[];
  /** `KEY=value` */
  readonly env: readonly string[];
  /** Fills with random bytes. */
  readonly random: (buffer: Uint8Array<ArrayBuffer>) => void;
  readonly mayWait: MayWait;
}
