/** Command lines. */
import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";
import { CliError, EXIT } from "./command.ts";

/** Options that every command has. */
export const COMMON_OPTIONS = Object.freeze({
  help: { type: "boolean", short: "h" },
  verbose: { type: "boolean" },
} as const);

/** A negative number is an argument, not an option. */
const NEGATIVE = /^-(?:[0-9.]|inf|nan)/i;
/** Stands before a negative number while options are told from arguments. */
const MARK = "\u0000";

/** `parseArgs` with negative numbers as arguments. @throws {CliError} if an option is unknown or lacks its value */
export function parseOptions<T extends ParseArgsOptionsConfig>(command: string, args: readonly string[], options: T) {
  const marked = args.map((arg) => (NEGATIVE.test(arg) ? MARK + arg : arg));
  try {
    const { values, positionals } = parseArgs({ args: marked, allowPositionals: true, options });
    return { values, positionals: positionals.map((arg) => (arg.startsWith(MARK) ? arg.slice(MARK.length) : arg)) };
  } catch (error) {
    const { message } = error as Error;
    throw usageError(command, message.replace(/\. .*$/s, "").replaceAll(MARK, ""));
  }
}

/** A wrong command line, with where to look. */
export function usageError(command: string, reason: string): CliError {
  return new CliError(EXIT.usage, `${reason}; see: stackyard ${command} --help`);
}
