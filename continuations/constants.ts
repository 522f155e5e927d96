/**
 * Constant expressions of lowered modules. All stay what they are but `cont.new`, which becomes the `struct.new` instructions
 * of a fresh continuation around its operand. The operand is always the one instruction before: no constant expression
 * computes a function reference from others.
 */
import { writeConstExpr } from "../wasm/encode-entities.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { writeInstruction } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module, Range } from "../wasm/module.ts";
import { isNullable } from "../wasm/types.ts";
import type { Writer } from "../wasm/writer.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { beginFreshCont, endFreshCont } from "./new-continuations.ts";
import { TRAP } from "./traps.ts";

/** Writes a guest's constant expressions, and remembers which of their operands have to be checked. */
export class Constants {
  readonly #lowering: ModuleLowering;
  /** Whether an operand is a null reference. */
  #isNull = false;
  /** Globals (as the guest counts them) that are operands and may be null. */
  readonly #globals = new Set<number>();

  constructor(lowering: ModuleLowering) {
    this.#lowering = lowering;
  }

  readonly write = (out: Writer, bytes: Uint8Array, range: Range): void => {
    const { map } = this.#lowering;
    const conts = continuationsIn(bytes, range);
    if (conts.length === 0) {
      writeConstExpr(out, bytes, range, map);
      return;
    }
    const reader = new InstructionReader(bytes);
    reader.seek(range.start, range.end);
    let next = 0;
    while (reader.next()) {
      const { offset, opcode } = reader;
      const cont = conts[next];
      if (cont === undefined || offset < cont.operand) {
        writeInstruction(out, reader, map);
      } else if (opcode === OP["cont.new"]) {
        endFreshCont(this.#lowering, out, map.type(cont.type));
        next++;
      } else {
        this.#noteOperand(reader);
        beginFreshCont(this.#lowering, out, map.type(cont.type));
        writeInstruction(out, reader, map);
      }
    }
  };

  #noteOperand({ opcode, x }: InstructionReader): void {
    const { module } = this.#lowering;
    if (opcode === OP["ref.null"]) this.#isNull = true;
    else if (opcode === OP["global.get"] && mayBeNull(module, x)) this.#globals.add(x);
  }

  /**
   * The start function of the lowered module, if it needs one: traps if a `cont.new` of a constant expression was given null.
   * No constant expression can do that itself, so unlike the specification says, active segments are copied before.
   */
  nullCheck(): number | undefined {
    if (!this.#isNull && this.#globals.size === 0) return undefined;
    const { map } = this.#lowering;
    return this.#lowering.helper("check constants", [], [], (code) => {
      if (this.#isNull) this.#lowering.trap(code, TRAP.nullFunction);
      for (const x of this.#globals) {
        code.index(OP["global.get"], map.global(x));
        code.op(OP["ref.is_null"]);
        code.if();
        this.#lowering.trap(code, TRAP.nullFunction);
        code.end();
      }
    });
  }
}

function mayBeNull(module: Module, global: number): boolean {
  const type = module.globals[global]?.type.type;
  return type === undefined || isNullable(type);
}

/** The continuations that an expression makes: offset of the operand, and type. */
function continuationsIn(bytes: Uint8Array, range: Range): { readonly operand: number; readonly type: number }[] {
  const found: { operand: number; type: number }[] = [];
  const reader = new InstructionReader(bytes);
  reader.seek(range.start, range.end);
  let before = range.start;
  while (reader.next()) {
    if (reader.opcode === OP["cont.new"]) found.push({ operand: before, type: reader.x });
    before = reader.offset;
  }
  return found;
}
