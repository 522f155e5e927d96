/** Calls functions of WASI as a guest would: with everything in its memory. */
import {
  Descriptors,
  directoryDescriptor,
  inputDescriptor,
  outputDescriptor,
} from "../../../runtime/wasi/descriptors.ts";
import { ERRNO, errnoOf } from "../../../runtime/wasi/errno.ts";
import { fdFunctions } from "../../../runtime/wasi/fd-functions.ts";
import type { FileSystem } from "../../../runtime/wasi/file-system.ts";
import { GuestMemory } from "../../../runtime/wasi/guest-memory.ts";
import { pathFunctions } from "../../../runtime/wasi/path-functions.ts";
import { pollFunctions } from "../../../runtime/wasi/poll.ts";
import { processFunctions } from "../../../runtime/wasi/process-functions.ts";
import { InputBuffer } from "../../../runtime/wasi/streams.ts";
import type { Guest, WasiState } from "../../../runtime/wasi/state.ts";

const TEXT = 0x1000;
const OTHER_TEXT = 0x2000;
const IOVEC = 0x3000;
const RESULT = 0x3100;
const DATA = 0x4000;
export const ALL_RIGHTS = (1n << 30n) - 1n;

const ERRNO_NAMES = Object.keys(ERRNO);

/** A guest that is a list of calls. Each returns the name of the error code, or a value. */
export class TestGuest {
  readonly memory = new GuestMemory(new WebAssembly.Memory({ initial: 2 }));
  readonly output: string[] = [];
  readonly input = new InputBuffer();
  /** Cancels the call that the guest is in. */
  readonly controller = new AbortController();
  readonly #functions: Record<string, (guest: Guest, ...args: never[]) => number | Promise<number>>;
  readonly #guest: Guest;

