/**
 * What lowered modules need of the host, asked with the smallest modules that use it (lowered code is Wasm 3.0 with
 * garbage collection, typed function references, tail calls and exception references).
 */
import { host } from "./host.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;

const PROBES: readonly (readonly [feature: string, sections: readonly number[]])[] = Object.freeze([
  // (type (struct))
  ["garbage collection (GC)", [0x01, 0x03, 0x01, 0x5f, 0x00]],
  // (type (func)) (func (param (ref null 0)) local.get 0 call_ref 0)
  [
    "typed function references",
    [
      ...[0x01, 0x09, 0x02, 0x60, 0x00, 0x00, 0x60, 0x01, 0x63, 0x00, 0x00],
      ...[0x03, 0x02, 0x01, 0x01],
      ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x20, 0x00, 0x14, 0x00, 0x0b],
    ],
  ],
  // (func return_call 0)
  [
    "tail calls",
    [0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x0a, 0x06, 0x01, 0x04, 0x00, 0x12, 0x00, 0x0b],
  ],
  // (func (param exnref) local.get 0 throw_ref)
  [
    "exception references (exnref)",
    [
      0x01, 0x05, 0x01, 0x60, 0x01, 0x69, 0x00, 0x03, 0x02, 0x01, 0x00, 0x0a, 0x07, 0x01, 0x05, 0x00, 0x20, 0x00, 0x0a,
      0x0b,
    ],
  ],
]);

/** The features of {@link PROBES} that the host lacks, in the specification's words. */
export function missingHostFeatures(validate: (bytes: Uint8Array<ArrayBuffer>) => boolean = host.validate): string[] {
  return PROBES.filter(([, sections]) => !validate(new Uint8Array([...HEADER, ...sections]))).map(
    ([feature]) => feature,
  );
}
