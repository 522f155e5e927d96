/** The two file systems, seen through WASI: they behave alike, and neither lets a guest out of its directory. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FileSystem } from "../../../runtime/wasi/file-system.ts";
import { MemoryFileSystem } from "../../../runtime/wasi/memory-file-system.ts";
import { NodeFileSystem } from "../../../runtime/wasi/node-file-system.ts";
import { TestGuest } from "./harness.ts";

const CREATE = 1;
const DIRECTORY = 2;
const EXCLUSIVE = 4;
const TRUNCATE = 8;
const APPEND = 1;
const READ = 1n << 1n;
const WRITE = 1n << 6n;

let outside: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "stackyard-fs-"));
  mkdirSync(join(outside, "root"));
  writeFileSync(join(outside, "secret"), "secret");
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

const KINDS: readonly (readonly [string, () => FileSystem])[] = [
  ["MemoryFileSystem", () => new MemoryFileSystem()],
  ["NodeFileSystem", () => new NodeFileSystem(join(outside, "root"))],
];

describe.each(KINDS)("%s", (_, make) => {
  let guest: TestGuest;
  beforeEach(() => {
    guest = new TestGuest({ "/": make() });
  });

  function file(path: string, contents: string): void {
    const fd = guest.open(3, path, CREATE | TRUNCATE) as number;
    expect(guest.write(fd, contents)).toBe(`wrote ${contents.length}`);
    guest.call("fd_close", fd);
  }

  function contents(path: string): string {
    const fd = guest.open(3, path, 0, READ);
    if (typeof fd === "string") return fd;
    const text = guest.read(fd, 1000);
    guest.call("fd_close", fd);
    return text;
  }

  test("files are written, read, and sought in", () => {
    const fd = guest.open(3, "f", CREATE) as number;
    expect(guest.write(fd, "hello world")).toBe("wrote 11");
    expect(guest.read(fd, 10)).toBe("read ");
    expect(guest.seek(fd, -5n, 2)).toBe("at 6");
    expect(guest.read(fd, 3)).toBe("read wor");
    expect(guest.seek(fd, 1n, 1)).toBe("at 10");
    expect(guest.read(fd, 3)).toBe("read d");
    expect(guest.seek(fd, -1n, 0)).toBe("inval");
    expect(guest.seek(fd, 0n, 3)).toBe("inval");
    expect(guest.call("fd_filestat_set_size", fd, 5n)).toBe("success");
    expect(guest.stat(3, "f")).toBe("type 4 size 5 links 1");
    expect(guest.call("fd_allocate", fd, 0n, 20n)).toBe("success");
    expect(guest.call("fd_allocate", fd, 0n, 10n)).toBe("success");
    expect(guest.stat(3, "f")).toBe("type 4 size 20 links 1");
    expect(guest.call("fd_advise", fd, 0n, 0n, 3)).toBe("success");
    expect(guest.call("fd_sync", fd)).toBe("success");
    expect(guest.call("fd_close", fd)).toBe("success");
    expect(guest.call("fd_close", fd)).toBe("badf");
  });

  test("what is appended goes to the end, wherever the file was", () => {
    file("f", "one");
    const fd = guest.open(3, "f", 0, READ | WRITE | 4n, APPEND) as number;
    expect(guest.read(fd, 1)).toBe("read o");
    expect(guest.write(fd, "two")).toBe("wrote 3");
    expect(guest.seek(fd, 0n, 0)).toBe("at 0");
    expect(guest.write(fd, "!")).toBe("wrote 1");
    expect(contents("f")).toBe("read onetwo!");
  });

  test("a file can be made append-only while it is open", () => {
    file("f", "one");
    const fd = guest.open(3, "f") as number;
    expect(guest.call("fd_fdstat_set_flags", fd, APPEND)).toBe("success");
    guest.write(fd, "two");
    expect(contents("f")).toBe("read onetwo");
    expect(guest.call("fd_fdstat_set_flags", fd, 16)).toBe("inval");
  });

  test("flags of open", () => {
    expect(guest.open(3, "f")).toBe("noent");
    file("f", "contents");
    expect(guest.open(3, "f", CREATE | EXCLUSIVE)).toBe("exist");
    expect(guest.open(3, "f", DIRECTORY)).toBe("notdir");
    expect(guest.open(3, "f/")).toBe("notdir");
    expect(guest.open(3, "new/", CREATE)).toBe("isdir");
    expect(guest.open(3, ".", 0, READ | WRITE)).toBe("isdir");
    expect(guest.open(3, ".", CREATE)).toBe("isdir");
    expect(guest.open(3, ".", CREATE | DIRECTORY)).toBe("inval");
    expect(guest.open(3, "", 0)).toBe("noent");
    expect(guest.open(3, "a\0b", CREATE)).toBe("inval");
    expect(guest.open(99, "f")).toBe("badf");
    const fd = guest.open(3, "f") as number;
    expect(guest.open(fd, "f")).toBe("notdir");
    expect(guest.open(3, "f", TRUNCATE)).toBe(fd + 1);
    expect(guest.stat(3, "f")).toBe("type 4 size 0 links 1");
  });

  test("a file is used as it was opened", () => {
    file("f", "x");
    const reading = guest.open(3, "f", 0, READ) as number;
    const writing = guest.open(3, "f", 0, WRITE) as number;
    expect(guest.write(reading, "y")).toBe("badf");
    expect(guest.read(writing, 1)).toBe("badf");
    expect(guest.call("fd_filestat_set_size", reading, 0n)).toBe("notcapable");
    expect(guest.read(3, 1)).toBe("isdir");
    expect(guest.write(3, "x")).toBe("isdir");
  });

  test("directories are made, listed, renamed and removed", () => {
    expect(guest.path("path_create_directory", 3, "d")).toBe("success");
    expect(guest.path("path_create_directory", 3, "d")).toBe("exist");
    expect(guest.path("path_create_directory", 3, "d/e/")).toBe("success");
    expect(guest.path("path_create_directory", 3, "x/y")).toBe("noent");
    file("d/f", "1");
    file("d/g", "2");
    const fd = guest.open(3, "d", DIRECTORY) as number;
    expect(guest.list(fd)).toBe("..:3 .:3 e:3 f:4 g:4");
    // As long as an entry fits, any buffer will do.
    expect(guest.list(fd, 30)).toBe("..:3 .:3 e:3 f:4 g:4");
    expect(guest.stat(fd, "f")).toBe("type 4 size 1 links 1");
    expect(guest.path("path_remove_directory", 3, "d")).toBe("notempty");
    expect(guest.path("path_remove_directory", 3, ".")).toBe("inval");
    expect(guest.path("path_remove_directory", 3, "d/..")).toBe("inval");
    expect(guest.two("path_rename", ".", "d2")).toBe("inval");
    expect(guest.path("path_remove_directory", 3, "d/f")).toBe("notdir");
    expect(guest.path("path_unlink_file", 3, "d/e")).toBe("isdir");
    expect(guest.path("path_unlink_file", 3, "d/f/")).toBe("notdir");
    expect(guest.two("path_rename", "d", "d/e/d")).toBe("inval");
    expect(guest.two("path_rename", "d/f", "d/g")).toBe("success");
    expect(contents("d/g")).toBe("read 1");
    expect(guest.two("path_rename", "d/g", "d/e")).toBe("isdir");
    expect(guest.two("path_rename", "d/e", "d/g")).toBe("notdir");
    expect(guest.two("path_rename", "nothing", "d/h")).toBe("noent");
    expect(guest.path("path_create_directory", 3, "d/empty")).toBe("success");
    expect(guest.two("path_rename", "d/e", "d/empty")).toBe("success");
    expect(guest.path("path_unlink_file", 3, "d/g")).toBe("success");
    expect(guest.path("path_remove_directory", 3, "d/empty")).toBe("success");
    expect(guest.path("path_remove_directory", 3, "d")).toBe("success");
    expect(guest.list(3)).toBe("..:3 .:3");
  });

  test("links, hard and symbolic", () => {
    file("f", "contents");
    expect(guest.two("path_link", "f", "g")).toBe("success");
    expect(guest.two("path_link", "f", "g")).toBe("exist");
    expect(guest.stat(3, "g")).toBe("type 4 size 8 links 2");
    expect(guest.two("path_symlink", "g", "s")).toBe("success");
    expect(guest.readLink(3, "s")).toBe("g");
    expect(guest.readLink(3, "f")).toBe("inval");
    expect(guest.stat(3, "s")).toBe("type 4 size 8 links 2");
    expect(guest.stat(3, "s", 0)).toBe("type 7 size 1 links 1");
    expect(guest.open(3, "s", 0, READ, 0, 0)).toBe("loop");
    expect(contents("s")).toBe("read contents");
    expect(guest.open(3, "s", CREATE | EXCLUSIVE)).toBe("exist");
    expect(guest.path("path_unlink_file", 3, "g")).toBe("success");
    expect(contents("s")).toBe("noent");
    // A link to nowhere says where a file is to be made.
    const fd = guest.open(3, "s", CREATE) as number;
    guest.write(fd, "new");
    expect(contents("g")).toBe("read new");
    expect(guest.two("path_symlink", "loop", "loop")).toBe("success");
    expect(guest.stat(3, "loop")).toBe("loop");
    expect(guest.stat(3, "loop", 0)).toBe("type 7 size 4 links 1");
    expect(guest.path("path_unlink_file", 3, "loop")).toBe("success");
  });

  test("a directory is not left: neither by .. nor by a link", () => {
    guest.path("path_create_directory", 3, "d");
    guest.path("path_create_directory", 3, "d/e");
    file("f", "inside");
    expect(contents("d/e/../../f")).toBe("read inside");
    expect(contents("../secret")).toBe("perm");
    expect(contents("d/../../secret")).toBe("perm");
    expect(contents("/etc/passwd")).toBe("perm");
    expect(guest.two("path_symlink", "/etc/passwd", "s")).toBe("perm");
    expect(guest.two("path_symlink", "../../secret", "d/s")).toBe("success");
    expect(contents("d/s")).toBe("perm");
    expect(guest.path("path_create_directory", 3, "../new")).toBe("perm");
    expect(guest.two("path_rename", "f", "../f")).toBe("perm");
    expect(guest.two("path_symlink", "..", "d/up")).toBe("success");
    expect(contents("d/up/f")).toBe("read inside");
    expect(contents("d/up/../secret")).toBe("perm");
    // What is opened is a directory of its own.
    const fd = guest.open(3, "d", DIRECTORY) as number;
    expect(guest.stat(fd, "up/f")).toBe("perm");
    expect(guest.stat(fd, "../f")).toBe("perm");
  });

  test("times are set and read", () => {
    file("f", "x");
    const at = 0x8000;
    const timesOf = (): bigint[] => {
      const fd = guest.open(3, "f") as number;
      guest.call("fd_filestat_get", fd, at);
      guest.call("fd_close", fd);
      return [guest.memory.getU64(at + 40), guest.memory.getU64(at + 48)];
    };
    expect(guest.call("path_filestat_set_times", 3, 1, at, 0, 0n, 0n, 0)).toBe("noent");
    guest.memory.setU8(at, 0x66);
    expect(guest.call("path_filestat_set_times", 3, 1, at, 1, 1_000_000_000n, 2_000_000_000n, 5)).toBe("success");
    expect(timesOf()).toEqual([1_000_000_000n, 2_000_000_000n]);
    const fd = guest.open(3, "f") as number;
    expect(guest.call("fd_filestat_set_times", fd, 0n, 5_000_000_000n, 4)).toBe("success");
    expect(timesOf()).toEqual([1_000_000_000n, 5_000_000_000n]);
    // The clock of this guest has stopped after a second.
    expect(guest.call("fd_filestat_set_times", fd, 0n, 0n, 10)).toBe("success");
    expect(timesOf()).toEqual([1_000_000_000n, 1_000_000_000n]);
    expect(guest.call("fd_filestat_set_times", fd, 0n, 0n, 3)).toBe("inval");
  });

  test("descriptors are moved, and their rights become fewer", () => {
    file("f", "x");
    const fd = guest.open(3, "f") as number;
    const other = guest.open(3, "f") as number;
    expect(guest.call("fd_renumber", fd, other)).toBe("success");
    expect(guest.read(fd, 1)).toBe("badf");
    expect(guest.read(other, 1)).toBe("read x");
    expect(guest.call("fd_renumber", other, 77)).toBe("badf");
    expect(guest.call("fd_fdstat_set_rights", other, READ, 0n)).toBe("success");
    expect(guest.write(other, "y")).toBe("badf");
    expect(guest.seek(other, 0n, 0)).toBe("notcapable");
    expect(guest.call("fd_fdstat_set_rights", other, READ | WRITE, 0n)).toBe("notcapable");
    // The lowest number is given again.
    expect(guest.open(3, "f")).toBe(fd);
  });

  test("nothing is done across two file systems", () => {
    guest = new TestGuest({ a: make(), b: new MemoryFileSystem() });
    file("f", "x");
    expect(guest.two("path_rename", "f", "f", 3, 4)).toBe("xdev");
    expect(guest.two("path_link", "f", "f", 3, 4)).toBe("xdev");
    expect(contents("f")).toBe("read x");
  });
});

test("a link of the host's that leads out is not followed", () => {
  symlinkSync(join(outside, "secret"), join(outside, "root/absolute"));
  symlinkSync("../secret", join(outside, "root/relative"));
  symlinkSync("..", join(outside, "root/up"));
  const guest = new TestGuest({ "/": new NodeFileSystem(join(outside, "root")) });
  for (const path of ["absolute", "relative", "up/secret", "up/root/relative"]) {
    expect(guest.open(3, path, 0, READ)).toBe("perm");
    expect(guest.open(3, path, CREATE | TRUNCATE)).toBe("perm");
    expect(guest.stat(3, path)).toBe("perm");
  }
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
});

test("two directories of the host are one file system", () => {
  mkdirSync(join(outside, "other"));
  const guest = new TestGuest({
    a: new NodeFileSystem(join(outside, "root")),
    b: new NodeFileSystem(join(outside, "other")),
  });
  guest.write(guest.open(3, "f", CREATE) as number, "moved");
  expect(guest.two("path_rename", "f", "g", 3, 4)).toBe("success");
  expect(readFileSync(join(outside, "other/g"), "utf8")).toBe("moved");
});

test("the host fills and reads a tree in memory", () => {
  const files = new MemoryFileSystem({ "a.txt": "text", b: { "c.bin": new Uint8Array([1, 2, 3]), empty: {} } });
  files.writeFile("b/new", "new");
  files.writeFile("a.txt", "shorter".slice(0, 5));
  expect(files.readText("a.txt")).toBe("short");
  expect([...files.readFile("b/c.bin")]).toEqual([1, 2, 3]);
  expect(files.readText("b/new")).toBe("new");
  expect(() => files.readFile("b")).toThrow("isdir");
  expect(() => files.readFile("../a.txt")).toThrow("perm");
  expect(() => new MemoryFileSystem({ "a/b": "" })).toThrow('"a/b" is not a name');
});

/** A seeded generator of numbers below a limit (mulberry32). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])("random programs see no difference between the two, seed %i", (seed) => {
  const random = randomNumbers(seed);
  const guests = KINDS.map(([, make]) => new TestGuest({ "/": make() }));
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const names = ["a", "b", "c"];
  const path = (): string => {
    const parts = Array.from({ length: 1 + random(3) }, () => pick([...names, ...names, ...names, ".", ".."]));
    return parts.join("/") + (random(8) === 0 ? "/" : "");
  };
  const steps: string[] = [];
  for (let i = 0; i < 400; i++) {
    const [p, q, flags, size, fd] = [path(), path(), random(16), random(40), 3 + random(6)];
    const rights = pick([READ, WRITE | READ, WRITE]);
    const follow = random(2);
    const actions: readonly (readonly [string, (guest: TestGuest) => unknown])[] = [
      [`mkdir ${p}`, (guest) => guest.path("path_create_directory", 3, p)],
      [`mkdir ${q}`, (guest) => guest.path("path_create_directory", 3, q)],
      [`rmdir ${p}`, (guest) => guest.path("path_remove_directory", 3, p)],
      [`unlink ${p}`, (guest) => guest.path("path_unlink_file", 3, p)],
      [`rename ${p} ${q}`, (guest) => guest.two("path_rename", p, q)],
      [`link ${p} ${q}`, (guest) => guest.two("path_link", p, q)],
      [`symlink ${p} ${q}`, (guest) => guest.two("path_symlink", p, q)],
      [`readlink ${p}`, (guest) => guest.readLink(3, p)],
      [`stat ${p}`, (guest) => guest.stat(3, p, follow)],
      [`open ${p} ${flags}`, (guest) => guest.open(3, p, flags, rights | 4n, 0, follow)],
      [`create ${p}`, (guest) => guest.open(3, p, CREATE, READ | WRITE | 4n)],
      [`write ${fd}`, (guest) => guest.write(fd, "x".repeat(size))],
      [`read ${fd}`, (guest) => guest.read(fd, size)],
      [`seek ${fd}`, (guest) => guest.seek(fd, BigInt(size), random(1))],
      [`close ${fd}`, (guest) => (fd === 3 ? "" : guest.call("fd_close", fd))],
      [`list ${fd}`, (guest) => guest.list(fd)],
    ];
    const [name, action] = pick(actions);
    const [memory, node] = guests.map((guest) => action(guest));
    steps.push(`${name}: ${String(memory)}`);
    expect([...steps.slice(-8), node]).toEqual([...steps.slice(-8), memory]);
  }
});
