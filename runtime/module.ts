/** Module: bytes, decoded, validated, and compiled by the host, as they are or lowered. */
import { lower, mayForwardSuspensions, offsetMap, usesStackSwitching } from "../continuations/index.ts";
import type { LoweredModule, LowerOptions, OffsetMap, ResumeModule } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import type { Export, Import, Module as DecodedModule } from "../wasm/module.ts";
import { readNames } from "../wasm/names.ts";
import type { Findings } from "../wasm/lookups.ts";
import { validateModule } from "../wasm/validate.ts";
import { copyBytes, isBufferSource } from "./bytes.ts";
import { cacheKey } from "./cache.ts";
import { tellsNamesOnly } from "./debug/host-stack.ts";
import { Symbols } from "./debug/symbols.ts";
import type { Engine } from "./engine.ts";
import { InternalError } from "./errors.ts";
import { exportedType, importedType } from "./extern-types.ts";
import type { ExportType, ExternType, ImportType } from "./extern-types.ts";
import { host } from "./host.ts";
import type { CompileOptions } from "./host.ts";
import { bytesOfFile, bytesOfResponse, bytesOfText, bytesOfUrl } from "./module-source.ts";
import { referencedFunctionExports } from "./referenced-functions.ts";
import { ResumeCopies } from "./resume-loader.ts";
import { deserializeModule, serializeModule } from "./serialization.ts";
import type { SerializedModule } from "./serialization.ts";
import { passesFunctionReferences } from "./signature.ts";
import { SerializationError } from "./usage-errors.ts";

/** How the constructor gets at what it needs: compiled at once, later, or lowered before. */
type Compilation = typeof NOW | typeof LATER | Deserialized;
const NOW = "now";
const LATER = "later";

