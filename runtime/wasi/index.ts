/** WASI preview 1, for any host; what needs `node:fs` is in node.ts. */
export { ERRNO, WasiError } from "./errno.ts";
export type { ErrnoName } from "./errno.ts";
export { WasiExit } from "./exit.ts";
export type { DirectoryEntry, FileStat, FileSystem, OpenFile, OpenOptions, Path, Times } from "./file-system.ts";
export { MemoryFileSystem } from "./memory-file-system.ts";
export type { Tree } from "./memory-file-system.ts";
export type { Clocks } from "./state.ts";
export { InputBuffer, textOutput } from "./streams.ts";
export type { InputStream, OutputStream } from "./streams.ts";
export { WASI_MODULE, Wasi } from "./wasi.ts";
export type { WasiOptions } from "./wasi.ts";
