/** A guest's memory, as WASI functions read and write it. Everything is little-endian; addresses count as unsigned. */
import { WasiError } from "./errno.ts";
import type { FileStat } from "./file-system.ts";

/** Sizes in bytes of the structures of witx that this file lays out. */
export const SIZE = Object.freeze({ iovec: 8, dirent: 24, subscription: 48, event: 32 });

export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
  }

  /** The view changes when the memory grows. */
  get view(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  /** @throws {WasiError} `fault` if the range is not in the memory */
  bytes(address: number, length: number): Uint8Array {
    const start = address >>> 0;
    const size = length >>> 0;
    const { buffer } = this.#memory;
    if (start + size > buffer.byteLength) throw new WasiError("fault");
    return new Uint8Array(buffer, start, size);
  }

  /** @throws {WasiError} `ilseq` if it is not UTF-8 */
  text(address: number, length: number): string {
    try {
      // A copy, because decoders refuse shared memory.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(address, length).slice());
    } catch (error) {
      if (error instanceof WasiError) throw error;
      throw new WasiError("ilseq", { cause: error });
    }
  }

  getU8(address: number): number {
    return this.#at(address, 1).getUint8(address >>> 0);
  }

  getU16(address: number): number {
    return this.#at(address, 2).getUint16(address >>> 0, true);
  }

  getU32(address: number): number {
    return this.#at(address, 4).getUint32(address >>> 0, true);
  }

  getU64(address: number): bigint {
    return this.#at(address, 8).getBigUint64(address >>> 0, true);
  }

  setU8(address: number, value: number): void {
    this.#at(address, 1).setUint8(address >>> 0, value);
  }

  setU16(address: number, value: number): void {
    this.#at(address, 2).setUint16(address >>> 0, value, true);
  }

  setU32(address: number, value: number): void {
    this.#at(address, 4).setUint32(address >>> 0, value, true);
  }

  setU64(address: number, value: bigint): void {
    this.#at(address, 8).setBigUint64(address >>> 0, value, true);
  }

  #at(address: number, size: number): DataView {
    const { view } = this;
    if ((address >>> 0) + size > view.byteLength) throw new WasiError("fault");
    return view;
  }

  /** The buffers of an array of "iovec" or "ciovec". */
  buffers(address: number, count: number): Uint8Array[] {
    const buffers: Uint8Array[] = [];
    for (let i = 0; i < count >>> 0; i++) {
      const at = (address >>> 0) + i * SIZE.iovec;
      buffers.push(this.bytes(this.getU32(at), this.getU32(at + 4)));
    }
    return buffers;
  }

  /** "filestat", 64 bytes. */
  setFileStat(address: number, stat: FileStat): void {
    this.bytes(address, 64).fill(0);
    this.setU64(address, stat.dev);
    this.setU64(address + 8, stat.ino);
    this.setU8(address + 16, stat.type);
    this.setU64(address + 24, stat.nlink);
    this.setU64(address + 32, stat.size);
    this.setU64(address + 40, stat.atim);
    this.setU64(address + 48, stat.mtim);
    this.setU64(address + 56, stat.ctim);
  }

  /** "fdstat", 24 bytes. */
  setFdStat(address: number, type: number, flags: number, base: bigint, inheriting: bigint): void {
    this.bytes(address, 24).fill(0);
    this.setU8(address, type);
    this.setU16(address + 2, flags);
    this.setU64(address + 8, base);
    this.setU64(address + 16, inheriting);
  }
}
