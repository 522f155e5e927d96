/** Types of imports and exports as the text format has them. */
import type { ImportDesc, Module } from "../../wasm/module.ts";
import { valTypeText } from "../../wasm/type-text.ts";
import type { Limits, ValType } from "../../wasm/types.ts";

/** `(param i32) (result i64)`, or nothing for a function that takes and returns nothing. */
export function funcTypeText(module: Module, type: number): string {
  const composite = module.types[type]?.composite;
  if (composite?.kind !== "func") return "";
  return [listText("param", composite.params), listText("result", composite.results)]
    .filter((text) => text !== "")
    .join(" ");
}

function listText(word: string, types: readonly ValType[]): string {
  return types.length === 0 ? "" : `(${word} ${types.map(valTypeText).join(" ")})`;
}

/** What an import has to be, e.g. `(func (param i32))`. */
export function importText(module: Module, desc: ImportDesc): string {
  switch (desc.kind) {
    case "func":
    case "tag":
      return `(${[desc.kind, funcTypeText(module, desc.type)].filter((text) => text !== "").join(" ")})`;
    case "table":
      return `(table ${desc.type.is64 ? "i64 " : ""}${limitsText(desc.type.limits)} ${valTypeText(desc.type.type)})`;
    case "memory":
      return `(memory ${desc.type.is64 ? "i64 " : ""}${limitsText(desc.type.limits)}${desc.type.shared ? " shared" : ""})`;
    case "global":
      return `(global ${desc.type.mutable ? `(mut ${valTypeText(desc.type.type)})` : valTypeText(desc.type.type)})`;
  }
}

function limitsText({ min, max }: Limits): string {
  return max === undefined ? `${min}` : `${min} ${max}`;
}
