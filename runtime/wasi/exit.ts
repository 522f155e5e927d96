/** How a guest ends itself. */
import { host } from "../host.ts";

/** A guest has called `proc_exit`. It is thrown through the guest, which cannot catch it. */
export class WasiExit extends Error {
  override readonly name = "WasiExit";
  /** What the guest says about its success: 0 is well. */
  readonly code: number;

  constructor(code: number) {
    super(messageOf(code));
    this.code = code;
  }
}

function messageOf(code: number): string {
  return `the guest exited with code ${code}`;
}

/** A function whose call traps: `unreachable`. */
const TRAPPING: readonly number[] = Object.freeze([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
  ...[7, 8, 1, 4, 0x74, 0x72, 0x61, 0x70, 0, 0, 10, 5, 1, 3, 0, 0, 11],
]);

/**
 * Makes the function that ends a guest. An error that JavaScript constructs would run into the guest's `catch_all`; a trap does
 * not, so a trap is what is thrown, made to look like a {@link WasiExit}.
 */
export function exitFunction(): (code: number) => never {
  const instance = new host.Instance(new host.Module(new Uint8Array(TRAPPING)), {});
  const trap = instance.exports["trap"] as () => never;
  return (code) => {
    try {
      return trap();
    } catch (error) {
      const exit: object = Object.setPrototypeOf(error, WasiExit.prototype);
      Object.defineProperty(exit, "name", { value: "WasiExit", configurable: true });
      Object.defineProperty(exit, "message", { value: messageOf(code), configurable: true });
      Object.defineProperty(exit, "code", { value: code, enumerable: true });
      throw exit;
    }
  };
}
