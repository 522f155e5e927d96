/** Constants of WASI preview 1, as its witx files number them. */

export const FILE_TYPE = Object.freeze({
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketDgram: 5,
  socketStream: 6,
  symbolicLink: 7,
});
export type FileType = (typeof FILE_TYPE)[keyof typeof FILE_TYPE];

export const FD_FLAGS = Object.freeze({ append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 });
export const OPEN_FLAGS = Object.freeze({ create: 1, directory: 2, exclusive: 4, truncate: 8 });
export const LOOKUP_FOLLOW = 1;
export const TIME_FLAGS = Object.freeze({ atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 });
export const CLOCK = Object.freeze({ realtime: 0, monotonic: 1 });
export const EVENT = Object.freeze({ clock: 0, fdRead: 1, fdWrite: 2 });
/** Flag of a clock subscription: the timeout is a time of that clock rather than a duration. */
export const CLOCK_ABSOLUTE = 1;
/** Flag of a read event: nothing will come any more. */
export const EVENT_HANGUP = 1;

const RIGHT_NAMES = [
  ...["fd_datasync", "fd_read", "fd_seek", "fd_fdstat_set_flags", "fd_sync", "fd_tell", "fd_write", "fd_advise"],
  ...["fd_allocate", "path_create_directory", "path_create_file", "path_link_source", "path_link_target", "path_open"],
  ...["fd_readdir", "path_readlink", "path_rename_source", "path_rename_target", "path_filestat_get"],
  ...["path_filestat_set_size", "path_filestat_set_times", "fd_filestat_get", "fd_filestat_set_size"],
  ...["fd_filestat_set_times", "path_symlink", "path_remove_directory", "path_unlink_file", "poll_fd_readwrite"],
] as const;
export type RightName = (typeof RIGHT_NAMES)[number];

/** Bit of each right (witx "rights"; those of sockets are left out, as there are none). */
export const RIGHT: Readonly<Record<RightName, bigint>> = Object.freeze(
  Object.fromEntries(RIGHT_NAMES.map((name, bit) => [name, 1n << BigInt(bit)])) as Record<RightName, bigint>,
);

function rights(pattern: RegExp): bigint {
  return RIGHT_NAMES.filter((name) => pattern.test(name)).reduce((all, name) => all | RIGHT[name], 0n);
}

/** What can be done with a file. */
export const FILE_RIGHTS: bigint = rights(/^(?:fd_(?!readdir)|poll_)/);
/** What can be done with a directory. */
export const DIRECTORY_RIGHTS: bigint = rights(
  /^(?:path_|fd_(?:readdir|fdstat|filestat_get|filestat_set_times|sync|datasync))/,
);
/** What can be done with a stream, apart from reading or writing. */
export const STREAM_RIGHTS: bigint = rights(/^(?:fd_fdstat_set_flags|fd_filestat_get|poll_fd_readwrite)$/);
/** Those that make a file one to be written. */
export const WRITE_RIGHTS: bigint = RIGHT.fd_write | RIGHT.fd_allocate | RIGHT.fd_filestat_set_size;
