/** A module as the host runs it, as it is or lowered, and what its functions and offsets stand for in the guest. */
import {
  type LoweredFunction,
  type LoweredModule,
  loweredFunction,
  type OffsetMap,
  OWN_NAMES,
} from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { functionNames } from "../../wasm/function-names.ts";
import { InstructionReader } from "../../wasm/instruction-reader.ts";
import { type InstructionName, rowOf } from "../../wasm/instructions.ts";
import type { Export, Module as DecodedModule } from "../../wasm/module.ts";
import { readNames } from "../../wasm/names.ts";
import type { HostFrame } from "./host-stack.ts";

/** What is asked of a Module. */
export interface CodeSource {
  readonly decoded: DecodedModule;
  readonly lowered: LoweredModule;
  /** Which guest instructions the lowered code stands for; costs another lowering the first time. */
  readonly offsets: OffsetMap;
  /** Exports that lowering adds: hosts may call functions without a name by these. */
  readonly referencedFunctions: readonly Export[];
}

/** What a frame of the host's is in a module. */
export type Found =
  | {
      readonly kind: "guest";
      readonly func: number;
      /** Offset in the guest's bytes, if it can be told. */
      readonly offset: number | undefined;
      /** A tail call that lowered code makes as a plain call: the activation is gone, unless it is the innermost. */
      readonly isTailCall: boolean;
    }
  | { readonly kind: "driver" }
  | { readonly kind: "own" };

/** The names of the driver's parts. */
const DRIVER_NAMES = ["run", "run_frames"] as const;

/** Whether a host calls a part of the driver so; it may put the name of a module before that of the function. */
export function isDriverName(name: string, prefix: string): boolean {
  return DRIVER_NAMES.some((driver) => name.endsWith(prefix + driver));
}

/** A resume copy that is a module of its own. */
export interface ResumeCopy {
  /** Index in LoweredModule.frames. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export class CodeForm<S extends CodeSource = CodeSource> {
  readonly source: S;
  readonly isLowered: boolean;
  readonly #copy: ResumeCopy | undefined;
  #code: DecodedModule | undefined;
  #moduleName: { readonly name: string | undefined } | undefined;
  #given: ReadonlyMap<number, string> | undefined;
  #names: ReadonlyMap<number, string> | undefined;
  #byName: ReadonlyMap<string, number | undefined> | undefined;

  /** @param copy given if it is not the module itself, but one of its resume copies */
  constructor(source: S, isLowered: boolean, copy?: ResumeCopy) {
    this.source = source;
    this.isLowered = isLowered;
    this.#copy = copy;
  }

  /** The module's own name, from its name section. */
  get moduleName(): string | undefined {
    this.#moduleName ??= { name: readNames(this.source.decoded).module };
    return this.#moduleName.name;
  }

  /** Names of the guest's functions. */
  get names(): ReadonlyMap<number, string> {
    this.#names ??= functionNames(this.source.decoded);
    return this.#names;
  }

