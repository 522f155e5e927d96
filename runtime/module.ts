/** Module: bytes, decoded, validated, and compiled by the host, as they are or lowered. */
import { lower, mayForwardSuspensions, usesStackSwitching } from "../continuations/index.ts";
import type { LoweredModule } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import type { Export, Import, Module as DecodedModule } from "../wasm/module.ts";
import { readNames } from "../wasm/names.ts";
import { validateModule } from "../wasm/validate.ts";
import { copyBytes, isBufferSource } from "./bytes.ts";
import type { Engine } from "./engine.ts";
import { exportedType, importedType } from "./extern-types.ts";
import type { ExportType, ExternType, ImportType } from "./extern-types.ts";
import { host } from "./host.ts";
import type { CompileOptions } from "./host.ts";
import { referencedFunctionExports } from "./referenced-functions.ts";
import { ResumeCopies } from "./resume-loader.ts";
import { passesFunctionReferences } from "./signature.ts";

/** Bytes of code above which resume copies are made on demand unless the engine says otherwise. */
const LARGE_CODE = 1_000_000;

/** Whether the constructor lets the host compile at once. */
type Compilation = typeof NOW | typeof LATER;
const NOW = "now";
const LATER = "later";

/**
 * A compiled module.
 *
 * Only modules that may take part in stack switching are lowered; all others go to the host as they are. Which of
 * the two a module that imports functions needs is only known when it is instantiated, so either is compiled on demand.
 *
 * @example
 * ```ts
 * const module = new Module(new Engine(), await readFile("generator.wasm"));
 * console.log(module.exports); // [{ name: "main", kind: "function", type: { params: [], results: [] } }]
 * ```
 */
export class Module {
  readonly engine: Engine;
  readonly decoded: DecodedModule;
  /** Whether every instance is of the lowered module. */
  readonly alwaysLowered: boolean;
  /**
   * Whether suspensions could pass through this module although it is not lowered, so that no lowered function may get
   * into its tables (`lowering: "stack-switching-only"`).
   */
  readonly leftToHost: boolean;
  readonly #options: CompileOptions;
  /** Names of modules that the compile options ask the host to provide. */
  readonly #builtins: ReadonlySet<string>;
  #provided: ReadonlySet<string> | undefined;
  #exportsByName: ReadonlyMap<string, Export> | undefined;
  #referencedFunctions: readonly Export[] | undefined;
  #lowered: LoweredModule | undefined;
  #resumeCopies: ResumeCopies | undefined;
  #asIs: WebAssembly.Module | undefined;
  #hostLowered: WebAssembly.Module | undefined;

  /**
   * Decodes, validates and compiles a copy of `source`.
   *
   * @throws {DecodeError | ValidationError} if the bytes are not a valid module
   * @throws {WebAssembly.CompileError} if the module is beyond a limit of the host
   * @throws {UnsupportedHostError} if the module needs lowering and the host is below the floor
   */
  constructor(engine: Engine, source: BufferSource, options?: CompileOptions, compilation: Compilation = NOW) {
    if (!isBufferSource(source)) throw new TypeError("a module is made from an ArrayBuffer or a view of one");
    this.engine = engine;
    this.decoded = decodeModule(copyBytes(source));
    validateModule(this.decoded);
    const need = loweringOf(engine, this.decoded);
    this.alwaysLowered = need === "always";
    this.leftToHost = need === "left to host";
    this.#options = options;
    this.#builtins = builtinModules(options);
    if (compilation === NOW) this.hostModule(this.alwaysLowered);
  }

