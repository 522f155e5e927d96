/** The command `stackyard wast`. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Backend, hostName } from "./engine.ts";
import { Expectations } from "./expectations.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { isErrorLike } from "./namespace.ts";
import { type FileReport, formatCounts, formatFile, totalOf } from "./report.ts";
import { runFile } from "./run-file.ts";

/** Where the command writes. */
export interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
}

export const WAST_HELP = `Usage: stackyard wast PATH... [options]

Runs WebAssembly test scripts (.wast): files, or directories with all scripts below them.

Options:
  --chaos[=SEED]  treat every call site as suspending, and unwind and rewind a seeded choice of calls (default seed 1)
  --native        run against the host's own WebAssembly instead of stackyard's
  --json          print one JSON object instead of lines
  --quiet         print only files with failures, and the last line
  --help          print this text

Exit code: 0 if nothing failed, 1 if something did, 2 if the command line is wrong.

Example:
  stackyard wast spec-tests/suite --chaos=7
`;

const DEFAULT_SEED = 1;

interface WastOptions {
  readonly paths: readonly string[];
  readonly backend: Backend;
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A command line that makes no sense. */
class UsageError extends Error {}

/** Runs the command with the arguments after `wast`; resolves to the exit code. */
export async function runWastCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    if (args.includes("--help") || args.includes("-h")) {
      io.stdout(WAST_HELP);
      return 0;
    }
    const options = parseOptions(args);
    return await runScripts(options, await findScripts(options.paths), io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr(`error: ${error.message}\n`);
    return 2;
  }
}

async function runScripts(options: WastOptions, scripts: readonly string[], io: CommandIo): Promise<number> {
  const { backend, seed, json, quiet } = options;
  const expectations = new Expectations(KNOWN_DIFFERENCES, hostName(), backend);
  const reports: FileReport[] = [];
  for (const path of scripts) {
    const report = await runFile(path, { backend, seed, expectations });
    reports.push(report);
    if (!json && (!quiet || report.failures.length > 0)) io.stdout(formatFile(report));
  }
  const total = totalOf(reports);
  if (json) {
    const run = { host: hostName(), backend, ...(backend === "chaos" ? { seed } : {}) };
    io.stdout(`${JSON.stringify({ run, files: reports, total })}\n`);
  } else {
    io.stdout(`positive: ${formatCounts(total.positive)}\nnegative: ${formatCounts(total.negative)}\n`);
    io.stdout(`${formatCounts(total.all)}\n`);
  }
  return total.all.failed === 0 ? 0 : 1;
}

function parseOptions(args: readonly string[]): WastOptions {
  // An optional value is beyond parseArgs, so `--chaos` alone becomes `--chaos=1` first.
  const complete = args.map((arg) => (arg === "--chaos" ? `--chaos=${DEFAULT_SEED}` : arg));
  const { values, positionals } = parse(complete);
  if (positionals.length === 0) throw new UsageError("no PATH; try: stackyard wast --help");
  if (values.chaos !== undefined && values.native === true) {
    throw new UsageError("--chaos needs stackyard's own backend; leave out --native");
  }
  const seed = Number(values.chaos ?? DEFAULT_SEED);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new UsageError(`--chaos=${values.chaos}: the seed must be an integer from 0 to 4294967295`);
  }
  const backend = values.native === true ? "host" : values.chaos === undefined ? "stackyard" : "chaos";
  return { paths: positionals, backend, seed, json: values.json === true, quiet: values.quiet === true };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        chaos: { type: "string" },
        native: { type: "boolean" },
        json: { type: "boolean" },
        quiet: { type: "boolean" },
      },
    });
  } catch (error) {
    // Node goes on to explain what `--` is for.
    throw new UsageError((isErrorLike(error) ? error.message : String(error)).split(". ")[0] ?? "");
  }
}

/** The given files, and the scripts below the given directories in the order of their names. */
async function findScripts(paths: readonly string[]): Promise<string[]> {
  const scripts: string[] = [];
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) throw new UsageError(`${path}: no such file or directory`);
    if (!status.isDirectory()) {
      scripts.push(path);
      continue;
    }
    const found = await scriptsBelow(path);
    if (found.length === 0) throw new UsageError(`${path}: no .wast files in this directory`);
    scripts.push(...found);
  }
  return scripts;
}

async function scriptsBelow(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith(".wast")).map((name) => join(directory, name)).sort();
}