  /** The module that the host compiled. */
  get #hostModule(): DecodedModule {
    this.#code ??= this.isLowered ? decodeModule(this.#copy?.bytes ?? this.source.lowered.bytes) : this.source.decoded;
    return this.#code;
  }

  /** Whether the runtime made the module for itself. */
  get isOwn(): boolean {
    return this.moduleName?.startsWith(OWN_NAMES) === true;
  }

  /** Whether it is all of the module, and not one of its resume copies. */
  get isWhole(): boolean {
    return this.#copy === undefined;
  }

  /** Names of the host module's functions, which hosts tell. */
  get #hostNames(): ReadonlyMap<number, string> {
    this.#given ??= readNames(this.#hostModule).functions;
    return this.#given;
  }

  /** Index of the host module's function that the frame is of; undefined if it cannot be one of this module. */
  functionOf(frame: HostFrame): number | undefined {
    if (frame.offset === undefined) return frame.func === undefined ? undefined : this.#existing(frame.func);
    const x = this.#functionAt(frame.offset);
    // Deno says 0 for all functions in traces that it makes itself.
    return frame.func === undefined || frame.func === 0 || frame.func === x ? x : undefined;
  }

  #existing(x: number): number | undefined {
    const { importedFunctions, functions } = this.#hostModule;
    return x >= importedFunctions && x < functions.length ? x : undefined;
  }

  #functionAt(offset: number): number | undefined {
    const { code, importedFunctions } = this.#hostModule;
    let low = 0;
    let high = code.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((code[middle]?.range.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = code[low];
    return found === undefined || offset < found.range.start ? undefined : importedFunctions + low;
  }

  /** How well the frame fits its function `x` of this module: 0 if it cannot be of it. */
  fit(frame: HostFrame, x: number): number {
    const { func, name, offset, url } = frame;
    if (offset !== undefined && this.instructionAt(x, this.#instruction(x, offset)) === undefined) return 0;
    let score = 1;
    if (func === x) score++;
    const expected = this.#hostNames.get(x);
    if (expected !== undefined && name !== undefined) {
      if (!name.endsWith(expected)) return 0;
      score += 2;
    }
    const module = this.moduleName;
    if (module !== undefined && url?.includes(module) === true) score += 2;
    return score;
  }

  /** V8 says of a function for which there is no stack left that it is where its locals are declared. */
  #instruction(x: number, offset: number): number {
    return Math.max(offset, this.#hostModule.code[x - this.#hostModule.importedFunctions]?.body ?? 0);
  }

  /** Name of the instruction at an offset in function `x`; undefined if none begins there. */
  instructionAt(x: number, offset: number): InstructionName | undefined {
    const { bytes, code, importedFunctions } = this.#hostModule;
    const entry = code[x - importedFunctions];
    if (entry === undefined) return undefined;
    const reader = new InstructionReader(bytes);
    reader.seek(entry.body, entry.range.end);
    while (reader.next() && reader.offset <= offset) {
      if (reader.offset === offset) return rowOf(reader.opcode).name as InstructionName;
    }
    return undefined;
  }

  /** What function `x` of the host's module is, at the frame's offset. */
  at(x: number, frame: HostFrame): Found {
    const found = this.#at(x, frame.offset === undefined ? undefined : this.#instruction(x, frame.offset));
    return found.kind === "guest" && this.isOwn ? { kind: "own" } : found;
  }

  #at(x: number, offset: number | undefined): Found {
    if (!this.isLowered) return { kind: "guest", func: x, offset, isTailCall: false };
    const found = this.#functionOf(x);
    if (found.kind !== "guest" || offset === undefined) return unplaced(found);
    const at = offset - (this.#hostModule.code[x - this.#hostModule.importedFunctions]?.body ?? 0);
    const { offsets } = this.source;
    const place = this.#copy === undefined ? offsets.placeAt(x, at) : offsets.placeInCopy(this.#copy.number, at);
    return { kind: "guest", func: found.func, ...place };
  }

  #functionOf(x: number): LoweredFunction {
    const { decoded, lowered } = this.source;
    if (this.#copy === undefined) return loweredFunction(decoded, lowered, x);
    const name = this.#hostNames.get(x) ?? "";
    if (name.startsWith(OWN_NAMES)) return { kind: isDriverName(name, OWN_NAMES) ? "driver" : "own" };
    return { kind: "guest", func: lowered.frames[this.#copy.number]?.func ?? 0 };
  }

  /** What the only function that the host calls `name` is, where it says no more of it. */
  named(name: string): Found | undefined {
    this.#byName ??= this.#uniqueNames();
    const module = this.moduleName;
    const prefix = module === undefined ? "" : `${module}.`;
    const func =
      this.#byName.get(name) ?? (name.startsWith(prefix) ? this.#byName.get(name.slice(prefix.length)) : undefined);
    return func === undefined ? undefined : { kind: "guest", func, offset: undefined, isTailCall: false };
  }

  /** Functions by name; undefined for names that several have. */
  #uniqueNames(): Map<string, number | undefined> {
    const { importedFunctions, functions } = this.source.decoded;
    const found = new Map<string, number | undefined>();
    const added = new Map(this.source.referencedFunctions.map(({ index, name }) => [index, name]));
    for (let x = importedFunctions; x < functions.length; x++) {
      const name = this.names.get(x) ?? added.get(x) ?? `wasm-function[${x}]`;
      found.set(name, found.has(name) ? undefined : x);
    }
    return found;
  }
}

function unplaced(found: LoweredFunction): Found {
  return found.kind === "guest" ? { ...found, offset: undefined, isTailCall: false } : found;
}