  /** Like the constructor, but the host compiles in the background. Errors are those of the constructor. */
  static async compile(engine: Engine, source: BufferSource, options?: CompileOptions): Promise<Module> {
    const module = new Module(engine, source, options, LATER);
    const hostModule = await host.compile(module.#bytesFor(module.alwaysLowered), options);
    if (module.alwaysLowered) module.#hostLowered = hostModule;
    else module.#asIs = hostModule;
    return module;
  }

  /**
   * Whether a module could be made of `source`: valid, and, if the host gets it as it is, within the host's limits.
   *
   * @throws {DecodeError | ValidationError} if not valid
   */
  static isValid(engine: Engine, source: BufferSource, options?: CompileOptions): boolean {
    const module = new Module(engine, source, options, LATER);
    return module.alwaysLowered || host.validate(module.#bytesFor(false), options);
  }

  /** Exports of the lowered form that are not the guest's: functions that JavaScript may get by reference. */
  get referencedFunctions(): readonly Export[] {
    this.#referencedFunctions ??= referencedFunctionExports(this.decoded, this.engine.chaos !== undefined);
    return this.#referencedFunctions;
  }

  /** The lowered form; made when first asked for. */
  get lowered(): LoweredModule {
    if (this.#lowered === undefined) {
      this.engine.requireHost();
      const exports = [...this.decoded.exports, ...this.referencedFunctions];
      const { chaos, fuel } = this.engine;
      this.#lowered = lower(
        { ...this.decoded, exports },
        { chaos: chaos !== undefined, resumeCopies: this.#whenResumeCopies(), ...(fuel === undefined ? {} : { fuel }) },
      );
    }
    return this.#lowered;
  }

  #whenResumeCopies(): "ahead" | "on-demand" {
    const { resumeCopies } = this.engine;
    if (resumeCopies !== "auto") return resumeCopies;
    const first = this.decoded.code[0];
    const last = this.decoded.code.at(-1);
    const size = first === undefined || last === undefined ? 0 : last.range.end - first.range.start;
    return size > LARGE_CODE ? "on-demand" : "ahead";
  }

  /** The resume copies of the lowered form that are made on demand, if they are. */
  get resumeCopies(): ResumeCopies | undefined {
    const { onDemand } = this.lowered;
    if (onDemand !== undefined) this.#resumeCopies ??= new ResumeCopies(onDemand);
    return this.#resumeCopies;
  }

  /** What the host compiles, lowered or as it is; compiled when first asked for. */
  hostModule(lowered: boolean): WebAssembly.Module {
    if (lowered) {
      this.#hostLowered ??= new host.Module(this.#bytesFor(true), this.#options);
      return this.#hostLowered;
    }
    this.#asIs ??= new host.Module(this.#bytesFor(false), this.#options);
    return this.#asIs;
  }

  #bytesFor(lowered: boolean): Uint8Array<ArrayBuffer> {
    return lowered ? this.lowered.bytes : (this.decoded.bytes as Uint8Array<ArrayBuffer>);
  }

  /** What instances export, in order. */
  get exports(): ExportType[] {
    return this.decoded.exports.map((entry) => ({ name: entry.name, ...exportedType(this.decoded, entry) }));
  }

  /** The export called `name`. */
  exportNamed(name: string): Export | undefined {
    this.#exportsByName ??= new Map(this.decoded.exports.map((entry) => [entry.name, entry]));
    return this.#exportsByName.get(name);
  }

  /** Type of the export called `name`; undefined if there is none. */
  getExport(name: string): ExternType | undefined {
    const entry = this.exportNamed(name);
    return entry === undefined ? undefined : exportedType(this.decoded, entry);
  }

  /** Whether an import is one that the host provides by itself, as the compile options ask for. */
  isProvided(entry: Import): boolean {
    if (!this.#builtins.has(entry.module)) return false;
    // A host that does not know the options still asks for the import.
    if (this.#provided === undefined) {
      const asked = new Set(host.Module.imports(this.hostModule(this.alwaysLowered)).map(({ module }) => module));
      this.#provided = new Set([...this.#builtins].filter((name) => !asked.has(name)));
    }
    return this.#provided.has(entry.module);
  }

  /** What instances import, in order, but for what the host provides. */
  get imports(): ImportType[] {
    const asked = this.decoded.imports.filter((entry) => !this.isProvided(entry));
    return asked.map(({ module, name, desc }) => ({ module, name, ...importedType(desc, this.decoded.types) }));
  }

  /** The module's name, from its name section. */
  get name(): string | undefined {
    try {
      return readNames(this.decoded).module;
    } catch {
      // A name section that is malformed says nothing, but does no harm.
      return undefined;
    }
  }

  /** The contents of all custom sections named `name`, as copies. */
  customSections(name: string): ArrayBuffer[] {
    return this.decoded.customs
      .filter((section) => section.name === name)
      .map(
        ({ range }) => copyBytes(this.decoded.bytes.subarray(range.start, range.end) as Uint8Array<ArrayBuffer>).buffer,
      );
  }
}

/** Names of the modules whose imports the host is asked to provide (JS API, "JS string builtins"). */
function builtinModules(options: CompileOptions): ReadonlySet<string> {
  const provided = new Set<string>();
  if (options === undefined || options === null) return provided;
  const { builtins, importedStringConstants } = options as {
    readonly builtins?: Iterable<string>;
    readonly importedStringConstants?: string;
  };
  for (const name of builtins ?? []) provided.add(`wasm:${name}`);
  if (importedStringConstants !== undefined && importedStringConstants !== null) provided.add(importedStringConstants);
  return provided;
}

/**
 * A module is lowered if it switches stacks; if functions that it calls could be suspended although it does not; and if
 * function references pass between it and JavaScript, which has to see wrappers (function-references.ts).
 */
function loweringOf(engine: Engine, module: DecodedModule): "always" | "on demand" | "left to host" {
  if (engine.backend === "native") return "on demand";
  if (engine.lowering === "all" || engine.chaos !== undefined || engine.fuel !== undefined) return "always";
  if (usesStackSwitching(module) || passesFunctionReferences(module)) return "always";
  if (!mayForwardSuspensions(module)) return "on demand";
  return engine.lowering === "auto" ? "always" : "left to host";
}
