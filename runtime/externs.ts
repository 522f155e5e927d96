/** The objects of a store by those of the JS API that they stand for, so that each has one, however it is reached. */
import type { Export, Module as DecodedModule } from "../wasm/module.ts";
import { exportedType } from "./extern-types.ts";
import type { FuncType } from "./extern-types.ts";
import { Func } from "./func.ts";
import { Global } from "./global.ts";
import type { RawFunction } from "./host.ts";
import { Memory } from "./memory.ts";
import type { Store } from "./store.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";

/** What instances import and export. */
export type Extern = Func | Memory | Table | Global | Tag;

export class Externs {
  readonly #store: Store;
  readonly #known = new WeakMap<object, Extern>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Says that `extern` stands for `js`. */
  note(js: object, extern: Extern): void {
    this.#known.set(js, extern);
  }

  /** The function that JavaScript sees as `js`. */
  func(js: RawFunction, type?: FuncType): Func {
    const known = this.#known.get(js);
    // A reference may have come before the export that tells the type.
    if (known instanceof Func && (known.type !== undefined || type === undefined)) return known;
    const func = Func.exported(this.#store, js, type);
    this.#known.set(js, func);
    return func;
  }

  /** What `module` exports as `entry`, which JavaScript sees as `js`. */
  exported(module: DecodedModule, entry: Export, js: object): Extern {
    const { kind, type } = exportedType(module, entry);
    if (kind === "function") return this.func(js as RawFunction, type);
    const known = this.#known.get(js);
    if (known !== undefined) return known;
    const extern = this.#make(kind, type, js);
    this.#known.set(js, extern);
    return extern;
  }

  #make(kind: string, type: unknown, js: object): Extern {
    const store = this.#store;
    switch (kind) {
      case "memory":
        return new Memory(store, type as Memory["type"], js as WebAssembly.Memory);
      case "table":
        return new Table(store, type as Table["type"], null, js as WebAssembly.Table);
      case "global":
        return new Global(store, type as Global["type"], undefined, js as WebAssembly.Global);
      default:
        return new Tag(store, type as Tag["type"], js);
    }
  }
}

/** Whether `value` is an object of the embedding API that stands for one of the JS API. */
export function isObjectExtern(value: unknown): value is Exclude<Extern, Func> {
  return [Memory, Table, Global, Tag].some((type) => value instanceof type);
}
