/** Makes the resume copies of an instance whose module has none (LoweredModule.onDemand), when frames are first re-entered. */
import { type OnDemand, RESUME_EXPORT, type ResumeImport } from "../continuations/index.ts";
import { InternalError } from "./errors.ts";
import { host } from "./host.ts";
import type { RawFunction } from "./host.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

/** A resume copy as the host has compiled it. */
interface CompiledCopy {
  readonly bytes: Uint8Array;
  readonly module: WebAssembly.Module;
  readonly imports: readonly ResumeImport[];
}

/** The resume copies of a module that any of its instances has needed. */
export class ResumeCopies {
  readonly guest: Module;
  readonly onDemand: OnDemand;
  readonly #compiled = new Map<number, CompiledCopy>();

  constructor(guest: Module, onDemand: OnDemand) {
    this.guest = guest;
    this.onDemand = onDemand;
  }

  get(ordinal: number): CompiledCopy {
    let copy = this.#compiled.get(ordinal);
    if (copy === undefined) {
      const { bytes, imports } = this.onDemand.resumeModule(ordinal);
      copy = { bytes, module: new host.Module(bytes), imports };
      this.#compiled.set(ordinal, copy);
    }
    return copy;
  }
}

/** Loads resume copies into one instance. */
export class ResumeLoader {
  /** What the instance imports as `stackyard.load`. */
  readonly load: unknown;
  readonly #store: Store;
  readonly #copies: ResumeCopies;
  readonly #frameTable: string;
  #exports: WebAssembly.Exports | undefined;

  constructor(store: Store, copies: ResumeCopies, frameTable: string) {
    this.#store = store;
    this.#copies = copies;
    this.#frameTable = frameTable;
    this.load = store.context.loader((ordinal) => this.#load(ordinal));
  }

  /** Says which instance it is: `exports` are the host's. */
  link(exports: WebAssembly.Exports): void {
    this.#exports = exports;
  }

  #load(ordinal: number): void {
    const exports = this.#exports;
    if (exports === undefined) throw new InternalError("a frame is re-entered before its instance exists");
    const { bytes, module, imports } = this.#copies.get(ordinal);
    const functions = exports[this.#copies.onDemand.functionTable] as WebAssembly.Table;
    const get = host.Table.prototype.get;
    const guest: Record<string, unknown> = {};
    for (const wanted of imports) {
      guest[wanted.name] = "table" in wanted ? Reflect.apply(get, functions, [wanted.table]) : exports[wanted.export];
    }
    const stackyard = this.#store.context.imports as unknown as WebAssembly.ModuleImports;
    const instance = new host.Instance(module, { guest: guest as WebAssembly.ModuleImports, stackyard });
    this.#store.code.addCopy(this.#copies.guest, { number: ordinal, bytes }, instance);
    const table = exports[this.#frameTable] as WebAssembly.Table;
    Reflect.apply(host.Table.prototype.set, table, [ordinal, instance.exports[RESUME_EXPORT] as RawFunction]);
  }
}
