/** Re-encodes instructions, with their indices renumbered. */
import { CODECS, type Codec, type Slot, slotsOf } from "./immediates.ts";
import { IDENTITY, type IndexMap } from "./index-map.ts";
import type { InstructionReader } from "./instruction-reader.ts";
import { prefixBase, prefixOf, ROWS } from "./instructions.ts";
import type { Writer } from "./writer.ts";

interface Plan {
  readonly codec: Codec;
  readonly slot: Slot;
}

/** For each dense opcode how its immediates are written, or undefined where no index map can change them. */
const PLANS: readonly (readonly Plan[] | undefined)[] = ROWS.map((row) => {
  if (row === undefined || !row.immediates.some((kind) => CODECS[kind].mapped)) return undefined;
  const slots = slotsOf(row.immediates);
  return row.immediates.map((kind, i) => ({ codec: CODECS[kind], slot: slots[i] ?? 0 }));
});

/** Writes a dense opcode: its prefix, if it has one, and its number. */
export function writeOpcode(writer: Writer, opcode: number): void {
  if (opcode < 0x100) {
    writer.u8(opcode);
    return;
  }
  const prefix = prefixOf(opcode);
  writer.u8(prefix);
  writer.u32(opcode - prefixBase(prefix));
}

/** Writes the reader's current instruction, every index in it sent through `map`. */
export function writeInstruction(writer: Writer, reader: InstructionReader, map: IndexMap = IDENTITY): void {
  const plans = map === IDENTITY ? undefined : PLANS[reader.opcode];
  if (plans === undefined) {
    writer.bytes(reader.bytes, reader.offset, reader.end);
    return;
  }
  writeOpcode(writer, reader.opcode);
  for (let i = 0; i < plans.length; i++) {
    const plan = plans[i] as Plan;
    plan.codec.write(writer, reader, map, plan.slot);
  }
}
