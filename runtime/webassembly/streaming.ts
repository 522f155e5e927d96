/** Modules from responses (WebAssembly Web API, "compile a potential WebAssembly response"). */

/**
 * The bytes of a response.
 *
 * @throws {TypeError} if it is no response, not of type application/wasm, not ok, opaque, or already read
 */
export async function responseBytes(context: string, source: unknown): Promise<ArrayBuffer> {
  const response = await source;
  if (!isResponse(response))
    throw new TypeError(`${context}: the first argument must be a Response or a promise of one`);
  const type = mimeType(response);
  if (type !== "application/wasm") {
    throw new TypeError(
      `${context}: incorrect response MIME type ${JSON.stringify(type)}, expected "application/wasm"`,
    );
  }
  if (!response.ok) throw new TypeError(`${context}: HTTP status code is not ok`);
  if (response.type !== "basic" && response.type !== "cors" && response.type !== "default") {
    throw new TypeError(`${context}: the response is not from the same origin, nor shared by its own`);
  }
  if (response.bodyUsed || response.body?.locked === true) {
    throw new TypeError(`${context}: the response's body has already been read, or is locked`);
  }
  return response.arrayBuffer();
}

/** Responses of any realm, or polyfilled, are as good as the global class's. */
function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Response]";
}

/** Without parameters allowed: `application/wasm;` is refused, as browsers do. */
function mimeType(response: Response): string {
  return (response.headers.get("content-type") ?? "").trim().toLowerCase();
}
