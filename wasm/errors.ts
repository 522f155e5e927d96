/**
 * Errors of the format layer. A message starts with the text that the official .wast files assert for the case, so that
 * it can be compared as a prefix; where in the module follows.
 */

/** What a module's bytes can be wrong about: {@link DecodeError} or {@link ValidationError}. */
export class WasmError extends Error {
  /** Byte offset in the module. */
  readonly offset: number;

  constructor(text: string, offset: number) {
    super(`${text} (at offset 0x${offset.toString(16)})`);
    this.name = new.target.name;
    this.offset = offset;
  }
}

/** The bytes are not a module: "malformed" in the specification (spec 3.0, "Binary Format"). */
export class DecodeError extends WasmError {}

/** The bytes are a module that is not valid (spec 3.0, "Validation"). */
export class ValidationError extends WasmError {
  /** Index of the function that is not valid, if it is a function. */
  readonly func: number | undefined;

  constructor(text: string, offset: number, func?: number) {
    super(func === undefined ? text : `${text} (in function ${func})`, offset);
    this.func = func;
  }
}
