/**
 * What blocks a guest: reading a stream that has nothing yet, sleeping, polling. All functions of WASI are synchronous but
 * for these, which return a promise if the call into the guest allows that, and block the thread otherwise.
 */
import { WasiError } from "./errno.ts";
import { pause } from "./sleep.ts";
import type { Guest } from "./state.ts";
import type { InputStream } from "./streams.ts";

/** What a WASI function returns to the guest: an error code, now or later. */
export type Errno = number | Promise<number>;

/** Does `action` once the stream has something, or has ended. @throws {WasiError} `notsup` if that cannot be waited for */
export function whenReadable(input: InputStream, guest: Guest, action: () => number): Errno {
  if (input.available() !== undefined) return action();
  if (guest.mayWait()) return waitUntilReadable(input, guest.signal(), action);
  if (input.waitBlocking === undefined) throw new WasiError("notsup");
  input.waitBlocking();
  return action();
}

/** A guest that has been cancelled takes nothing from the stream. Nor may there be anything left: others read it, too. */
async function waitUntilReadable(
  input: InputStream,
  signal: AbortSignal | undefined,
  action: () => number,
): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    if (input.available() !== undefined) return action();
    await input.wait(signal);
  }
}

/** Blocks the thread for that many nanoseconds. */
export function block(nanoseconds: bigint): void {
  if (nanoseconds > 0n) pause(Number(nanoseconds) / 1e6);
}
