/**
 * Turns the continuation machine's sources (continuations/machine/*.wat) into a module that the lowering and the store
 * context import: the bytes, the indices of types, fields and functions by name, and what linking changes in each function.
 */
import { readFile, writeFile } from "node:fs/promises";
import { decodeModule } from "../wasm/decode.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { rowOf } from "../wasm/instructions.ts";
import type { Module } from "../wasm/module.ts";
import { Reader } from "../wasm/reader.ts";
import { HEADER, SECTION } from "../wasm/sections.ts";
import { parseText } from "../wasm/text.ts";

const directory = new URL("../continuations/machine/", import.meta.url);

/** Assembles `name`.wat with the machine's types spliced in. */
async function assemble(name: string, types: string): Promise<Uint8Array> {
  const source = await readSource(name);
  const spliced = source.replace(/^.*types\.wat is spliced in here\n/m, () => types);
  if (spliced === source) throw new Error(`${name}.wat has no line that says where types.wat goes`);
  return parseText(spliced, `${name}.wat`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Range of the contents of the type section, which is the first. */
function typeSection(bytes: Uint8Array): string {
  const reader = new Reader(bytes, HEADER.length);
  if (reader.u8() !== SECTION.type) throw new Error("the machine does not begin with its types");
  const start = reader.sized();
  return `{ start: ${start}, end: ${reader.pos} }`;
}

/**
 * What it takes to link a function: its type, the range of its locals and body, and the indices in there that others take
 * the place of: `[offset, size, index]`, the index of a global as its complement.
 */
function linkOf(module: Module, x: number): string {
  const { body, range } = module.code[x] as Module["code"][number];
  const reader = new InstructionReader(module.bytes);
  reader.seek(body, range.end);
  const indices: string[] = [];
  while (reader.next()) {
    const { opcode, offset, end } = reader;
    const { name, immediates } = rowOf(opcode);
    const kinds = immediates.filter((kind) => kind === "func" || kind === "global");
    if (kinds.length === 0) continue;
    if (immediates.length > 1 || opcode > 0xff) throw new Error(`the machine has a ${name}, which cannot be linked`);
    indices.push(`[${offset + 1}, ${end - offset - 1}, ${kinds[0] === "func" ? reader.x : ~reader.x}]`);
  }
  return `  { type: ${module.functions[x]}, start: ${range.start}, end: ${range.end}, indices: [${indices.join(", ")}] },`;
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
  const assembled = await assemble("machine", types);
  const module = decodeModule(assembled);
  if (module.importedFunctions > 0) throw new Error("the machine imports functions");
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
    `export const MACHINE = "${base64(assembled)}";`,
    "/** Where the contents of its type section are. */",
    `export const TYPE_SECTION = ${typeSection(assembled)} as const;`,
    "/** A function of the machine's: its type, where its locals and body are, and [offset, size, index] of each index to replace. */",
    "export interface Link {",
    "  readonly type: number;",
    "  readonly start: number;",
    "  readonly end: number;",
    "  readonly indices: readonly (readonly [offset: number, size: number, index: number])[];",
    "}",
    "/** By function index; indices of globals are complements. */",
    `export const LINKS: readonly Link[] = [\n${module.code.map((_, x) => linkOf(module, x)).join("\n")}\n];`,
    "/** The module that creates a store context, as base64. */",
    `export const CONTEXT = "${base64(await assemble("context", types))}";`,
    "/** The module that gives a host function the type of `stackyard.load`, as base64. */",
    `export const LOADER = "${base64(await assemble("loader", types))}";`,
    "",
  ];
  await writeFile(new URL("machine.generated.ts", directory), lines.join("\n"));
}
