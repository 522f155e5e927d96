/** WASI preview 1: what a guest that was written for an operating system imports. */
import type { AsyncCallOptions } from "../async-call.ts";
import type { Caller } from "../caller.ts";
import { HostFunction } from "../host-function.ts";
import type { Instance } from "../instance.ts";
import type { Linker } from "../linker.ts";
import { Descriptors, directoryDescriptor, inputDescriptor, outputDescriptor } from "./descriptors.ts";
import { errnoOf } from "./errno.ts";
import { WasiExit, exitFunction } from "./exit.ts";
import { fdFunctions } from "./fd-functions.ts";
import type { FileSystem } from "./file-system.ts";
import { GuestMemory } from "./guest-memory.ts";
import { pathFunctions } from "./path-functions.ts";
import { pollFunctions } from "./poll.ts";
import { processFunctions } from "./process-functions.ts";
import { SIGNATURES, WAITING } from "./signatures.ts";
import type { WasiFunctionName } from "./signatures.ts";
import type { Clocks, Guest, WasiState } from "./state.ts";
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
  /** The guest's memory, for guests that do not export it as "memory". */
  readonly memory?: WebAssembly.Memory;
}

/** Imports of a guest, for `new Instance`. */
export type WasiImports = Readonly<Record<typeof WASI_MODULE, Readonly<Record<WasiFunctionName, HostFunction>>>>;

/** Takes the arguments as the guest passes them: integers with a sign. */
type WasiFunction = (guest: Guest, ...args: never[]) => Errno;

