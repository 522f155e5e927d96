/** The bytes that contestants run: programs/*.wat, assembled, and put through --asyncify where that is asked for. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolder } from "../scripts/packages.ts";
import { run } from "../scripts/process.ts";
import { root } from "../scripts/root.ts";
import { lower, type LowerOptions } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import { parseText } from "../wasm/text.ts";
import { LARGE } from "./large.ts";
import type { Implementation } from "./programs.ts";

/** How a module that does not switch stacks is transformed. */
export type PlainForm = "untouched" | "analysed" | "everything" | "on-demand" | "instrumented";

const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
/** Assembled once for each text, and transformed once for each module: --asyncify takes minutes for large ones. */
const CACHE = join(root, ".packages/bench");

/** What of Binaryen's engines do not know yet is switched off. */
const WASM_OPT_FEATURES = ["-all", "--disable-custom-descriptors", "--disable-compact-imports"] as const;
/** The imports that may suspend, for the programs on promises; the others suspend by themselves. */
const FIBER_IMPORTS = "--pass-arg=asyncify-imports@fiber.resume,fiber.suspend,fiber.switch";

/** Told that every function may suspend, which it would not think of modules without imports. */
const EVERY_FUNCTION = "--pass-arg=asyncify-addlist@*";

/** Path of the module of a program for an implementation; undefined for those in JavaScript. */
export async function moduleFor(source: string, implementation: Implementation): Promise<string | undefined> {
  switch (implementation) {
    case "stackyard":
    case "native":
      return assembled(text(`${source}.wat`));
    case "limit":
      return assembled(text(`limit/${source}.wat`));
    case "asyncify":
      return asyncified(await assembled(withFibers(source, "asyncify")), ["-O2"]);
    case "asyncify-swap":
    case "asyncify-wasm":
      return asyncified(await assembled(withFibers(source, "promises")), [FIBER_IMPORTS, "-O2"]);
    case "jspi":
      return assembled(withFibers(source, "promises"));
    case "generators":
    case "async":
      return undefined;
    default:
      return plainModule(source, implementation);
  }
}

/** Path of a module that does not switch stacks: a program of programs/plain/, or a large module, transformed. */
export async function plainModule(source: string, form: PlainForm): Promise<string> {
  const large = LARGE[source];
  const path = large === undefined ? await assembled(text(`plain/${source}.wat`)) : await large.path();
  const every = large === undefined ? { everyFunctionSuspends: true } : { everyCallSuspends: true };
  switch (form) {
    case "untouched":
      return path;
    case "analysed":
      return lowered(path, { everyCallSuspends: false });
    case "everything":
      return lowered(path, every);
    case "on-demand":
      return lowered(path, { ...every, resumeCopies: "on-demand" });
    case "instrumented":
      return asyncified(path, large === undefined ? [EVERY_FUNCTION, "-O2"] : ["-O2"]);
  }
}

/** Path of a module after lowering. Not cached by what it was made from: the lowering is what changes. */
async function lowered(path: string, options: LowerOptions): Promise<string> {
  const module = decodeModule(new Uint8Array(readFileSync(path)));
  const { bytes } = lower(module, options);
  return cached(["lowered", Buffer.from(bytes).toString("base64")], async () => bytes);
}

function text(file: string): string {
  return readFileSync(join(PROGRAMS, file), "utf8");
}

/** A program on fibers, with one of the two ways to provide them. */
function withFibers(source: string, library: "asyncify" | "promises"): string {
  return text(`fibers/${source}.wat`).replace(/^ *;; fibers$/m, () => text(`fibers/${library}.wat`));
}

/** Path of the module that `wat` describes. */
export async function assembled(wat: string): Promise<string> {
  return cached(["wat", wat], async () => parseText(wat));
}

/** Path of the module at `path` after wasm-opt --asyncify with more arguments. */
export async function asyncified(path: string, args: readonly string[]): Promise<string> {
  const binaryen = await packageFolder("binaryen");
  const input = readFileSync(path);
  return cached(["asyncify", relative(root, binaryen), ...args, input.toString("base64")], async (output) => {
    const tool = join(binaryen, "bin/wasm-opt");
    const options = [...WASM_OPT_FEATURES, "--asyncify", ...args, path, "-o", output];
    const { code, stderr } = await run(process.execPath, [tool, ...options]);
    if (code !== 0) throw new Error(`wasm-opt --asyncify: ${reasonOf(stderr)}`);
    return undefined;
  });
}

/** The file for a key, made by `make` if it is not there: from the bytes that it returns, or by itself. */
async function cached(
  key: readonly string[],
  make: (path: string) => Promise<Uint8Array | undefined>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const part of key) hash.update(part).update("\0");
  const path = join(CACHE, `${hash.digest("hex").slice(0, 32)}.wasm`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const bytes = await make(fresh);
  if (bytes !== undefined) writeFileSync(fresh, bytes);
  renameSync(fresh, path);
  return path;
}

/** The line of a program's error output that says what went wrong, cut to a readable length. */
export function reasonOf(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line.length < 500);
  const telling = lines.find((line) => /fatal|error|unexpected|abort|check failed|out of memory|overflow/i.test(line));
  return (telling ?? lines.at(-1) ?? "no reason given").replace(/^#\s*/, "").slice(0, 160);
}
