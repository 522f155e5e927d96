/** Instance: a module, its imports, and its state in one store. */
import { LinkError, Trap } from "./errors.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import { readImports } from "./imports.ts";
import { instantiateNow } from "./instantiation.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

/** Imports by module name and name: functions, and tables, memories, globals and tags of the host's or the store's classes. */
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * An instance of a module.
 *
 * @example
 * ```ts
 * const instance = new Instance(store, module, { spectest: { print_i32: console.log } });
 * try {
 *   console.log(instance.call("fib", 20));
 * } catch (error) {
 *   if (error instanceof Trap) console.error(error.code);
 * }
 * ```
 */
export class Instance {
  readonly store: Store;
  readonly module: Module;
  /** As JavaScript sees them; functions throw the host's errors, while {@link Instance.call} throws typed ones. */
  readonly exports: WebAssembly.Exports;

  /**
   * Links and instantiates, and runs the start function.
   *
   * @throws {LinkError} if an import is missing or is not what the module asks for
   * @throws {Trap} if a segment does not fit, or the start function traps
   * @throws whatever exception leaves the start function
   */
  constructor(store: Store, module: Module, imports: Imports = {}) {
    this.store = store;
    this.module = module;
    try {
      this.exports = instantiateNow(store, module, readImports(module, imports)).exports;
    } catch (error) {
      throw typed(module, imports, error);
    }
  }

  /**
   * Calls an exported function. Arguments and results are converted as by the JS API: an i64 is a bigint, several results
   * are an array.
   *
   * @throws {Trap} if the function traps
   * @throws {TypeError} if there is no such function, or an argument does not convert
   * @throws whatever exception leaves the function
   */
  call(name: string, ...args: unknown[]): unknown {
    const fn: unknown = this.exports[name];
    if (typeof fn !== "function") throw new TypeError(`no function is exported as ${JSON.stringify(name)}`);
    try {
      return (fn as RawFunction)(...args);
    } catch (error) {
      throw Trap.from(error) ?? error;
    }
  }
}

/** The host's error, as one of ours where there is one for it. */
function typed(module: Module, imports: Imports, error: unknown): unknown {
  const trap = Trap.from(error);
  if (trap !== undefined) return trap;
  const missing = module.imports.find(({ module: from, name }) => imports[from]?.[name] === undefined);
  if (missing !== undefined && (error instanceof host.LinkError || error instanceof TypeError)) {
    const { module: from, name, kind } = missing;
    const text = `unknown import ${JSON.stringify(from)} ${JSON.stringify(name)} (${kind})`;
    return new LinkError(text, from, name, { cause: error });
  }
  if (!(error instanceof host.LinkError)) return error;
  return new LinkError(`incompatible import type: ${error.message}`, undefined, undefined, { cause: error });
}
