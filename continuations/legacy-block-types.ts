/** Block types for added blocks: type indices of a module, with function types added to it where it has none that fits. */
import type { Module } from "../wasm/module.ts";
import { IDENTITY } from "../wasm/index-map.ts";
import { writeValType } from "../wasm/type-codec.ts";
import type { FuncType, SubType, ValType } from "../wasm/types.ts";
import type { Writer } from "../wasm/writer.ts";

/** Block type of a block without parameters and results. */
const EMPTY = 0x40;

export class BlockTypes {
  readonly #module: Module;
  readonly #added: SubType[] = [];
  readonly #known = new Map<string, number>();

  constructor(module: Module) {
    this.#module = module;
    module.types.forEach(({ composite }, x) => {
      if (composite.kind !== "func") return;
      const key = keyOf(composite);
      if (!this.#known.has(key)) this.#known.set(key, x);
    });
  }

  /** The module's types and recursion groups, with those added so far behind them. */
  get section(): Pick<Module, "types" | "recGroups"> {
    const { types, recGroups } = this.#module;
    return {
      types: [...types, ...this.#added],
      recGroups: [...recGroups, ...this.#added.map((_, i) => types.length + i)],
    };
  }

  write(out: Writer, params: readonly ValType[], results: readonly ValType[]): void {
    const [only] = results;
    if (params.length === 0 && only === undefined) out.u8(EMPTY);
    else if (params.length === 0 && results.length === 1 && only !== undefined) writeValType(out, only, IDENTITY);
    else out.s32(this.#index({ kind: "func", params, results }));
  }

  #index(composite: FuncType): number {
    const key = keyOf(composite);
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.#module.types.length + this.#added.length;
      this.#added.push({ final: true, supertypes: [], composite });
      this.#known.set(key, index);
    }
    return index;
  }
}

function keyOf({ params, results }: FuncType): string {
  return `${params.join()}>${results.join()}`;
}
