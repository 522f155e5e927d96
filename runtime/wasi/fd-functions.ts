/** Functions of WASI preview 1 on what is open: `fd_*`. */
import { FD_FLAGS, RIGHT, TIME_FLAGS } from "./abi.ts";
import { typeOf } from "./descriptors.ts";
import type { Descriptor, FileDescriptor } from "./descriptors.ts";
import { ERRNO, WasiError } from "./errno.ts";
import type { FileStat, Times } from "./file-system.ts";
import { SIZE } from "./guest-memory.ts";
import type { Guest, WasiState } from "./state.ts";
import { whenReadable } from "./waiting.ts";
import type { Errno } from "./waiting.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;

export function fdFunctions(state: WasiState) {
  const { descriptors } = state;

  /** Reads or writes buffer after buffer, until one is not filled or taken whole; returns the number of bytes. */
  function transfer(buffers: readonly Uint8Array[], each: (buffer: Uint8Array, done: number) => number): number {
    let done = 0;
    for (const buffer of buffers) {
      if (buffer.length === 0) continue;
      const size = each(buffer, done);
      done += size;
      if (size < buffer.length) break;
    }
    return done;
  }

  function write(descriptor: Descriptor, buffers: readonly Uint8Array[]): number {
    if (descriptor.kind === "directory") throw new WasiError("isdir");
    if (descriptor.kind === "stream") {
      return transfer(buffers, (buffer) => {
        descriptor.output?.write(buffer);
        return buffer.length;
      });
    }
    if ((descriptor.flags & FD_FLAGS.append) !== 0) descriptor.position = descriptor.file.stat().size;
    const start = offsetOf(descriptor.position);
    const size = transfer(buffers, (buffer, done) => descriptor.file.write(buffer, start + done));
    descriptor.position += BigInt(size);
    return size;
  }

  return {
    fd_advise(guest: Guest, fd: number, offset: bigint, length: bigint, advice: number): number {
      if (advice >>> 0 > 5 || offset < 0n || length < 0n) throw new WasiError("inval");
      descriptors.file(fd, "fd_advise");
      return ERRNO.success;
    },

    fd_allocate(guest: Guest, fd: number, offset: bigint, length: bigint): number {
      const { file } = descriptors.file(fd, "fd_allocate");
      const end = offset + length;
      if (offset < 0n || length <= 0n) throw new WasiError("inval");
      if (file.stat().size < end) file.resize(end);
      return ERRNO.success;
    },

    fd_close(guest: Guest, fd: number): number {
      descriptors.close(fd);
      return ERRNO.success;
    },

    fd_datasync(guest: Guest, fd: number): number {
      sync(descriptors.get(fd));
      return ERRNO.success;
    },

    fd_sync(guest: Guest, fd: number): number {
      sync(descriptors.get(fd));
      return ERRNO.success;
    },

    fd_fdstat_get(guest: Guest, fd: number, address: number): number {
      const descriptor = descriptors.get(fd);
      guest.memory.setFdStat(address, typeOf(descriptor), descriptor.flags, descriptor.base, descriptor.inheriting);
      return ERRNO.success;
    },

    fd_fdstat_set_flags(guest: Guest, fd: number, flags: number): number {
      const descriptor = descriptors.get(fd, "fd_fdstat_set_flags");
      // How writes are synchronized is decided when a file is opened.
      if ((flags & ~(FD_FLAGS.append | FD_FLAGS.nonblock)) !== 0) throw new WasiError("inval");
      descriptor.flags = flags;
      return ERRNO.success;
    },

    fd_fdstat_set_rights(guest: Guest, fd: number, base: bigint, inheriting: bigint): number {
      const descriptor = descriptors.get(fd);
      const fewer = (old: bigint, rights: bigint): bigint => {
        if ((BigInt.asUintN(64, rights) & ~old) !== 0n) throw new WasiError("notcapable");
        return BigInt.asUintN(64, rights);
      };
      const [newBase, newInheriting] = [fewer(descriptor.base, base), fewer(descriptor.inheriting, inheriting)];
      descriptor.base = newBase;
      descriptor.inheriting = newInheriting;
      return ERRNO.success;
    },

    fd_filestat_get(guest: Guest, fd: number, address: number): number {
      const descriptor = descriptors.get(fd, descriptors.get(fd).kind === "directory" ? undefined : "fd_filestat_get");
      guest.memory.setFileStat(address, statOf(descriptor));
      return ERRNO.success;
    },

    fd_filestat_set_size(guest: Guest, fd: number, size: bigint): number {
      if (size < 0n) throw new WasiError("inval");
      descriptors.file(fd, "fd_filestat_set_size").file.resize(size);
      return ERRNO.success;
    },

    fd_filestat_set_times(guest: Guest, fd: number, atim: bigint, mtim: bigint, flags: number): number {
      const descriptor = descriptors.get(fd, "fd_filestat_set_times");
      const times = timesOf(state, atim, mtim, flags);
      if (descriptor.kind === "file") descriptor.file.setTimes(times);
      else if (descriptor.kind === "directory") descriptor.fs.setTimes(descriptor.path, times);
      return ERRNO.success;
    },

    fd_pread(guest: Guest, fd: number, iovs: number, count: number, offset: bigint, sizeAddress: number): number {
      const { file } = descriptors.file(fd, "fd_read");
      const start = offsetOf(BigInt.asUintN(64, offset));
      const size = transfer(guest.memory.buffers(iovs, count), (buffer, done) => file.read(buffer, start + done));
      guest.memory.setU32(sizeAddress, size);
      return ERRNO.success;
    },

    fd_pwrite(guest: Guest, fd: number, iovs: number, count: number, offset: bigint, sizeAddress: number): number {
      const { file } = descriptors.file(fd, "fd_write");
      const start = offsetOf(BigInt.asUintN(64, offset));
      const size = transfer(guest.memory.buffers(iovs, count), (buffer, done) => file.write(buffer, start + done));
      guest.memory.setU32(sizeAddress, size);
      return ERRNO.success;
    },

    fd_prestat_get(guest: Guest, fd: number, address: number): number {
      const name = preopenName(descriptors.get(fd));
      guest.memory.setU32(address, 0);
      guest.memory.setU32(address + 4, name.length);
      return ERRNO.success;
    },

    fd_prestat_dir_name(guest: Guest, fd: number, address: number, length: number): number {
      const name = preopenName(descriptors.get(fd));
      if (length >>> 0 < name.length) throw new WasiError("nametoolong");
      guest.memory.bytes(address, name.length).set(name);
      return ERRNO.success;
    },

    /** Waits, if the descriptor is a stream that has nothing yet. */
    fd_read(guest: Guest, fd: number, iovs: number, count: number, sizeAddress: number): Errno {
      const descriptor = descriptors.get(fd, "fd_read");
      if (descriptor.kind === "directory") throw new WasiError("isdir");
      if (descriptor.kind === "file") {
        const start = offsetOf(descriptor.position);
        const buffers = guest.memory.buffers(iovs, count);
        const size = transfer(buffers, (buffer, done) => descriptor.file.read(buffer, start + done));
        descriptor.position += BigInt(size);
        guest.memory.setU32(sizeAddress, size);
        return ERRNO.success;
      }
      const { input, flags } = descriptor;
      if (input === undefined) throw new WasiError("badf");
      const read = (): number => {
        const size = transfer(guest.memory.buffers(iovs, count), (buffer) => {
          const bytes = (input.available() ?? 0) > 0 ? input.read(buffer.length) : new Uint8Array();
          buffer.set(bytes);
          return bytes.length;
        });
        guest.memory.setU32(sizeAddress, size);
        return ERRNO.success;
      };
      if (input.available() === undefined && (flags & FD_FLAGS.nonblock) !== 0) throw new WasiError("again");
      return whenReadable(input, guest, read);
    },

    /** Entries after the one whose number is `cookie`, as many as fit; the last may be cut. */
    fd_readdir(guest: Guest, fd: number, address: number, length: number, cookie: bigint, usedAddress: number): number {
      const descriptor = descriptors.directory(fd, "fd_readdir");
      const { fs, path } = descriptor;
      if (cookie === 0n) {
        const { ino, type } = fs.stat(path);
        const dots = [".", ".."].map((name) => ({ name, ino, type }));
        descriptor.listing = [...dots, ...fs.readDirectory(path)];
      }
      const target = guest.memory.bytes(address, length);
      let used = 0;
      for (let i = Number(BigInt.asUintN(64, cookie)); i < descriptor.listing.length && used < target.length; i++) {
        const { name, ino, type } = descriptor.listing[i] as (typeof descriptor.listing)[number];
        const encoded = new TextEncoder().encode(name);
        const bytes = new Uint8Array(SIZE.dirent + encoded.length);
        const view = new DataView(bytes.buffer);
        view.setBigUint64(0, BigInt(i + 1), true);
        view.setBigUint64(8, ino, true);
        view.setUint32(16, encoded.length, true);
        view.setUint8(20, type);
        bytes.set(encoded, SIZE.dirent);
        const part = bytes.subarray(0, target.length - used);
        target.set(part, used);
        used += part.length;
      }
      guest.memory.setU32(usedAddress, used);
      return ERRNO.success;
    },

    fd_renumber(guest: Guest, from: number, to: number): number {
      descriptors.renumber(from, to);
      return ERRNO.success;
    },

    fd_seek(guest: Guest, fd: number, offset: bigint, whence: number, positionAddress: number): number {
      const descriptor = descriptors.file(fd, "fd_seek");
      const from = [0n, descriptor.position, undefined][whence];
      if (from === undefined && whence !== 2) throw new WasiError("inval");
      const position = (from ?? descriptor.file.stat().size) + offset;
      if (position < 0n) throw new WasiError("inval");
      descriptor.position = position;
      guest.memory.setU64(positionAddress, position);
      return ERRNO.success;
    },

    fd_tell(guest: Guest, fd: number, positionAddress: number): number {
      guest.memory.setU64(positionAddress, descriptors.file(fd, "fd_tell").position);
      return ERRNO.success;
    },

    fd_write(guest: Guest, fd: number, iovs: number, count: number, sizeAddress: number): number {
      const descriptor = descriptors.get(fd, "fd_write");
      guest.memory.setU32(sizeAddress, write(descriptor, guest.memory.buffers(iovs, count)));
      return ERRNO.success;
    },
  };
}

