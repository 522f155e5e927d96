/** From the exports of the host's instance to those that JavaScript sees (JS API, "create an exports object"). */
import type { Export, Module as DecodedModule } from "../wasm/module.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import type { Module } from "./module.ts";
import { own } from "./ownership.ts";
import { crossingOf, signatureOf } from "./signature.ts";
import type { Store } from "./store.ts";

/** Exports of an instance that is not lowered: the host's own object, whose contents become known to the store. */
export function exportsAsIs(store: Store, module: DecodedModule, instance: WebAssembly.Instance): WebAssembly.Exports {
  const { exports } = instance;
  for (const entry of module.exports) {
    const value: unknown = exports[entry.name];
    if (entry.kind === "func") store.functions.keep(value);
    else adopt(store, module, entry, value);
    if (isDefined(module, entry)) own(value as object, store);
  }
  return exports;
}

/**
 * Whether an export is the instance's own: what was imported belongs to whom it belonged before (the host's JSTag to nobody,
 * since there is one for all), and a shared memory is there for several stores.
 */
function isDefined(module: DecodedModule, { kind, index }: Export): boolean {
  switch (kind) {
    case "func":
      return index >= module.importedFunctions;
    case "table":
      return index >= module.importedTables;
    case "memory":
      return index >= module.importedMemories && module.memories[index]?.shared !== true;
    case "global":
      return index >= module.importedGlobals;
    case "tag":
      return index >= module.importedTags;
  }
}

/** Gives an exported table, global or tag the store's class, and notes how its values cross. */
function adopt(store: Store, module: DecodedModule, entry: Export, value: unknown): void {
  const { classes, crossings } = store;
  if (entry.kind === "table") {
    become(value as object, host.Table, classes.Table);
    const type = module.tables[entry.index]?.type.type;
    if (type !== undefined) crossings.note(value as object, crossingOf(type, module.types));
  } else if (entry.kind === "global") {
    become(value as object, host.Global, classes.Global);
    const type = module.globals[entry.index]?.type.type;
    if (type !== undefined) crossings.note(value as object, crossingOf(type, module.types));
  } else if (entry.kind === "tag") {
    if (value !== host.JSTag) become(value as object, host.Tag, classes.Tag);
    const type = module.tags[entry.index];
    if (type !== undefined) {
      store.tags.noteParams(value as WebAssembly.Tag, signatureOf(type, module).params);
      store.tags.noteType(value as WebAssembly.Tag, { space: module, index: type });
    }
  }
}

/** Objects of the host's class change to ours; those that another store's class, or a subclass, already claimed stay. */
function become(value: object, from: { readonly prototype: object }, to: { readonly prototype: object }): void {
  if (Object.getPrototypeOf(value) === from.prototype) Object.setPrototypeOf(value, to.prototype);
}

/** Exports of a lowered instance: the guest's, with functions wrapped and tags with results put back. */
export function exportsOfLowered(
  store: Store,
  module: Module,
  values: readonly unknown[],
  instance: WebAssembly.Instance,
): WebAssembly.Exports {
  const { decoded, lowered } = module;
  const raw = instance.exports as Record<string, unknown>;
  const importedFunctions = values.filter((_, i) => decoded.imports[i]?.desc.kind === "func");
  const tags = new Map(lowered.tagExports.map((tag) => [tag.name, tag]));
  const exports = Object.create(null) as Record<string, unknown>;
  for (const entry of module.referencedFunctions) exportedFunction(entry, raw[entry.name] as RawFunction);
  for (const entry of decoded.exports) {
    const value = exported(entry);
    exports[entry.name] = value;
    // The wrapper of a function that was imported is the store's.
    const isGiven = entry.kind === "func" ? importedFunctions.includes(value) : !isDefined(decoded, entry);
    if (!isGiven) own(value as object, store);
  }
  return Object.freeze(exports) as WebAssembly.Exports;

  function exported(entry: Export): unknown {
    const value = raw[entry.name];
    if (entry.kind === "func") return exportedFunction(entry, value as RawFunction);
    if (entry.kind === "tag") {
      const tag = tags.get(entry.name);
      const identity = tag === undefined ? undefined : ((raw[tag.identity] as WebAssembly.Global).value as object);
      if (tag?.virtual === true && identity !== undefined) {
        const virtual = virtualTag(identity);
        store.tags.noteType(virtual, { space: decoded, index: decoded.tags[entry.index] ?? 0 });
        return virtual;
      }
      if (identity !== undefined) store.tags.noteIdentity(value as WebAssembly.Tag, identity);
    }
    adopt(store, decoded, entry, value);
    return value;
  }

  function exportedFunction(entry: Export, value: RawFunction): unknown {
    const type = decoded.functions[entry.index];
    // A WebAssembly function that was imported is exported as what it was.
    const given = importedFunctions[entry.index];
    if (given === value) store.functions.keep(value);
    if (type === undefined) return store.functions.toJs(value);
    const take = lowered.takes.get(entry.name);
    return store.functions.wrap(
      value,
      signatureOf(type, decoded),
      take === undefined ? undefined : (raw[take] as RawFunction),
    );
  }

  function virtualTag(identity: object): WebAssembly.Tag {
    const known = store.tags.virtualOf(identity);
    if (known !== undefined) return known;
    const tag = new host.Tag({ parameters: [] });
    Object.setPrototypeOf(tag, store.classes.Tag.prototype);
    store.tags.noteVirtual(tag, identity);
    return tag;
  }
}
