/** A directory of the real file system, through `node:fs`, which Node, Deno and Bun have. */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { FILE_TYPE } from "./abi.ts";
import type { FileType } from "./abi.ts";
import { WasiError } from "./errno.ts";
import type { DirectoryEntry, FileStat, FileSystem, OpenFile, OpenOptions, Path, Times } from "./file-system.ts";

/**
 * A directory of the host, for `WasiOptions.preopens`.
 *
 * @example
 * ```ts
 * const wasi = new Wasi({ args: ["cat", "/data/a.txt"], preopens: { "/data": new NodeFileSystem("./data") } });
 * ```
 */
export class NodeFileSystem implements FileSystem {
  /** Absolute path of the directory. */
  readonly root: string;

  /** @throws the error of `node:fs` (`ENOENT`, `ENOTDIR`) if there is no such directory */
  constructor(directory: string) {
    this.root = resolve(directory);
    fs.opendirSync(this.root).closeSync();
  }

  #host(path: Path): string {
    // What is one name for the guest must not be several for the host.
    if (process.platform === "win32" && path.some((name) => /[\\:]/.test(name))) throw new WasiError("inval");
    return join(this.root, ...path);
  }

  stat(path: Path): FileStat {
    return statOf(fs.lstatSync(this.#host(path), { bigint: true }));
  }

  open(path: Path, options: OpenOptions): OpenFile {
    const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW } = fs.constants;
    let flags = options.write ? (options.read ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (options.append) flags |= O_APPEND;
    if (options.create) flags |= O_CREAT;
    if (options.exclusive) flags |= O_EXCL;
    if (options.truncate) flags |= O_TRUNC;
    // Windows has no O_NOFOLLOW, and `|` takes undefined for 0.
    return new NodeFile(fs.openSync(this.#host(path), flags | O_NOFOLLOW, 0o666));
  }

  readDirectory(path: Path): DirectoryEntry[] {
    const directory = this.#host(path);
    const entries: DirectoryEntry[] = [];
    for (const name of fs.readdirSync(directory)) {
      const stat = fs.lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
      // Removed by another process in the meantime.
      if (stat !== undefined) entries.push({ name, ino: stat.ino, type: typeOf(stat) });
    }
    return entries;
  }

  createDirectory(path: Path): void {
    fs.mkdirSync(this.#host(path));
  }

  removeDirectory(path: Path): void {
    fs.rmdirSync(this.#host(path));
  }

  unlink(path: Path): void {
    // Linux says EISDIR, others EPERM.
    if (this.stat(path).type === FILE_TYPE.directory) throw new WasiError("isdir");
    fs.unlinkSync(this.#host(path));
  }

  rename(from: Path, target: FileSystem, to: Path): void {
    if (!(target instanceof NodeFileSystem)) throw new WasiError("xdev");
    fs.renameSync(this.#host(from), target.#host(to));
  }

  link(from: Path, target: FileSystem, to: Path): void {
    if (!(target instanceof NodeFileSystem)) throw new WasiError("xdev");
    fs.linkSync(this.#host(from), target.#host(to));
  }

  symlink(contents: string, path: Path): void {
    fs.symlinkSync(contents, this.#host(path));
  }

  readLink(path: Path): string {
    return fs.readlinkSync(this.#host(path));
  }

  setTimes(path: Path, times: Times): void {
    const { atim, mtim } = complete(times, () => this.stat(path));
    fs.lutimesSync(this.#host(path), seconds(atim), seconds(mtim));
  }
}

class NodeFile implements OpenFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  read(buffer: Uint8Array, offset: number): number {
    return fs.readSync(this.#fd, buffer, 0, buffer.length, offset);
  }

  write(buffer: Uint8Array, offset: number): number {
    return fs.writeSync(this.#fd, buffer, 0, buffer.length, offset);
  }

  stat(): FileStat {
    return statOf(fs.fstatSync(this.#fd, { bigint: true }));
  }

  resize(size: bigint): void {
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError("fbig");
    fs.ftruncateSync(this.#fd, Number(size));
  }

  setTimes(times: Times): void {
    const { atim, mtim } = complete(times, () => this.stat());
    fs.futimesSync(this.#fd, seconds(atim), seconds(mtim));
  }

  sync(): void {
    fs.fsyncSync(this.#fd);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

function complete({ atim, mtim }: Times, stat: () => FileStat): { readonly atim: bigint; readonly mtim: bigint } {
  if (atim !== undefined && mtim !== undefined) return { atim, mtim };
  const before = stat();
  return { atim: atim ?? before.atim, mtim: mtim ?? before.mtim };
}

/** The unit of `utimes`; a double keeps about a quarter of a microsecond. */
function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

function typeOf(stat: fs.BigIntStats): FileType {
  if (stat.isFile()) return FILE_TYPE.regularFile;
  if (stat.isDirectory()) return FILE_TYPE.directory;
  if (stat.isSymbolicLink()) return FILE_TYPE.symbolicLink;
  if (stat.isCharacterDevice()) return FILE_TYPE.characterDevice;
  if (stat.isBlockDevice()) return FILE_TYPE.blockDevice;
  return stat.isSocket() ? FILE_TYPE.socketStream : FILE_TYPE.unknown;
}

function statOf(stat: fs.BigIntStats): FileStat {
  const { dev, ino, nlink, size, atimeNs: atim, mtimeNs: mtim, ctimeNs: ctim } = stat;
  return { dev, ino, type: typeOf(stat), nlink, size, atim, mtim, ctim };
}
