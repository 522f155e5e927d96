/**
 * A namespace shaped like the host's `WebAssembly`, whose modules may switch stacks.
 *
 * @example
 * ```ts
 * import WebAssembly from "stackyard/webassembly";
 *
 * const { instance } = await WebAssembly.instantiate(bytes, { env: { log: console.log } });
 * instance.exports.main();
 * ```
 *
 * @module
 */
import { createWebAssembly } from "./namespace.ts";
import type { WebAssemblyNamespace } from "./namespace.ts";

export { createWebAssembly } from "./namespace.ts";
export type { TagDescriptor, WebAssemblyNamespace } from "./namespace.ts";
export type { Backend, EngineOptions } from "../engine.ts";

/** A namespace with default options, and a store of its own. */
const namespace: WebAssemblyNamespace = createWebAssembly();
export default namespace;
