/** What lowered code depends on besides its guest: the machine that is linked into it. */
import { CONTEXT, MACHINE } from "./machine/machine.generated.ts";

/** Changes whenever the machine does: code lowered with another one cannot share a store with that of this one. */
export function machineFingerprint(): string {
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (const text of [CONTEXT, MACHINE]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
