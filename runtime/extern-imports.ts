/** Imports as the embedding API takes them: its own objects, JavaScript functions, and objects of the JS API. */
import { AsyncFunction } from "./async-imports.ts";
import type { Caller } from "./caller.ts";
import { isObjectExtern } from "./externs.ts";
import { importedType, sameFuncType, funcTypeText } from "./extern-types.ts";
import { Func } from "./func.ts";
import { HostFunction } from "./host-function.ts";
import { importText, incompatibleImport, unknownImport } from "./link-error.ts";
import type { Module } from "./module.ts";
import { ownerOf } from "./ownership.ts";
import type { Store } from "./store.ts";
import { requireStore, WrongStoreError } from "./usage-errors.ts";

/**
 * Imports by module name and name: {@link Func}s, {@link Memory}s and so on; JavaScript functions; numbers and bigints for
 * immutable globals; and objects of the host's `WebAssembly`.
 */
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The value of each import, in the module's order. @throws {LinkError} if one is missing */
export function namedImports(module: Module, imports: Imports): unknown[] {
  return module.decoded.imports.map((entry, i) => {
    if (module.isProvided(entry)) return undefined;
    const from: unknown = imports[entry.module];
    const isObject = (typeof from === "object" && from !== null) || typeof from === "function";
    const value: unknown = isObject ? Reflect.get(from, entry.name) : undefined;
    if (value === undefined) throw unknownImport(module, i);
    return value;
  });
}

/**
 * The value of each import as the JS API has it.
 *
 * @throws {LinkError} if one is missing, or a host function is not of the type that is asked for
 * @throws {WrongStoreError} if one belongs to another store
 */
export function externImports(store: Store, module: Module, given: readonly unknown[], caller: Caller): unknown[] {
  return module.decoded.imports.map((entry, i) => {
    if (module.isProvided(entry)) return undefined;
    const value = given[i];
    if (value === undefined) throw unknownImport(module, i);
    if (value instanceof HostFunction) {
      checkType(module, i, value);
      return value.importedBy(store, caller);
    }
    if (value instanceof Func) {
      requireStore(store, value, importText(module, i));
      if (value.hostFunction !== undefined) checkType(module, i, value.hostFunction);
      return value.importedBy(caller);
    }
    if (isObjectExtern(value)) {
      // A shared memory is there for several stores to share.
      const isShared = value.kind === "memory" && value.type.shared === true;
      if (!isShared) requireStore(store, value, importText(module, i));
      return value.js;
    }
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    const owner = isObject ? ownerOf(value) : undefined;
    if (owner !== undefined && owner !== store) throw new WrongStoreError(importText(module, i));
    return AsyncFunction.mark(value);
  });
}

/** Whether an import is a host function that is given its caller. */
export function wantsCaller(value: unknown): boolean {
  const fn = value instanceof Func ? value.hostFunction : value;
  return fn instanceof HostFunction && fn.options.caller;
}

/** The host takes any JavaScript function for any type. */
function checkType(module: Module, i: number, fn: HostFunction): void {
  const { decoded } = module;
  const desc = decoded.imports[i]?.desc;
  const type = desc === undefined ? undefined : importedType(desc, decoded.types);
  if (type?.kind === "function" && sameFuncType(type.type, fn.type)) return;
  const found = `a function of type ${funcTypeText(fn.type)}`;
  throw incompatibleImport(
    module,
    i,
    type?.kind === "function" ? `${found} for one of type ${funcTypeText(type.type)}` : found,
  );
}