  /** @param directories opened as 3, 4, ... */
  constructor(directories: Readonly<Record<string, FileSystem>>, mayWait = false) {
    const descriptors = new Descriptors();
    descriptors.add(inputDescriptor(this.input));
    const output = { write: (bytes: Uint8Array) => void this.output.push(new TextDecoder().decode(bytes)) };
    descriptors.add(outputDescriptor(output));
    descriptors.add(outputDescriptor(output));
    for (const [name, fs] of Object.entries(directories)) descriptors.add(directoryDescriptor(fs, [], name));
    const state: WasiState = {
      descriptors,
      clocks: { realtime: () => 1_000_000_000n, monotonic: () => BigInt(Math.round(performance.now() * 1e6)) },
      args: ["program", "argument"],
      env: ["KEY=value"],
      random: (buffer) => void buffer.fill(7),
    };
    this.#guest = { memory: this.memory, mayWait: () => mayWait, signal: () => this.controller.signal };
    this.#functions = {
      ...fdFunctions(state),
      ...pathFunctions(state),
      ...pollFunctions(state),
      ...processFunctions(state, (code) => {
        throw new Error(`exit ${code}`);
      }),
    };
  }

  /** Calls a function that does not wait; the name of the error code. */
  call(name: string, ...args: readonly (number | bigint)[]): string {
    try {
      const result = this.#functions[name]?.(this.#guest, ...(args as never[]));
      if (typeof result !== "number") throw new TypeError(`${name} waits`);
      return ERRNO_NAMES[result] ?? String(result);
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      return ERRNO_NAMES[code] ?? String(code);
    }
  }

  /** Calls a function that may wait. */
  async callWaiting(name: string, ...args: readonly (number | bigint)[]): Promise<string> {
    const result = await this.#functions[name]?.(this.#guest, ...(args as never[]));
    return ERRNO_NAMES[result ?? 0] ?? "";
  }

  #put(address: number, text: string): number {
    const bytes = new TextEncoder().encode(text);
    this.memory.bytes(address, bytes.length).set(bytes);
    return bytes.length;
  }

  /** `name` is a function that takes a descriptor and a path, then `rest`. */
  path(name: string, fd: number, path: string, ...rest: readonly (number | bigint)[]): string {
    return this.call(name, fd, TEXT, this.#put(TEXT, path), ...rest);
  }

  open(fd: number, path: string, openFlags = 0, rights = ALL_RIGHTS, flags = 0, lookup = 1): number | string {
    const length = this.#put(TEXT, path);
    const errno = this.call("path_open", fd, lookup, TEXT, length, openFlags, rights, ALL_RIGHTS, flags, RESULT);
    return errno === "success" ? this.memory.getU32(RESULT) : errno;
  }

  stat(fd: number, path: string, lookup = 1): string {
    const errno = this.call("path_filestat_get", fd, lookup, TEXT, this.#put(TEXT, path), DATA);
    if (errno !== "success") return errno;
    const type = this.memory.getU8(DATA + 16);
    // The size of a directory is whatever the file system says, and so is the number of its links.
    return type === 3
      ? "type 3"
      : `type ${type} size ${this.memory.getU64(DATA + 32)} links ${this.memory.getU64(DATA + 24)}`;
  }

  /** `path_rename`, `path_link` or `path_symlink`. */
  two(name: string, from: string, to: string, fd = 3, toFd = fd): string {
    const length = this.#put(TEXT, from);
    const toLength = this.#put(OTHER_TEXT, to);
    if (name === "path_symlink") return this.call(name, TEXT, length, toFd, OTHER_TEXT, toLength);
    const first = name === "path_link" ? [fd, 0] : [fd];
    return this.call(name, ...first, TEXT, length, toFd, OTHER_TEXT, toLength);
  }

  #iovec(address: number, length: number): void {
    this.memory.setU32(IOVEC, address);
    this.memory.setU32(IOVEC + 4, length);
  }

  write(fd: number, text: string): string {
    this.#iovec(DATA, this.#put(DATA, text));
    const errno = this.call("fd_write", fd, IOVEC, 1, RESULT);
    return errno === "success" ? `wrote ${this.memory.getU32(RESULT)}` : errno;
  }

  read(fd: number, length: number): string {
    this.#iovec(DATA, length);
    const errno = this.call("fd_read", fd, IOVEC, 1, RESULT);
    return errno === "success" ? `read ${this.memory.text(DATA, this.memory.getU32(RESULT))}` : errno;
  }

  async readWaiting(fd: number, length: number): Promise<string> {
    this.#iovec(DATA, length);
    const errno = await this.callWaiting("fd_read", fd, IOVEC, 1, RESULT);
    return errno === "success" ? `read ${this.memory.text(DATA, this.memory.getU32(RESULT))}` : errno;
  }

  seek(fd: number, offset: bigint, whence: number): string {
    const errno = this.call("fd_seek", fd, offset, whence, RESULT);
    return errno === "success" ? `at ${this.memory.getU64(RESULT)}` : errno;
  }

  readLink(fd: number, path: string): string {
    const errno = this.path("path_readlink", fd, path, DATA, 100, RESULT);
    return errno === "success" ? this.memory.text(DATA, this.memory.getU32(RESULT)) : errno;
  }

  /** Names with types, sorted, read through a buffer of `length` bytes. */
  list(fd: number, length = 4096): string {
    const names: string[] = [];
    for (let cookie = 0n; ; ) {
      const errno = this.call("fd_readdir", fd, DATA, length, cookie, RESULT);
      if (errno !== "success") return errno;
      const used = this.memory.getU32(RESULT);
      for (let at = DATA; ; ) {
        if (at + 24 > DATA + used) break;
        const nameLength = this.memory.getU32(at + 16);
        if (at + 24 + nameLength > DATA + used) break;
        names.push(`${this.memory.text(at + 24, nameLength)}:${this.memory.getU8(at + 20)}`);
        cookie = this.memory.getU64(at);
        at += 24 + nameLength;
      }
      if (used < length) return names.toSorted().join(" ");
    }
  }
}
