/** Default values as instructions. */
import { IDENTITY } from "../wasm/index-map.ts";
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import { writeHeapType } from "../wasm/type-codec.ts";
import { F32, F64, heapOf, I16, I32, I64, I8, V128, type ValType } from "../wasm/types.ts";
import type { Writer } from "../wasm/writer.ts";

/** Writes the instruction that pushes the default value of `type`, made nullable if it is a reference. */
export function writeZero(writer: Writer, type: ValType): void {
  switch (type) {
    case I32:
    case I8:
    case I16:
      writer.u8(OP["i32.const"]);
      writer.u8(0);
      break;
    case I64:
      writer.u8(OP["i64.const"]);
      writer.u8(0);
      break;
    case F32:
      writer.u8(OP["f32.const"]);
      for (let i = 0; i < 4; i++) writer.u8(0);
      break;
    case F64:
      writer.u8(OP["f64.const"]);
      for (let i = 0; i < 8; i++) writer.u8(0);
      break;
    case V128:
      writeOpcode(writer, OP["v128.const"]);
      for (let i = 0; i < 16; i++) writer.u8(0);
      break;
    default:
      writer.u8(OP["ref.null"]);
      writeHeapType(writer, heapOf(type), IDENTITY);
  }
}
