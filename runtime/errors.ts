/**
 * Typed errors of the runtime. The first words of a message are the official text where the specification has one.
 *
 * {@link DecodeError} and {@link ValidationError} say what is wrong with a module's bytes; {@link LinkError} what is wrong with
 * the imports it was given; {@link Trap} that a guest ran into a trap; {@link UnsupportedHostError} that the JavaScript engine is
 * below the floor; {@link InternalError} that Stackyard itself is wrong.
 */
import { TRAP_TEXTS, trapCodes, type TrapCode } from "./traps.ts";

export { LoweringError } from "../continuations/index.ts";
export { DecodeError, ValidationError } from "../wasm/errors.ts";

/** An import is missing, or is not what the module asks for (JS API, "read the imports"). */
export class LinkError extends Error {
  override readonly name = "LinkError";
  /** The import's module name; undefined if the host did not say which import it is. */
  readonly module: string | undefined;
  /** The import's name in that module. */
  readonly field: string | undefined;

  constructor(text: string, module?: string, field?: string, options?: ErrorOptions) {
    super(text, options);
    this.module = module;
    this.field = field;
  }
}

/** A guest trapped. `message` is the official text; `cause` is the host's own error, with the host's stack trace. */
export class Trap extends Error {
  override readonly name = "Trap";
  readonly code: TrapCode;

  constructor(code: TrapCode, options?: ErrorOptions & { readonly detail?: string }) {
    super(options?.detail ?? TRAP_TEXTS[code], options);
    this.code = code;
  }

  /**
   * The trap that a host's error stands for, or undefined if the error is not a trap (an exception that a guest or a host
   * function threw, say).
   */
  static from(error: unknown): Trap | undefined {
    if (error instanceof Trap) return error;
    const code = trapCodes(error)[0];
    if (code === undefined) return undefined;
    return new Trap(code, code === "unknown" ? { cause: error, detail: (error as Error).message } : { cause: error });
  }
}

/** The JavaScript engine lacks something that lowered modules need. */
export class UnsupportedHostError extends Error {
  override readonly name = "UnsupportedHostError";
  /** The missing features, in the specification's words. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(
      `this JavaScript engine lacks ${missing.join(", ")}, which lowered modules need: ` +
        "use Node 22, Chrome 137, Firefox 131, Safari 18.4 or newer, Deno or Bun",
    );
    this.missing = missing;
  }
}

/** Cannot happen, whatever the guest does: a defect of Stackyard. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}
