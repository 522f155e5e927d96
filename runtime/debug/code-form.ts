/** A module as the host runs it, as it is or lowered, and what its functions and offsets stand for in the guest. */
import { type LoweredModule, loweredFunction, type OffsetMap, OWN_NAMES } from "../../continuations/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { functionNames } from "../../wasm/function-names.ts";
import { InstructionReader } from "../../wasm/instruction-reader.ts";
import { type InstructionName, rowOf } from "../../wasm/instructions.ts";
import type { Module as DecodedModule } from "../../wasm/module.ts";
import { readNames } from "../../wasm/names.ts";
import type { HostFrame } from "./host-stack.ts";

/** What is asked of a Module. */
export interface CodeSource {
  readonly decoded: DecodedModule;
  readonly lowered: LoweredModule;
  /** Which guest instructions the lowered code stands for; costs another lowering the first time. */
  readonly offsets: OffsetMap;
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

const DRIVER_NAME = `${OWN_NAMES}run`;

export class CodeForm<S extends CodeSource = CodeSource> {
  readonly source: S;
  readonly isLowered: boolean;
  #code: DecodedModule | undefined;
  #names: ReadonlyMap<number, string> | undefined;
  #byName: ReadonlyMap<string, number | undefined> | undefined;

  constructor(source: S, isLowered: boolean) {
    this.source = source;
    this.isLowered = isLowered;
  }

  /** The module's own name, from its name section. */
  get moduleName(): string | undefined {
    return readNames(this.source.decoded).module;
  }

  /** Names of the guest's functions. */
  get names(): ReadonlyMap<number, string> {
    this.#names ??= functionNames(this.source.decoded);
    return this.#names;
  }

  /** The module that the host compiled. */
  get #hostModule(): DecodedModule {
    this.#code ??= this.isLowered ? decodeModule(this.source.lowered.bytes) : this.source.decoded;
    return this.#code;
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
    return found === undefined || offset < found.body ? undefined : importedFunctions + low;
  }

  /** How well the frame fits its function `x` of this module: 0 if it cannot be of it. */
  fit(frame: HostFrame, x: number): number {
    const { func, name, offset, url } = frame;
    if (offset !== undefined && this.instructionAt(x, offset) === undefined) return 0;
    let score = 1;
    if (func === x) score++;
    const expected = this.#hostName(x);
    if (expected === undefined ? name === undefined : name?.endsWith(expected) === true) score += 2;
    const module = this.moduleName;
    if (module !== undefined && url?.includes(module) === true) score += 2;
    return score;
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

  #hostName(x: number): string | undefined {
    const { decoded } = this.source;
    if (x < decoded.functions.length) return this.names.get(x) ?? (this.isLowered ? `wasm-function[${x}]` : undefined);
    return undefined;
  }

  /** What function `x` of the host's module is, at the frame's offset. */
  at(x: number, frame: HostFrame): Found {
    const { offset } = frame;
    if (!this.isLowered) return { kind: "guest", func: x, offset, isTailCall: false };
    const { decoded, lowered, offsets } = this.source;
    const found = loweredFunction(decoded, lowered, x);
    if (found.kind !== "guest" || offset === undefined) return unplaced(found);
    const start = this.#hostModule.code[x - this.#hostModule.importedFunctions]?.body ?? 0;
    return { ...unplaced(found), ...offsets.placeAt(x, offset - start) } as Found;
  }

  /** What the only function that the host calls `name` is, where it says no more of it. */
  named(name: string): Found | undefined {
    if (this.isLowered) {
      if (name.endsWith(DRIVER_NAME)) return { kind: "driver" };
      if (name.startsWith(OWN_NAMES) || name.includes(`.${OWN_NAMES}`)) return { kind: "own" };
    }
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
    for (let x = importedFunctions; x < functions.length; x++) {
      const name = this.names.get(x) ?? `wasm-function[${x}]`;
      found.set(name, found.has(name) ? undefined : x);
    }
    return found;
  }
}

function unplaced(found: ReturnType<typeof loweredFunction>): Found {
  return found.kind === "guest" ? { ...found, offset: undefined, isTailCall: false } : found;
}
