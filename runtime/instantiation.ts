/**
 * Instantiation in three steps, so that the host may do the middle one at once or in the background:
 *
 * ```text
 *   prepare: read and convert imports  ->  host: new Instance(module, imports)  ->  finish: exports, start function
 * ```
 */
import type { AsyncCallOptions } from "./async-call.ts";
import { AsyncFunction } from "./async-imports.ts";
import { InternalError } from "./errors.ts";
import { exportsAsIs, exportsOfLowered } from "./exports.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import { importsAsIs, importsForLowered, noteImports } from "./imports.ts";
import type { Module } from "./module.ts";
import { LEFT_TO_HOST } from "./objects/crossings.ts";
import type { Store } from "./store.ts";

export interface Instantiation {
  /** What the host is to instantiate. */
  readonly hostModule: WebAssembly.Module;
  readonly imports: object | undefined;
  /** The exports that JavaScript sees. */
  finish(instance: WebAssembly.Instance): Instantiated;
}

/** A host instance and the exports that JavaScript sees of it. */
export interface Instantiated {
  readonly instance: WebAssembly.Instance;
  readonly exports: WebAssembly.Exports;
  /** Runs the start function, unless the host has done so; to be called once. */
  readonly start?: () => void;
  /** The same, but the start function may wait for host functions. */
  readonly startAsync?: (options?: AsyncCallOptions) => Promise<void>;
}

export interface InstantiationOptions {
  /** Whether the exports have to be there when the start function runs, for host functions that ask their caller for them. */
  readonly startLater?: boolean;
}

/**
 * @param values the value of each import, in order
 * @throws {TypeError | WebAssembly.LinkError} as the JS API has it
 */
export function prepareInstantiation(
  store: Store,
  module: Module,
  values: readonly unknown[],
  { startLater = false }: InstantiationOptions = {},
): Instantiation {
  if (module.engine !== store.engine)
    throw new TypeError("the module was compiled for another engine than the store's");
  const { decoded } = module;
  // The host runs start functions before it shows the exports; those of lowered modules are run by us.
  const isStartOurs = startLater && decoded.start !== undefined && store.engine.backend === "lowered";
  if (!isStartOurs && !isToBeLowered(store, module, values)) {
    store.code.add(module, false);
    return {
      hostModule: module.hostModule(false),
      imports: decoded.imports.length === 0 ? undefined : importsAsIs(store, module, values),
      finish(instance) {
        store.code.addInstance(module, false, instance);
        noteImports(store, decoded, values);
        const exports = exportsAsIs(store, decoded, instance);
        if (module.leftToHost) for (const object of sharedObjects(module, values, exports)) leave(store, object);
        return { instance, exports };
      },
    };
  }
  const imports = importsForLowered(store, module, values);
  for (const [i, value] of values.entries()) {
    if (isObject(value) && !store.crossings.joinLowered(value)) throw leftToHost(module, i);
  }
  return {
    hostModule: module.hostModule(true),
    imports: imports.object,
    finish(instance) {
      store.functions.noteLoweredInstance();
      store.code.addInstance(module, true, instance);
      imports.link(instance);
      noteImports(store, decoded, values);
      const exports = exportsOfLowered(store, module, values, instance);
      for (const object of sharedObjects(module, values, exports)) store.crossings.joinLowered(object);
      const { start } = module.lowered;
      if (start === undefined) return { instance, exports };
      const raw = instance.exports[start] as RawFunction;
      return {
        instance,
        exports,
        start: () => store.start(raw),
        startAsync: async (options) => {
          await store.entries.callAsync(raw, [], undefined, options);
        },
      };
    },
  };
}

/** A function of a lowered instance, or one that waits, may suspend, so whoever calls it has to be lowered as well. */
function isToBeLowered(store: Store, module: Module, values: readonly unknown[]): boolean {
  if (module.alwaysLowered) return true;
  if (values.some((value) => store.functions.isWrapper(value) || value instanceof AsyncFunction)) return true;
  return module.leftToHost && values.some((value) => isObject(value) && !store.crossings.leaveToHost(value));
}

/** Tables and globals that an instance shares with others. */
function* sharedObjects(module: Module, values: readonly unknown[], exports: WebAssembly.Exports): Generator<object> {
  for (const value of values) if (isObject(value)) yield value;
  for (const { kind, name } of module.decoded.exports) {
    if (kind === "table" || kind === "global") yield exports[name] as unknown as object;
  }
}

function leave(store: Store, object: object): void {
  if (!store.crossings.leaveToHost(object)) throw new InternalError("a module left to the host got a lowered table");
}

function leftToHost(module: Module, i: number): Error {
  const entry = module.decoded.imports[i];
  return new host.LinkError(
    `incompatible import type (import #${i} ${JSON.stringify(entry?.module)} ${JSON.stringify(entry?.name)}: ` +
      `${LEFT_TO_HOST})`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Instantiates at once. The start function of a lowered module is left to the caller. */
export function instantiateNow(
  store: Store,
  module: Module,
  values: readonly unknown[],
  options?: InstantiationOptions,
): Instantiated {
  const prepared = prepareInstantiation(store, module, values, options);
  return prepared.finish(new host.Instance(prepared.hostModule, prepared.imports));
}

/** Instantiates in the background. The start function of a lowered module is left to the caller. */
export async function instantiateLater(
  store: Store,
  module: Module,
  values: readonly unknown[],
  options?: InstantiationOptions,
): Promise<Instantiated> {
  const prepared = prepareInstantiation(store, module, values, options);
  return prepared.finish(await host.instantiate(prepared.hostModule, prepared.imports));
}