/**
 * The world of one guest.
 *
 * Where the guest has to wait, for its input or because it sleeps, it blocks the thread; unless it was given
 * {@link Wasi.importsAsync}, and entered by `callAsync` or {@link Wasi.startAsync}: then other code runs in the meantime.
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
  readonly #functions: Readonly<Record<WasiFunctionName, WasiFunction>>;
  readonly #memory: WebAssembly.Memory | undefined;
  #blocking: WasiImports | undefined;
  #waiting: WasiImports | undefined;

  /** @throws {TypeError} if an argument or the environment contains NUL */
  constructor(options: WasiOptions = {}) {
    const { args = [], env = {}, preopens = {}, stdin = "", stdout = NOWHERE, stderr = NOWHERE } = options;
    for (const text of [...args, ...Object.entries(env).flat()]) {
      if (text.includes("\0")) {
        throw new TypeError(`arguments and environment cannot contain NUL: ${JSON.stringify(text)}`);
      }
    }
    this.#memory = options.memory;
    const isStream = typeof stdin === "object" && "wait" in stdin;
    this.#descriptors.add(inputDescriptor(isStream ? stdin : new InputBuffer(stdin)));
    this.#descriptors.add(outputDescriptor(stdout));
    this.#descriptors.add(outputDescriptor(stderr));
    for (const [name, fs] of Object.entries(preopens)) this.#descriptors.add(directoryDescriptor(fs, [], name));
    const state: WasiState = {
      descriptors: this.#descriptors,
      clocks: options.clocks ?? hostClocks(),
      args,
      env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      random: options.random ?? ((buffer) => void crypto.getRandomValues(buffer)),
    };
    this.#functions = Object.freeze({
      ...fdFunctions(state),
      ...pathFunctions(state),
      ...pollFunctions(state),
      ...processFunctions(state, exitFunction()),
    });
  }

  /** Imports of a guest that blocks the thread where it has to wait. */
  imports(): WasiImports {
    this.#blocking ??= this.#makeImports(false);
    return this.#blocking;
  }

  /**
   * Imports of a guest that waits without blocking, if it is entered by `callAsync`. Its module is lowered, whether it
   * switches stacks or not.
   */
  importsAsync(): WasiImports {
    this.#waiting ??= this.#makeImports(true);
    return this.#waiting;
  }

  /** Defines the functions for all modules that a linker links. @throws {LinkError} if a name is taken */
  addToLinker(linker: Linker): void {
    define(linker, this.imports());
  }

  /** {@link addToLinker}, with {@link importsAsync}. @throws {LinkError} if a name is taken */
  addToLinkerAsync(linker: Linker): void {
    define(linker, this.importsAsync());
  }

  /**
   * Runs a command: calls `_start`. Returns the exit code, 0 if the guest just returned. Files that the guest left open are
   * closed.
   *
   * @throws {TypeMismatchError} if the instance is no command
   * @throws {Trap} if the guest traps, and whatever exception leaves it
   */
  start(instance: Instance): number {
    try {
      instance.call("_start");
      return 0;
    } catch (error) {
      if (error instanceof WasiExit) return error.code;
      throw error;
    } finally {
      this.#descriptors.closeAll();
    }
  }

  /** {@link start}, where the guest waits without blocking, if it was given {@link importsAsync}. */
  async startAsync(instance: Instance, options?: AsyncCallOptions): Promise<number> {
    try {
      await instance.callAsync("_start", [], options);
      return 0;
    } catch (error) {
      if (error instanceof WasiExit) return error.code;
      throw error;
    } finally {
      this.#descriptors.closeAll();
    }
  }

  /** Prepares a reactor, whose functions are called afterwards: calls `_initialize`, if there is one. */
  initialize(instance: Instance): void {
    instance.getFunc("_initialize")?.call();
  }

  #makeImports(async: boolean): WasiImports {
    const mayWait = ({ store }: Caller): boolean => async && store.entries.running?.isResumable === false;
    const guests = new WeakMap<Caller, Guest>();
    const guestOf = (caller: Caller): Guest => {
      let guest = guests.get(caller);
      if (guest === undefined) {
        const memory = new GuestMemory(this.#memoryOf(caller));
        guest = { memory, mayWait: () => mayWait(caller), signal: () => caller.signal };
        guests.set(caller, guest);
      }
      return guest;
    };
    const names = Object.keys(SIGNATURES) as WasiFunctionName[];
    const functions = names.map((name) => {
      const fn = returningErrors(this.#functions[name], guestOf);
      const options = { caller: true, async: async && WAITING.has(name) };
      return [name, new HostFunction(SIGNATURES[name], fn, options)] as const;
    });
    const all = Object.freeze(Object.fromEntries(functions)) as Readonly<Record<WasiFunctionName, HostFunction>>;
    return Object.freeze({ [WASI_MODULE]: all });
  }

  #memoryOf(caller: Caller): WebAssembly.Memory {
    const memory = this.#memory ?? caller.getMemory("memory")?.js;
    if (memory !== undefined) return memory;
    throw new TypeError(
      'a guest of WASI has to export its memory as "memory", and cannot call WASI before that is there',
    );
  }
}

const NOWHERE: OutputStream = Object.freeze({ write: () => undefined });

function define(linker: Linker, imports: WasiImports): void {
  for (const [name, fn] of Object.entries(imports[WASI_MODULE])) linker.define(WASI_MODULE, name, fn);
}

/** Errors that are the guest's business become error codes. */
function returningErrors(fn: WasiFunction, guestOf: (caller: Caller) => Guest): (...args: never[]) => Errno {
  const errno = (error: unknown): number => {
    const code = error instanceof WasiExit ? undefined : errnoOf(error);
    if (code === undefined) throw error;
    return code;
  };
  return (caller: Caller, ...args: never[]): Errno => {
    const guest = guestOf(caller);
    try {
      const result = fn(guest, ...args);
      return typeof result === "number" ? result : result.catch(errno);
    } catch (error) {
      return errno(error);
    }
  };
}

function hostClocks(): Clocks {
  return {
    realtime: () => BigInt(Date.now()) * 1_000_000n,
    monotonic: () => BigInt(Math.round(performance.now() * 1e6)),
  };
}
