/** Errors on standard error: one line each, the guest's backtrace of a trap, and more only if asked for. */
import { Trap, UnsupportedHostError } from "../errors.ts";
import { CliError, EXIT } from "./command.ts";
import type { CommandIo } from "./command.ts";

/** Lines of a backtrace that are printed. */
const MAX_LINES = 40;

/** Writes what `error` has to say; returns the exit code that it stands for. */
export function reportError(error: unknown, io: CommandIo, verbose: boolean): number {
  io.stderr(`error: ${lineOf(error)}\n`);
  const trap = error instanceof CliError ? error.cause : error;
  const backtrace = trap instanceof Trap ? trap.backtrace : undefined;
  if (backtrace !== undefined && backtrace.stacks.length > 0) io.stderr(`${shortened(String(backtrace))}\n`);
  if (verbose) {
    const root = error instanceof CliError ? (error.cause ?? error) : error;
    for (let at: unknown = root; at instanceof Error; at = at.cause) io.stderr(`${at.stack ?? String(at)}\n`);
  }
  if (error instanceof CliError) return error.exitCode;
  return error instanceof UnsupportedHostError ? EXIT.unavailable : EXIT.internal;
}

/** What runs out of stack has many frames that say the same. */
function shortened(backtrace: string): string {
  const lines = backtrace.split("\n");
  return lines.length <= MAX_LINES ? backtrace : [...lines.slice(0, MAX_LINES), "      -- and more"].join("\n");
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  if (error instanceof CliError || error instanceof UnsupportedHostError) return line;
  return `internal error: ${error instanceof Error ? `${error.name}: ` : ""}${line} (--verbose shows where)`;
}
