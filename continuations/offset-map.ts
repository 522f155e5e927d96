/**
 * Which guest instruction a place in lowered code stands for.
 *
 * Lowered modules carry no map, because few ever need it: it is made when first asked for, by lowering the guest once more
 * (the outcome is the same, byte for byte) and noting where each instruction goes. Noted are, per function, pairs of
 * offsets as differences to the pair before, about two bytes for an instruction.
 */
import type { Module } from "../wasm/module.ts";
import { Reader } from "../wasm/reader.ts";
import { Writer } from "../wasm/writer.ts";
import { guestOffsets } from "./legacy-offsets.ts";
import type { LoweredModule } from "./lowered-module.ts";

/** Stands for code that is not the guest's. */
const NOWHERE = 0;
/** Stands for several tail calls that share code. */
const SOME_TAIL_CALL = -1;

/** Takes down, while functions are lowered one after the other, where their instructions go. */
export class OffsetRecorder {
  /** What was noted, by index of the lowered function. */
  readonly functions = new Map<number, Uint8Array>();
  /** What was noted of resume copies that are modules of their own, by index of the guest's function. */
  readonly copies = new Map<number, Uint8Array>();
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

/** What a function of a lowered module is. */
export type LoweredFunction =
  /** A copy of the guest's function with this index. */
  | { readonly kind: "guest"; readonly func: number }
  /** A driver of continuations: its caller resumes, its callee is the continuation's outermost activation on the stack. */
  | { readonly kind: "driver" }
  /** Something else that the guest does not know of. */
  | { readonly kind: "own" };

const DRIVER: LoweredFunction = Object.freeze({ kind: "driver" });
const OWN: LoweredFunction = Object.freeze({ kind: "own" });

/** What function `x` of the module that `guest` was lowered to is. */
export function loweredFunction(guest: Module, lowered: LoweredModule, x: number): LoweredFunction {
  const count = guest.functions.length;
  if (x < count) return { kind: "guest", func: x };
  if (lowered.drivers.includes(x)) return DRIVER;
  // Resume copies that are made on demand are not in the module.
  const frame =
    lowered.onDemand !== undefined ? undefined : lowered.frames.find(({ resumeFunction }) => resumeFunction === x);
  return frame === undefined ? OWN : { kind: "guest", func: frame.func };
}

export class OffsetMap {
  readonly #guest: Module;
  /** What was lowered: the guest, without legacy exceptions. */
  readonly #source: Module;
  readonly #lowered: LoweredModule;
  readonly #recorder: OffsetRecorder;

  /** `recorder` was filled while `guest` was lowered by way of `source`. */
  constructor(guest: Module, source: Module, lowered: LoweredModule, recorder: OffsetRecorder) {
    this.#guest = guest;
    this.#source = source;
    this.#lowered = lowered;
    this.#recorder = recorder;
  }

  /** What the place `offset` bytes behind the start of the instructions of the lowered function `x` stands for. */
  placeAt(x: number, offset: number): GuestPlace {
    const origin = loweredFunction(this.#guest, this.#lowered, x);
    return this.#place(this.#recorder.functions.get(x), origin.kind === "guest" ? origin.func : -1, offset);
  }

  /** The same in the resume copy of the function with this number (LoweredModule.onDemand), a module of its own. */
  placeInCopy(number: number, offset: number): GuestPlace {
    const func = this.#lowered.frames[number]?.func ?? -1;
    if (!this.#recorder.copies.has(func)) this.#lowered.onDemand?.resumeModule(number);
    return this.#place(this.#recorder.copies.get(func), func, offset);
  }

  #place(pairs: Uint8Array | undefined, func: number, offset: number): GuestPlace {
    const found = pairs === undefined ? NOWHERE : find(pairs, offset);
    const isTailCall = found < 0;
    if (found === NOWHERE || found === SOME_TAIL_CALL) return { offset: undefined, isTailCall };
    return { offset: this.#inGuest(func, Math.abs(found)), isTailCall };
  }

  #inGuest(func: number, offset: number): number | undefined {
    if (this.#guest === this.#source) return offset;
    const [found] = guestOffsets(this.#guest, this.#source, func, Uint32Array.of(offset));
    return found === 0 ? undefined : found;
  }
}

/** The guest's offset noted last at or before `offset`; of what comes before all, the first. */
function find(pairs: Uint8Array, offset: number): number {
  const reader = new Reader(pairs);
  let found = NOWHERE;
  let isFirst = true;
  let code = 0;
  let guest = 0;
  while (!reader.done) {
    code += reader.u32();
    guest += reader.s32();
    const isBeyond = code > offset;
    if (!isBeyond || isFirst) found = guest;
    if (isBeyond) break;
    isFirst = false;
  }
  return found;
}
