/** The host's side of a store context: creates it, and handles the stacks that the host enters and leaves. */
import { CONTEXT, MACHINE } from "./machine/machine.generated.ts";
import { TRAPS, type TrapCode } from "./traps.ts";

/** A running stack that has been set aside. */
export type StackToken = unknown;

interface MachineExports {
  readonly "host.new_tag": () => object;
  readonly "host.enter": () => StackToken;
  readonly "host.leave": (token: StackToken) => void;
  readonly "host.yielded": () => object | null;
  readonly "host.rewind": (activation: object) => void;
  readonly "host.seed": (seed: number, rate: number) => void;
}

/** Chance of a call to be unwound in chaos mode: 1 in 4, as a fraction of 2^32. */
const CHAOS_RATE = 0x4000_0000;

/** A function whose call traps for good: `unreachable`. */
const TRAPPING = "AGFzbQEAAAABBAFgAAADAgEABwgBBHRyYXAAAAoFAQMAAAs=";

/** The host's own, taken before a program can put another namespace (ours, say) in place of the global one. */
const host = { Module: WebAssembly.Module, Instance: WebAssembly.Instance } as const;

export class StoreContext {
  /** What lowered modules import from `stackyard`, besides the identities of tags. */
  readonly imports: { readonly context: WebAssembly.Global; readonly unwind: WebAssembly.Tag };
  readonly #machine: MachineExports;
  #activation: object | undefined;

  /** @throws WebAssembly.CompileError if the host lacks a feature of Wasm 3.0 that the machine needs. */
  constructor() {
    const raise = instantiate(TRAPPING, {})["trap"] as () => never;
    const trap = (code: number): never => raiseTrap(raise, code);
    const exports = instantiate(CONTEXT, { host: { trap } });
    (exports["init"] as () => void)();
    this.imports = Object.freeze({
      context: exports["context"] as WebAssembly.Global,
      unwind: exports["unwind"] as WebAssembly.Tag,
    });
    const stackyard = this.imports as unknown as WebAssembly.ModuleImports;
    this.#machine = instantiate(MACHINE, { stackyard }) as unknown as MachineExports;
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

  /** Whether the call that just returned was unwound down to here; {@link rewind} lets it run on. */
  yielded(): boolean {
    this.#activation = this.#machine["host.yielded"]() ?? undefined;
    return this.#activation !== undefined;
  }

  /** Re-enters the activation that {@link yielded} found. It may yield again, or throw. */
  rewind(): void {
    const activation = this.#activation;
    if (activation === undefined) throw new TypeError("nothing has yielded: call yielded() first");
    this.#activation = undefined;
    this.#machine["host.rewind"](activation);
  }

  /** Chaos mode: starts the choice of calls that are unwound. */
  seedChaos(seed: number): void {
    this.#machine["host.seed"](seed, CHAOS_RATE);
  }
}

function instantiate(base64: string, imports: WebAssembly.Imports): WebAssembly.Exports {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new host.Instance(new host.Module(bytes), imports).exports;
}

/**
 * Raises a genuine trap with an official message. An error that JavaScript constructs could be caught by the guest; one that
 * comes from `unreachable` stays a trap on its way through JavaScript, on every engine, whatever its message.
 */
function raiseTrap(raise: () => never, code: number): never {
  try {
    return raise();
  } catch (error) {
    if (error instanceof Error) {
      const text = TRAPS[code as TrapCode] ?? `trap ${code}`;
      const before = error.message;
      error.message = text;
      if (error.stack !== undefined) error.stack = error.stack.replace(before, text);
    }
    throw error;
  }
}