type Deserialized = Pick<SerializedModule, "lowered" | "functionTable">;

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
  /** What validation found, for the lowering: not given if the module was not validated. */
  readonly #findings: Findings | undefined;
  #referencedFunctions: readonly Export[] | undefined;
  #lowered: LoweredModule | undefined;
  #offsets: OffsetMap | undefined;
  #symbols: Symbols | undefined;
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
    if (typeof compilation === "string") this.#findings = validateModule(this.decoded).findings;
    else this.#lowered = this.#restore(compilation);
    const need = loweringOf(engine, this.decoded, this.#findings);
    this.alwaysLowered = need === "always";
    this.leftToHost = need === "left to host";
    this.#options = options;
    this.#builtins = builtinModules(options);
    if (compilation === NOW) this.hostModule(this.alwaysLowered);
  }

  /**
   * Like the constructor, but the engine's cache is asked first, and the host compiles in the background. Errors are those of
   * the constructor.
   */
  static async compile(engine: Engine, source: BufferSource, options?: CompileOptions): Promise<Module> {
    const { cache } = engine;
    if (cache === undefined) return new Module(engine, source, options, LATER).#compileLater();
    if (!isBufferSource(source)) throw new TypeError("a module is made from an ArrayBuffer or a view of one");
    const bytes = copyBytes(source);
    const key = await cacheKey(engine, bytes, options);
    const cached = await cache.get(key);
    if (cached !== undefined) {
      try {
        return await Module.deserializeAsync(engine, cached);
      } catch (error) {
        // A damaged entry is as good as none.
        if (!(error instanceof SerializationError)) throw error;
      }
    }
    const module = await new Module(engine, bytes, options, LATER).#compileLater();
    await cache.set(key, module.serialize());
    return module;
  }

  async #compileLater(): Promise<Module> {
    const hostModule = await host.compile(this.#bytesFor(this.alwaysLowered), this.#options);
    if (this.alwaysLowered) this.#hostLowered = hostModule;
    else this.#asIs = hostModule;
    return this;
  }

  /** A module in the text format. @throws {TextError} if it does not parse, and as {@link compile} */
  static async fromText(engine: Engine, text: string, options?: CompileOptions): Promise<Module> {
    return Module.compile(engine, await bytesOfText(text), options);
  }

  /** A module in a file, binary or text. @throws errors of the file system, and as {@link fromText} */
  static async fromFile(engine: Engine, path: string | URL, options?: CompileOptions): Promise<Module> {
    return Module.compile(engine, await bytesOfFile(path), options);
  }

  /** A module at a URL. @throws what `fetch` throws, and as {@link fromResponse} */
  static async fromUrl(engine: Engine, url: string | URL, options?: CompileOptions): Promise<Module> {
    return Module.compile(engine, await bytesOfUrl(url), options);
  }

  /** A module from a response of type application/wasm. @throws {TypeError} if it is none, and as {@link compile} */
  static async fromResponse(
    engine: Engine,
    response: Response | PromiseLike<Response>,
    options?: CompileOptions,
  ): Promise<Module> {
    return Module.compile(engine, await bytesOfResponse(response), options);
  }

  /**
   * The module as bytes, lowered if every instance is: for {@link deserialize}, by the same version of Stackyard and an engine
   * of the same configuration.
   */
  serialize(): Uint8Array<ArrayBuffer> {
    const guest = this.decoded.bytes as Uint8Array<ArrayBuffer>;
    const lowered = this.alwaysLowered ? this.lowered : undefined;
    const functionTable = lowered?.onDemand?.functionTable;
    return serializeModule(this.engine, { guest, options: this.#options, lowered, functionTable });
  }

  /**
   * A module that was serialized.
   *
   * @throws {SerializationError} if the bytes are damaged, or were made by another version or for another configuration
   */
  static deserialize(engine: Engine, bytes: Uint8Array): Module {
    const { guest, options, ...form } = deserializeModule(engine, bytes);
    const module = new Module(engine, guest, options, form);
    module.hostModule(module.alwaysLowered);
    return module;
  }

  /** {@link deserialize}, where the host compiles in the background. */
  static async deserializeAsync(engine: Engine, bytes: Uint8Array): Promise<Module> {
    const { guest, options, ...form } = deserializeModule(engine, bytes);
    return new Module(engine, guest, options, form).#compileLater();
  }

  /** {@link deserializeAsync} for a file. @throws errors of the file system, too */
  static async deserializeFile(engine: Engine, path: string | URL): Promise<Module> {
    const { readFile } = await import("node:fs/promises");
    return Module.deserializeAsync(engine, await readFile(path));
  }

  /** Says what is wrong with `source`, if it is not a valid module. @throws {DecodeError | ValidationError} */
  static validate(engine: Engine, source: BufferSource, options?: CompileOptions): void {
    new Module(engine, source, options, LATER);
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
    const { chaos, lowering } = this.engine;
    this.#referencedFunctions ??= referencedFunctionExports(this.decoded, chaos !== undefined || lowering === "all");
    return this.#referencedFunctions;
  }

  /** The lowered form; made when first asked for. */
  get lowered(): LoweredModule {
    if (this.#lowered === undefined) {
      this.engine.requireHost();
      this.#lowered = this.#lower();
    }
    return this.#lowered;
  }

  #lower(): LoweredModule {
    return lower(...this.#loweringInput());
  }

  #loweringInput(): [DecodedModule, LowerOptions] {
    const exports = [...this.decoded.exports, ...this.referencedFunctions];
    const { chaos, costs, limits, resumeCopies } = this.engine;
    const fuel = costs === undefined ? {} : { fuel: costs };
    return [
      { ...this.decoded, exports },
      { chaos: chaos !== undefined, resumeCopies, limits, nameAll: tellsNamesOnly(), ...fuel, ...this.#findings },
    ];
  }

  /** Which guest instructions the lowered code stands for: the module is lowered once more when this is first asked for. */
  get offsets(): OffsetMap {
    this.#offsets ??= offsetMap(...this.#loweringInput());
    return this.#offsets;
  }

  /** Where instructions come from in the source of the program, as far as the module, or a source map, says it. */
  get symbols(): Symbols {
    this.#symbols ??= new Symbols(this.decoded);
    return this.#symbols;
  }

  /** The lowered form that was serialized. What makes resume copies on demand is left out there, and is made when asked for. */
  #restore({ lowered, functionTable }: Deserialized): LoweredModule | undefined {
    if (lowered === undefined || functionTable === undefined) return lowered;
    let again: LoweredModule | undefined;
    const resumeModule = (ordinal: number): ResumeModule => {
      again ??= this.#lower();
      if (again.onDemand === undefined) throw new InternalError("the module was lowered differently before");
      return again.onDemand.resumeModule(ordinal);
    };
    return { ...lowered, onDemand: { functionTable, resumeModule } };
  }

  /** The resume copies of the lowered form that are made on demand, if they are. */
  get resumeCopies(): ResumeCopies | undefined {
    const { onDemand } = this.lowered;
    if (onDemand !== undefined) this.#resumeCopies ??= new ResumeCopies(this, onDemand);
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
function loweringOf(
  engine: Engine,
  module: DecodedModule,
  findings: Findings | undefined,
): "always" | "on demand" | "left to host" {
  if (engine.backend === "native") return "on demand";
  if (engine.lowering === "all" || engine.chaos !== undefined || engine.costs !== undefined || engine.limits)
    return "always";
  if (usesStackSwitching(module, findings) || passesFunctionReferences(module)) return "always";
  if (!mayForwardSuspensions(module, findings?.opcodes)) return "on demand";
  return engine.lowering === "auto" ? "always" : "left to host";
}
