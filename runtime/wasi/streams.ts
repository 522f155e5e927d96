/** Standard streams of a guest: where its input comes from, and where its output goes. */

/** A stream that a guest reads. */
export interface InputStream {
  /** How many bytes can be read now: 0 at the end, undefined if nothing has come yet. */
  available(): number | undefined;
  /** At most `size` of those bytes. */
  read(size: number): Uint8Array;
  /** Resolves when {@link available} says a number, or when `signal` says that nobody waits any more. */
  wait(signal?: AbortSignal): Promise<void>;
  /** The same, by blocking the thread; a stream that cannot do so leaves it out. */
  waitBlocking?(): void;
  readonly isTerminal?: boolean;
}

/** A stream that a guest writes. */
export interface OutputStream {
  /** The bytes are only valid during the call. May throw an error with a `code` such as `EPIPE`. */
  write(bytes: Uint8Array): void;
  readonly isTerminal?: boolean;
}

/** Those who wait for a stream. */
export class Waiters {
  readonly #wakers = new Set<() => void>();

  /** Resolves at the next {@link wake}, or when `signal` is aborted. */
  wait(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wakers.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.#wakers.add(done);
      signal?.addEventListener("abort", done);
    });
  }

  wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }
}

/** Input that is known from the beginning, or is pushed while the guest runs. */
export class InputBuffer implements InputStream {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  readonly #waiters = new Waiters();

  /** @param contents all of the input; without it, {@link push} and {@link end} are to follow */
  constructor(contents?: string | Uint8Array) {
    if (contents === undefined) return;
    this.push(contents);
    this.end();
  }

  /** Appends to the input. */
  push(contents: string | Uint8Array): void {
    const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#waiters.wake();
  }

  /** Says that nothing will be pushed any more. */
  end(): void {
    this.#ended = true;
    this.#waiters.wake();
  }

  available(): number | undefined {
    return this.#chunks[0]?.length ?? (this.#ended ? 0 : undefined);
  }

  read(size: number): Uint8Array {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return new Uint8Array();
    if (chunk.length > size) this.#chunks.unshift(chunk.subarray(size));
    return chunk.subarray(0, size);
  }

  wait(signal?: AbortSignal): Promise<void> {
    return this.available() === undefined ? this.#waiters.wait(signal) : Promise.resolve();
  }
}

/**
 * Output as text, in the pieces in which the guest writes it. A character that comes in two pieces is given out whole.
 *
 * @example
 * ```ts
 * const wasi = new Wasi({ args: ["hello"], stdout: textOutput((text) => (page.textContent += text)) });
 * ```
 */
export function textOutput(write: (text: string) => void): OutputStream {
  const decoder = new TextDecoder();
  return {
    // A copy, because decoders refuse shared memory.
    write: (bytes) => write(decoder.decode(bytes.slice(), { stream: true })),
  };
}
