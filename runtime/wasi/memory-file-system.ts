/** A tree of files in memory: for browsers, for tests, and for guests that are to see nothing else. */
import { FILE_TYPE } from "./abi.ts";
import { WasiError } from "./errno.ts";
import type { DirectoryEntry, FileStat, FileSystem, OpenFile, OpenOptions, Path, Times } from "./file-system.ts";
import { resolveExisting, resolvePath } from "./paths.ts";

/** Contents to begin with: text or bytes are a file, an object is a directory. */
export interface Tree {
  readonly [name: string]: string | Uint8Array | Tree;
}

/** Longer files are refused (`fbig`), because engines refuse longer arrays. */
const MAX_FILE_SIZE = 0x7fff_ffff;

interface Times64 {
  atim: bigint;
  mtim: bigint;
  ctim: bigint;
}
interface FileNode extends Times64 {
  readonly type: typeof FILE_TYPE.regularFile;
  readonly ino: bigint;
  nlink: number;
  /** The first `size` bytes count; the rest is room to grow, and zero. */
  data: Uint8Array;
  size: number;
}
interface DirectoryNode extends Times64 {
  readonly type: typeof FILE_TYPE.directory;
  readonly ino: bigint;
  nlink: number;
  readonly entries: Map<string, Node>;
}
interface LinkNode extends Times64 {
  readonly type: typeof FILE_TYPE.symbolicLink;
  readonly ino: bigint;
  nlink: number;
  readonly contents: string;
}
type Node = FileNode | DirectoryNode | LinkNode;

/**
 * Files in memory.
 *
 * @example
 * ```ts
 * const files = new MemoryFileSystem({ "input.txt": "hello\n", out: {} });
 * const wasi = new Wasi({ args: ["upper", "input.txt", "out/result.txt"], preopens: { ".": files } });
 * wasi.start(new Instance(store, module, wasi.imports()));
 * console.log(files.readText("out/result.txt"));
 * ```
 */
export class MemoryFileSystem implements FileSystem {
  #nextInode = 1n;
  readonly #root: DirectoryNode = this.#directory();

  constructor(tree: Tree = {}) {
    this.#fill(this.#root, tree);
  }

  #fill(directory: DirectoryNode, tree: Tree): void {
    for (const [name, value] of Object.entries(tree)) {
      if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0")) {
        throw new TypeError(`${JSON.stringify(name)} is not a name that a file can have`);
      }
      if (typeof value === "string" || ArrayBuffer.isView(value)) {
        directory.entries.set(name, this.#file(bytesOf(value)));
      } else {
        const below = this.#directory();
        directory.entries.set(name, below);
        this.#fill(below, value);
      }
    }
  }

  /** The contents of a file, for the host; `path` is relative to the root. @throws {WasiError} */
  readFile(path: string): Uint8Array<ArrayBuffer> {
    const node = this.#node(resolveExisting(this, [], path, true).path);
    if (node.type !== FILE_TYPE.regularFile) throw new WasiError("isdir");
    return node.data.slice(0, node.size);
  }

  /** The same as text. @throws {WasiError} */
  readText(path: string): string {
    return new TextDecoder().decode(this.readFile(path));
  }

  /** Makes or replaces a file, for the host; its directory has to be there. @throws {WasiError} */
  writeFile(path: string, contents: string | Uint8Array): void {
    const options = { read: false, write: true, append: false, create: true, exclusive: false, truncate: true };
    this.open(resolvePath(this, [], path, true).path, options).write(bytesOf(contents), 0);
  }

  stat(path: Path): FileStat {
    return statOf(this.#node(path));
  }

  open(path: Path, { append, create, exclusive, truncate }: OpenOptions): OpenFile {
    const [directory, name] = this.#parent(path);
    let node = directory.entries.get(name);
    if (node === undefined) {
      if (!create) throw new WasiError("noent");
      node = this.#file(new Uint8Array());
      directory.entries.set(name, node);
      touch(directory);
    } else if (exclusive) throw new WasiError("exist");
    if (node.type === FILE_TYPE.directory) throw new WasiError("isdir");
    if (node.type === FILE_TYPE.symbolicLink) throw new WasiError("loop");
    const file = new MemoryFile(node, append);
    if (truncate) file.resize(0n);
    return file;
  }

  readDirectory(path: Path): DirectoryEntry[] {
    return [...this.#directoryAt(path).entries].map(([name, { ino, type }]) => ({ name, ino, type }));
  }

  createDirectory(path: Path): void {
    this.#add(path, () => this.#directory());
  }

  removeDirectory(path: Path): void {
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw new WasiError("noent");
    if (node.type !== FILE_TYPE.directory) throw new WasiError("notdir");
    if (node.entries.size > 0) throw new WasiError("notempty");
    parent.entries.delete(name);
    node.nlink--;
    touch(parent);
  }

  unlink(path: Path): void {
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw new WasiError("noent");
    if (node.type === FILE_TYPE.directory) throw new WasiError("isdir");
    parent.entries.delete(name);
    node.nlink--;
    node.ctim = now();
    touch(parent);
  }

  rename(from: Path, target: FileSystem, to: Path): void {
    if (target !== this) throw new WasiError("xdev");
    const node = this.#node(from);
    const [newParent, newName] = this.#parent(to);
    const there = newParent.entries.get(newName);
    if (there === node) return;
    if (node.type === FILE_TYPE.directory && isBelow(to, from)) throw new WasiError("inval");
    if (isBelow(from, to)) throw new WasiError("notempty");
    if (there?.type === FILE_TYPE.directory) {
      if (node.type !== FILE_TYPE.directory) throw new WasiError("isdir");
      this.removeDirectory(to);
    } else if (there !== undefined) {
      if (node.type === FILE_TYPE.directory) throw new WasiError("notdir");
      this.unlink(to);
    }
    const [oldParent, oldName] = this.#parent(from);
    oldParent.entries.delete(oldName);
    newParent.entries.set(newName, node);
    node.ctim = now();
    touch(oldParent);
    touch(newParent);
  }

  link(from: Path, target: FileSystem, to: Path): void {
    if (target !== this) throw new WasiError("xdev");
    const node = this.#node(from);
    if (node.type === FILE_TYPE.directory) throw new WasiError("perm");
    this.#add(to, () => node);
    node.nlink++;
    node.ctim = now();
  }

  symlink(contents: string, path: Path): void {
    this.#add(path, () => ({ type: FILE_TYPE.symbolicLink, ino: this.#nextInode++, nlink: 1, contents, ...times() }));
  }

  readLink(path: Path): string {
    const node = this.#node(path);
    if (node.type !== FILE_TYPE.symbolicLink) throw new WasiError("inval");
    return node.contents;
  }

  setTimes(path: Path, times: Times): void {
    setTimes(this.#node(path), times);
  }

  #file(data: Uint8Array): FileNode {
    return { type: FILE_TYPE.regularFile, ino: this.#nextInode++, nlink: 1, data, size: data.length, ...times() };
  }

  #directory(): DirectoryNode {
    return { type: FILE_TYPE.directory, ino: this.#nextInode++, nlink: 1, entries: new Map(), ...times() };
  }

  #node(path: Path): Node {
    let node: Node = this.#root;
    for (const name of path) {
      if (node.type !== FILE_TYPE.directory) throw new WasiError("notdir");
      const next = node.entries.get(name);
      if (next === undefined) throw new WasiError("noent");
      node = next;
    }
    return node;
  }

  #directoryAt(path: Path): DirectoryNode {
    const node = this.#node(path);
    if (node.type !== FILE_TYPE.directory) throw new WasiError("notdir");
    return node;
  }

  /** The directory in which the last name of a path is, and that name. The root itself cannot be changed. */
  #parent(path: Path): [DirectoryNode, string] {
    const name = path.at(-1);
    if (name === undefined) throw new WasiError("busy");
    return [this.#directoryAt(path.slice(0, -1)), name];
  }

  #add(path: Path, make: () => Node): void {
    if (path.length === 0) throw new WasiError("exist");
    const [parent, name] = this.#parent(path);
    if (parent.entries.has(name)) throw new WasiError("exist");
    parent.entries.set(name, make());
    touch(parent);
  }
}

