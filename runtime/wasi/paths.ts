/**
 * Paths of a guest, resolved inside a directory that it has opened. Neither `..` nor a link leads out of that directory, and
 * there are no absolute paths: what a guest has not been given, it cannot name.
 *
 * The resolution looks at each name on the way. Against other processes that change links in the same moment it offers no
 * protection; `node:fs` has no openat() to do it with.
 */
import { FILE_TYPE } from "./abi.ts";
import { WasiError, errnoOf, ERRNO } from "./errno.ts";
import type { FileStat, FileSystem, Path } from "./file-system.ts";

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** Where a path leads: to something that is there, or to a name in a directory in which it is not. */
export interface Resolved {
  readonly path: Path;
  /** Undefined if there is nothing of this name. */
  readonly stat: FileStat | undefined;
  /** The path ended with a slash: it can only be a directory. */
  readonly asDirectory: boolean;
  /** The path ended with a name, not with `.` or `..`: something that can be removed or renamed. */
  readonly isName: boolean;
}

/**
 * @param base path of the opened directory
 * @param follow whether a link at the end of the path is followed
 * @throws {WasiError} `noent`, `notdir`, `loop`; `perm` if the path leads out; `inval` if it contains NUL
 */
export function resolvePath(fs: FileSystem, base: Path, text: string, follow: boolean): Resolved {
  if (text === "") throw new WasiError("noent");
  if (text.includes("\0")) throw new WasiError("inval");
  const names: string[] = [];
  let asDirectory = false;
  let isName = false;
  let rest = split(text);
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const last = rest.length === 0;
    if (name === "") {
      asDirectory = last;
      continue;
    }
    isName = name !== "." && name !== "..";
    if (!isName) {
      if (name === ".." && names.pop() === undefined) throw new WasiError("perm");
      asDirectory = last;
      continue;
    }
    const path = [...base, ...names, name];
    const stat = statIfThere(fs, path);
    const end = rest.every((each) => each === "");
    if (stat === undefined) {
      if (!end) throw new WasiError("noent");
      return { path, stat, asDirectory: !last, isName };
    }
    if (stat.type === FILE_TYPE.symbolicLink && (!last || follow)) {
      if (++links > MAX_LINKS) throw new WasiError("loop");
      rest = [...split(fs.readLink(path)), ...rest];
      continue;
    }
    if (last) return { path, stat, asDirectory: false, isName };
    if (stat.type !== FILE_TYPE.directory) throw new WasiError("notdir");
    names.push(name);
  }
  const path = [...base, ...names];
  return { path, stat: fs.stat(path), asDirectory, isName };
}

/** @throws {WasiError} `noent` if there is nothing */
export function resolveExisting(
  fs: FileSystem,
  base: Path,
  text: string,
  follow: boolean,
): Resolved & { stat: FileStat } {
  const found = resolvePath(fs, base, text, follow);
  if (found.stat === undefined) throw new WasiError("noent");
  return { ...found, stat: found.stat };
}

/** @throws {WasiError} `perm` if the path is absolute */
function split(text: string): string[] {
  if (text.startsWith("/")) throw new WasiError("perm");
  return text.split("/");
}

function statIfThere(fs: FileSystem, path: Path): FileStat | undefined {
  try {
    return fs.stat(path);
  } catch (error) {
    if (errnoOf(error) === ERRNO.noent) return undefined;
    throw error;
  }
}
