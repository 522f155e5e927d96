/** Source maps of modules that are files. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "../module.ts";

/** Loads the source map of the module at `path`, if it has one: in itself, or in a file that can be read. */
export async function readSourceMap(module: Module, path: string): Promise<void> {
  const { sourceMapUrl } = module.symbols;
  if (sourceMapUrl === undefined) return;
  try {
    if (await module.symbols.loadSourceMap()) return;
    const url = new URL(sourceMapUrl, pathToFileURL(resolve(path)));
    if (url.protocol === "file:") await module.symbols.loadSourceMap(await readFile(url, "utf8"), sourceMapUrl);
  } catch {
    // A backtrace without lines is better than no run.
  }
}
