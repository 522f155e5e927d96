/** The sections that lowered modules and resume modules have in common. */
import { BRANCH_HINT_SECTION } from "../wasm/branch-hints.ts";
import { writeGlobalType } from "../wasm/encode-types.ts";
import { IDENTITY } from "../wasm/index-map.ts";
import { OP } from "../wasm/instructions.ts";
import type { ModuleWriter } from "../wasm/module-writer.ts";
import { NAME_SECTION, writeNames } from "../wasm/names.ts";
import { SECTION } from "../wasm/sections.ts";
import { loweredNames } from "./lowered-names.ts";
import type { ModuleLowering } from "./module-lowering.ts";

/** Adds the functions and globals that were added, and declares the functions that added code refers to. */
export function writeAdded(out: ModuleWriter, lowering: ModuleLowering): void {
  for (const added of lowering.functions) {
    if (added === undefined) continue;
    out.entry(SECTION.function).u32(added.type);
    out.entry(SECTION.code).append(added.entry);
  }
  for (const { type, init } of lowering.globals) {
    const entry = out.entry(SECTION.global);
    writeGlobalType(entry, { type, mutable: false }, IDENTITY);
    entry.append(init);
    entry.u8(OP.end);
  }
  writeDeclarations(out, lowering);
}

/** Declares the functions that added code refers to, so that `ref.func` may name them. */
function writeDeclarations(out: ModuleWriter, lowering: ModuleLowering): void {
  if (lowering.declared.size === 0) return;
  const entry = out.entry(SECTION.element);
  entry.u32(3);
  entry.u8(0);
  entry.u32(lowering.declared.size);
  for (const func of lowering.declared) entry.u32(func);
}

/** Custom sections that speak of offsets in the guest's code, as those of DWARF do. */
function isAboutOffsets(name: string): boolean {
  return name === BRANCH_HINT_SECTION || name === "sourceMappingURL" || name.startsWith(".debug_");
}

/**
 * Custom sections stay, but for those whose offsets are gone, and names, which grow. `copies` maps each resume copy to the
 * guest's function.
 */
export function writeCustoms(out: ModuleWriter, lowering: ModuleLowering, copies: ReadonlyMap<number, number>): void {
  const { module } = lowering;
  for (const { name, range, after } of module.customs) {
    if (name === NAME_SECTION || isAboutOffsets(name)) continue;
    out.custom(name, module.bytes.subarray(range.start, range.end), after);
  }
  out.custom(BRANCH_HINT_SECTION, lowering.hints.contents(), SECTION.dataCount);
  writeNameSection(out, lowering, copies);
}

export function writeNameSection(
  out: ModuleWriter,
  lowering: ModuleLowering,
  copies: ReadonlyMap<number, number>,
): void {
  out.custom(NAME_SECTION, writeNames(loweredNames(lowering, copies)), SECTION.data);
}
