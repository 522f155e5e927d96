/** The command `stackyard wast`. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CliError, type CommandIo, EXIT } from "../runtime/cli/command.ts";
import { COMMON_OPTIONS, parseOptions, usageError } from "../runtime/cli/options.ts";
import { type Backend, hostName } from "./engine.ts";
import { Expectations } from "./expectations.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { isErrorLike } from "./namespace.ts";
import { type FileReport, formatCounts, formatFile, totalOf } from "./report.ts";
import { runFile } from "./run-file.ts";

const HELP = `Usage: stackyard wast PATH... [options]

Runs WebAssembly test scripts (.wast): files, or directories with all scripts below them.

Options:
  --chaos[=SEED]  treat every call site as suspending, and unwind and rewind a seeded choice of calls (default seed 1)
  --native        run against the host's own WebAssembly instead of stackyard's
  --json          print one JSON object instead of lines
  --quiet         print only files with failures, and the last line
  --verbose       with stack traces for errors of stackyard's own
  --help          print this text

Known differences from the official suites count as skipped; they are listed with their reasons.

Exit codes:
  0   nothing failed
  1   something did
  2   the command line is wrong
  66  a script cannot be read

Example:
  stackyard wast spec-tests/suite --chaos=7
`;

const DEFAULT_SEED = 1;

/** Exit code if a command of a script failed. */
const FAILED = 1;

interface WastOptions {
  readonly paths: readonly string[];
  readonly backend: Backend;
  readonly seed: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * Runs the command with the arguments after `wast`; resolves to the exit code.
 *
 * @throws {CliError} if the command line is wrong or a script cannot be read
 */
export async function runWastCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const options = wastOptions(args);
  if (options === undefined) {
    io.stdout(HELP);
    return EXIT.ok;
  }
  return runScripts(options, await findScripts(options.paths), io);
}

async function runScripts(options: WastOptions, scripts: readonly string[], io: CommandIo): Promise<number> {
  const { backend, seed, json, quiet } = options;
  const expectations = new Expectations(KNOWN_DIFFERENCES, hostName(), backend);
  const reports: FileReport[] = [];
  for (const path of scripts) {
    const report = await runFile(path, { backend, seed, expectations }).catch((error: unknown) => {
      if (!isSystemError(error)) throw error;
      throw new CliError(EXIT.noInput, `${path}: ${error.message}`, { cause: error });
    });
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
  return total.all.failed === 0 ? EXIT.ok : FAILED;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return isErrorLike(error) && "syscall" in error;
}

/** Undefined if help is asked for. */
function wastOptions(args: readonly string[]): WastOptions | undefined {
  // An optional value is beyond parseArgs, so `--chaos` alone gets its default first.
  const complete = args.map((arg) => (arg === "--chaos" ? `--chaos=${DEFAULT_SEED}` : arg));
  const { values, positionals } = parseOptions("wast", complete, {
    ...COMMON_OPTIONS,
    chaos: { type: "string" },
    native: { type: "boolean" },
    json: { type: "boolean" },
    quiet: { type: "boolean" },
  });
  if (values.help === true) return undefined;
  if (positionals.length === 0) throw usageError("wast", "no PATH");
  if (values.chaos !== undefined && values.native === true) {
    throw usageError("wast", "--chaos does not go with --native");
  }
  const seed = Number(values.chaos ?? DEFAULT_SEED);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw usageError("wast", `--chaos=${values.chaos}: the seed must be an integer from 0 to 4294967295`);
  }
  const backend = values.native === true ? "host" : values.chaos === undefined ? "stackyard" : "chaos";
  return { paths: positionals, backend, seed, json: values.json === true, quiet: values.quiet === true };
}

/** The given files, and the scripts below the given directories in the order of their names. */
async function findScripts(paths: readonly string[]): Promise<string[]> {
  const scripts: string[] = [];
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) throw new CliError(EXIT.noInput, `${path}: no such file or directory`);
    if (!status.isDirectory()) {
      scripts.push(path);
      continue;
    }
    const found = await scriptsBelow(path);
    if (found.length === 0) throw new CliError(EXIT.noInput, `${path}: no .wast files in this directory`);
    scripts.push(...found);
  }
  return scripts;
}

async function scriptsBelow(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => name.endsWith(".wast"))
    .map((name) => join(directory, name))
    .sort();
}
