/** Lookup of indices in the index spaces of a module, with the errors that validation asserts for each. */
import type { CallList } from "./call-list.ts";
import { isContinuation, NO_STACK_SWITCHING, type ValidationFeatures } from "./features.ts";
import type { ElementSegment, GlobalType, MemoryType, Module, TableType } from "./module.ts";
import type { TypeContext } from "./subtyping.ts";
import { heapOf } from "./types.ts";
import type { ArrayType, FuncType, HeapType, StructType, SubType, ValType } from "./types.ts";

/** The context C of the specification's validation rules, as far as it is the same for the whole module. */
export interface ModuleContext {
  readonly module: Module;
  readonly types: TypeContext;
  readonly features: ValidationFeatures;
  /** C.refs: 1 for each function that occurs in the module outside of function bodies, which `ref.func` may then name. */
  readonly declared: Uint8Array;
  readonly findings: Findings;
}

/** What validation finds on its way through a module, for those who would have to search for it. */
export interface Findings {
  /** The instructions in the bodies that have been validated. */
  readonly opcodes: Uint8Array;
  /** The calls in the bodies of the module, if all have been validated. */
  readonly calls: CallList;
  /** Whether an abstract continuation type has been named. */
  namesContinuations: boolean;
}

export abstract class Lookups {
  readonly context: ModuleContext;
  readonly module: Module;
  readonly types: TypeContext;

  constructor(context: ModuleContext) {
    this.context = context;
    this.module = context.module;
    this.types = context.types;
  }

  /** Throws the error `text` about what is being validated. */
  abstract fail(text: string): never;

  #unknown(space: string, x: number): never {
    return this.fail(`unknown ${space} ${x}`);
  }

  subType(x: number): SubType {
    return this.types.types[x] ?? this.#unknown("type", x);
  }

  /** The function type with type index `x`. */
  funcType(x: number): FuncType {
    const { composite } = this.subType(x);
    return composite.kind === "func" ? composite : this.fail(`non-function type ${x}`);
  }

  /** The type index of the function type of the continuation type with type index `x`. */
  contFuncIndex(x: number): number {
    const { composite } = this.subType(x);
    return composite.kind === "cont" ? composite.func : this.fail(`non-continuation type ${x}`);
  }

  /** The function type of the continuation type with type index `x`. */
  contType(x: number): FuncType {
    return this.funcType(this.contFuncIndex(x));
  }

  structType(x: number): StructType {
    const { composite } = this.subType(x);
    return composite.kind === "struct" ? composite : this.fail(`non-structure type ${x}`);
  }

  arrayType(x: number): ArrayType {
    const { composite } = this.subType(x);
    return composite.kind === "array" ? composite : this.fail(`non-array type ${x}`);
  }

  /** The type index of function `x`. */
  funcTypeIndex(x: number): number {
    return this.module.functions[x] ?? this.#unknown("function", x);
  }

  /** The type of function `x`. */
  func(x: number): FuncType {
    return this.funcType(this.funcTypeIndex(x));
  }

  table(x: number): TableType {
    return (this.module.tables[x] ?? this.#unknown("table", x)).type;
  }

  memory(x: number): MemoryType {
    return this.module.memories[x] ?? this.#unknown("memory", x);
  }

  global(x: number): GlobalType {
    return (this.module.globals[x] ?? this.#unknown("global", x)).type;
  }

  tag(x: number): FuncType {
    return this.funcType(this.module.tags[x] ?? this.#unknown("tag", x));
  }

  /** The type of tag `x`, which is to be thrown or caught: exceptions have no results. */
  exceptionTag(x: number): FuncType {
    const type = this.tag(x);
    return type.results.length === 0 ? type : this.fail("non-empty tag result type");
  }

  elem(x: number): ElementSegment {
    return this.module.elements[x] ?? this.#unknown("elem segment", x);
  }

  data(x: number): void {
    if (x >= (this.module.dataCount ?? this.module.data.length)) this.#unknown("data segment", x);
  }

  checkHeapType(heap: HeapType): void {
    if (heap >= 0) this.subType(heap);
    else if (isContinuation(heap)) {
      this.requireStackSwitching();
      this.context.findings.namesContinuations = true;
    }
  }

  requireStackSwitching(): void {
    if (this.context.features.stackSwitching === false) this.fail(NO_STACK_SWITCHING);
  }

  /** Checks that a value type or packed type refers to nothing unknown. */
  checkValType(t: ValType): void {
    if (t > 0) this.checkHeapType(heapOf(t));
  }
}
