/**
 * Typed errors of the runtime. The first words of a message are the official text where the specification has one.
 *
 * {@link DecodeError} and {@link ValidationError} say what is wrong with a module's bytes; {@link LinkError} what is wrong with
 * the imports it was given; {@link Trap} that a guest ran into a trap; {@link UnsupportedHostError} that the JavaScript engine is
 * below the floor; {@link InternalError} that Stackyard itself is wrong.
 */
import { type TracedStore, WasmBacktrace } from "./backtrace.ts";
import { parseHostStack, stackOf } from "./debug/host-stack.ts";
import { trapCodesAt } from "./debug/trap-instruction.ts";
import { host } from "./host.ts";
import { captureOf } from "./trap-capture.ts";
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

/**
 * A guest trapped. `message` is the official text.
 *
 * A trap is the host's own error object, changed: so it stays what no guest can catch when it passes through a host function
 * on its way out.
 */
export class Trap extends host.RuntimeError {
  declare readonly name: "Trap";
  declare readonly code: TrapCode;
  /** The host's words. */
  declare readonly hostMessage: string;

  /** A trap of one's own making: unlike one out of a guest, it can be caught by a guest. */
  constructor(code: TrapCode, options?: ErrorOptions) {
    super(TRAP_TEXTS[code], options);
    define(this, { name: "Trap", code, message: this.message, hostMessage: this.message });
  }

  /**
   * The trap that a host's error stands for, or undefined if the error is not a trap (an exception that a guest or a host
   * function threw, say). It is the same object.
   *
   * @param store whose guest it came out of, if it may not have come by an entry
   */
  static from(error: unknown, store?: TracedStore): Trap | undefined {
    if (error instanceof Trap) {
      captureOf(error, store);
      return error;
    }
    const codes = trapCodes(error);
    if (codes.length === 0) return undefined;
    const trap = error as Trap;
    const stack = stackOf(trap);
    const { message: hostMessage, name } = trap;
    const code = likeliest(codes, captureOf(trap, store)?.store, stack, hostMessage);
    const message = code === "unknown" ? hostMessage : TRAP_TEXTS[code];
    const header = `${name}: ${hostMessage}`;
    if (stack.startsWith(header)) define(trap, { stack: `Trap: ${message}${stack.slice(header.length)}` });
    define(trap, { name: "Trap", code, message, hostMessage });
    return Object.setPrototypeOf(trap, Trap.prototype) as Trap;
  }

  /**
   * Where the guest was: the running stack and those that resumed it. Undefined if it is not known which store's guest it was.
   */
  get backtrace(): WasmBacktrace | undefined {
    const capture = captureOf(this);
    if (capture === undefined) return undefined;
    const backtrace = WasmBacktrace.ofError(capture.store, this, capture.chains);
    define(this, { backtrace });
    return backtrace;
  }
}

/** The trap that it was, of those that the host's message may stand for. */
function likeliest(
  codes: readonly TrapCode[],
  store: TracedStore | undefined,
  stack: string,
  message: string,
): TrapCode {
  const instruction = codes.length > 1 ? store?.code.instructionAt(parseHostStack(stack, message)) : undefined;
  const [code = "unknown"] = instruction === undefined ? codes : trapCodesAt(codes, instruction);
  return code;
}

function define(trap: object, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) {
    Object.defineProperty(trap, key, { value, writable: true, configurable: true });
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
