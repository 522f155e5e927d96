/** `WebAssembly.Module` of a namespace: the host's module, with what Stackyard knows of it kept beside. */
import { DecodeError, LoweringError, ValidationError } from "../errors.ts";
import type { Engine } from "../engine.ts";
import { host } from "../host.ts";
import type { CompileOptions } from "../host.ts";
import { isBufferSource } from "../bytes.ts";
import { Module as CompiledModule } from "../module.ts";
import { derive, isInstance, likeHost } from "../objects/like-host.ts";

export type ModuleClass = typeof WebAssembly.Module & { readonly prototype: WebAssembly.Module };

/** Modules of one namespace, by the host's object that stands for them. */
export class Modules {
  readonly engine: Engine;
  readonly Module: ModuleClass;
  readonly #compiled = new WeakMap<object, CompiledModule>();

  constructor(engine: Engine) {
    this.engine = engine;
    this.Module = moduleClass(this);
  }

  /** What stands behind a module object; undefined for modules of the host's own namespace. */
  compiledOf(module: unknown): CompiledModule | undefined {
    return typeof module === "object" && module !== null ? this.#compiled.get(module) : undefined;
  }

  /** The module object of `compiled`: the host's, with `prototype` put on. */
  present(compiled: CompiledModule, prototype: object = this.Module.prototype): WebAssembly.Module {
    const module = compiled.hostModule(compiled.alwaysLowered);
    Object.setPrototypeOf(module, prototype);
    this.#compiled.set(module, compiled);
    return module;
  }

  /** Compiles in the background; errors are the host's classes. */
  async compile(context: string, bytes: unknown, options: CompileOptions): Promise<WebAssembly.Module> {
    try {
      return this.present(await CompiledModule.compile(this.engine, requireBytes(context, bytes), options));
    } catch (error) {
      throw compileError(error);
    }
  }
}

/** Decoding and validation errors become the host's `CompileError`; the message starts with the official text. */
export function compileError(error: unknown): unknown {
  const isOurs = [DecodeError, ValidationError, LoweringError].some((type) => error instanceof type);
  return isOurs ? new host.CompileError((error as Error).message, { cause: error }) : error;
}

/** @throws {TypeError} if `bytes` is no BufferSource */
export function requireBytes(context: string, bytes: unknown): BufferSource {
  if (!isBufferSource(bytes))
    throw new TypeError(`${context}: the first argument must be an ArrayBuffer or a view of one`);
  return bytes;
}

function moduleClass(modules: Modules): ModuleClass {
  class Module {
    constructor(...args: unknown[]) {
      const bytes = requireBytes("WebAssembly.Module()", args[0]);
      let compiled: CompiledModule;
      try {
        compiled = new CompiledModule(modules.engine, bytes, args[1] as CompileOptions);
      } catch (error) {
        throw compileError(error);
      }
      // The host's object itself becomes the result, which is why this class does not extend the host's in the usual way.
      // biome-ignore lint/correctness/noConstructorReturn: as said
      return modules.present(compiled, new.target.prototype);
    }

    static exports(...args: unknown[]): WebAssembly.ModuleExportDescriptor[] {
      const compiled = modules.compiledOf(args[0]);
      return compiled?.alwaysLowered === true
        ? compiled.exports.map(({ name, kind }) => ({ name, kind }))
        : Reflect.apply(host.Module.exports, host.Module, args as never);
    }

    static imports(...args: unknown[]): WebAssembly.ModuleImportDescriptor[] {
      const compiled = modules.compiledOf(args[0]);
      return compiled?.alwaysLowered === true
        ? compiled.imports.map(({ module, name, kind }) => ({ module, name, kind }))
        : Reflect.apply(host.Module.imports, host.Module, args as never);
    }

    static customSections(...args: unknown[]): ArrayBuffer[] {
      const compiled = modules.compiledOf(args[0]);
      if (compiled?.alwaysLowered !== true || args[1] === undefined) {
        return Reflect.apply(host.Module.customSections, host.Module, args as never);
      }
      return compiled.customSections(`${args[1] as string}`);
    }

    static [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Module, host.Module);
    }
  }
  return likeHost(derive(Module, host.Module), host.Module);
}
