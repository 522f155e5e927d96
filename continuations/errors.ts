/** A valid module that cannot be lowered, because it, or a function, is beyond an implementation limit then. */
export class LoweringError extends Error {
  override readonly name = "LoweringError";
  /** Index of the function; undefined if it is the module as a whole. */
  readonly func: number | undefined;
  /** Offset in the module's bytes; 0 if it is the module as a whole. */
  readonly offset: number;

  constructor(text: string, func?: number, offset = 0) {
    const place = func === undefined ? "" : `function ${func}, `;
    super(`${text} once lowered (${place}at offset 0x${offset.toString(16)})`);
    this.func = func;
    this.offset = offset;
  }
}
