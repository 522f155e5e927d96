/** The programs that are measured (programs/*.wat), and the two namespaces that run them. */
import { readFile } from "node:fs/promises";
import { createWebAssembly } from "../runtime/webassembly/index.ts";
import { parseText } from "../wasm/text.ts";

/** The engine's own stack switching (behind a flag), and ours. */
export type Implementation = "native" | "lowered";

/** Instantiates programs/NAME.wat. */
export async function instantiate<Exports>(name: string, implementation: Implementation): Promise<Exports> {
  const file = new URL(`programs/${name}.wat`, import.meta.url);
  const bytes = await parseText(await readFile(file, "utf8"), `${name}.wat`);
  const { Module, Instance } = implementation === "native" ? WebAssembly : createWebAssembly();
  return new Instance(new Module(bytes)).exports as Exports;
}
