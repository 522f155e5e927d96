/** WASI preview 1: what a guest that was written for an operating system imports. */
import { Descriptors, directoryDescriptor, inputDescriptor, outputDescriptor } from "./descriptors.ts";
import { errnoOf } from "./errno.ts";
import { WasiExit, exitFunction } from "./exit.ts";
import { fdFunctions } from "./fd-functions.ts";
import type { FileSystem } from "./file-system.ts";
import { GuestMemory } from "./guest-memory.ts";
import { pathFunctions } from "./path-functions.ts";
import { pollFunctions } from "./poll.ts";
import { processFunctions } from "./process-functions.ts";
import type { Clocks, WasiState } from "./state.ts";
import { InputBuffer } from "./streams.ts";
import type { InputStream, OutputStream } from "./streams.ts";
import type { Errno } from "./waiting.ts";

/** Name of the module that guests import. */
export const WASI_MODULE = "wasi_snapshot_preview1";

export interface WasiOptions {
  /** Arguments; the first is the program's own name. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Directories that the guest finds opened, by the names that it is to know them by. */
  readonly preopens?: Readonly<Record<string, FileSystem>>;
  /** All of the input, or a stream; by default there is none. */
  readonly stdin?: string | Uint8Array | InputStream;
  /** By default output is dropped. */
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  /** By default those of the host. */
  readonly clocks?: Clocks;
  /** Fills with random bytes; by default `crypto.getRandomValues`. */
  readonly random?: (buffer: Uint8Array<ArrayBuffer>) => void;
}

/** What {@link Wasi.start} needs of an instance. */
export interface StartedInstance {
  readonly exports: WebAssembly.Exports;
  call?(name: string): unknown;
}

type WasiFunction = (...args: never[]) => Errno;

/**
 * The world of one guest.
 *
 * @example
 * ```ts
 * const wasi = new Wasi({
 *   args: ["wc", "poem.txt"],
 *   env: { LANG: "C" },
 *   preopens: { ".": new MemoryFileSystem({ "poem.txt": "..." }) },
 *   stdout: textOutput(console.log),
 * });
 * const instance = new Instance(store, module, wasi.imports());
 * const exitCode = wasi.start(instance);
 * ```
 */
export class Wasi {
  readonly #descriptors = new Descriptors();
  readonly #functions: Readonly<Record<string, (...args: unknown[]) => Errno>>;
  #memory: GuestMemory | undefined;

  constructor(options: WasiOptions = {}) {
    const { args = [], env = {}, preopens = {}, stdin = "", stdout = NOWHERE, stderr = NOWHERE } = options;
    for (const text of [...args, ...Object.entries(env).flat()]) {
      if (text.includes("\0"))
        throw new TypeError(`arguments and environment cannot contain NUL: ${JSON.stringify(text)}`);
    }
    const isStream = typeof stdin === "object" && "wait" in stdin;
    this.#descriptors.add(inputDescriptor(isStream ? stdin : new InputBuffer(stdin)));
    this.#descriptors.add(outputDescriptor(stdout));
    this.#descriptors.add(outputDescriptor(stderr));
    for (const [name, fs] of Object.entries(preopens)) this.#descriptors.add(directoryDescriptor(fs, [], name));
    const memory = (): GuestMemory => {
      if (this.#memory !== undefined) return this.#memory;
      throw new Error("the guest called WASI before it was bound to its memory: use Wasi.start, initialize or bind");
    };
    const state: WasiState = {
      get memory() {
        return memory();
      },
      descriptors: this.#descriptors,
      clocks: options.clocks ?? hostClocks(),
      args,
      env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      random: options.random ?? ((buffer) => void crypto.getRandomValues(buffer)),
      mayWait: () => false,
    };
    const functions: Record<string, WasiFunction> = {
      ...fdFunctions(state),
      ...pathFunctions(state),
      ...pollFunctions(state),
      ...processFunctions(state, exitFunction()),
    };
    this.#functions = Object.freeze(
      Object.fromEntries(Object.entries(functions).map(([name, fn]) => [name, returningErrors(name, fn)])),
    );
  }

  /** The imports of the guest. */
  imports(): { readonly [WASI_MODULE]: Readonly<Record<string, (...args: unknown[]) => unknown>> } {
    return { [WASI_MODULE]: this.#functions };
  }

  /** Says which memory the guest's addresses are of; {@link start} and {@link initialize} do so by themselves. */
  bind(memory: WebAssembly.Memory): void {
    this.#memory = new GuestMemory(memory);
  }

  /**
   * Runs a command: calls `_start`. Returns the exit code, 0 if the guest just returned. Files that the guest left open are
   * closed.
   *
   * @throws {TypeError} if the instance is no command, or exports no memory
   * @throws {Trap} if the guest traps, and whatever exception leaves it
   */
  start(instance: StartedInstance): number {
    this.#enter(instance, "_start");
    try {
      this.#call(instance, "_start");
      return 0;
    } catch (error) {
      if (error instanceof WasiExit) return error.code;
      throw error;
    } finally {
      this.#descriptors.closeAll();
    }
  }

  /**
   * Prepares a reactor, whose functions are called afterwards: calls `_initialize`, if there is one.
   *
   * @throws {TypeError} if the instance exports no memory
   */
  initialize(instance: StartedInstance): void {
    this.#enter(instance, undefined);
    if (instance.exports["_initialize"] !== undefined) this.#call(instance, "_initialize");
  }

  #enter({ exports }: StartedInstance, name: string | undefined): void {
    const memory = exports["memory"];
    if (memory === undefined || !("buffer" in memory))
      throw new TypeError('the instance does not export its memory as "memory"');
    if (name !== undefined && typeof exports[name] !== "function") {
      throw new TypeError(`the instance does not export the function ${name}, which makes a command`);
    }
    this.bind(memory as WebAssembly.Memory);
  }

  #call(instance: StartedInstance, name: string): void {
    if (instance.call === undefined) (instance.exports[name] as () => void)();
    else instance.call(name);
  }
}

const NOWHERE: OutputStream = Object.freeze({ write: () => undefined });

/** Errors that are the guest's business become error codes. */
function returningErrors(name: string, fn: WasiFunction): (...args: unknown[]) => Errno {
  const errno = (error: unknown): number => {
    const code = errnoOf(error);
    if (code === undefined || error instanceof WasiExit) throw error;
    return code;
  };
  const called = (...args: unknown[]): Errno => {
    try {
      const result = fn(...(args as never[]));
      return typeof result === "number" ? result : result.catch(errno);
    } catch (error) {
      return errno(error);
    }
  };
  Object.defineProperty(called, "name", { value: name });
  return called;
}

function hostClocks(): Clocks {
  return {
    realtime: () => BigInt(Date.now()) * 1_000_000n,
    monotonic: () => BigInt(Math.round(performance.now() * 1e6)),
  };
}
