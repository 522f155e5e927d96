/** The machine's functions in the modules that use them. */
import { writeConstExpr } from "../wasm/encode-entities.ts";
import { IDENTITY, type IndexMap } from "../wasm/index-map.ts";
import type { Module } from "../wasm/module.ts";
import { writeValType } from "../wasm/type-codec.ts";
import { Writer } from "../wasm/writer.ts";
import { FUNC } from "./machine/machine.generated.ts";

/** What the machine calls its functions, by index. */
const NAMES: readonly string[] = Object.freeze(Object.keys(FUNC));

export interface MachineFunction {
  readonly type: number;
  /** Its entry of the code section. */
  readonly entry: Writer;
  readonly name: string;
}

/**
 * A function of the machine's, as it is in a lowered module: it refers to others of the machine's, which `func` finds, to the
 * machine's types, whose indices stay, and to `globals`: the store context and the control effect.
 */
export function machineFunction(
  machine: Module,
  x: number,
  func: (x: number) => number,
  globals: readonly number[],
): MachineFunction {
  const source = machine.code[x];
  const type = machine.functions[x];
  const name = NAMES[x];
  if (source === undefined || type === undefined || name === undefined) throw new RangeError(`no function ${x}`);
  const { body, range, locals } = source;
  const code = new Writer(range.end - range.start + 16);
  code.u32(locals.length);
  for (const { count, type: local } of locals) {
    code.u32(count);
    writeValType(code, local, IDENTITY);
  }
  const map: IndexMap = { ...IDENTITY, func, global: (y) => globals[y] ?? 0 };
  writeConstExpr(code, machine.bytes, { start: body, end: range.end }, map);
  const entry = new Writer(code.length + 4);
  entry.appendSized(code);
  return { type, entry, name };
}
