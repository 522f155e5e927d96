/**
 * What instructions cost where code is metered.
 *
 * The cost of a straight run of instructions is charged at its start: at the beginning of a function, loop or arm, and behind
 * everything that control can come to from elsewhere or leave at. So a guest pays for what it runs, and no site in the
 * middle of a run is charged twice when it is rewound.
 */
import { type InstructionName, OP, OPCODE_LIMIT } from "../wasm/instructions.ts";

/** Units of fuel by instruction; what is not named costs 1, or 0 if it does no work (`block`, `nop`, `drop`, ...). */
export type FuelCosts = Readonly<Partial<Record<InstructionName, number>>>;

/** Instructions that cost nothing unless a table says otherwise. */
const FREE: readonly InstructionName[] = Object.freeze([
  "nop",
  "drop",
  "block",
  "loop",
  "unreachable",
  "return",
  "else",
  "end",
  "try_table",
]);

/** Cost by dense opcode. */
export type CostTable = Uint32Array;

/** @throws RangeError if a cost is not a whole number from 0 to 2^32 - 1. */
export function costTable(costs: FuelCosts): CostTable {
  const table = new Uint32Array(OPCODE_LIMIT).fill(1);
  for (const name of FREE) table[OP[name]] = 0;
  for (const [name, cost] of Object.entries(costs) as [InstructionName, number][]) {
    if (!Number.isInteger(cost) || cost < 0 || cost > 0xffff_ffff) {
      throw new RangeError(`the fuel cost of ${name} has to be a whole number from 0 to 2^32 - 1, not ${cost}`);
    }
    if (!Object.hasOwn(OP, name)) throw new RangeError(`no instruction is called ${JSON.stringify(name)}`);
    table[OP[name]] = cost;
  }
  return table;
}

/** @throws RangeError if a name is none of an instruction, or a cost not a whole number from 0 to 2^32 - 1. */
export function checkFuelCosts(costs: FuelCosts): void {
  costTable(costs);
}

/** Whether a run of instructions ends with this one. */
export function endsRun(opcode: number): boolean {
  switch (opcode) {
    case OP.loop:
    case OP.if:
    case OP.else:
    case OP.end:
    case OP.br_if:
    case OP.br_on_null:
    case OP.br_on_non_null:
    case OP.br_on_cast:
    case OP.br_on_cast_fail:
      return true;
    default:
      return false;
  }
}
