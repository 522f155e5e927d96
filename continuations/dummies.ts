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

/** How a value of a type comes to be: a constant expression for a global, or the body of a function, which is called. */
type Build = { readonly isConstant: boolean; readonly write: (init: Writer) => void } | undefined;

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
    for (let i = 0; i < types.length; i++) {
      const type = types[i] as ValType;
      if (!isDefaultable(type) && this.#dummy(type) === undefined) return false;
    }
    return true;
  }

  /** Returns from a function with these results while it is being left. */
  emitReturn(code: Code, types: readonly ValType[]): void {
    if (!this.canBuild(types)) {
      // No value can be returned, but an exception does not need one. All calls of such a function are guarded.
      code.index(OP["throw"], this.#lowering.spaces.unwind);
      return;
    }
    for (let i = 0; i < types.length; i++) {
      const type = types[i] as ValType;
      const dummy = isDefaultable(type) ? undefined : this.#dummy(type);
      if (dummy === undefined) code.zero(type);
      else if ("global" in dummy) code.index(OP["global.get"], dummy.global);
      else code.call(dummy.func);
    }
    code.op(OP["return"]);
  }

  /**
   * A value of a type whose references cannot be null. Structures need the values of their fields first: those are found
   * without recursion, and each once, because types may be nested deeply and refer to one another in many ways.
   */
  #dummy(wanted: ValType): Dummy | undefined {
    const open = new Set<ValType>();
    const work = [wanted];
    for (let type = work.at(-1); type !== undefined; type = work.at(-1)) {
      if (this.#known.has(type)) {
        work.pop();
        continue;
      }
      const missing = this.#fieldsOf(type).filter((field) => !isDefaultable(field) && !this.#known.has(field));
      // A type that needs itself has no values.
      const isCircular = missing.some((field) => open.has(field));
      if (missing.length > 0 && !isCircular) {
        open.add(type);
        work.push(...new Set(missing));
        continue;
      }
      this.#known.set(type, isCircular ? undefined : this.#define(type));
      open.delete(type);
      work.pop();
    }
    return this.#known.get(wanted);
  }

  /** Types of the values that one of `type` consists of. */
  #fieldsOf(type: ValType): readonly ValType[] {
    const heap = heapOf(type);
    if (heap < 0) return [];
    const { composite } = this.#lowering.types.definition(heap);
    return composite.kind === "struct" ? composite.fields.map((field) => field.type) : [];
  }

  /** Defines a value of `type`, all of whose fields have been seen to. */
  #define(type: ValType): Dummy | undefined {
    const heap = heapOf(type);
    const build = heap < 0 ? this.#abstract(heap) : this.#concrete(heap);
    if (build === undefined) return undefined;
    if (build.isConstant) {
      const init = new Writer(16);
      build.write(init);
      return { global: this.#lowering.addGlobal(type, init) };
    }
    return { func: this.#lowering.helper(`dummy ${type}`, [], [type], (code) => build.write(code.writer)) };
  }

  #abstract(heap: HeapType): Build {
    switch (heap) {
      case HEAP_ANY:
      case HEAP_EQ:
      case HEAP_I31:
        return { isConstant: true, write: writeI31 };
      case HEAP_STRUCT:
        return {
          isConstant: true,
          write: (init) => {
            writeOpcode(init, OP["struct.new_default"]);
            init.u32(TYPE.VMTag);
          },
        };
      case HEAP_ARRAY:
        return { isConstant: true, write: (init) => writeEmptyArray(init, TYPE.VMTags) };
      case HEAP_FUNC:
        return this.#refFunc(this.#lowering.machineFunction("trap"));
      case HEAP_EXTERN:
        return {
          isConstant: true,
          write: (init) => {
            writeI31(init);
            writeOpcode(init, OP["extern.convert_any"]);
          },
        };
      case HEAP_EXN:
        return {
          isConstant: false,
          write: (init) => {
            init.u8(OP.call);
            init.u32(this.#lowering.exception());
            writeOpcode(init, OP["ref.as_non_null"]);
          },
        };
      default:
        // The bottom types have no values but null.
        return undefined;
    }
  }

  #concrete(heap: HeapType): Build {
    const { composite } = this.#lowering.types.definition(heap);
    switch (composite.kind) {
      case "func":
        return this.#refFunc(this.#lowering.unreachableFunction(heap));
      case "array":
        return { isConstant: true, write: (init) => writeEmptyArray(init, heap) };
      case "struct": {
        const fields = composite.fields.map(({ type }) => (isDefaultable(type) ? type : this.#known.get(type)));
        if (fields.includes(undefined)) return undefined;
        return {
          isConstant: !fields.some((field) => typeof field === "object" && "func" in field),
          write: (init) => {
            for (const field of fields) {
              if (typeof field === "number") writeZero(init, field);
              else if (field !== undefined) writeDummy(init, field);
            }
            writeOpcode(init, OP["struct.new"]);
            init.u32(heap);
          },
        };
      }
      default:
        return undefined;
    }
  }

  #refFunc(func: number): Build {
    this.#lowering.declared.add(func);
    return {
      isConstant: true,
      write: (init) => {
        writeOpcode(init, OP["ref.func"]);
        init.u32(func);
      },
    };
  }
}

function writeDummy(init: Writer, dummy: Dummy): void {
  const isGlobal = "global" in dummy;
  init.u8(isGlobal ? OP["global.get"] : OP.call);
  init.u32(isGlobal ? dummy.global : dummy.func);
}

function writeEmptyArray(init: Writer, type: number): void {
  writeOpcode(init, OP["array.new_fixed"]);
  init.u32(type);
  init.u32(0);
}

function writeI31(init: Writer): void {
  writeZero(init, I32);
  writeOpcode(init, OP["ref.i31"]);
}
