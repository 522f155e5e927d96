/** The project's TypeScript sources, parsed: what the checks of the repository look at. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ParseResult, parseSync } from "oxc-parser";
import { root } from "./root.ts";

/** Folders with code, the lowest layer first; the last ones may import everything. */
export const FOLDERS = [
  "wasm",
  "continuations",
  "runtime",
  "spec-tests",
  "bin",
  "scripts",
  "bench",
  "fuzz",
  "tests",
  "examples",
] as const;

export interface Source {
  /** Path from the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly parsed: ParseResult;
}

/** All .ts files below the given folders. */
export function* sources(folders: readonly string[] = FOLDERS): Generator<Source> {
  for (const folder of folders) {
    for (const path of list(folder)) {
      const text = readFileSync(join(root, path), "utf8");
      yield { path, text, parsed: parseSync(path, text) };
    }
  }
}

function* list(folder: string): Generator<string> {
  let entries: readonly string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return; // A layer that does not exist yet.
  }
  for (const entry of [...entries].sort()) {
    if (entry.endsWith(".ts") && !entry.endsWith(".d.ts")) yield `${folder}/${entry.replaceAll("\\", "/")}`;
  }
}

/** `path:line` of a position in a source. */
export function place(source: Source, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split("\n").length}`;
}

/** Prints problems and ends the process with 1 if there are any. */
export function report(name: string, problems: readonly string[], checked: number): void {
  for (const problem of problems) console.error(problem);
  console.log(`${name}: ${checked} files, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}
