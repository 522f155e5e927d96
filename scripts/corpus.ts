/**
 * Binary modules to work on: those of the official suite (if it is there) and of our own suite, assembled, and some larger
 * ones that compilers made. Assembling takes a while, so the result is kept in .fuzz/ until a source file changes.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseScript } from "../spec-tests/parser.ts";
import type { Command, ModuleSource } from "../spec-tests/script.ts";
import { parseText, TextError } from "../wasm/text.ts";
import { piecesOf } from "./pieces.ts";
import { OFFICIAL_SUITE, root } from "./root.ts";

export interface CorpusModule {
  /** Where it comes from: `path:line` of a script, or a file. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const OWN_SUITE = join(root, "spec-tests/suite");
/** Those in .packages/ are there once the large modules have been fetched (large-modules.ts). */
const COMPILED = ["node_modules/@bytecodealliance/jco-transpile/vendor", ".packages/modules"];
/** Pieces of each large module. */
const PIECES = 40;

/** Files with an extension below a folder, sorted; none if the folder is missing. */
export function filesBelow(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
}

/** All modules, small and large, without doubles. */
export async function loadCorpus(): Promise<CorpusModule[]> {
  const scripts = [...filesBelow(OFFICIAL_SUITE, ".wast"), ...filesBelow(OWN_SUITE, ".wast")];
  const compiled = COMPILED.flatMap((folder) => filesBelow(join(root, folder), ".wasm"));
  const key = createHash("sha256");
  for (const file of scripts) key.update(`${file} ${statSync(file).size} ${statSync(file).mtimeMs}\n`);
  const cache = join(root, ".fuzz", `corpus-${key.digest("hex").slice(0, 16)}`);
  const modules = readCache(cache) ?? writeCache(cache, await assemble(scripts));
  for (const file of compiled) {
    const name = relative(root, file);
    const bytes = new Uint8Array(readFileSync(file));
    modules.push({ name, bytes });
    piecesOf(bytes, PIECES).forEach((piece, i) => modules.push({ name: `${name}, piece ${i}`, bytes: piece }));
  }
  return modules;
}

/** The modules that a command of a script carries. */
function* sourcesOf(command: Command): Generator<ModuleSource> {
  if ("source" in command) yield command.source;
  if ("subject" in command && "source" in command.subject) yield command.subject.source;
}

async function assemble(scripts: readonly string[]): Promise<CorpusModule[]> {
  console.error(`assembling the modules of ${scripts.length} scripts ...`);
  const modules: CorpusModule[] = [];
  const seen = new Set<string>();
  let unparsed = 0;
  for (const file of scripts) {
    for (const command of parseScript(readFileSync(file, "utf8"))) {
      for (const source of sourcesOf(command)) {
        const bytes = await bytesOf(source);
        if (bytes === undefined) {
          unparsed++;
          continue;
        }
        const hash = createHash("sha256").update(bytes).digest("base64");
        if (seen.has(hash)) continue;
        seen.add(hash);
        modules.push({ name: `${relative(root, file)}:${command.line}`, bytes });
      }
    }
  }
  console.error(`${modules.length} modules; ${unparsed} texts are malformed on purpose`);
  return modules;
}

async function bytesOf(source: ModuleSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (source.form === "binary") return source.bytes;
  try {
    return await parseText(source.form === "text" ? source.text : new TextDecoder().decode(source.bytes));
  } catch (error) {
    if (error instanceof TextError) return undefined;
    throw error;
  }
}

function readCache(cache: string): CorpusModule[] | undefined {
  if (!existsSync(`${cache}.json`)) return undefined;
  const index = JSON.parse(readFileSync(`${cache}.json`, "utf8")) as [name: string, length: number][];
  const data = new Uint8Array(readFileSync(`${cache}.bin`));
  let offset = 0;
  return index.map(([name, length]) => ({ name, bytes: data.slice(offset, (offset += length)) }));
}

function writeCache(cache: string, modules: CorpusModule[]): CorpusModule[] {
  mkdirSync(join(root, ".fuzz"), { recursive: true });
  writeFileSync(`${cache}.bin`, Buffer.concat(modules.map(({ bytes }) => bytes)));
  writeFileSync(`${cache}.json`, JSON.stringify(modules.map(({ name, bytes }) => [name, bytes.length])));
  return modules;
}
