/**
 * Which guest instruction a place in lowered code stands for.
 *
 * Lowered modules carry no map, because few ever need it: it is made when first asked for, by lowering the guest once more
 * (the outcome is the same, byte for byte) and noting where each instruction goes. Noted are, per function, pairs of
 * offsets as differences to the pair before, about two bytes for an instruction.
 */
import { decodeModule } from "../wasm/decode.ts";
import type { Module } from "../wasm/module.ts";
import { Reader } from "../wasm/reader.ts";
import { Writer } from "../wasm/writer.ts";

/** Stands for code that is not the guest's. */
const NOWHERE = 0;
/** Stands for several tail calls that share code. */
const SOME_TAIL_CALL = -1;

/** Takes down, while functions are lowered one after the other, where their instructions go. */
export class OffsetRecorder {
  /** What was noted, by index of the lowered function. */
  readonly functions = new Map<number, Uint8Array>();
  readonly #pairs = new Writer();
  #code = 0;
  #guest = 0;

  /** From here on (offset from the start of the lowered body), code is for the guest's instruction at `guest`. */
  note(code: number, guest: number): void {
    this.#pairs.u32(code - this.#code);
    this.#pairs.s32(guest - this.#guest);
    this.#code = code;
    this.#guest = guest;
  }

  /** From here on, code is not the guest's. */
  noteNowhere(code: number): void {
    this.note(code, NOWHERE);
  }

  /** From here on, code is for a tail call of the guest's; `guest` is undefined where there are several. */
  noteTailCall(code: number, guest: number | undefined): void {
    this.note(code, guest === undefined ? SOME_TAIL_CALL : -guest);
  }

  /** What was noted since the last time was about the lowered function `func`. */
  end(func: number): void {
    this.functions.set(func, this.#pairs.toBytes());
    this.#pairs.reset();
    this.#code = 0;
    this.#guest = 0;
  }
}

/** What a place in lowered code stands for. */
export interface GuestPlace {
  /** Offset of the instruction in the guest's bytes; undefined if it cannot be told. */
  readonly offset: number | undefined;
  /** Whether it is a tail call that lowered code has to make as a plain call: an activation there that waits is gone. */
  readonly isTailCall: boolean;
}

export class OffsetMap {
  readonly #functions: ReadonlyMap<number, Uint8Array>;
  /** The lowered module. */
  readonly #module: Module;

  /** `bytes` are the lowered module's, with which `recorder` was filled. */
  constructor(bytes: Uint8Array, recorder: OffsetRecorder) {
    this.#module = decodeModule(bytes);
    this.#functions = recorder.functions;
  }

  /** The function of the lowered module in whose code the offset is. */
  functionAt(offset: number): number | undefined {
    const { code, importedFunctions } = this.#module;
    let low = 0;
    let high = code.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((code[middle]?.range.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const range = code[low]?.range;
    return range === undefined || offset < range.start ? undefined : importedFunctions + low;
  }

  /** What the offset, which is in the lowered module's bytes, stands for in its function `func`. */
  placeAt(func: number, offset: number): GuestPlace {
    const start = this.#module.code[func - this.#module.importedFunctions]?.body ?? 0;
    const pairs = this.#functions.get(func);
    let found = NOWHERE;
    if (pairs !== undefined) {
      const reader = new Reader(pairs);
      let code = start;
      let guest = 0;
      while (!reader.done) {
        code += reader.u32();
        guest += reader.s32();
        if (code > offset) break;
        found = guest;
      }
    }
    if (found > 0) return { offset: found, isTailCall: false };
    return { offset: found === NOWHERE || found === SOME_TAIL_CALL ? undefined : -found, isTailCall: found !== NOWHERE };
  }
}
