/** What a guest has open: files, directories and streams, by number. */
import { DIRECTORY_RIGHTS, FD_FLAGS, FILE_RIGHTS, FILE_TYPE, RIGHT, STREAM_RIGHTS } from "./abi.ts";
import type { FileType, RightName } from "./abi.ts";
import { WasiError } from "./errno.ts";
import type { DirectoryEntry, FileSystem, OpenFile, Path } from "./file-system.ts";
import type { InputStream, OutputStream } from "./streams.ts";

interface Common {
  /** Rights: what may be done with it. They can only become fewer. */
  base: bigint;
  /** And with what is opened through it. */
  inheriting: bigint;
  /** {@link FD_FLAGS} */
  flags: number;
}

export interface FileDescriptor extends Common {
  readonly kind: "file";
  /** As when it was opened. */
  readonly type: FileType;
  readonly file: OpenFile;
  /** Where the next read or write is, in bytes. */
  position: bigint;
}

export interface DirectoryDescriptor extends Common {
  readonly kind: "directory";
  readonly fs: FileSystem;
  readonly path: Path;
  /** Name in the guest, if the directory is one that the guest was started with. */
  readonly preopen: string | undefined;
  /** What a listing that has begun goes on with. */
  listing: readonly DirectoryEntry[];
}

export interface StreamDescriptor extends Common {
  readonly kind: "stream";
  readonly input: InputStream | undefined;
  readonly output: OutputStream | undefined;
}

export type Descriptor = FileDescriptor | DirectoryDescriptor | StreamDescriptor;

export function fileDescriptor(file: OpenFile, type: FileType, rights: Common): FileDescriptor {
  return { kind: "file", file, type, position: 0n, ...rights, base: rights.base & FILE_RIGHTS };
}

export function directoryDescriptor(
  fs: FileSystem,
  path: Path,
  preopen?: string,
  rights?: Common,
): DirectoryDescriptor {
  const { base, inheriting, flags } = rights ?? {
    base: DIRECTORY_RIGHTS,
    inheriting: DIRECTORY_RIGHTS | FILE_RIGHTS,
    flags: 0,
  };
  return { kind: "directory", fs, path, preopen, listing: [], base: base & DIRECTORY_RIGHTS, inheriting, flags };
}

export function inputDescriptor(input: InputStream): StreamDescriptor {
  return { kind: "stream", input, output: undefined, base: STREAM_RIGHTS | RIGHT.fd_read, inheriting: 0n, flags: 0 };
}

export function outputDescriptor(output: OutputStream): StreamDescriptor {
  const flags = FD_FLAGS.append;
  return { kind: "stream", input: undefined, output, base: STREAM_RIGHTS | RIGHT.fd_write, inheriting: 0n, flags };
}

/** What kind of file a descriptor is of. A stream that is no terminal is none that WASI has a name for. */
export function typeOf(descriptor: Descriptor): FileType {
  if (descriptor.kind === "file") return descriptor.type;
  if (descriptor.kind === "directory") return FILE_TYPE.directory;
  const { isTerminal } = descriptor.input ?? descriptor.output ?? {};
  return isTerminal === true ? FILE_TYPE.characterDevice : FILE_TYPE.unknown;
}

/** As many descriptors as a guest may have. */
const MAX_DESCRIPTORS = 0x1_0000;

export class Descriptors {
  readonly #open = new Map<number, Descriptor>();
  /** No smaller number is free. */
  #lowest = 0;

  /** Gives the lowest free number. @throws {WasiError} `mfile` */
  add(descriptor: Descriptor): number {
    while (this.#open.has(this.#lowest)) this.#lowest++;
    const fd = this.#lowest;
    if (fd >= MAX_DESCRIPTORS) throw new WasiError("mfile");
    this.#open.set(fd, descriptor);
    return fd;
  }

  /** @throws {WasiError} `badf` if it is not open; `badf` or `notcapable` if it lacks the right */
  get(fd: number, right?: RightName): Descriptor {
    const descriptor = this.#open.get(fd >>> 0);
    if (descriptor === undefined) throw new WasiError("badf");
    if (right !== undefined && (descriptor.base & RIGHT[right]) === 0n) throw lackOf(descriptor, right);
    return descriptor;
  }

  /** @throws {WasiError} as {@link get}; `spipe` for a stream, `isdir` for a directory */
  file(fd: number, right: RightName): FileDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind === "directory") throw new WasiError("isdir");
    if (descriptor.kind === "stream") throw new WasiError("spipe");
    return this.get(fd, right) as FileDescriptor;
  }

  /** @throws {WasiError} as {@link get}; `notdir` for others */
  directory(fd: number, right: RightName): DirectoryDescriptor {
    if (this.get(fd).kind !== "directory") throw new WasiError("notdir");
    return this.get(fd, right) as DirectoryDescriptor;
  }

  /** @throws {WasiError} `badf` */
  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#open.delete(fd >>> 0);
    this.#lowest = Math.min(this.#lowest, fd >>> 0);
    if (descriptor.kind === "file") descriptor.file.close();
  }

  /** Moves a descriptor to another number that is open. @throws {WasiError} `badf` */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.close(to);
    this.#open.set(to >>> 0, descriptor);
    this.#open.delete(from >>> 0);
    this.#lowest = Math.min(this.#lowest, from >>> 0);
  }

  /** Closes all files, for a guest that has ended without doing so. */
  closeAll(): void {
    for (const fd of [...this.#open.keys()]) this.close(fd);
  }
}

/** POSIX says EBADF of a file that was not opened for reading, or for writing. */
function lackOf(descriptor: Descriptor, right: RightName): WasiError {
  if (descriptor.kind === "directory" && (right === "fd_read" || right === "fd_write")) return new WasiError("isdir");
  return new WasiError(right === "fd_read" || right === "fd_write" ? "badf" : "notcapable");
}
