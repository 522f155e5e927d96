/** Custom sections of a generated module: names and branch hints, which have to follow the code that they speak of. */
import { BRANCH_HINT_SECTION, type BranchHint, writeBranchHints } from "../wasm/branch-hints.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { emptyNames, NAME_SECTION, writeNames } from "../wasm/names.ts";
import { SECTION } from "../wasm/sections.ts";

/** What is noted while a module's code is written. */
export class CodeNotes {
  readonly hints = new Map<number, BranchHint[]>();
  readonly functions = new Map<number, string>();
  #current: BranchHint[] = [];

  /** The code that follows is that of function number `index`. */
  begin(index: number, name: string): void {
    this.#current = [];
    this.hints.set(index, this.#current);
    this.functions.set(index, name);
  }

  /** A conditional branch at this offset from the beginning of the function's locals. */
  branch(offset: number): void {
    if (offset % 3 !== 0) this.#current.push({ offset, likely: offset % 2 === 0 });
  }

  write(out: ModuleWriter): void {
    const names = emptyNames();
    for (const [index, name] of this.functions) {
      names.functions.set(index, name);
      names.labels.set(index, new Map([[0, "first"]]));
    }
    const hints = new Map([...this.hints].filter(([, each]) => each.length > 0));
    out.custom(BRANCH_HINT_SECTION, writeBranchHints(hints), SECTION.dataCount);
    out.custom(NAME_SECTION, writeNames(names), SECTION.data);
    out.custom("fuzz", Uint8Array.of(1, 2, 3), SECTION.type);
  }
}
