/** Bytes given by callers. */

const arrayBufferLength = lengthGetter(ArrayBuffer.prototype);
const sharedBufferLength =
  typeof SharedArrayBuffer === "undefined" ? undefined : lengthGetter(SharedArrayBuffer.prototype);

function lengthGetter(prototype: object): (this: unknown) => number {
  return Object.getOwnPropertyDescriptor(prototype, "byteLength")?.get as (this: unknown) => number;
}

/** Whether `value` is a buffer, of whatever realm: `instanceof` would only know those of this one. */
function isBuffer(value: unknown): value is ArrayBufferLike {
  for (const getter of [arrayBufferLength, sharedBufferLength]) {
    try {
      if (getter !== undefined && typeof Reflect.apply(getter, value, []) === "number") return true;
    } catch {
      // Not one of this kind.
    }
  }
  return false;
}

/** Whether `value` is an `ArrayBuffer`, a `SharedArrayBuffer` or a view of one (Web IDL, "BufferSource"). */
export function isBufferSource(value: unknown): value is BufferSource {
  return ArrayBuffer.isView(value) || isBuffer(value);
}

/** A copy of what `source` holds now. */
export function copyBytes(source: BufferSource): Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
