/** Linker: gives modules their imports by name. */
import type { Caller } from "./caller.ts";
import type { ResultOf, ValuesOf } from "./conversion.ts";
import { defaultExtern, defaultFunction, trappingFunction } from "./default-values.ts";
import type { Engine } from "./engine.ts";
import { LinkError } from "./errors.ts";
import { isObjectExtern } from "./externs.ts";
import type { Extern } from "./externs.ts";
import { importedType } from "./extern-types.ts";
import type { FuncType, ValType } from "./extern-types.ts";
import { Func } from "./func.ts";
import type { Signature } from "./func.ts";
import type { AnyFunction } from "./host.ts";
import { HostFunction } from "./host-function.ts";
import type { HostFunctionOptions } from "./host-function.ts";
import type { Instance } from "./instance.ts";
import { InstancePre } from "./instance-pre.ts";
import { unknownImport } from "./link-error.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

/** What a linker knows by a name. Host functions belong to no store, everything else to one. */
export type Definition = Extern | HostFunction;

/** The functions that a WASI module exports to say what it is: one to be run once, or one to be initialized. */
const COMMAND = "_start";
const REACTOR = "_initialize";
/** Exports that a command may have besides functions. */
const COMMAND_EXPORTS: readonly string[] = Object.freeze(["memory", "__indirect_function_table"]);

/**
 * Names and what they mean, for the stores of one engine.
 *
 * Functions defined with {@link func} belong to no store: one linker can link instances of any number of stores. Everything
 * else belongs to the store it comes from.
 *
 * @example
 * ```ts
 * const linker = new Linker<{ lines: string[] }>(engine)
 *   .func("env", "now", { params: [], results: ["f64"] }, () => Date.now())
 *   .funcWithCaller("env", "print", { params: ["i32", "i32"], results: [] }, (caller, at, length) => {
 *     caller.data.lines.push(caller.getMemory("memory")?.readString(at, length) ?? "");
 *   });
 * const instance = linker.instantiate(new Store(engine, { lines: [] }), module);
 * ```
 */
export class Linker<T = unknown> {
  readonly engine: Engine;
  readonly #modules = new Map<string, Map<string, Definition>>();
  #shadowing = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** A linker that knows the same names; from now on the two go separate ways. */
  clone(): Linker<T> {
    const copy = new Linker<T>(this.engine);
    for (const [name, fields] of this.#modules) copy.#modules.set(name, new Map(fields));
    copy.#shadowing = this.#shadowing;
    return copy;
  }

  /** Whether a name may be defined again. Not so at first: that is mostly a mistake. */
  allowShadowing(allow: boolean): this {
    this.#shadowing = allow;
    return this;
  }

  /**
   * Defines `module` `name` as something of a store, or as what {@link get} returned.
   *
   * @throws {LinkError} if the name is taken
   */
  define(module: string, name: string, item: Definition): this {
    if (!(item instanceof Func || item instanceof HostFunction) && !isObjectExtern(item)) {
      throw new TypeError("define takes a Func, Memory, Table, Global or Tag; JavaScript functions are for func");
    }
    return this.#define(module, name, item);
  }

  #define(module: string, name: string, item: Definition): this {
    const fields = this.#modules.get(module) ?? new Map<string, Definition>();
    if (fields.has(name) && !this.#shadowing) {
      throw new LinkError(`${importName(module, name)} is defined twice: see allowShadowing`, module, name);
    }
    this.#modules.set(module, fields.set(name, item));
    return this;
  }

  /** Defines a host function. Values are converted as by the JS API. @throws {LinkError} if the name is taken */
  func<const P extends readonly ValType[], const R extends readonly ValType[]>(
    module: string,
    name: string,
    type: Signature<P, R>,
    fn: (...args: ValuesOf<P>) => ResultOf<R>,
  ): this {
    return this.#function(module, name, type, fn, { caller: false, async: false });
  }

