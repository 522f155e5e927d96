/**
 * From the imports that JavaScript gives to those that the host is to see (JS API, "read the imports of module").
 *
 * All imports are read first, in order, each once; then each is converted. What is the matter with an import (missing, wrong
 * kind, wrong type) is for the host to find, which knows the types of its own objects; only what the host cannot know is
 * checked here: tags with results.
 */
import type { Import, Module as DecodedModule } from "../wasm/module.ts";
import { AsyncFunction, AsyncImport } from "./async-imports.ts";
import type { RewindWith } from "./async-imports.ts";
import { host } from "./host.ts";
import type { AnyFunction, RawFunction } from "./host.ts";
import type { Module } from "./module.ts";
import { crossingOf, signatureOf } from "./signature.ts";
import { ResumeLoader } from "./resume-loader.ts";
import type { Store } from "./store.ts";

/**
 * The value of each import of `module`, in order; undefined for those that the host provides.
 *
 * @throws {TypeError} if there is no object to read one from
 */
export function readImports(module: Module, imports: unknown): unknown[] {
  const asked = module.decoded.imports;
  if (imports !== undefined && !isObject(imports)) throw new TypeError("the imports must be an object");
  if (imports === undefined && !asked.every((entry) => module.isProvided(entry))) {
    throw new TypeError("the module has imports: the imports must be present and must be an object");
  }
  return asked.map((entry, i) => {
    if (module.isProvided(entry)) return undefined;
    const { module: name, name: field } = entry;
    const from: unknown = Reflect.get(imports as object, name);
    if (!isObject(from))
      throw new TypeError(`import #${i} ${JSON.stringify(name)}: module is not an object or function`);
    return Reflect.get(from, field);
  });
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** An import that only a lowered module has, or an import as it is to be given to the host. */
interface Given {
  readonly module: string;
  readonly name: string;
  readonly value: unknown;
}

/**
 * The object to instantiate the host's module with. Two imports of the same name may be given different values (what the
 * caller's object returned each time), so such a name has a getter that gives them in order.
 */
function importObject(all: readonly Given[]): object {
  const modules = new Map<string, Map<string, unknown[]>>();
  for (const { module, name, value } of all) {
    const fields = modules.get(module) ?? new Map<string, unknown[]>();
    modules.set(module, fields);
    const values = fields.get(name) ?? [];
    fields.set(name, values);
    values.push(value);
  }
  const object = Object.create(null) as Record<string, object>;
  for (const [module, fields] of modules) {
    const inner = Object.create(null) as object;
    object[module] = inner;
    for (const [name, values] of fields) {
      const same = values.every((value) => Object.is(value, values[0]));
      let next = 0;
      Object.defineProperty(inner, name, same ? { value: values[0] } : { get: () => values[next++] });
    }
  }
  return object;
}

/** Imports for a module that is not lowered. */
export function importsAsIs(store: Store, module: Module, values: readonly unknown[]): object {
  const { decoded } = module;
  const given: Given[] = [];
  for (const [i, entry] of decoded.imports.entries()) {
    if (module.isProvided(entry)) continue;
    const value = values[i];
    if (entry.desc.kind === "tag" && store.tags.virtualIdentityOf(value) !== undefined) throw incompatible(decoded, i);
    given.push({ module: entry.module, name: entry.name, value: convert(store, decoded, entry, value) });
  }
  return importObject(given);
}

/** Imports of a lowered module. */
export interface LoweredImports {
  /** What the host is to instantiate the module with. */
  readonly object: object;
  /** To be called once the host has instantiated it: asynchronous host functions have to know the instance. */
  link(instance: WebAssembly.Instance): void;
}

/** Imports for a lowered module. @throws {WebAssembly.LinkError} if a tag with results is not what is asked for */
export function importsForLowered(store: Store, module: Module, values: readonly unknown[]): LoweredImports {
  const { decoded, lowered } = module;
  const asynchronous = new Map<number, AsyncImport>();
  let functions = 0;
  const virtual = new Set(lowered.virtualTagImports);
  const given: Given[] = [];
  const identities: Given[] = [];
  for (const [i, entry] of decoded.imports.entries()) {
    const func = entry.desc.kind === "func" ? functions++ : -1;
    if (module.isProvided(entry)) continue;
    const value = values[i];
    const name = `tag:${i}`;
    if (entry.desc.kind === "func" && value instanceof AsyncFunction) {
      const { site, shim } = asyncImport(store, decoded, entry, entry.desc.type, value);
      asynchronous.set(func, site);
      given.push({ module: entry.module, name: entry.name, value: shim });
      continue;
    }
    if (virtual.has(i)) {
      // The host compares the types of such tags by those of their identities.
      const identity = store.tags.virtualIdentityOf(value);
      if (identity === undefined) throw incompatible(decoded, i);
      identities.push({ module: "stackyard", name, value: identity });
      continue;
    }
    if (entry.desc.kind === "tag" && store.tags.virtualIdentityOf(value) !== undefined) throw incompatible(decoded, i);
    given.push({ module: entry.module, name: entry.name, value: convert(store, decoded, entry, value) });
  }
  for (const i of lowered.identityTagImports) {
    const tag = values[i];
    // What is no tag is refused by the host, which reads the import itself first.
    const value = tag instanceof host.Tag ? store.tags.identityOf(tag) : undefined;
    identities.push({ module: "stackyard", name: `tag:${i}`, value });
  }
  const copies = module.resumeCopies;
  const loader = copies === undefined ? undefined : new ResumeLoader(store, copies, lowered.frameTable);
  const stackyard = { ...store.context.imports, ...(loader === undefined ? {} : { load: loader.load }) };
  const machine = Object.entries(stackyard).map(([name, value]) => ({ module: "stackyard", name, value }));
  return {
    object: importObject([...given, ...identities, ...machine]),
    link({ exports }) {
      loader?.link(exports);
      for (const [func, site] of asynchronous) {
        const [put, rewind, placeholder] = [lowered.puts, lowered.rewinds, lowered.placeholders].map((names) =>
          names.get(func),
        );
        site.link(
          exports[put ?? ""] as RawFunction,
          exports[rewind ?? ""] as RewindWith | undefined,
          placeholder === undefined ? undefined : (exports[placeholder] as RawFunction),
        );
      }
    },
  };
}

/** A host function that may return promises, as the instance is to be given it, and what is behind it. */
function asyncImport(
  store: Store,
  module: DecodedModule,
  { module: from, name }: Import,
  type: number,
  marked: AsyncFunction,
): { readonly site: AsyncImport; readonly shim: RawFunction } {
  const signature = signatureOf(type, module);
  const composite = module.types[type]?.composite;
  const results = composite?.kind === "func" ? composite.results : [];
  const conversions = store.functions.hostResults(signature);
  const toGuest = signature.plain
    ? undefined
    : (value: unknown, i: number): unknown => conversions[i]?.(value) ?? value;
  const site = new AsyncImport(`${from}.${name}`, marked, results, toGuest);
  return { site, shim: store.functions.asyncShim(signature, site) };
}

function incompatible(module: DecodedModule, i: number): Error {
  const entry = module.imports[i];
  return new host.LinkError(
    `incompatible import type (import #${i} ${JSON.stringify(entry?.module)} ${JSON.stringify(entry?.name)}: tag)`,
  );
}

/** `value`, as the host is to be given it for `entry`. */
function convert(store: Store, module: DecodedModule, entry: Import, value: unknown): unknown {
  const { desc } = entry;
  switch (desc.kind) {
    case "func":
      if (value instanceof RawImport) return value.fn;
      return typeof value === "function" ? convertFunction(store, module, desc.type, value as AnyFunction) : value;
    case "global": {
      const crossing = crossingOf(desc.type.type, module.types);
      if (value instanceof host.Global) return value;
      if (crossing === "function") return store.functions.toRaw(value);
      if (crossing === "continuation") {
        throw new host.LinkError(
          `incompatible import type (import ${JSON.stringify(entry.module)} ${JSON.stringify(entry.name)}: ` +
            "a continuation reference comes in a WebAssembly.Global only)",
        );
      }
      return value;
    }
    default:
      return value;
  }
}

/** A function that a module of the runtime's own is given as it is. */
export class RawImport {
  readonly fn: AnyFunction;

  constructor(fn: AnyFunction) {
    this.fn = fn;
  }
}

function convertFunction(store: Store, module: DecodedModule, type: number, fn: AnyFunction): unknown {
  if (store.functions.isWrapper(fn)) return store.functions.toRaw(fn);
  const signature = signatureOf(type, module);
  if (signature.plain) return fn;
  if (isExportedFunction(fn)) return store.functions.toRaw(fn);
  return store.functions.importShim(fn, signature);
}

/** Whether `fn` is a WebAssembly function: only those can be put into a table. */
export function isExportedFunction(fn: AnyFunction): boolean {
  try {
    new host.Table({ element: "anyfunc", initial: 1 }, fn);
    return true;
  } catch {
    return false;
  }
}

/** Notes how the values of tables and globals cross that were imported; once the host has found their types right. */
export function noteImports(store: Store, module: DecodedModule, values: readonly unknown[]): void {
  for (const [i, { desc }] of module.imports.entries()) {
    const value = values[i];
    if (desc.kind === "table" && value instanceof host.Table) {
      store.crossings.note(value, crossingOf(desc.type.type, module.types));
    } else if (desc.kind === "global" && value instanceof host.Global) {
      store.crossings.note(value, crossingOf(desc.type.type, module.types));
    }
  }
}
