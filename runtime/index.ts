/**
 * Stackyard: a WebAssembly runtime for guests that switch stacks.
 *
 * @example
 * ```ts
 * import { Engine, Instance, Module, Store } from "stackyard";
 *
 * const engine = new Engine();
 * const store = new Store(engine);
 * const module = new Module(engine, bytes);
 * const instance = new Instance(store, module, { env: { log: console.log } });
 * console.log(instance.call("main"));
 * ```
 *
 * @module
 */
export { Engine } from "./engine.ts";
export type { Backend, EngineOptions } from "./engine.ts";
export {
  DecodeError,
  InternalError,
  LinkError,
  LoweringError,
  Trap,
  UnsupportedHostError,
  ValidationError,
} from "./errors.ts";
export { missingHostFeatures } from "./host-features.ts";
export { Instance } from "./instance.ts";
export type { Imports } from "./instance.ts";
export { Module } from "./module.ts";
export type { ExternKindName } from "./module.ts";
export { Store } from "./store.ts";
export type { StoreClasses } from "./store.ts";
export { TRAP_TEXTS, trapCodes } from "./traps.ts";
export type { TrapCode } from "./traps.ts";
export { createWebAssembly } from "./webassembly/namespace.ts";
export type { TagDescriptor, WebAssemblyNamespace } from "./webassembly/namespace.ts";
