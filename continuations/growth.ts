/** Code that asks the host before a memory or table grows. */
import type { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import { I32, I64, type ValType } from "../wasm/types.ts";
import type { ModuleLowering } from "./module-lowering.ts";

/** Kinds of what grows, as machine.wat counts them. */
const MEMORY = 0;
const TABLE = 1;

/** The function to call instead of the current instruction; undefined if it grows nothing, or need not ask. */
export function growFunction(lowering: ModuleLowering, { opcode, x }: InstructionReader): number | undefined {
  if (!lowering.asksToGrow) return undefined;
  const { module, map, types } = lowering;
  if (opcode === OP["memory.grow"]) {
    const is64 = module.memories[x]?.is64 === true;
    return define(lowering, {
      name: `memory.grow ${x}`,
      kind: MEMORY,
      is64,
      init: [],
      grow: opcode,
      index: map.memory(x),
    });
  }
  if (opcode === OP["table.grow"]) {
    const { type, is64 = false } = module.tables[x]?.type ?? {};
    const init = type === undefined ? [] : [types.lower(type)];
    return define(lowering, { name: `table.grow ${x}`, kind: TABLE, is64, init, grow: opcode, index: map.table(x) });
  }
  return undefined;
}

interface Growing {
  readonly name: string;
  readonly kind: typeof MEMORY | typeof TABLE;
  readonly is64: boolean;
  /** Types of the operands before the number of pages or elements. */
  readonly init: readonly ValType[];
  readonly grow: number;
  readonly index: number;
}

/** (init, delta) -> the old size, or -1 */
function define(lowering: ModuleLowering, { name, kind, is64, init, grow, index }: Growing): number {
  const address = is64 ? I64 : I32;
  return lowering.helper(name, [...init, address], [address], (code) => {
    const delta = init.length;
    const widen = (): void => {
      if (!is64) code.op(OP["i64.extend_i32_u"]);
    };
    const refused = code.open(OP.block, [], []);
    code.i32(kind);
    code.index(kind === MEMORY ? OP["memory.size"] : OP["table.size"], index);
    widen();
    code.get(delta);
    widen();
    code.call(lowering.machineFunction("may_grow"));
    code.op(OP["i32.eqz"]);
    code.brIf(refused);
    for (let i = 0; i <= delta; i++) code.get(i);
    code.index(grow, index);
    code.op(OP.return);
    code.end();
    code.i32(-1);
    if (is64) code.op(OP["i64.extend_i32_s"]);
  });
}
