/** Errors on standard error: one line each, and more only if asked for. */
import { UnsupportedHostError } from "../errors.ts";
import { CliError, EXIT } from "./command.ts";
import type { CommandIo } from "./command.ts";

/** Writes what `error` has to say; returns the exit code that it stands for. */
export function reportError(error: unknown, io: CommandIo, verbose: boolean): number {
  io.stderr(`error: ${lineOf(error)}\n`);
  if (verbose) {
    const root = error instanceof CliError ? (error.cause ?? error) : error;
    for (let at: unknown = root; at instanceof Error; at = at.cause) io.stderr(`${at.stack ?? String(at)}\n`);
  }
  if (error instanceof CliError) return error.exitCode;
  return error instanceof UnsupportedHostError ? EXIT.unavailable : EXIT.internal;
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  if (error instanceof CliError || error instanceof UnsupportedHostError) return line;
  return `internal error: ${error instanceof Error ? `${error.name}: ` : ""}${line} (--verbose shows where)`;
}
