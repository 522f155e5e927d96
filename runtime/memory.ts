/** Memory: a linear memory of a store. */
import { descriptorLimits } from "./descriptor-types.ts";
import type { MemoryType } from "./extern-types.ts";
import { host } from "./host.ts";
import { own } from "./ownership.ts";
import type { Store } from "./store.ts";

const PAGE = 65536;

/**
 * Offsets and lengths are bytes, sizes are pages of 64 KiB.
 *
 * A view of a memory ends when the memory grows, which any call of a guest may do: ask for {@link data} again after each.
 *
 * @example
 * ```ts
 * const memory = instance.getMemory("memory");
 * memory?.write(16, new TextEncoder().encode("hello"));
 * console.log(memory?.readString(16, 5));
 * ```
 */
export class Memory {
  readonly kind = "memory";
  readonly store: Store;
  /** The declared type; {@link size} tells how large the memory is now. */
  readonly type: MemoryType;
  /** The JS API's object. */
  readonly js: WebAssembly.Memory;
  #data: Uint8Array | undefined;
  #view: DataView | undefined;

  /**
   * @throws {TypeError} if the limits are not whole numbers from 0
   * @throws {RangeError} if the memory is too large for the host
   */
  constructor(store: Store, type: MemoryType, js?: WebAssembly.Memory) {
    this.store = store;
    this.type = type;
    if (js === undefined) {
      const { shared } = type;
      const descriptor = { ...descriptorLimits(type, "a memory"), ...(shared === undefined ? {} : { shared }) };
      this.js = new host.Memory(descriptor as WebAssembly.MemoryDescriptor);
      store.externs.note(this.js, this);
    } else this.js = js;
    // A shared memory is there for several stores to share.
    if (type.shared !== true) own(this.js, store);
  }

  /** All bytes, as they are now: to be asked for again after each call of a guest. */
  get data(): Uint8Array {
    const { buffer } = this.js;
    if (this.#data?.buffer !== buffer || this.#data.length !== buffer.byteLength) this.#data = new Uint8Array(buffer);
    return this.#data;
  }

  /** As {@link data}, for numbers; WebAssembly is little-endian. */
  get view(): DataView {
    const { buffer } = this.js;
    if (this.#view?.buffer !== buffer || this.#view.byteLength !== buffer.byteLength) this.#view = new DataView(buffer);
    return this.#view;
  }

  /** In pages of 64 KiB. */
  get size(): number {
    return this.byteLength / PAGE;
  }

  get byteLength(): number {
    return this.js.buffer.byteLength;
  }

  /**
   * Adds `delta` pages; returns the size before.
   *
   * @throws {RangeError} if the maximum, or what the host can do, is exceeded
   * @throws {ResourceLimitError} if the store's limits do not allow it
   */
  grow(delta: number): number {
    this.store.limits.requireGrowth("memory", this.size, delta);
    const given = this.type.address === "i64" ? BigInt(delta) : delta;
    return Number(this.js.grow(given as number));
  }

  /** A copy of `length` bytes. @throws {RangeError} if they are out of bounds */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    this.#requireBounds(offset, length);
    const copy = new Uint8Array(length);
    copy.set(this.data.subarray(offset, offset + length));
    return copy;
  }

  /** @throws {RangeError} if there is not enough room; nothing is written then */
  write(offset: number, bytes: Uint8Array): void {
    this.#requireBounds(offset, bytes.length);
    this.data.set(bytes, offset);
  }

  /** UTF-8 of `length` bytes; what is malformed becomes U+FFFD. @throws {RangeError} if they are out of bounds */
  readString(offset: number, length: number): string {
    return new TextDecoder().decode(this.read(offset, length));
  }

  /** UTF-8 up to the next zero byte. @throws {RangeError} if there is none */
  readCString(offset: number): string {
    this.#requireBounds(offset, 0);
    const end = this.data.indexOf(0, offset);
    if (end < 0) throw new RangeError(`out of bounds memory access: no zero byte from ${offset} on`);
    return this.readString(offset, end - offset);
  }

  /** Writes a string as UTF-8; returns how many bytes that were. @throws {RangeError} if there is not enough room */
  writeString(offset: number, text: string): number {
    const bytes = new TextEncoder().encode(text);
    this.write(offset, bytes);
    return bytes.length;
  }

  #requireBounds(offset: number, length: number): void {
    const isNumber = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (isNumber && offset + length <= this.byteLength) return;
    throw new RangeError(`out of bounds memory access: ${length} bytes at ${offset} of ${this.byteLength}`);
  }
}
