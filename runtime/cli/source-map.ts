/** Source maps of modules that are files. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "../module.ts";

/** Reads the source map that the module at `path` names, if it is a file that can be read and is a source map. */
export async function readSourceMap(module: Module, path: string): Promise<void> {
  const { sourceMapUrl } = module.symbols;
  if (sourceMapUrl === undefined) return;
  const url = new URL(sourceMapUrl, pathToFileURL(resolve(path)));
  if (url.protocol !== "file:") return;
  try {
    module.symbols.useSourceMap(await readFile(url, "utf8"), sourceMapUrl);
  } catch {
    // A backtrace without lines is better than no run.
  }
}
