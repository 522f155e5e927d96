/** The host's side of a store context: creates it, and handles the stacks that the host enters and leaves. */
import { decodeBase64 } from "./base64.ts";
import { CONTEXT, LOADER, MACHINE } from "./machine/machine.generated.ts";
import { TRAP, TRAPS, type TrapCode } from "./traps.ts";

/** A running stack that has been set aside. */
export type StackToken = unknown;

/** An activation that was unwound down to the host's entry: the initial stack, and all continuations that run on it. */
export type Activation = object;

/** A continuation as the guest holds it, or one of those that run below it. Opaque. */
export type ContinuationObject = object;

/** A saved frame. Opaque. */
export type FrameObject = object;

/** What a saved frame says of the activation that it is. */
export interface SavedFrame {
  /** Its resume function; one that is in its instance's LoweredModule.frameTable is there at `number`. */
  readonly function: unknown;
  /** Index in LoweredModule.frames; -1 if the frame is none of a guest's function. */
  readonly number: number;
  /** Block index: where it was left, counting from 1. Of a frame that is running, where it was left before. */
  readonly block: number;
}

/** What becomes of a continuation, as Wasmtime names it. */
export type VMStackState = "Fresh" | "Running" | "Parent" | "Suspended" | "Returned";

const STATES: readonly VMStackState[] = Object.freeze(["Fresh", "Running", "Parent", "Suspended", "Returned"]);

/** What a store context asks of the host. */
export interface ContextHost {
  /** Called in metered code when there is not enough fuel: has to refuel, yield, or throw; or returns the trap to raise. */
  outOfFuel?(): TrapCode | undefined;
  /** Called by code that asks before it grows a memory or table (LowerOptions.limits): sizes in pages or elements. */
  mayGrow?(kind: "memory" | "table", current: bigint, delta: bigint): boolean;
}

interface MachineExports {
  readonly "host.new_tag": () => object;
  readonly "host.enter": () => StackToken;
  readonly "host.leave": (token: StackToken) => void;
  readonly "host.yield": () => void;
  readonly "host.yielded": () => Activation | null;
  readonly "host.rewind": (activation: Activation, mode: number) => Activation | null;
  readonly "host.fuel": () => bigint;
  readonly "host.set_fuel": (fuel: bigint) => void;
  readonly "host.seed": (seed: number, rate: number) => void;
  readonly "host.state": (continuation: ContinuationObject) => number;
  readonly "host.contref": (object: ContinuationObject) => ContinuationObject | null;
  readonly "host.is_initial": (continuation: ContinuationObject) => number;
  readonly "host.is_consumed": (continuation: ContinuationObject) => number;
  readonly "host.current": () => ContinuationObject | null;
  readonly "host.parent": (continuation: ContinuationObject) => ContinuationObject | null;
  readonly "host.last_ancestor": (continuation: ContinuationObject) => ContinuationObject;
  readonly "host.frames": (continuation: ContinuationObject) => FrameObject | null;
  readonly "host.frame_parent": (frame: FrameObject) => FrameObject | null;
  readonly "host.frame_function": (frame: FrameObject) => unknown;
  readonly "host.frame_number": (frame: FrameObject) => number;
  readonly "host.frame_block": (frame: FrameObject) => number;
}

/** Chance of a call to be unwound in chaos mode: 1 in 4, as a fraction of 2^32. */
const CHAOS_RATE = 0x4000_0000;

/** A function whose call traps for good: `unreachable`. The module is called stackyard.trap. */
const TRAPPING = "AGFzbQEAAAABBAFgAAADAgEABwgBBHRyYXAAAAoFAQMAAAsAFgRuYW1lAA8Oc3RhY2t5YXJkLnRyYXA=";

/** The host's own, taken before a program can put another namespace (ours, say) in place of the global one. */
const host = { Module: WebAssembly.Module, Instance: WebAssembly.Instance } as const;

