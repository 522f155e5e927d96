/** Functions of WASI preview 1 on names: `path_*`. */
import { FD_FLAGS, FILE_TYPE, LOOKUP_FOLLOW, OPEN_FLAGS, RIGHT, WRITE_RIGHTS } from "./abi.ts";
import type { RightName } from "./abi.ts";
import { directoryDescriptor, fileDescriptor } from "./descriptors.ts";
import type { Descriptor, DirectoryDescriptor } from "./descriptors.ts";
import { ERRNO, WasiError } from "./errno.ts";
import { timesOf } from "./fd-functions.ts";
import { resolveExisting, resolvePath } from "./paths.ts";
import type { Resolved } from "./paths.ts";
import type { Guest, WasiState } from "./state.ts";

export function pathFunctions(state: WasiState) {
  const { descriptors } = state;

  function at(
    guest: Guest,
    fd: number,
    right: RightName,
    address: number,
    length: number,
  ): [DirectoryDescriptor, string] {
    return [descriptors.directory(fd, right), guest.memory.text(address, length)];
  }

  function open(directory: DirectoryDescriptor, text: string, follow: boolean, wanted: Wanted): Descriptor {
    const { fs, path: base } = directory;
    const { openFlags, rights } = wanted;
    const flag = (bit: number): boolean => (openFlags & bit) !== 0;
    const create = flag(OPEN_FLAGS.create);
    // What is to be made exclusively must not be there, not even as a link to nowhere.
    const found = resolvePath(fs, base, text, follow && !(create && flag(OPEN_FLAGS.exclusive)));
    const { path, stat, asDirectory } = found;
    if (create && flag(OPEN_FLAGS.directory)) throw new WasiError("inval");
    if (stat === undefined) {
      if (!create) throw new WasiError("noent");
      if (asDirectory) throw new WasiError("isdir");
      if ((directory.base & RIGHT.path_create_file) === 0n) throw new WasiError("notcapable");
    } else {
      if (create && flag(OPEN_FLAGS.exclusive)) throw new WasiError("exist");
      if (stat.type === FILE_TYPE.symbolicLink) throw new WasiError("loop");
      if (stat.type === FILE_TYPE.directory) {
        if (create || (!flag(OPEN_FLAGS.directory) && (rights.base & WRITE_RIGHTS) !== 0n))
          throw new WasiError("isdir");
        return directoryDescriptor(fs, path, undefined, rights);
      }
      if (asDirectory || flag(OPEN_FLAGS.directory)) throw new WasiError("notdir");
    }
    if (flag(OPEN_FLAGS.truncate) && (directory.base & RIGHT.path_filestat_set_size) === 0n)
      throw new WasiError("notcapable");
    const file = fs.open(path, {
      read: (rights.base & RIGHT.fd_read) !== 0n,
      write: (rights.base & WRITE_RIGHTS) !== 0n || flag(OPEN_FLAGS.truncate),
      append: (rights.flags & FD_FLAGS.append) !== 0,
      create,
      exclusive: create && flag(OPEN_FLAGS.exclusive),
      truncate: flag(OPEN_FLAGS.truncate),
    });
    return fileDescriptor(file, stat?.type ?? FILE_TYPE.regularFile, rights);
  }

  /** A name that is about to be made. */
  function newName(directory: DirectoryDescriptor, text: string): Resolved {
    const found = resolvePath(directory.fs, directory.path, text, false);
    if (found.stat !== undefined) throw new WasiError("exist");
    return found;
  }

  return {
    path_create_directory(guest: Guest, fd: number, address: number, length: number): number {
      const [directory, text] = at(guest, fd, "path_create_directory", address, length);
      directory.fs.createDirectory(newName(directory, text).path);
      return ERRNO.success;
    },

    path_filestat_get(
      guest: Guest,
      fd: number,
      lookup: number,
      address: number,
      length: number,
      statAddress: number,
    ): number {
      const [{ fs, path }, text] = at(guest, fd, "path_filestat_get", address, length);
      const { stat } = resolveExisting(fs, path, text, (lookup & LOOKUP_FOLLOW) !== 0);
      guest.memory.setFileStat(statAddress, stat);
      return ERRNO.success;
    },

    path_filestat_set_times(
      guest: Guest,
      fd: number,
      lookup: number,
      address: number,
      length: number,
      atim: bigint,
      mtim: bigint,
      flags: number,
    ): number {
      const [{ fs, path }, text] = at(guest, fd, "path_filestat_set_times", address, length);
      const times = timesOf(state, atim, mtim, flags);
      fs.setTimes(resolveExisting(fs, path, text, (lookup & LOOKUP_FOLLOW) !== 0).path, times);
      return ERRNO.success;
    },

    path_link(
      guest: Guest,
      oldFd: number,
      lookup: number,
      oldAddress: number,
      oldLength: number,
      newFd: number,
      newAddress: number,
      newLength: number,
    ): number {
      const [from, oldText] = at(guest, oldFd, "path_link_source", oldAddress, oldLength);
      const [to, newText] = at(guest, newFd, "path_link_target", newAddress, newLength);
      if ((lookup & LOOKUP_FOLLOW) !== 0) throw new WasiError("inval");
      const source = resolveExisting(from.fs, from.path, oldText, false);
      const target = newName(to, newText);
      if (target.asDirectory) throw new WasiError("noent");
      from.fs.link(source.path, to.fs, target.path);
      return ERRNO.success;
    },

    path_open(
      guest: Guest,
      fd: number,
      lookup: number,
      address: number,
      length: number,
      openFlags: number,
      base: bigint,
      inheriting: bigint,
      flags: number,
      fdAddress: number,
    ): number {
      const [directory, text] = at(guest, fd, "path_open", address, length);
      const rights = {
        base: BigInt.asUintN(64, base) & directory.inheriting,
        inheriting: BigInt.asUintN(64, inheriting) & directory.inheriting,
        flags,
      };
      const descriptor = open(directory, text, (lookup & LOOKUP_FOLLOW) !== 0, { openFlags, rights });
      guest.memory.setU32(fdAddress, descriptors.add(descriptor));
      return ERRNO.success;
    },

    path_readlink(
      guest: Guest,
      fd: number,
      address: number,
      length: number,
      bufferAddress: number,
      bufferLength: number,
      usedAddress: number,
    ): number {
      const [{ fs, path }, text] = at(guest, fd, "path_readlink", address, length);
      const { path: link, stat } = resolveExisting(fs, path, text, false);
      if (stat.type !== FILE_TYPE.symbolicLink) throw new WasiError("inval");
      const target = guest.memory.bytes(bufferAddress, bufferLength);
      const contents = new TextEncoder().encode(fs.readLink(link)).subarray(0, target.length);
      target.set(contents);
      guest.memory.setU32(usedAddress, contents.length);
      return ERRNO.success;
    },

    path_remove_directory(guest: Guest, fd: number, address: number, length: number): number {
      const [{ fs, path: base }, text] = at(guest, fd, "path_remove_directory", address, length);
      const { path, stat, isName } = resolveExisting(fs, base, text, false);
      if (stat.type !== FILE_TYPE.directory) throw new WasiError("notdir");
      if (!isName) throw new WasiError("inval");
      fs.removeDirectory(path);
      return ERRNO.success;
    },

    path_rename(
      guest: Guest,
      oldFd: number,
      oldAddress: number,
      oldLength: number,
      newFd: number,
      newAddress: number,
      newLength: number,
    ): number {
      const [from, oldText] = at(guest, oldFd, "path_rename_source", oldAddress, oldLength);
      const [to, newText] = at(guest, newFd, "path_rename_target", newAddress, newLength);
      const source = resolveExisting(from.fs, from.path, oldText, false);
      const target = resolvePath(to.fs, to.path, newText, false);
      if (!source.isName || !target.isName) throw new WasiError("inval");
      if (target.asDirectory && source.stat.type !== FILE_TYPE.directory) throw new WasiError("notdir");
      from.fs.rename(source.path, to.fs, target.path);
      return ERRNO.success;
    },

    path_symlink(
      guest: Guest,
      oldAddress: number,
      oldLength: number,
      fd: number,
      newAddress: number,
      newLength: number,
    ): number {
      const [directory, text] = at(guest, fd, "path_symlink", newAddress, newLength);
      const contents = guest.memory.text(oldAddress, oldLength);
      // A link that leads out could be followed by others than the guest.
      if (contents.startsWith("/")) throw new WasiError("perm");
      if (contents === "") throw new WasiError("noent");
      const { path, asDirectory } = newName(directory, text);
      if (asDirectory) throw new WasiError("noent");
      directory.fs.symlink(contents, path);
      return ERRNO.success;
    },

    path_unlink_file(guest: Guest, fd: number, address: number, length: number): number {
      const [{ fs, path: base }, text] = at(guest, fd, "path_unlink_file", address, length);
      const { path, asDirectory } = resolveExisting(fs, base, text, false);
      if (asDirectory) throw new WasiError("isdir");
      fs.unlink(path);
      return ERRNO.success;
    },
  };
}

interface Wanted {
  /** {@link OPEN_FLAGS} */
  readonly openFlags: number;
  readonly rights: { readonly base: bigint; readonly inheriting: bigint; readonly flags: number };
}
