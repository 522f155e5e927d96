/** Types of the functions of WASI preview 1. */
import type { FuncType, ValType } from "../extern-types.ts";

/** Parameters: i for i32, I for i64. All functions but `proc_exit` return an error code. */
const PARAMETERS = Object.freeze({
  args_get: "ii",
  args_sizes_get: "ii",
  environ_get: "ii",
  environ_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "iIi",
  fd_advise: "iIIi",
  fd_allocate: "iII",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "iII",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "iI",
  fd_filestat_set_times: "iIIi",
  fd_pread: "iiiIi",
  fd_prestat_get: "ii",
  fd_prestat_dir_name: "iii",
  fd_pwrite: "iiiIi",
  fd_read: "iiii",
  fd_readdir: "iiiIi",
  fd_renumber: "ii",
  fd_seek: "iIii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiiIIi",
  path_link: "iiiiiii",
  path_open: "iiiiiIIii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii",
});

export type WasiFunctionName = keyof typeof PARAMETERS;

/** Functions that may have to wait; all others are done when they return. */
export const WAITING: ReadonlySet<WasiFunctionName> = new Set(["fd_read", "poll_oneoff", "sched_yield"]);

export const SIGNATURES: Readonly<Record<WasiFunctionName, FuncType>> = Object.freeze(
  Object.fromEntries(
    Object.entries(PARAMETERS).map(([name, letters]) => [name, typeOf(name, letters)]),
  ) as unknown as Record<WasiFunctionName, FuncType>,
);

function typeOf(name: string, letters: string): FuncType {
  const params = letters.split("").map((letter): ValType => (letter === "I" ? "i64" : "i32"));
  const results: readonly ValType[] = name === "proc_exit" ? [] : ["i32"];
  return Object.freeze({ params: Object.freeze(params), results: Object.freeze(results) });
}
