/**
 * What a tree of files is to WASI. There are two: `MemoryFileSystem`, and `NodeFileSystem` over `node:fs`; an embedder may
 * write another.
 *
 * Paths are lists of names below the root of the tree. They come without `.`, `..` and links on the way, because paths.ts has
 * resolved them: a file system never sees a path that leaves it. All operations are synchronous, and throw
 * {@link WasiError}, or an error with a `code` like those of `node:fs`.
 */
import type { FileType } from "./abi.ts";

export type Path = readonly string[];

/** Witx "filestat". Times are nanoseconds since 1970. */
export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly type: FileType;
  readonly nlink: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly atim: bigint;
  readonly mtim: bigint;
  readonly ctim: bigint;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly ino: bigint;
  readonly type: FileType;
}

export interface OpenOptions {
  readonly read: boolean;
  readonly write: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
  /** Makes the file if it is not there. */
  readonly create: boolean;
  /** The file must not be there. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

/** Times to set, in nanoseconds since 1970; undefined leaves one as it is. */
export interface Times {
  readonly atim: bigint | undefined;
  readonly mtim: bigint | undefined;
}

/** A file that has been opened. It stays readable when its name is removed. */
export interface OpenFile {
  /** Fills `buffer` from byte `offset` of the file; returns how many bytes there were, 0 at its end. */
  read(buffer: Uint8Array, offset: number): number;
  /** Writes at byte `offset`, or at the end if the file was opened to append; returns how many bytes were written. */
  write(buffer: Uint8Array, offset: number): number;
  stat(): FileStat;
  /** Cuts, or extends with zeros. */
  resize(size: bigint): void;
  setTimes(times: Times): void;
  sync(): void;
  close(): void;
}

export interface FileSystem {
  /** Of a link itself, not of what it leads to. */
  stat(path: Path): FileStat;
  /** A regular file or a device. */
  open(path: Path, options: OpenOptions): OpenFile;
  /** Without `.` and `..`. */
  readDirectory(path: Path): DirectoryEntry[];
  createDirectory(path: Path): void;
  removeDirectory(path: Path): void;
  unlink(path: Path): void;
  /** @throws {WasiError} `xdev` if `target` is not of the same kind */
  rename(from: Path, target: FileSystem, to: Path): void;
  /** A second name for a file. @throws {WasiError} `xdev` if `target` is not of the same kind */
  link(from: Path, target: FileSystem, to: Path): void;
  symlink(contents: string, path: Path): void;
  readLink(path: Path): string;
  setTimes(path: Path, times: Times): void;
}
