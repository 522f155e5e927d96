/**
 * Functions that stand for a guest's instructions on its data and element segments. Segments cannot be exported, so the
 * module that has them exports such functions for copies of the guest's code in other modules.
 */
import { type Row, OP, rowOf } from "../wasm/instructions.ts";
import type { Module } from "../wasm/module.ts";
import { I32, I64, refType, type ValType } from "../wasm/types.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { type SegmentUse, segmentKey } from "./uses.ts";

interface Signature {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

/** Parameters and results of the function for an instruction, in the types of the module being written. */
export function segmentSignature(lowering: ModuleLowering, { opcode, x, y }: SegmentUse): Signature {
  const { module, map } = lowering;
  switch (opcode) {
    case OP["memory.init"]:
      return { params: [isMemory64(module, y) ? I64 : I32, I32, I32], results: [] };
    case OP["table.init"]:
      return { params: [module.tables[y]?.type.is64 === true ? I64 : I32, I32, I32], results: [] };
    case OP["array.new_data"]:
    case OP["array.new_elem"]:
      return { params: [I32, I32], results: [refType(map.type(x), false)] };
    case OP["array.init_data"]:
    case OP["array.init_elem"]:
      return { params: [refType(map.type(x), true), I32, I32, I32], results: [] };
    default:
      return { params: [], results: [] };
  }
}

function isMemory64(module: Module, memory: number): boolean {
  return module.memories[memory]?.is64 === true;
}

/** The function, in the module that has the segments. */
export function segmentFunction(lowering: ModuleLowering, use: SegmentUse): number {
  const { opcode, x, y } = use;
  const { params, results } = segmentSignature(lowering, use);
  return lowering.helper(`segment ${segmentKey(opcode, x, y)}`, params, results, (code) => {
    for (const [i] of params.entries()) code.get(i);
    const spaces = rowOf(opcode).immediates.map((kind) => indexSpace(kind));
    code.op(opcode);
    [x, y].slice(0, spaces.length).forEach((index, i) => code.writer.u32(lowering.map[spaces[i] ?? "data"](index)));
  });
}

function indexSpace(kind: Row["immediates"][number]): "type" | "data" | "elem" | "memory" | "table" {
  switch (kind) {
    case "type":
    case "elem":
    case "memory":
    case "table":
      return kind;
    default:
      return "data";
  }
}
