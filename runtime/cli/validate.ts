/** `stackyard validate`: says whether files are valid modules. */
import { CliError, EXIT, exitCodesHelp } from "./command.ts";
import type { CommandIo } from "./command.ts";
import { readModule } from "./input.ts";
import { COMMON_OPTIONS, parseOptions, usageError } from "./options.ts";
import { reportError } from "./report.ts";

const HELP = `Usage: stackyard validate FILE... [options]

Says of each module, binary or text, whether it is valid; if not, what is wrong, in which function, and at which offset
of the binary. The JavaScript engine is not asked.

Options:
  --verbose  print stack traces of errors
  --help     print this text

${exitCodesHelp(["ok", "usage", "data", "noInput", "internal"])}
Example:
  stackyard validate examples/generator.wat
`;

/** Runs the command; resolves to the exit code of the first file with an error, or 0. */
export async function validateCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions("validate", args, COMMON_OPTIONS);
  if (values.help === true) {
    io.stdout(HELP);
    return EXIT.ok;
  }
  if (positionals.length === 0) throw usageError("validate", "no FILE");
  let exitCode: number = EXIT.ok;
  for (const path of positionals) {
    try {
      await readModule(path);
      io.stdout(`${path}: valid\n`);
    } catch (error) {
      const code = reportError(error, io, values.verbose === true);
      if (exitCode === EXIT.ok) exitCode = code;
      if (!(error instanceof CliError)) return code;
    }
  }
  return exitCode;
}
