/**
 * Empty functions that nobody calls, for the host's sake.
 *
 * V8 takes the share of small functions in a module for how much the toolchain has left to be inlined: where less than a
 * quarter is small it inlines a tenth of what it does where half of them are. Checks and saves make functions larger, though
 * the toolchain has inlined no more than before, and inlining pays more than before: a check after a call that was inlined
 * and calls nothing else is optimised away. A real module took twice its time for this alone. So a lowered module gets as
 * many empty functions, of four bytes each, as the share asks for.
 */
import { OP } from "../wasm/instructions.ts";
import { MAX_FUNCTIONS } from "../wasm/limits.ts";
import type { Module } from "../wasm/module.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { SECTION } from "../wasm/sections.ts";
import { TYPE } from "./machine/machine.generated.ts";

/** Bodies with fewer bytes, their locals included, are small. */
const SMALL = 50;

/** With this share the host inlines most. */
const ENOUGH = 0.5;

/**
 * Adds empty functions behind all others of a lowered module. `changed` is the number of the guest's functions that have
 * checks: the share is to be between what it was, and enough if all of them have.
 */
export function addSmallFunctions(out: ModuleWriter, guest: Module, changed: number): void {
  const { code, importedFunctions } = guest;
  if (changed === 0) return;
  const was = code.filter(({ range }) => range.end - range.start < SMALL).length / code.length;
  const wanted = was + Math.max(0, ENOUGH - was) * (changed / code.length);
  const share = Math.min(wanted, ENOUGH);
  const count = out.count(SECTION.code);
  const small = countSmall(out.entries(SECTION.code, 0).view());
  const missing = Math.ceil((share * count - small) / (1 - share));
  const added = Math.min(missing, MAX_FUNCTIONS - importedFunctions - count);
  for (let i = 0; i < added; i++) {
    out.entry(SECTION.function).u32(TYPE.host_fn);
    const entry = out.entry(SECTION.code);
    entry.u32(2);
    entry.u32(0);
    entry.u8(OP.end);
  }
}

/** Number of small functions among the entries of a code section. */
function countSmall(entries: Uint8Array): number {
  let small = 0;
  for (let at = 0; at < entries.length; ) {
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = entries[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (size < SMALL) small++;
    at += size;
  }
  return small;
}
