/** The parts of WASI that stand on `node:fs` and the process: for Node, Deno and Bun. */
export { NodeFileSystem } from "./node-file-system.ts";
export { ProcessInput, processOutput } from "./node-streams.ts";
