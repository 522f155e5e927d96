/** A namespace shaped like the host's `WebAssembly`, whose modules may switch stacks. */
import { isBufferSource } from "../bytes.ts";
import { Engine } from "../engine.ts";
import type { EngineOptions } from "../engine.ts";
import { DecodeError, ValidationError } from "../errors.ts";
import { host } from "../host.ts";
import type { AnyFunction, CompileOptions, HostSuspending } from "../host.ts";
import { Module as CompiledModule } from "../module.ts";
import { likeHost } from "../objects/like-host.ts";
import { Store } from "../store.ts";
import { suspendErrorText } from "../suspension-errors.ts";
import { Instances } from "./instance.ts";
import { Modules, requireBytes } from "./module.ts";
import { promiseIntegration } from "./promise-integration.ts";
import type { PromiseIntegration } from "./promise-integration.ts";
import { responseBytes } from "./streaming.ts";

export interface TagDescriptor {
  readonly parameters: Iterable<string>;
  /** Types of the values that a suspension with this tag is resumed with (stack-switching proposal). */
  readonly results?: Iterable<string>;
}

/** The host's `WebAssembly`, plus what lib.dom does not list. */
export interface WebAssemblyNamespace extends Omit<typeof WebAssembly, "Tag"> {
  readonly Tag: {
    new (descriptor: TagDescriptor): WebAssembly.Tag;
    readonly prototype: WebAssembly.Tag;
  };
  /** Present if the host has it. */
  readonly JSTag: WebAssembly.Tag;
  readonly SuspendError: new (message?: string) => Error;
  /** With the backend `"native"`, present if the host has promise integration. */
  readonly Suspending?: HostSuspending;
  /** With the backend `"native"`, present if the host has promise integration. */
  readonly promising?: (fn: AnyFunction) => AnyFunction;
}

/**
 * A new namespace, with a store of its own. Its objects work with the host's `WebAssembly` and the other way round; only
 * modules that switch stacks are its own.
 *
 * @throws {TypeError} if the options contradict each other
 *
 * @example
 * ```ts
 * import { createWebAssembly } from "stackyard/webassembly";
 *
 * const WebAssembly = createWebAssembly({ chaos: 42 });
 * const { instance } = await WebAssembly.instantiate(bytes, imports);
 * ```
 */
export function createWebAssembly(options: EngineOptions = {}): WebAssemblyNamespace {
  const engine = new Engine(options);
  const store = new Store(engine);
  store.functions.refuseContinuations();
  const SuspendError = host.SuspendError ?? suspendErrorClass();
  store.entries.suspendError = (name) => new SuspendError(suspendErrorText(name, "WebAssembly.promising"));
  const modules = new Modules(engine);
  const instances = new Instances(store, modules);

  async function instantiateBytes(context: string, bytes: BufferSource, args: readonly unknown[]): Promise<object> {
    const module = await modules.compile(context, bytes, args[2] as CompileOptions);
    return { module, instance: await instances.instantiateLater(module, args[1]) };
  }

  const functions = {
    validate(...args: unknown[]): boolean {
      return isValid(engine, requireBytes("WebAssembly.validate()", args[0]), args[1] as CompileOptions);
    },

    async compile(...args: unknown[]): Promise<WebAssembly.Module> {
      return modules.compile("WebAssembly.compile()", args[0], args[1] as CompileOptions);
    },

    async instantiate(...args: unknown[]): Promise<object> {
      const [source, imports] = args;
      requireImports("WebAssembly.instantiate()", imports);
      if (isBufferSource(source)) return instantiateBytes("WebAssembly.instantiate()", source, args);
      if (source instanceof host.Module) return instances.instantiateLater(source, imports);
      throw new TypeError(
        "WebAssembly.instantiate(): the first argument must be a WebAssembly.Module or a buffer source",
      );
    },

    async compileStreaming(...args: unknown[]): Promise<WebAssembly.Module> {
      const context = "WebAssembly.compileStreaming()";
      return modules.compile(context, await responseBytes(context, args[0]), args[1] as CompileOptions);
    },

    async instantiateStreaming(...args: unknown[]): Promise<object> {
      const context = "WebAssembly.instantiateStreaming()";
      requireImports(context, args[1]);
      return instantiateBytes(context, await responseBytes(context, args[0]), args);
    },
  };

  const classes = {
    Module: modules.Module,
    Instance: instances.Instance,
    ...store.classes,
    Memory: host.Memory,
    CompileError: host.CompileError,
    LinkError: host.LinkError,
    RuntimeError: host.RuntimeError,
    SuspendError,
  };

  const namespace = {};
  for (const [name, value] of Object.entries({ ...functions, ...classes })) {
    Object.defineProperty(namespace, name, {
      value,
      writable: true,
      enumerable: name in functions,
      configurable: true,
    });
  }
  const waiting: Partial<PromiseIntegration> = engine.backend === "native" ? host : promiseIntegration(store);
  for (const key of ["Suspending", "promising"] as const) {
    if (waiting[key] === undefined) continue;
    Object.defineProperty(namespace, key, { value: waiting[key], writable: true, configurable: true });
  }
  return likeHost(namespace, host) as WebAssemblyNamespace;
}

/** Undefined or an object, before anything else is looked at (Web IDL, `optional object`). */
function requireImports(context: string, imports: unknown): void {
  const isObject = (typeof imports === "object" && imports !== null) || typeof imports === "function";
  if (imports !== undefined && !isObject) throw new TypeError(`${context}: the imports must be an object`);
}

/** Valid for us, and, if it goes to the host as it is, within the host's limits. */
function isValid(engine: Engine, bytes: BufferSource, options: CompileOptions): boolean {
  try {
    return CompiledModule.isValid(engine, bytes, options);
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ValidationError) return false;
    throw error;
  }
}

/** For hosts without JavaScript promise integration. */
function suspendErrorClass(): new (message?: string) => Error {
  class SuspendError extends Error {}
  for (const [key, value] of [
    ["name", "SuspendError"],
    ["message", ""],
  ] as const) {
    Object.defineProperty(SuspendError.prototype, key, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
  return SuspendError;
}
