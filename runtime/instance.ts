/** Instance: a module, its imports, and its state in one store. */
import type { AsyncCallOptions } from "./async-call.ts";
import { Caller } from "./caller.ts";
import { externImports, namedImports, wantsCaller } from "./extern-imports.ts";
import type { Imports } from "./extern-imports.ts";
import type { Extern } from "./externs.ts";
import { Func } from "./func.ts";
import type { Signature, TypedFunc } from "./func.ts";
import type { ValType } from "./extern-types.ts";
import { Global } from "./global.ts";
import { instantiateLater, instantiateNow } from "./instantiation.ts";
import type { Instantiated } from "./instantiation.ts";
import { linkError } from "./link-error.ts";
import { Memory } from "./memory.ts";
import { Module } from "./module.ts";
import { Store } from "./store.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";
import { TypeMismatchError } from "./usage-errors.ts";

export type { Imports } from "./extern-imports.ts";

/** Imports in the order in which the module asks for them. */
export type ImportValues = readonly unknown[];

/**
 * An instance of a module.
 *
 * @example
 * ```ts
 * const instance = new Instance(store, module, { env: { print_i32: console.log } });
 * const fib = instance.getTypedFunc("fib", { params: ["i32"], results: ["i32"] });
 * try {
 *   console.log(fib(20));
 * } catch (error) {
 *   if (error instanceof Trap) console.error(error.code);
 * }
 * ```
 */
export class Instance<T = unknown> {
  readonly store: Store<T>;
  readonly module: Module;
  #exports: WebAssembly.Exports | undefined;

  /**
   * Links and instantiates, and runs the start function.
   *
   * @param imports by module name and name, or a list in the module's order
   * @throws {LinkError} if an import is missing or is not what the module asks for
   * @throws {WrongStoreError} if an import belongs to another store
   * @throws {ResourceLimitError} if the store's limits do not allow it
   * @throws {Trap} if a segment does not fit, or the start function traps
   * @throws whatever exception leaves the start function
   */
  constructor(store: Store<T>, module: Module, imports?: Imports | ImportValues);
  constructor(store: Store<T>, module: Module, imports: Imports | ImportValues | Later);
  constructor(store: Store<T>, module: Module, imports: Imports | ImportValues | Later = {}) {
    requireParts(store, module);
    this.store = store;
    this.module = module;
    if (imports instanceof Later) return;
    try {
      const { values, startLater } = this.#values(imports);
      store.limits.instantiate(module.decoded);
      const instantiated = instantiateNow(store, module, values, { startLater });
      this.#exports = instantiated.exports;
      instantiated.start?.();
    } catch (error) {
      throw linkError(store, module, error);
    }
  }

  /**
   * Like the constructor, but the host instantiates in the background, and the start function may wait for host functions
   * that return promises.
   */
  static async create<T>(
    store: Store<T>,
    module: Module,
    imports: Imports | ImportValues = {},
    options?: AsyncCallOptions,
  ): Promise<Instance<T>> {
    const instance = new Instance(store, module, new Later());
    try {
      const { values, startLater } = instance.#values(imports);
      store.limits.instantiate(module.decoded);
      const instantiated: Instantiated = await instantiateLater(store, module, values, { startLater });
      instance.#exports = instantiated.exports;
      await instantiated.startAsync?.(options);
    } catch (error) {
      throw linkError(store, module, error);
    }
    return instance;
  }

  #values(imports: Imports | ImportValues): { values: unknown[]; startLater: boolean } {
    const given = isList(imports) ? imports : namedImports(this.module, imports);
    const values = externImports(this.store, this.module, given, new Caller<T>(this.store, () => this));
    return { values, startLater: given.some(wantsCaller) };
  }

  /**
   * The exports as the JS API has them. Functions among them throw the host's errors, while {@link Func}s throw typed ones.
   *
   * @throws {TypeError} while the start function runs, if the module is one that the host runs as it is
   */
  get exports(): WebAssembly.Exports {
    if (this.#exports === undefined) throw new TypeError("the instance is not there yet: its start function runs");
    return this.#exports;
  }

  /** What is exported as `name`; undefined if nothing. */
  getExport(name: string): Extern | undefined {
    if (this.#exports === undefined) return undefined;
    const entry = this.module.exportNamed(name);
    if (entry === undefined) return undefined;
    return this.store.externs.exported(this.module.decoded, entry, this.#exports[name] as unknown as object);
  }

  /** All exports, in the module's order. */
  *externs(): Generator<readonly [name: string, extern: Extern]> {
    for (const { name } of this.module.decoded.exports) {
      const extern = this.getExport(name);
      if (extern !== undefined) yield [name, extern];
    }
  }

  /** The function that is exported as `name`; undefined if there is none. */
  getFunc(name: string): Func | undefined {
    const extern = this.getExport(name);
    return extern instanceof Func ? extern : undefined;
  }

  /**
   * The exported function with a signature that TypeScript knows.
   *
   * @throws {TypeMismatchError} if there is no such function, or it is of another type
   */
  getTypedFunc<const P extends readonly ValType[], const R extends readonly ValType[]>(
    name: string,
    signature: Signature<P, R>,
  ): TypedFunc<P, R> {
    return this.#requireFunc(name).typed(signature);
  }

  #requireFunc(name: string): Func {
    const func = this.getFunc(name);
    if (func === undefined) throw new TypeMismatchError(`no function is exported as ${JSON.stringify(name)}`);
    return func;
  }

  getMemory(name: string): Memory | undefined {
    const extern = this.getExport(name);
    return extern instanceof Memory ? extern : undefined;
  }

  getTable(name: string): Table | undefined {
    const extern = this.getExport(name);
    return extern instanceof Table ? extern : undefined;
  }

  getGlobal(name: string): Global | undefined {
    const extern = this.getExport(name);
    return extern instanceof Global ? extern : undefined;
  }

  getTag(name: string): Tag | undefined {
    const extern = this.getExport(name);
    return extern instanceof Tag ? extern : undefined;
  }

  /**
   * Calls an exported function; see {@link Func.call}.
   *
   * @throws {TypeMismatchError} if there is no such function, or an argument does not fit
   */
  call(name: string, ...args: unknown[]): unknown {
    return this.#requireFunc(name).call(...args);
  }

  /**
   * Calls an exported function, whose guest may wait for host functions that return promises; see {@link Func.callAsync}.
   *
   * @returns a promise that is also rejected if there is no such function, or an argument does not fit
   */
  callAsync(name: string, args: readonly unknown[] = [], options?: AsyncCallOptions): Promise<unknown> {
    try {
      return this.#requireFunc(name).callAsync(args, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** Says that an instance is completed later. */
class Later {
  readonly isLater = true;
}

function isList(imports: Imports | ImportValues): imports is ImportValues {
  return Array.isArray(imports);
}

/** Callers without types may pass anything. */
function requireParts(store: unknown, module: unknown): void {
  if (!(store instanceof Store)) {
    throw new TypeError("the first argument of an Instance must be a Store: make one with new Store(engine)");
  }
  if (!(module instanceof Module)) {
    throw new TypeError(
      "the second argument of an Instance must be a Module of Stackyard's: make one with new Module(engine, bytes)",
    );
  }
}