export class StoreContext {
  /** What lowered modules import from `stackyard`, besides the identities of tags. */
  readonly imports: {
    readonly context: WebAssembly.Global;
    readonly effect: WebAssembly.Global;
    readonly unwind: WebAssembly.Tag;
  };
  readonly #machine: MachineExports;
  readonly #takeException: () => void;
  readonly #raise: () => never;
  #thrown: unknown;

  /** @throws WebAssembly.CompileError if the host lacks a feature of Wasm 3.0 that the machine needs. */
  constructor(callbacks: ContextHost = {}) {
    const raise = instantiate(TRAPPING, {})["trap"] as () => never;
    this.#raise = raise;
    const exports = instantiate(CONTEXT, {
      host: {
        trap: (code: number): never => raiseTrap(raise, code),
        throw: (): never => {
          throw this.#thrown;
        },
        out_of_fuel: () => {
          const trap = callbacks.outOfFuel === undefined ? TRAP.outOfFuel : callbacks.outOfFuel();
          if (trap !== undefined) raiseTrap(raise, trap);
        },
        may_grow: (kind: number, current: bigint, delta: bigint): number => {
          const may = callbacks.mayGrow?.(kind === 0 ? "memory" : "table", current, BigInt.asUintN(64, delta)) ?? true;
          return may ? 1 : 0;
        },
      },
    });
    (exports["init"] as () => void)();
    this.#takeException = exports["take_exception"] as () => void;
    this.imports = Object.freeze({
      context: exports["context"] as WebAssembly.Global,
      effect: exports["effect"] as WebAssembly.Global,
      unwind: exports["unwind"] as WebAssembly.Tag,
    });
    const stackyard = this.imports as unknown as WebAssembly.ModuleImports;
    // A copy: engines keep the properties of exports objects in tables, which are slow to read.
    this.#machine = { ...(instantiate(MACHINE, { stackyard }) as unknown as MachineExports) };
  }

