/** A growing byte buffer with the binary format's integer encodings (spec 3.0, "Binary Format: Values"). */

const textEncoder = new TextEncoder();

/** So many bytes are copied one by one: a view of them for `set` would take longer. */
const SHORT = 48;

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** `capacity` is the initial size in bytes. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Number of bytes written. */
  get length(): number {
    return this.#length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Forgets what was written; keeps the buffer. */
  reset(): void {
    this.#length = 0;
  }

  u8(byte: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  u32(value: number): void {
    if (value < 0x80 && value >= 0) {
      this.u8(value);
      return;
    }
    let rest = value >>> 0;
    this.#reserve(5);
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  u64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest));
  }

  /** Signed LEB128; also writes s33 (heap and block types), hence not limited to 32 bits. */
  s32(value: number): void {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = (rest - low) / 128;
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) {
        this.u8(low);
        return;
      }
      this.u8(low | 0x80);
    }
  }

  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) {
        this.u8(low);
        return;
      }
      this.u8(low | 0x80);
    }
  }

  /** Copies `source[start, end)`. */
  bytes(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start;
    this.#reserve(count);
    if (count <= SHORT) {
      const bytes = this.#bytes;
      let length = this.#length;
      for (let i = start; i < end; i++) bytes[length++] = source[i] as number;
      this.#length = length;
      return;
    }
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length += count;
  }

  /** A name: byte length, then UTF-8. */
  name(text: string): void {
    const encoded = textEncoder.encode(text);
    this.u32(encoded.length);
    this.bytes(encoded);
  }

  /** Appends what another writer holds. */
  append(other: Writer): void {
    this.bytes(other.#bytes, 0, other.#length);
  }

  /** Appends what another writer holds, preceded by its length in bytes. */
  appendSized(other: Writer): void {
    this.u32(other.#length);
    this.append(other);
  }

  /** A view of what was written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * What was written, between other bytes. They are put into the same buffer if it is large enough: then the result is a part of
   * that, and the writer must not be used any more.
   */
  enclosed(before: readonly Uint8Array[], after: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const start = totalLength(before);
    const end = start + this.#length;
    const size = end + totalLength(after);
    const isLarge = size <= this.#bytes.length;
    const bytes = isLarge ? this.#bytes : new Uint8Array(size);
    if (isLarge) bytes.copyWithin(start, 0, this.#length);
    else bytes.set(this.view(), start);
    setAll(bytes, 0, before);
    setAll(bytes, end, after);
    return bytes.subarray(0, size);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.#length);
    copy.set(this.view());
    return copy;
  }
}

function totalLength(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((total, { length }) => total + length, 0);
}

/** Copies pieces one behind the other. */
function setAll(bytes: Uint8Array, at: number, pieces: readonly Uint8Array[]): void {
  let end = at;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.length;
  }
}
