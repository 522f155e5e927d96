/**
 * Functions that JavaScript may get hold of although they are not exported: through a table, a global, or as a result.
 *
 * Of such a function JavaScript sees nothing but the reference. Where its wrapper has to know more (its signature, or in chaos
 * mode where its results are), the lowered module exports it after all, under a name that the guest does not use.
 */
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Export, Module, Range } from "../wasm/module.ts";
import { signatureOf } from "./signature.ts";

/** Additional exports for functions that references may lead to; `all`, or only those with signatures that need care. */
export function referencedFunctionExports(module: Module, all: boolean): Export[] {
  const exported = new Set(module.exports.filter(({ kind }) => kind === "func").map(({ index }) => index));
  const prefix = unusedPrefix(module);
  return [...declaredFunctions(module)]
    .filter((x) => !exported.has(x) && (all || !signatureOf(module.functions[x] ?? -1, module).plain))
    .map((x) => ({ name: `${prefix}${x}`, kind: "func", index: x }));
}

/** The functions that `ref.func` may name in bodies: those that occur outside of them (spec 3.0, "Modules": C.refs). */
function declaredFunctions(module: Module): Set<number> {
  const found = new Set<number>();
  const reader = new InstructionReader(module.bytes);
  const visit = (range: Range | undefined): void => {
    if (range === undefined) return;
    reader.seek(range.start, range.end);
    while (reader.next()) if (reader.opcode === OP["ref.func"]) found.add(reader.x);
  };
  for (const { functions, expressions } of module.elements) {
    for (const x of functions ?? []) found.add(x);
    for (const range of expressions ?? []) visit(range);
  }
  for (const { init } of module.globals) visit(init);
  for (const { init } of module.tables) visit(init);
  return found;
}

function unusedPrefix(module: Module): string {
  let prefix = "function:";
  while (module.exports.some(({ name }) => name.startsWith(prefix))) prefix = `:${prefix}`;
  return prefix;
}
