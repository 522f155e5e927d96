/**
 * Validation of modules (spec 3.0, "Validation: Modules"). It stands alone: the host's WebAssembly is never asked.
 */
import { CallList } from "./call-list.ts";
import { validateConstant } from "./const-expr.ts";
import { ValidationError } from "./errors.ts";
import type { ValidationFeatures } from "./features.ts";
import { FunctionValidator } from "./function-validator.ts";
import { Lookups, type ModuleContext } from "./lookups.ts";
import type { DataSegment, ElementSegment, Export, MemoryType, Module, Range, Table, TableType } from "./module.ts";
import { noOpcodes } from "./opcode-set.ts";
import { Reader } from "./reader.ts";
import { HEADER, SECTION } from "./sections.ts";
import { validateTypes } from "./type-section.ts";
import { I32, I64, isDefaultable, refType } from "./types.ts";
import type { Limits, ValType } from "./types.ts";
import { valTypeText } from "./type-text.ts";
import { checkWellFormed } from "./well-formed.ts";

export interface ValidationOptions {
  readonly features?: ValidationFeatures;
}

const MAX_TABLE32 = 0xffff_ffffn;
const MAX_TABLE64 = 0xffff_ffff_ffff_ffffn;
/** Bytes of a 32-bit memory, log2. */
const MEMORY32_BITS = 32;
/** Bytes of a 64-bit memory, log2. */
const MEMORY64_BITS = 64;

/** Offset of the contents of the section with the given id; that of the module's end if there is none. */
function sectionOffset(bytes: Uint8Array, id: number): number {
  const reader = new Reader(bytes, HEADER.length);
  while (!reader.done) {
    const found = reader.u8();
    const contents = reader.sized();
    if (found === id) return contents;
  }
  return bytes.length;
}

/** Validates everything but function bodies. */
class DefinitionValidator extends Lookups {
  readonly #constants: FunctionValidator;
  /** Id of the section being validated. */
  #section: number = SECTION.import;
  /** Offset of the definition being validated, where the decoded module has it. */
  #offset: number | undefined;

  constructor(context: ModuleContext) {
    super(context);
    this.#constants = new FunctionValidator(context);
  }

  override fail(text: string): never {
    throw new ValidationError(text, this.#offset ?? sectionOffset(this.module.bytes, this.#section));
  }

  run(): void {
    const { module } = this;
    this.#each(module.functions, module.importedFunctions, SECTION.function, (x) => this.funcType(x));
    this.#each(module.tags, module.importedTags, SECTION.tag, (_, x) => this.#tag(x));
    this.#each(module.tables, module.importedTables, SECTION.table, (table, x) => this.#table(table, x));
    this.#each(module.memories, module.importedMemories, SECTION.memory, (type, x) => this.#memory(type, x));
    this.#each(module.globals, module.importedGlobals, SECTION.global, (global, x) => this.#global(global, x));
    this.#each(module.elements, 0, SECTION.element, (segment) => this.#element(segment));
    this.#each(module.data, 0, SECTION.data, (segment) => this.#data(segment));
    this.#exports(module.exports);
    this.#start(module.start);
  }

  /** Checks the elements of an index space, of which the first `imported` come from the import section. */
  #each<T>(items: readonly T[], imported: number, section: number, check: (item: T, x: number) => void): void {
    for (let x = 0; x < items.length; x++) {
      this.#section = x < imported ? SECTION.import : section;
      this.#offset = undefined;
      check(items[x] as T, x);
    }
    this.#offset = undefined;
  }

