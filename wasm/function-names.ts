/** What to call functions when speaking to people. */
import type { Module } from "./module.ts";
import { readNames } from "./names.ts";

/** Names of functions by index: those of the name section, or else of exports. */
export function functionNames(module: Module): Map<number, string> {
  const names = new Map<number, string>();
  for (const { kind, name, index } of module.exports) if (kind === "func" && !names.has(index)) names.set(index, name);
  for (const [x, name] of readNames(module).functions) names.set(x, name);
  return names;
}