  /** Defines a host function that is also given the calling instance. @throws {LinkError} if the name is taken */
  funcWithCaller<const P extends readonly ValType[], const R extends readonly ValType[]>(
    module: string,
    name: string,
    type: Signature<P, R>,
    fn: (caller: Caller<T>, ...args: ValuesOf<P>) => ResultOf<R>,
  ): this {
    return this.#function(module, name, type, fn, { caller: true, async: false });
  }

  /**
   * Defines a host function that may return a promise. The guest waits for it, if it was entered by `callAsync`; entered
   * otherwise, it gets a {@link SuspendError}.
   *
   * @throws {LinkError} if the name is taken
   */
  funcAsync<const P extends readonly ValType[], const R extends readonly ValType[]>(
    module: string,
    name: string,
    type: Signature<P, R>,
    fn: (...args: ValuesOf<P>) => PromiseLike<ResultOf<R>> | ResultOf<R>,
  ): this {
    return this.#function(module, name, type, fn, { caller: false, async: true });
  }

  /** {@link funcAsync}, given the calling instance as well. @throws {LinkError} if the name is taken */
  funcAsyncWithCaller<const P extends readonly ValType[], const R extends readonly ValType[]>(
    module: string,
    name: string,
    type: Signature<P, R>,
    fn: (caller: Caller<T>, ...args: ValuesOf<P>) => PromiseLike<ResultOf<R>> | ResultOf<R>,
  ): this {
    return this.#function(module, name, type, fn, { caller: true, async: true });
  }

