/** Where modules come from: text, files, URLs and responses. */
import { parseText } from "../wasm/text.ts";
import { responseBytes } from "./webassembly/streaming.ts";

/** Bytes of a module in the text format. @throws {TextError} if it does not parse */
export function bytesOfText(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return parseText(text);
}

/**
 * Bytes of a module in a file, which is binary or text. What begins with the magic bytes is binary.
 *
 * @throws {TextError} if it is text that does not parse
 * @throws an error of the file system
 */
export async function bytesOfFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await import("node:fs/promises");
  const contents = new Uint8Array(await readFile(path));
  if (contents[0] === 0) return contents;
  return parseText(new TextDecoder("utf-8", { fatal: true }).decode(contents), String(path));
}

/**
 * Bytes of a module from a response, as the Web API asks for it: ok, and of type application/wasm.
 *
 * @throws {TypeError} if it is not
 */
export async function bytesOfResponse(source: Response | PromiseLike<Response>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await responseBytes("Module.fromResponse()", source));
}

/** Bytes of what is at a URL. @throws as {@link bytesOfResponse}, and what fetch throws */
export function bytesOfUrl(url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return new URL(url).protocol === "file:" ? bytesOfFile(new URL(url)) : bytesOfResponse(fetch(url));
}
