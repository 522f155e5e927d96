/**
 * The name section of a lowered module: what is seen in the host's stack traces and profiles.
 *
 * Each copy of a guest's function is called what the guest calls it, or as hosts call functions without a name, with the
 * index that it has in the guest. All others are called `stackyard.` something.
 */
import { functionNames } from "../wasm/function-names.ts";
import { emptyNames, type Names, readNames } from "../wasm/names.ts";
import type { ModuleLowering } from "./module-lowering.ts";

/** How the names of functions begin that are not the guest's. */
export const OWN_NAMES = "stackyard.";

/** `copies` maps each resume copy to the guest's function. */
export function loweredNames(lowering: ModuleLowering, copies: ReadonlyMap<number, number>): Names {
  const { module, machine } = lowering;
  const names = emptyNames();
  const { functions } = names;
  names.module = readNames(module).module;
  const given = functionNames(module);
  const nameOf = (func: number): string => given.get(func) ?? `wasm-function[${func}]`;
  const first = lowering.spaces.functions;
  // A module that holds single copies has none of the guest's other functions.
  const isWhole = first === module.functions.length;
  for (let x = module.importedFunctions; isWhole && x < first; x++) functions.set(x, nameOf(x));
  for (const [x, name] of readNames(machine).functions) functions.set(first + x, OWN_NAMES + name);
  lowering.functions.forEach((added, i) => {
    const x = first + machine.functions.length + i;
    const original = copies.get(x);
    functions.set(x, original === undefined ? OWN_NAMES + (added?.name ?? "") : nameOf(original));
  });
  return names;
}
