/**
 * Turns the continuation machine's sources (continuations/machine/*.wat) into bytes that the lowering and the store context
 * import: continuations/machine/machine.generated.ts, which is generated and not kept in the repository.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseText } from "../wasm/text.ts";

const directory = new URL("../continuations/machine/", import.meta.url);

/** Assembles `name`.wat with the machine's types spliced in. */
async function assemble(name: string): Promise<string> {
  const types = await readFile(new URL("types.wat", directory), "utf8");
  const source = await readFile(new URL(`${name}.wat`, directory), "utf8");
  const spliced = source.replace(/^.*types\.wat is spliced in here\n/m, () => types);
  if (spliced === source) throw new Error(`${name}.wat has no line that says where types.wat goes`);
  return Buffer.from(await parseText(spliced, `${name}.wat`)).toString("base64");
}

const lines = [
  "// Generated from machine/*.wat by scripts/build-machine.ts. Do not edit.",
  `export const MACHINE = "${await assemble("machine")}";`,
  `export const CONTEXT = "${await assemble("context")}";`,
  "",
];
await writeFile(new URL("machine.generated.ts", directory), lines.join("\n"));
