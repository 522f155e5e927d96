/**
 * How a function returns while it is being left: with values that nobody looks at, but that have the right types.
 *
 * For types without a default the value is built once per instance, in a global. An exception cannot be built by a constant
 * expression, hence a function makes it, and whatever contains one, where it is needed.
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

/** An expression being written. */
interface Building {
  readonly init: Writer;
  /** Whether it has to be a constant expression. */
  readonly isConstant: boolean;
  /** Heap types of the values around the one being built: one that needs itself has no values. */
  readonly open: Set<HeapType>;
}

/** Where a value comes from: a global, or a function to call. */
type Dummy = { readonly global: number } | { readonly func: number };

export class Dummies {
  readonly #lowering: ModuleLowering;
  readonly #known = new Map<ValType, Dummy | undefined>();
  #isNeededInVain: boolean | undefined;

  constructor(lowering: ModuleLowering) {
    this.#lowering = lowering;
  }

  /** Whether the guest has a function type with results that cannot be built. */
  get isNeededInVain(): boolean {
    const { module, types } = this.#lowering;
    this.#isNeededInVain ??= module.types.some(
      ({ composite }) => composite.kind === "func" && !this.canBuild(types.lowerAll(composite.results)),
    );
    return this.#isNeededInVain;
  }

  /** Whether a value of each of these types can be built. */
  canBuild(types: readonly ValType[]): boolean {
    return types.every((type) => isDefaultable(type) || this.#dummy(type) !== undefined);
  }

  /** Returns from a function with these results while it is being left. */
  emitReturn(code: Code, types: readonly ValType[]): void {
    if (!this.canBuild(types)) {
      // No value can be returned, but an exception does not need one. All calls of such a function are guarded.
      code.index(OP["throw"], this.#lowering.spaces.unwind);
      return;
    }
    for (const type of types) {
      const dummy = isDefaultable(type) ? undefined : this.#dummy(type);
      if (dummy === undefined) code.zero(type);
      else if ("global" in dummy) code.index(OP["global.get"], dummy.global);
      else code.call(dummy.func);
    }
    code.op(OP["return"]);
  }

  #dummy(type: ValType): Dummy | undefined {
    if (this.#known.has(type)) return this.#known.get(type);
    const dummy = this.#makeGlobal(type) ?? this.#makeFunction(type);
    this.#known.set(type, dummy);
    return dummy;
  }

  #makeGlobal(type: ValType): Dummy | undefined {
    const init = new Writer(16);
    if (!this.#build({ init, isConstant: true, open: new Set() }, type)) return undefined;
    return { global: this.#lowering.addGlobal(type, init) };
  }

  #makeFunction(type: ValType): Dummy | undefined {
    const init = new Writer(16);
    if (!this.#build({ init, isConstant: false, open: new Set() }, type)) return undefined;
    return { func: this.#lowering.helper(`dummy ${type}`, [], [type], (code) => code.writer.append(init)) };
  }

  /** Writes an expression for a value of `type`; false if there is none. */
  #build(to: Building, type: ValType): boolean {
    if (isDefaultable(type)) {
      writeZero(to.init, type);
      return true;
    }
    const heap = heapOf(type);
    if (to.open.has(heap)) return false;
    to.open.add(heap);
    const built = heap < 0 ? this.#buildAbstract(to, heap) : this.#buildConcrete(to, heap);
    to.open.delete(heap);
    return built;
  }

  #buildAbstract({ init, isConstant }: Building, heap: HeapType): boolean {
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
      case HEAP_EXN:
        if (isConstant) return false;
        init.u8(OP.call);
        init.u32(this.#lowering.exception());
        writeOpcode(init, OP["ref.as_non_null"]);
        return true;
      default:
        // The bottom types have no values but null.
        return false;
    }
  }

  #buildConcrete(to: Building, heap: HeapType): boolean {
    const { init } = to;
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
        for (const field of composite.fields) if (!this.#build(to, field.type)) return false;
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
