/**
 * The machine's types and functions in the modules that use them. The build has found out where in its bytes there is what
 * linking changes (scripts/build-machine.ts), so that functions are not decoded: that shows in the lowering of small modules.
 */
import { readTypeSection } from "../wasm/decode-types.ts";
import type { Module } from "../wasm/module.ts";
import { Reader } from "../wasm/reader.ts";
import { Writer } from "../wasm/writer.ts";
import { decodeBase64 } from "./base64.ts";
import { FUNC, LINKS, MACHINE, TYPE_SECTION } from "./machine/machine.generated.ts";

/** What the machine calls its functions, by index. */
const NAMES: readonly string[] = Object.freeze(Object.keys(FUNC));

export interface MachineFunction {
  readonly type: number;
  /** Its entry of the code section. */
  readonly entry: Writer;
  readonly name: string;
}

/** Types of a module. */
export type Types = Pick<Module, "types" | "recGroups">;

export class Machine implements Types {
  readonly types: Types["types"];
  readonly recGroups: Types["recGroups"];
  readonly #bytes = decodeBase64(MACHINE);

  constructor() {
    const { types, recGroups } = readTypeSection(new Reader(this.#bytes, TYPE_SECTION.start, TYPE_SECTION.end));
    this.types = types;
    this.recGroups = recGroups;
  }

  /**
   * Function `x`, as it is in a lowered module: it refers to others of the machine's, which `func` finds, to the machine's
   * types, whose indices stay, and to `globals`: the store context and the control effect.
   */
  function(x: number, func: (x: number) => number, globals: readonly number[]): MachineFunction {
    const link = LINKS[x];
    const name = NAMES[x];
    if (link === undefined || name === undefined) throw new RangeError(`the machine has no function ${x}`);
    const code = new Writer(link.end - link.start + 16);
    let copied = link.start;
    for (const [offset, size, index] of link.indices) {
      code.bytes(this.#bytes, copied, offset);
      code.u32(index < 0 ? (globals[~index] ?? 0) : func(index));
      copied = offset + size;
    }
    code.bytes(this.#bytes, copied, link.end);
    const entry = new Writer(code.length + 4);
    entry.appendSized(code);
    return { type: link.type, entry, name };
  }
}
