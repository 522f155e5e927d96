/** A valid module that cannot be lowered, because a function is beyond an implementation limit then. */
export class LoweringError extends Error {
  override readonly name = "LoweringError";
  /** Index of the function. */
  readonly func: number;
  /** Offset in the module's bytes. */
  readonly offset: number;

  constructor(text: string, func: number, offset: number) {
    super(`${text} once lowered (function ${func}, at offset 0x${offset.toString(16)})`);
    this.func = func;
    this.offset = offset;
  }
}