  /**
   * What a lowered module whose resume copies are made on demand imports as `stackyard.load`: `load` is called with the number
   * of a function and has to put its resume copy into the instance's table of resume functions. What it throws is the cause
   * of a trap: no guest could handle it.
   */
  loader(load: (ordinal: number) => void): unknown {
    const loadOrTrap = (ordinal: number): void => {
      try {
        load(ordinal);
      } catch (error) {
        raiseTrap(this.#raise, TRAP.noResumeCopy, error);
      }
    };
    return instantiate(LOADER, { host: { load: loadOrTrap } })["load"];
  }

  /** The identity of a tag that has none: a global to be imported as `stackyard.tag:INDEX`. */
  newTag(): object {
    return this.#machine["host.new_tag"]();
  }

  /** Sets the running stack aside: what is called from here starts a stack of its own, which nothing can suspend beyond. */
  enter(): StackToken {
    return this.#machine["host.enter"]();
  }

  /** Puts back what {@link enter} set aside (null: nothing was running), after return, exception and trap alike. */
  leave(token: StackToken): void {
    this.#machine["host.leave"](token);
  }

  /**
   * Starts the Yield effect: to be called by a helper, which then has to return to the guest at once; what it returns is not
   * looked at. Everything down to the entry is unwound, where {@link yielded} finds it.
   */
  yield(): void {
    this.#machine["host.yield"]();
  }

  /** If the call that just returned was unwound down to here: the activation, for {@link rewind}, at any later time. */
  yielded(): Activation | undefined {
    return this.#machine["host.yielded"]() ?? undefined;
  }

  /**
   * Re-enters an activation; the results of the helper that yielded have to wait in the transfer area (LoweredModule.puts).
   * The activation's own results are there then (LoweredModule.takes), unless it has yielded again. May throw.
   *
   * @returns what {@link yielded} would, which has nothing to tell any more
   */
  rewind(activation: Activation): Activation | undefined {
    return this.#machine["host.rewind"](activation, 0) ?? undefined;
  }

  /** Re-enters an activation with an exception that the helper which yielded throws. */
  rewindThrowing(activation: Activation, error: unknown): Activation | undefined {
    this.#thrown = error;
    try {
      this.#takeException();
    } finally {
      this.#thrown = undefined;
    }
    return this.#machine["host.rewind"](activation, -1) ?? undefined;
  }

  /** Fuel left, in units; below 0 when there was not enough for what is being run. */
  get fuel(): bigint {
    return this.#machine["host.fuel"]();
  }

  set fuel(units: bigint) {
    this.#machine["host.set_fuel"](units);
  }

  /** State of a continuation; not known of a reference that has been used up. */
  state(continuation: ContinuationObject): VMStackState {
    return STATES[this.#machine["host.state"](continuation)] ?? "Returned";
  }

  /**
   * The continuation itself, which is the same for all references to it that guests were given. Undefined of a reference that
   * has been used up, which does not tell any more.
   */
  identity(object: ContinuationObject): ContinuationObject | undefined {
    return this.#machine["host.contref"](object) ?? undefined;
  }

  /** Whether a guest's reference to a continuation has been used up. */
  isConsumed(continuation: ContinuationObject): boolean {
    return this.#machine["host.is_consumed"](continuation) !== 0;
  }

  /** The stack chain from a continuation (by default the running one) outwards. */
  *chain(from: ContinuationObject | null = this.#machine["host.current"]()): Generator<ContinuationObject> {
    for (let next = from; next !== null; next = this.#machine["host.parent"](next)) yield next;
  }

  /**
   * The outermost of the continuations that were captured with this one. Of a running chain, whose members are run by one or
   * more drivers: given the innermost that a driver runs, the outermost that the same driver runs.
   */
  lastAncestor(continuation: ContinuationObject): ContinuationObject {
    return this.#machine["host.last_ancestor"](continuation);
  }

  /** Whether this member of a chain is no continuation, but an initial stack that was unwound and is rewound. */
  isInitialStack(member: ContinuationObject): boolean {
    return this.#machine["host.is_initial"](member) !== 0;
  }

  /** The saved frames of a continuation, innermost first. */
  *frames(continuation: ContinuationObject): Generator<SavedFrame> {
    const machine = this.#machine;
    for (
      let frame = machine["host.frames"](continuation);
      frame !== null;
      frame = machine["host.frame_parent"](frame)
    ) {
      yield {
        function: machine["host.frame_function"](frame),
        number: machine["host.frame_number"](frame),
        block: machine["host.frame_block"](frame),
      };
    }
  }

  /** Chaos mode: starts the choice of calls that are unwound. */
  seedChaos(seed: number): void {
    this.#machine["host.seed"](seed, CHAOS_RATE);
  }
}

function instantiate(base64: string, imports: WebAssembly.Imports): WebAssembly.Exports {
  return new host.Instance(new host.Module(decodeBase64(base64)), imports).exports;
}

/**
 * Raises a genuine trap with an official message. An error that JavaScript constructs could be caught by the guest; one that
 * comes from `unreachable` stays a trap on its way through JavaScript, on every engine, whatever its message.
 */
function raiseTrap(raise: () => never, code: number, cause?: unknown): never {
  try {
    return raise();
  } catch (error) {
    if (error instanceof Error) {
      const text = TRAPS[code as TrapCode] ?? `trap ${code}`;
      const before = error.message;
      error.message = text;
      if (cause !== undefined) error.cause = cause;
      // Bun's trace is made when it is first looked at, and loses the names of guests' functions by that (see stackOf).
      if (!("Bun" in globalThis)) replaceInStack(error, before, text);
    }
    throw error;
  }
}

/** A program that makes its own traces may make anything of one, and may fail at it: the trap stays one. */
function replaceInStack(error: Error, before: string, text: string): void {
  try {
    const stack: unknown = error.stack;
    if (typeof stack === "string") error.stack = stack.replace(before, text);
  } catch {
    // Then the trace stays as it is.
  }
}
