/** A cursor over bytes with the binary format's integers and names (spec 3.0, "Binary Format: Values"). */
import { DecodeError } from "./errors.ts";

// Said even where a .wast file asserts only "unexpected end": that is its prefix.
export const UNEXPECTED_END = "unexpected end of section or function";

export class Reader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  pos: number;
  /** Offset after the last byte that may be read. */
  limit: number;
  #utf8: TextDecoder | undefined;

  /** Reads `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.pos = start;
    this.limit = end;
  }

  get done(): boolean {
    return this.pos >= this.limit;
  }

  /** Throws a DecodeError about the byte at `offset`. */
  fail(text: string, offset: number = this.pos): never {
    throw new DecodeError(text, offset);
  }

  /** The next byte, not consumed; -1 at the end. */
  peek(): number {
    return this.pos < this.limit ? (this.bytes[this.pos] as number) : -1;
  }

  u8(): number {
    if (this.pos >= this.limit) this.fail(UNEXPECTED_END);
    return this.bytes[this.pos++] as number;
  }

  /** Moves on by `count` bytes; returns the offset of the first of them. */
  skip(count: number): number {
    const start = this.pos;
    if (count > this.limit - start) this.fail(UNEXPECTED_END, this.limit);
    this.pos = start + count;
    return start;
  }

  u32(): number {
    const pos = this.pos;
    if (pos < this.limit) {
      const byte = this.bytes[pos] as number;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.#longU32();
  }

  #longU32(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.#lastByte(start, 0x0f, 0x00);
    return (value | (last << 28)) >>> 0;
  }

  /**
   * The byte at which an integer must end. Its value bits are at most `max`, or else at least `min`: bits beyond the
   * integer's width repeat the sign, or are 0 for an unsigned one (`min` 0 says that there is no second range).
   */
  #lastByte(start: number, max: number, min: number): number {
    const byte = this.u8();
    const bits = byte & 0x7f;
    if (bits > max && (min === 0 || bits < min)) this.fail("integer too large", start);
    if (byte >= 0x80) this.fail("integer representation too long", start);
    return byte;
  }

  s32(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    return value | (this.#lastByte(start, 0x07, 0x78) << 28);
  }

  /** A 33-bit signed integer, exact as a number. */
  s33(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    const last = this.#lastByte(start, 0x0f, 0x70);
    const high = last >= 0x40 ? last - 0x80 : last;
    return value + high * 0x1000_0000;
  }

  u64(): bigint {
    const start = this.pos;
    this.skipU64();
    return decodeUnsigned(this.bytes, start, this.pos);
  }

  s64(): bigint {
    const start = this.pos;
    this.skipS64();
    return decodeSigned(this.bytes, start, this.pos);
  }

  /** Checks a u64 and moves past it, without making a bigint. */
  skipU64(): void {
    const start = this.pos;
    for (let count = 0; count < 9; count++) if (this.u8() < 0x80) return;
    this.#lastByte(start, 0x01, 0x00);
  }

  /** Checks an s64 and moves past it, without making a bigint. */
  skipS64(): void {
    const start = this.pos;
    for (let count = 0; count < 9; count++) if (this.u8() < 0x80) return;
    this.#lastByte(start, 0x00, 0x7f);
  }

  /**
   * A length, in bytes or in elements of at least one byte each: the bytes left must be able to hold that many. They are
   * counted from where the length itself begins, as the official texts have it: one that is only just too large is found
   * when its contents are read.
   */
  length(): number {
    const start = this.pos;
    const length = this.u32();
    if (length > this.limit - start) this.fail("length out of bounds", start);
    return length;
  }

  /**
   * The byte that stands for a 7-bit signed integer in the specification, as the codes of types do.
   * @throws DecodeError if the byte says that the integer goes on.
   */
  code(): number {
    const start = this.pos;
    const byte = this.u8();
    if (byte >= 0x80) this.fail("integer representation too long", start);
    return byte;
  }

  /** A byte length followed by that many bytes; they are skipped, their offset returned and `pos` is their end. */
  sized(): number {
    const length = this.length();
    return this.skip(length);
  }

  /** A name: UTF-8 behind its length. */
  name(): string {
    const start = this.sized();
    try {
      this.#utf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return this.#utf8.decode(this.bytes.subarray(start, this.pos));
    } catch {
      return this.fail("malformed UTF-8 encoding", start);
    }
  }
}

/** Where the LEB128 at `start` ends. */
export function integerEnd(bytes: Uint8Array, start: number): number {
  let pos = start;
  while ((bytes[pos] as number) >= 0x80) pos++;
  return pos + 1;
}

/** The unsigned LEB128 at `start`, which has no more than 31 bits. */
export function unsignedAt(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let i = start, shift = 0; ; i++, shift += 7) {
    const byte = bytes[i] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

/** The value of the unsigned LEB128 in `bytes[start, end)`. */
export function decodeUnsigned(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let i = end - 1; i >= start; i--) value = (value << 7n) | BigInt((bytes[i] as number) & 0x7f);
  return value;
}

/** The value of the signed LEB128 in `bytes[start, end)`, at most 64 bits. */
export function decodeSigned(bytes: Uint8Array, start: number, end: number): bigint {
  const bits = Math.min((end - start) * 7, 64);
  return BigInt.asIntN(bits, decodeUnsigned(bytes, start, end));
}
