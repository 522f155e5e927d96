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
export type { ActivationObserver, AsyncCallOptions, YieldInterval } from "./async-call.ts";
export { AsyncFunction } from "./async-imports.ts";
export { WasmBacktrace } from "./backtrace.ts";
export type { BacktraceStack } from "./backtrace.ts";
export { MemoryCache } from "./cache.ts";
export type { ModuleCache } from "./cache.ts";
export { Caller } from "./caller.ts";
export { Continuation } from "./continuation.ts";
export type { ChainLink, ContinuationState, Outcome } from "./continuation.ts";
export type { ResultOf, ValueOf, ValuesOf } from "./conversion.ts";
export { Engine } from "./engine.ts";
export type { Backend, EngineOptions, Lowering } from "./engine.ts";
export {
  DecodeError,
  InternalError,
  LinkError,
  LoweringError,
  Trap,
  UnsupportedHostError,
  ValidationError,
} from "./errors.ts";
export { Exception } from "./exception.ts";
export type {
  ExportType,
  ExternKind,
  ExternType,
  FuncType,
  GlobalType,
  ImportType,
  MemoryType,
  TableType,
  TagType,
  ValType,
  ValTypeName,
} from "./extern-types.ts";
export type { Extern } from "./externs.ts";
export { FileCache } from "./file-cache.ts";
export type { FrameSymbol } from "./debug/symbols.ts";
export type { FrameInfo } from "./frame-info.ts";
export { Func } from "./func.ts";
export type { ResumableOutcome, Signature, TypedFunc } from "./func.ts";
export { Global } from "./global.ts";
export type { EpochAction } from "./meter.ts";
export { missingHostFeatures } from "./host-features.ts";
export { Instance } from "./instance.ts";
export type { Imports, ImportValues } from "./instance.ts";
export { InstancePre } from "./instance-pre.ts";
export type { ResourceLimiter, StoreLimits } from "./limits.ts";
export { Linker } from "./linker.ts";
export type { Definition } from "./linker.ts";
export { Memory } from "./memory.ts";
export { Module } from "./module.ts";
export { separateStacks } from "./shadow-stacks.ts";
export type { ShadowStackOptions } from "./shadow-stacks.ts";
export { Store } from "./store.ts";
export type { StoreClasses } from "./store.ts";
export { ContinuationError, SuspendError } from "./suspension-errors.ts";
export { Table } from "./table.ts";
export { Tag } from "./tag.ts";
export { TRAP_TEXTS, trapCodes } from "./traps.ts";
export type { TrapCode } from "./traps.ts";
export { ResourceLimitError, SerializationError, TypeMismatchError, WrongStoreError } from "./usage-errors.ts";
export { createWebAssembly } from "./webassembly/namespace.ts";
export type { TagDescriptor, WebAssemblyNamespace } from "./webassembly/namespace.ts";
