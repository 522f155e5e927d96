/**
 * The name section of a lowered module: what is seen in the host's stack traces and profiles.
 *
 * Each copy of a guest's function is called what the guest calls it; or, where that has another index than in the guest, as
 * hosts call functions without a name. All others are called `stackyard.` something.
 */
import { functionNames } from "../wasm/function-names.ts";
import { emptyNames, type Names, readNames } from "../wasm/names.ts";
import type { ModuleLowering } from "./module-lowering.ts";

/** How the names of functions begin that are not the guest's. */
export const OWN_NAMES = "stackyard.";

/** `copies` maps each resume copy to the guest's function. */
export function loweredNames(lowering: ModuleLowering, copies: ReadonlyMap<number, number>): Names {
  const { module } = lowering;
  const names = emptyNames();
  const { functions } = names;
  names.module = readNames(module).module;
  const given = functionNames(module);
  const nameOf = (func: number): string => given.get(func) ?? `wasm-function[${func}]`;
  const first = lowering.spaces.functions;
  // A module that holds single copies has none of the guest's other functions.
  const isWhole = first === module.functions.length;
  // Those without a name keep their index, which is what most hosts call them by.
  for (let x = module.importedFunctions; isWhole && x < first; x++) {
    const name = lowering.nameAll ? nameOf(x) : given.get(x);
    if (name !== undefined) functions.set(x, name);
  }
  lowering.functions.forEach((added, i) => {
    const x = first + i;
    const original = copies.get(x);
    functions.set(x, original === undefined ? OWN_NAMES + (added?.name ?? "") : nameOf(original));
  });
  return names;
}
