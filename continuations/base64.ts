/** Bytes that the build wrote into the code as text. */

/** A plain loop: mapping over the characters takes thirty times as long, which shows in the lowering of small modules. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  return bytes;
}
