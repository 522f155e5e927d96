/** Waiting for time to pass, with and without blocking the thread. */

/** The longest delay that timers of JavaScript know, in milliseconds. */
const MAX_DELAY = 0x7fff_ffff;

/** Resolves after that many milliseconds, or later; or when `signal` is aborted. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  for (let left = milliseconds; left > 0 && signal?.aborted !== true; left -= MAX_DELAY) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(left, MAX_DELAY));
      signal?.addEventListener("abort", done);
    });
  }
}

/** Blocks the thread for that many milliseconds. */
export function pause(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  try {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let left = milliseconds; left > 0; left = until - performance.now()) Atomics.wait(cell, 0, 0, left);
  } catch {
    // A page must not wait in its main thread. But this is what a call that blocks asks for.
    while (performance.now() < until);
  }
}
