/** The streams of the process itself, for guests that run in a terminal: Node, Deno and Bun. */
import { readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { WasiError } from "./errno.ts";
import { pause } from "./sleep.ts";
import { Waiters } from "./streams.ts";
import type { InputStream, OutputStream } from "./streams.ts";

/** Milliseconds between two attempts at a stream that another process has made non-blocking. */
const RETRY = 5;
const CHUNK = 0x1_0000;

/**
 * The standard input of the process. {@link ProcessInput.close} has to be called in the end, or the process goes on waiting for
 * input that nobody reads.
 */
export class ProcessInput implements InputStream {
  readonly isTerminal: boolean = isatty(0);
  #chunk: Uint8Array = new Uint8Array();
  #ended = false;
  /** Set once somebody waits without blocking; from then on the stream object has the input. */
  #stream: NodeJS.ReadStream | undefined;
  readonly #waiters = new Waiters();

  available(): number | undefined {
    if (this.#chunk.length === 0) this.#pull();
    if (this.#chunk.length > 0) return this.#chunk.length;
    return this.#ended ? 0 : undefined;
  }

  read(size: number): Uint8Array {
    const part = this.#chunk.subarray(0, size);
    this.#chunk = this.#chunk.subarray(size);
    return part;
  }

  wait(signal?: AbortSignal): Promise<void> {
    this.#open();
    return this.available() === undefined ? this.#waiters.wait(signal) : Promise.resolve();
  }

  waitBlocking(): void {
    const buffer = new Uint8Array(CHUNK);
    while (this.available() === undefined) {
      if (this.#stream !== undefined) throw new WasiError("again");
      try {
        const size = readSync(0, buffer);
        if (size === 0) this.#ended = true;
        this.#chunk = buffer.slice(0, size);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EOF") this.#ended = true;
        else if (code === "EAGAIN") pause(RETRY);
        else throw error;
      }
    }
  }

  /** Stops reading, so that the process may end. */
  close(): void {
    this.#stream?.destroy();
  }

  #open(): void {
    if (this.#stream !== undefined || this.#ended) return;
    const stream = process.stdin;
    this.#stream = stream;
    const ended = (): void => {
      this.#ended = true;
      this.#waiters.wake();
    };
    stream.on("readable", () => this.#waiters.wake());
    stream.on("end", ended);
    stream.on("close", ended);
    stream.on("error", ended);
  }

  #pull(): void {
    const chunk = this.#stream?.read() as Uint8Array | string | null | undefined;
    if (chunk === null || chunk === undefined) return;
    this.#chunk = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  }
}

/** Standard output or error of the process, written at once. @param fd 1 or 2 */
export function processOutput(fd: 1 | 2): OutputStream {
  return {
    isTerminal: isatty(fd),
    write(bytes) {
      for (let rest = bytes; rest.length > 0; ) {
        try {
          rest = rest.subarray(writeSync(fd, rest));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
          pause(RETRY);
        }
      }
    },
  };
}
