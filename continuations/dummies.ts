/**
 * How a function returns while it is being left: with values that nobody looks at, but that have the right types.
 *
 * For types without a default the value is built once per instance, in a global. An exception cannot be built by a constant
 * expression, hence a function makes one where it is needed.
 */
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import {
  HEAP_ANY,
  HEAP_ARRAY,
  HEAP_EQ,
  HEAP_EXN,
  HEAP_EXTERN,
  HEAP_FUNC,
  HEAP_I31,
  HEAP_STRUCT,
  heapOf,
  I32,
  isDefaultable,
  type HeapType,
  type ValType,
} from "../wasm/types.ts";
import { Writer } from "../wasm/writer.ts";
import type { Code } from "./code.ts";
import { TYPE } from "./machine/machine.generated.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { writeZero } from "./zero.ts";

export class Dummies {
  readonly #lowering: ModuleLowering;
  readonly #globals = new Map<ValType, number | undefined>();

  constructor(lowering: ModuleLowering) {
    this.#lowering = lowering;
  }

  /** Whether a value of each of these types can be built. */
  canBuild(types: readonly ValType[]): boolean {
    return types.every((type) => isDefaultable(type) || heapOf(type) === HEAP_EXN || this.#global(type) !== undefined);
  }

  /** Returns from a function with these results while it is being left. */
  emitReturn(code: Code, types: readonly ValType[]): void {
    if (!this.canBuild(types)) {
      // No value can be returned, but an exception does not need one. All calls of such a function are guarded.
      code.index(OP["throw"], this.#lowering.tags.unwind);
      return;
    }
    for (const type of types) {
      if (isDefaultable(type)) code.zero(type);
      else if (heapOf(type) === HEAP_EXN) {
        code.call(this.#lowering.exception());
        code.op(OP["ref.as_non_null"]);
      } else code.index(OP["global.get"], this.#global(type) ?? 0);
    }
    code.op(OP["return"]);
  }

  #global(type: ValType): number | undefined {
    if (this.#globals.has(type)) return this.#globals.get(type);
    const init = new Writer(16);
    const global = this.#build(init, type, new Set()) ? this.#lowering.addGlobal(type, init) : undefined;
    this.#globals.set(type, global);
    return global;
  }

  /** Writes a constant expression for a value of `type`; false if there is none. `open`: heap types being built. */
  #build(init: Writer, type: ValType, open: Set<HeapType>): boolean {
    if (isDefaultable(type)) {
      writeZero(init, type);
      return true;
    }
    const heap = heapOf(type);
    if (open.has(heap)) return false;
    open.add(heap);
    const built = heap < 0 ? this.#buildAbstract(init, heap) : this.#buildConcrete(init, heap, open);
    open.delete(heap);
    return built;
  }

  #buildAbstract(init: Writer, heap: HeapType): boolean {
    switch (heap) {
      case HEAP_ANY:
      case HEAP_EQ:
      case HEAP_I31:
        writeI31(init);
        return true;
      case HEAP_STRUCT:
        writeOpcode(init, OP["struct.new_default"]);
        init.u32(TYPE.VMTag);
        return true;
      case HEAP_ARRAY:
        writeOpcode(init, OP["array.new_fixed"]);
        init.u32(TYPE.VMTags);
        init.u32(0);
        return true;
      case HEAP_FUNC:
        return this.#writeRefFunc(init, this.#lowering.machineFunction("trap"));
      case HEAP_EXTERN:
        writeI31(init);
        writeOpcode(init, OP["extern.convert_any"]);
        return true;
      default:
        // The bottom types have no values but null.
        return false;
    }
  }

  #buildConcrete(init: Writer, heap: HeapType, open: Set<HeapType>): boolean {
    const { composite } = this.#lowering.types.definition(heap);
    switch (composite.kind) {
      case "func":
        return this.#writeRefFunc(init, this.#lowering.unreachableFunction(heap));
      case "array":
        writeOpcode(init, OP["array.new_fixed"]);
        init.u32(heap);
        init.u32(0);
        return true;
      case "struct":
        for (const field of composite.fields) if (!this.#build(init, field.type, open)) return false;
        writeOpcode(init, OP["struct.new"]);
        init.u32(heap);
        return true;
      default:
        return false;
    }
  }

  #writeRefFunc(init: Writer, func: number): boolean {
    this.#lowering.declared.add(func);
    writeOpcode(init, OP["ref.func"]);
    init.u32(func);
    return true;
  }
}

function writeI31(init: Writer): void {
  writeZero(init, I32);
  writeOpcode(init, OP["ref.i31"]);
}