  #tag(x: number): void {
    if (this.context.features.stackSwitching === false) this.exceptionTag(x);
    else this.tag(x);
  }

  #limits({ min, max }: Limits, bound: bigint, text: string): void {
    if (min > bound) this.fail(text);
    if (max === undefined) return;
    if (max > bound) this.fail(text);
    if (min > max) this.fail("size minimum must not be greater than maximum");
  }

  #tableType({ type, limits, is64 }: TableType): void {
    this.checkValType(type);
    if (is64) this.#limits(limits, MAX_TABLE64, "table size must be at most 2^64-1");
    else this.#limits(limits, MAX_TABLE32, "table size must be at most 2^32-1");
  }

  #table({ type, init }: Table, x: number): void {
    if (x > 0 && this.context.features.multiTable === false) this.fail("multiple tables");
    this.#tableType(type);
    // The table section precedes the global section: only imported globals are known.
    if (init !== undefined) this.#constant(init, type.type, this.module.importedGlobals);
    else if (x >= this.module.importedTables && !isDefaultable(type.type)) {
      this.fail(`type mismatch: table of type ${valTypeText(type.type)} needs an initial value`);
    }
  }

  #memory({ limits, is64, shared, pageSizeLog2 }: MemoryType, x: number): void {
    if (x > 0 && this.context.features.multiMemory === false) this.fail("multiple memories");
    const bits = (is64 ? MEMORY64_BITS : MEMORY32_BITS) - pageSizeLog2;
    const pages = is64 ? "2^48 pages (256 TiB)" : "65536 pages (4GiB)";
    const most = pageSizeLog2 === 16 ? pages : `2^${bits} pages`;
    this.#limits(limits, 1n << BigInt(bits), `memory size must be at most ${most}`);
    if (shared && limits.max === undefined) this.fail("shared memory must have maximum");
  }

  #global({ type, init }: Module["globals"][number], x: number): void {
    this.checkValType(type.type);
    // A global sees those before it.
    if (init !== undefined) this.#constant(init, type.type, x);
  }

  #constant(range: Range, type: ValType, visibleGlobals: number): void {
    this.#offset = range.start;
    validateConstant(this.#constants, range, type, visibleGlobals);
  }

  #requireMatch(found: ValType, expected: ValType): void {
    if (this.types.matches(found, expected)) return;
    const types = `${valTypeText(found)} does not match table's element type ${valTypeText(expected)}`;
    this.fail(`type mismatch: element segment's type ${types}`);
  }

  #element({ type, mode, functions, expressions, offset }: ElementSegment): void {
    this.#offset = offset;
    this.checkValType(type);
    for (const x of functions ?? []) {
      this.#requireMatch(refType(this.funcTypeIndex(x), false), type);
      this.context.declared[x] = 1;
    }
    for (const range of expressions ?? []) this.#constant(range, type, this.module.globals.length);
    this.#offset = offset;
    if (mode.kind !== "active") return;
    const table = this.table(mode.table);
    this.#requireMatch(type, table.type);
    this.#constant(mode.offset, table.is64 ? I64 : I32, this.module.globals.length);
  }

  #data({ memory, placeStart, placeEnd, offset }: DataSegment): void {
    this.#offset = offset;
    if (memory === undefined) return;
    const { is64 } = this.memory(memory);
    this.#constant({ start: placeStart, end: placeEnd }, is64 ? I64 : I32, this.module.globals.length);
  }

  #exported({ kind, index }: Export): void {
    switch (kind) {
      case "func":
        this.funcTypeIndex(index);
        this.context.declared[index] = 1;
        break;
      case "table":
        this.table(index);
        break;
      case "memory":
        this.memory(index);
        break;
      case "global":
        this.global(index);
        break;
      case "tag":
        this.tag(index);
        break;
    }
  }

  #exports(exports: readonly Export[]): void {
    this.#section = SECTION.export;
    const names = new Set<string>();
    for (const item of exports) {
      this.#exported(item);
      if (names.has(item.name)) this.fail("duplicate export name");
      names.add(item.name);
    }
  }

  #start(x: number | undefined): void {
    if (x === undefined) return;
    this.#section = SECTION.start;
    const { params, results } = this.func(x);
    if (params.length + results.length > 0) this.fail("start function must not have parameters or results");
  }
}

/**
 * Validates everything in `module` but the function bodies, for passes that walk those with a {@link FunctionValidator}
 * anyway; returns what one needs.
 * @throws ValidationError, or DecodeError if an expression is malformed.
 */
export function validateDefinitions(module: Module, options: ValidationOptions = {}): ModuleContext {
  const features = options.features ?? {};
  const types = validateTypes(module, features, (text) => {
    throw new ValidationError(text, sectionOffset(module.bytes, SECTION.type));
  });
  const declared = new Uint8Array(module.functions.length);
  const context: ModuleContext = {
    module,
    types,
    features,
    declared,
    findings: { opcodes: noOpcodes(), calls: new CallList(module.code.length), namesContinuations: false },
  };
  new DefinitionValidator(context).run();
  return context;
}

/**
 * Validates `module`; returns what a {@link FunctionValidator} for it needs.
 *
 * ```ts
 * validateModule(decodeModule(bytes)); // throws ValidationError {func, offset} with the official message first
 * ```
 * @throws ValidationError, or DecodeError if a function body is malformed: the decoder leaves those alone.
 */
export function validateModule(module: Module, options: ValidationOptions = {}): ModuleContext {
  try {
    const context = validateDefinitions(module, options);
    const validator = new FunctionValidator(context);
    const first = module.importedFunctions;
    const { calls } = context.findings;
    for (let i = 0; i < module.code.length; i++) {
      validator.validate(first + i);
      calls.endBody();
    }
    return context;
  } catch (error) {
    // Bytes that are malformed anywhere are not a module, be it valid or not.
    if (error instanceof ValidationError) checkWellFormed(module);
    throw error;
  }
}