/** Files are read and written at offsets that a double holds. */
function offsetOf(position: bigint): number {
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError(position > U64_MAX >> 1n ? "inval" : "fbig");
  return Number(position);
}

function sync(descriptor: Descriptor): void {
  if (descriptor.kind === "file" && (descriptor.base & (RIGHT.fd_sync | RIGHT.fd_datasync)) !== 0n)
    descriptor.file.sync();
  else if (descriptor.kind === "stream") throw new WasiError("inval");
}

function statOf(descriptor: Descriptor): FileStat {
  if (descriptor.kind === "file") return (descriptor satisfies FileDescriptor).file.stat();
  if (descriptor.kind === "directory") return descriptor.fs.stat(descriptor.path);
  const zero = { dev: 0n, ino: 0n, nlink: 0n, size: 0n, atim: 0n, mtim: 0n, ctim: 0n };
  return { ...zero, type: typeOf(descriptor) };
}

function preopenName(descriptor: Descriptor): Uint8Array {
  if (descriptor.kind !== "directory" || descriptor.preopen === undefined) throw new WasiError("badf");
  return new TextEncoder().encode(descriptor.preopen);
}

/** What a function that sets times is asked to set. @throws {WasiError} `inval` if a time is both given and to be now */
export function timesOf(state: WasiState, atim: bigint, mtim: bigint, flags: number): Times {
  const { atim: setAtim, atimNow, mtim: setMtim, mtimNow } = TIME_FLAGS;
  const time = (set: number, setNow: number, given: bigint): bigint | undefined => {
    if ((flags & set) !== 0 && (flags & setNow) !== 0) throw new WasiError("inval");
    if ((flags & setNow) !== 0) return state.clocks.realtime();
    return (flags & set) === 0 ? undefined : BigInt.asUintN(64, given);
  };
  return { atim: time(setAtim, atimNow, atim), mtim: time(setMtim, mtimNow, mtim) };
}
