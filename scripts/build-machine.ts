/**
 * Turns the continuation machine's sources (continuations/machine/*.wat) into a module that the lowering and the store
 * context import: the bytes, and the indices of types, fields and functions by name.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseText } from "../wasm/text.ts";

const directory = new URL("../continuations/machine/", import.meta.url);

/** Assembles `name`.wat with the machine's types spliced in. */
async function assemble(name: string, types: string): Promise<string> {
  const source = await readSource(name);
  const spliced = source.replace(/^.*types\.wat is spliced in here\n/m, () => types);
  if (spliced === source) throw new Error(`${name}.wat has no line that says where types.wat goes`);
  return Buffer.from(await parseText(spliced, `${name}.wat`)).toString("base64");
}

function readSource(name: string): Promise<string> {
  return readFile(new URL(`${name}.wat`, directory), "utf8");
}

/** The names behind `keyword`, in order: their position is their index. */
function namesOf(source: string, keyword: string): string[] {
  return Array.from(source.matchAll(new RegExp(`\\(${keyword} \\$(\\w+)`, "g")), ([, name]) => name ?? "");
}

function indexTable(names: readonly string[]): string {
  return `{ ${names.map((name, i) => `${name}: ${i}`).join(", ")} }`;
}

/** Writes continuations/machine/machine.generated.ts. */
export async function buildMachine(): Promise<void> {
  const types = await readSource("types");
  const withoutComments = types.replaceAll(/;;.*/g, "");
  const typeNames = namesOf(withoutComments, "type");
  const fields = withoutComments
    .split("(type $")
    .slice(1)
    .map((text, i) => `  ${typeNames[i]}: ${indexTable(namesOf(text, "field"))},`);
  const machine = await readSource("machine");
  const functions = namesOf(machine.replaceAll(/;;.*/g, ""), "func");
  const lines = [
    "// Generated from the .wat files beside it by scripts/build-machine.ts.",
    "",
    "/** Type indices in the machine's module. */",
    `export const TYPE = ${indexTable(typeNames)} as const;`,
    "/** Field indices by type. */",
    `export const FIELD = {\n${fields.join("\n")}\n} as const;`,
    "/** Function indices in the machine's module. */",
    `export const FUNC = ${indexTable(functions)} as const;`,
    "/** The machine, as base64. */",
    `export const MACHINE = "${await assemble("machine", types)}";`,
    "/** The module that creates a store context, as base64. */",
    `export const CONTEXT = "${await assemble("context", types)}";`,
    "/** The module that gives a host function the type of `stackyard.load`, as base64. */",
    `export const LOADER = "${await assemble("loader", types)}";`,
    "",
  ];
  await writeFile(new URL("machine.generated.ts", directory), lines.join("\n"));
}
