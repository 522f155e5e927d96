/** The programs that are measured (programs/*.wat), and the two namespaces that run them. */
import { readFile } from "node:fs/promises";
import { parseText } from "../wasm/text.ts";

/** The part of a namespace shaped like `WebAssembly` that a program needs. */
export type Namespace = Pick<typeof WebAssembly, "Module" | "Instance">;

/** The engine's own stack switching (behind a flag), and ours. */
export type Implementation = "native" | "lowered";

async function namespaceOf(implementation: Implementation): Promise<Namespace> {
  if (implementation === "native") return WebAssembly;
  const path = "../runtime/webassembly/index.ts";
  const { createWebAssembly } = (await import(path)) as { createWebAssembly: () => Namespace };
  return createWebAssembly();
}

/** Instantiates programs/NAME.wat. */
export async function instantiate<Exports>(name: string, implementation: Implementation): Promise<Exports> {
  const file = new URL(`programs/${name}.wat`, import.meta.url);
  const bytes = await parseText(await readFile(file, "utf8"), `${name}.wat`);
  const { Module, Instance } = await namespaceOf(implementation);
  return new Instance(new Module(bytes)).exports as Exports;
}