  #function(module: string, name: string, type: FuncType, fn: AnyFunction, options: HostFunctionOptions): this {
    return this.#define(module, name, new HostFunction(type, fn, options));
  }

  /** Defines all exports of an instance under the name of a module. @throws {LinkError} if a name is taken */
  instance(module: string, instance: Instance<T>): this {
    for (const [name, extern] of instance.externs()) this.#define(module, name, extern);
    return this;
  }

  /**
   * Defines the exports of a module.
   *
   * A *command* exports `_start`: each call of one of its functions is made on a new instance. All others are *reactors*:
   * instantiated now, and initialized by `_initialize`, if they export that.
   *
   * @throws {LinkError} if a name is taken, or a command exports what is no function
   * @throws what instantiation throws
   */
  module(store: Store<T>, module: string, code: Module): this {
    const isCommand = code.getExport(COMMAND) !== undefined;
    if (isCommand && code.getExport(REACTOR) !== undefined) {
      throw new LinkError(`a module cannot export both ${COMMAND} and ${REACTOR}`, module);
    }
    if (isCommand) return this.#command(store, module, code);
    const instance = this.instantiate(store, code);
    instance.getFunc(REACTOR)?.call();
    return this.instance(module, instance);
  }

  #command(store: Store<T>, module: string, code: Module): this {
    const pre = this.instantiatePre(code);
    for (const { name, kind, type } of code.exports) {
      if (kind === "function") {
        const fn = (...args: unknown[]): unknown => pre.instantiate(store).call(name, ...args);
        this.#define(module, name, new Func(store, type, fn));
      } else if (!COMMAND_EXPORTS.includes(name)) {
        throw new LinkError(`${importName(module, name)}: a command can only export functions`, module, name);
      }
    }
    return this;
  }

  /** Makes `asModule` `asName` mean what `module` `name` means. @throws {LinkError} if that is unknown, or the name taken */
  alias(module: string, name: string, asModule: string, asName: string): this {
    const item = this.get(module, name);
    if (item === undefined) throw new LinkError(`${importName(module, name)} is not defined`, module, name);
    return this.#define(asModule, asName, item);
  }

  /** Makes `asModule` mean all that `module` means now. @throws {LinkError} if a name is taken */
  aliasModule(module: string, asModule: string): this {
    for (const [name, item] of [...(this.#modules.get(module) ?? [])]) this.#define(asModule, name, item);
    return this;
  }

  /** What `module` `name` means; undefined if nothing. */
  get(module: string, name: string): Definition | undefined {
    return this.#modules.get(module)?.get(name);
  }

  /** All names. */
  *definitions(): Generator<{ readonly module: string; readonly name: string; readonly item: Definition }> {
    for (const [module, fields] of this.#modules) for (const [name, item] of fields) yield { module, name, item };
  }

  /**
   * The function to run of a module that was defined with {@link module}: `""` or `_start`. Reactors have none, which is a
   * function that does nothing.
   *
   * @throws {LinkError} if the name means something else
   */
  getDefault(store: Store<T>, module: string): Func {
    const item = this.get(module, "") ?? this.get(module, COMMAND);
    if (item instanceof Func) return item;
    if (item instanceof HostFunction) return new Func(store, item.type, item);
    if (item === undefined) return new Func(store, { params: [], results: [] }, () => undefined);
    throw new LinkError(`the default of ${JSON.stringify(module)} is not a function`, module);
  }

  /** Defines each function that `module` imports and that is unknown as one that traps when it is called. */
  defineUnknownImportsAsTraps(module: Module): this {
    for (const { kind, type, module: from, name } of this.#unknown(module)) {
      if (kind === "function") this.#define(from, name, trappingFunction(type, `unknown ${importName(from, name)}`));
    }
    return this;
  }

  /**
   * Defines each unknown import of `module` as a default value: functions that return zeros and nulls, empty tables and
   * memories of the size asked for, and so on.
   *
   * @throws {LinkError} if there is no such value: a reference that must not be null
   */
  defineUnknownImportsAsDefaultValues(store: Store<T>, module: Module): this {
    for (const entry of this.#unknown(module)) {
      const { module: from, name } = entry;
      const item = entry.kind === "function" ? defaultFunction(entry.type) : defaultExtern(store, entry);
      if (item === undefined) throw new LinkError(`${importName(from, name)} has no default value`, from, name);
      this.#define(from, name, item);
    }
    return this;
  }

  /** Unknown imports, each name once. */
  #unknown(module: Module): ReturnType<typeof unknownImports> {
    return unknownImports(module, (from, name) => this.get(from, name) !== undefined);
  }

  /**
   * Instantiates with imports that are known by name.
   *
   * @throws {LinkError} if a name is unknown, or means something of another type
   * @throws {WrongStoreError} if something belongs to another store
   * @throws what the start function throws
   */
  instantiate(store: Store<T>, module: Module): Instance<T> {
    return this.instantiatePre(module).instantiate(store);
  }

  /** {@link instantiate}, where the host works in the background and the start function may wait for promises. */
  instantiateAsync(store: Store<T>, module: Module): Promise<Instance<T>> {
    return this.instantiatePre(module).instantiateAsync(store);
  }

  /** Looks the imports up now, to instantiate later, any number of times. @throws {LinkError} if a name is unknown */
  instantiatePre(module: Module): InstancePre<T> {
    if (module.engine !== this.engine) {
      throw new TypeError("the module was compiled for another engine than the linker's");
    }
    const items = module.decoded.imports.map((entry, i) => {
      const item = this.get(entry.module, entry.name);
      if (item === undefined && !module.isProvided(entry)) throw unknownImport(module, i);
      return item;
    });
    return new InstancePre<T>(module, items);
  }
}

function importName(module: string, name: string): string {
  return `import ${JSON.stringify(module)} ${JSON.stringify(name)}`;
}

/** The imports of a module that are not known, as they are when asked for. */
function* unknownImports(module: Module, isKnown: (from: string, name: string) => boolean) {
  for (const entry of module.decoded.imports) {
    if (isKnown(entry.module, entry.name) || module.isProvided(entry)) continue;
    yield { module: entry.module, name: entry.name, ...importedType(entry.desc, module.decoded.types) };
  }
}