class MemoryFile implements OpenFile {
  readonly #node: FileNode;
  readonly #append: boolean;

  constructor(node: FileNode, append: boolean) {
    this.#node = node;
    this.#append = append;
  }

  read(buffer: Uint8Array, offset: number): number {
    const node = this.#node;
    const part = node.data.subarray(Math.min(offset, node.size), Math.min(offset + buffer.length, node.size));
    buffer.set(part);
    node.atim = now();
    return part.length;
  }

  write(buffer: Uint8Array, offset: number): number {
    const node = this.#node;
    const start = this.#append ? node.size : offset;
    if (buffer.length === 0) return 0;
    reserve(node, start + buffer.length);
    node.data.set(buffer, start);
    node.size = Math.max(node.size, start + buffer.length);
    touch(node);
    return buffer.length;
  }

  stat(): FileStat {
    return statOf(this.#node);
  }

  resize(size: bigint): void {
    const node = this.#node;
    if (size > BigInt(MAX_FILE_SIZE)) throw new WasiError("fbig");
    const length = Number(size);
    reserve(node, length);
    if (length < node.size) node.data.fill(0, length, node.size);
    node.size = length;
    touch(node);
  }

  setTimes(times: Times): void {
    setTimes(this.#node, times);
  }

  sync(): void {}

  close(): void {}
}

/** Makes room for `size` bytes, twice as much as needed so that a file that grows is not copied each time. */
function reserve(node: FileNode, size: number): void {
  if (size <= node.data.length) return;
  if (size > MAX_FILE_SIZE) throw new WasiError("fbig");
  try {
    const data = new Uint8Array(Math.min(Math.max(size, node.data.length * 2, 256), MAX_FILE_SIZE));
    data.set(node.data.subarray(0, node.size));
    node.data = data;
  } catch (error) {
    throw new WasiError("nospc", { cause: error });
  }
}

function bytesOf(contents: string | Uint8Array): Uint8Array {
  return typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();
}

function statOf(node: Node): FileStat {
  const { ino, type, atim, mtim, ctim } = node;
  let size = 0;
  if (type === FILE_TYPE.regularFile) ({ size } = node);
  else if (type === FILE_TYPE.symbolicLink) size = new TextEncoder().encode(node.contents).length;
  return { dev: 1n, ino, type, nlink: BigInt(node.nlink), size: BigInt(size), atim, mtim, ctim };
}

function isBelow(path: Path, directory: Path): boolean {
  return path.length > directory.length && directory.every((name, i) => name === path[i]);
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function times(): Times64 {
  const time = now();
  return { atim: time, mtim: time, ctim: time };
}

/** The contents have changed. */
function touch(node: Times64): void {
  node.mtim = now();
  node.ctim = node.mtim;
}

function setTimes(node: Times64, { atim, mtim }: Times): void {
  if (atim !== undefined) node.atim = atim;
  if (mtim !== undefined) node.mtim = mtim;
  node.ctim = now();
}
