/**
 * Builds the programs in C, and what they have to print.
 *
 *     apt-get install clang lld wasi-libc libclang-rt-dev-wasm32 gcc        (Debian 12: libclang-rt-14-dev-wasm32)
 *     node scripts/build-guests.ts [--modules | --expected] [NAME...]
 *
 * Modules: clang compiles; programs with fibers are merged with examples/fibers/fibers.wat by binaryen's wasm-merge, which is
 * installed from npm into .engines/. Expected outputs: the same sources, compiled by gcc for this machine with fibers over
 * ucontext, are run.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "./options.ts";
import { parseText } from "../wasm/text.ts";
import { installPackage } from "./engines.ts";
import { GUESTS, expectedOf, moduleOf } from "./guests.ts";
import type { Guest, GuestRun } from "./guests.ts";
import { run } from "./process.ts";
import type { RunOptions, RunResult } from "./process.ts";
import { root } from "./root.ts";

const BINARYEN = "132.0.0";
const FIBERS = "examples/fibers";
const WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
/** Not all that binaryen knows: with some, it writes modules in another way. */
const FEATURES = [
  ...["stack-switching", "reference-types", "gc", "multivalue", "mutable-globals", "exception-handling"],
  ...["bulk-memory", "sign-ext", "nontrapping-float-to-int"],
].map((name) => `--enable-${name}`);
/** What is left exported of a merged module; `__stack_pointer` is for embedders who run several activations. */
const KEPT = ["_start", "memory", "__stack_pointer"];

/** Runs a tool. @throws {Error} with its output if it fails */
async function tool(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(command, args, { cwd: root, ...options }).catch((error: unknown) => {
    throw new Error(`${command} does not run: see the packages at the top of scripts/build-guests.ts`, {
      cause: error,
    });
  });
  if (result.code === 0) return result;
  throw new Error(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}`);
}

async function binaryen(name: string, args: readonly string[]): Promise<void> {
  const home = join(root, ".engines/binaryen");
  const folder = join(home, "node_modules/binaryen");
  const installed = join(folder, "package.json");
  const version = await import(installed, { with: { type: "json" } }).catch(() => undefined);
  if ((version as { readonly default: { readonly version: string } } | undefined)?.default.version !== BINARYEN) {
    await installPackage(home, "binaryen", BINARYEN);
  }
  await tool(process.execPath, [join(folder, "bin", name), ...FEATURES, ...args]);
}

function sourcesOf({ folder, name, sources }: Guest): string[] {
  return [join(folder, `${name}.c`), ...sources];
}

async function buildModule(guest: Guest, work: string): Promise<void> {
  const target = moduleOf(guest);
  const flags = ["--target=wasm32-wasi", "-Oz", ...WARNINGS, "-Wl,--strip-debug"];
  const stack = ["-mmutable-globals", "-Wl,--export=__stack_pointer"];
  if (guest.reactor === true) flags.push("-mexec-model=reactor", ...stack);
  if (!guest.fibers) {
    await tool("clang", [...flags, ...sourcesOf(guest), "-o", target]);
    return;
  }
  const program = join(work, "program.wasm");
  const sources = [...sourcesOf(guest), join(FIBERS, "fiber.c")];
  await tool("clang", [...flags, ...stack, "-Wl,--export-table", `-I${FIBERS}`, ...sources, "-o", program]);
  const fibers = join(work, "fibers.wasm");
  writeFileSync(fibers, await parseText(readFileSync(join(root, FIBERS, "fibers.wat"), "utf8"), "fibers.wat"));
  const merged = join(work, "merged.wasm");
  await binaryen("wasm-merge", ["-g", program, "program", fibers, "fibers", "-o", merged]);
  const graph = join(work, "graph.json");
  const roots = KEPT.map((name) => ({ name, export: name, root: true }));
  writeFileSync(graph, JSON.stringify(roots));
  await binaryen("wasm-metadce", ["-g", "-f", graph, merged, "-o", target]);
}

async function writeExpected(guest: Guest, work: string): Promise<void> {
  if (guest.runs.length === 0) return;
  const program = join(work, guest.name);
  const fibers = guest.fibers ? [join(FIBERS, "fiber_ucontext.c")] : [];
  await tool("gcc", ["-O1", ...WARNINGS, `-I${FIBERS}`, ...sourcesOf(guest), ...fibers, "-o", program]);
  for (const each of guest.runs) {
    const { code, signal, stdout } = await runNatively(program, each, work);
    const ended = signal === "SIGABRT" ? 134 : code;
    if (ended !== each.code) throw new Error(`${guest.name} ended with ${ended}, not ${each.code}`);
    writeFileSync(expectedOf(guest, each), stdout);
  }
}

async function runNatively(
  program: string,
  { args, env, stdin, directory }: GuestRun,
  work: string,
): Promise<RunResult> {
  const folder = join(work, "directory");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  // By way of env, so that nothing of our own environment is passed on.
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const given = directory ? [folder, ...args] : args;
  return run("env", ["-i", ...variables, program, ...given], { input: stdin, timeout: 60_000 });
}

const { values, positionals } = scriptOptions(import.meta.url, {
  options: { modules: { type: "boolean" }, expected: { type: "boolean" } },
  allowPositionals: true,
});
const all = values.modules === undefined && values.expected === undefined;
const guests = GUESTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const work = mkdtempSync(join(tmpdir(), "guests-"));
try {
  for (const guest of guests) {
    if (all || values.modules === true) await buildModule(guest, work);
    if (all || values.expected === true) await writeExpected(guest, work);
    console.log(guest.name);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
