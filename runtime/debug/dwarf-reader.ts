/** Bytes of DWARF sections (DWARF 5, chapter 7): little endian; LEB128 values beyond 2^53 lose precision. */

const decoder = new TextDecoder();

export class DwarfReader {
  readonly #view: DataView;
  /** Position of the next byte. */
  pos: number;
  /** Size of an offset: 8 in 64-bit DWARF, else 4. */
  offsetSize = 4;

  constructor(bytes: Uint8Array, pos = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = pos;
  }

  get done(): boolean {
    return this.pos >= this.#view.byteLength;
  }

  u8(): number {
    return this.#view.getUint8(this.pos++);
  }

  s8(): number {
    return this.#view.getInt8(this.pos++);
  }

  u16(): number {
    this.pos += 2;
    return this.#view.getUint16(this.pos - 2, true);
  }

  u32(): number {
    this.pos += 4;
    return this.#view.getUint32(this.pos - 4, true);
  }

  u64(): number {
    this.pos += 8;
    return Number(this.#view.getBigUint64(this.pos - 8, true));
  }

  /** An unsigned number of `size` bytes: 1, 2, 4 or 8. */
  unsigned(size: number): number {
    if (size === 8) return this.u64();
    if (size === 4) return this.u32();
    return size === 2 ? this.u16() : this.u8();
  }

  offset(): number {
    return this.unsigned(this.offsetSize);
  }

  /** The length of a unit; sets {@link offsetSize}. */
  unitLength(): number {
    const length = this.u32();
    this.offsetSize = length === 0xffff_ffff ? 8 : 4;
    return this.offsetSize === 8 ? this.u64() : length;
  }

  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale * 128;
    }
  }

  /** A string that ends with a zero byte. */
  string(): string {
    const start = this.pos;
    while (this.u8() !== 0);
    const { buffer, byteOffset } = this.#view;
    return decoder.decode(new Uint8Array(buffer, byteOffset + start, this.pos - 1 - start));
  }
}
