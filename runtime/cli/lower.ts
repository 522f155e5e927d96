/** `stackyard lower`: writes the plain module that a module with stack switching becomes. */
import { writeFile } from "node:fs/promises";
import { lower } from "../../continuations/index.ts";
import { printText } from "../../wasm/text.ts";
import { CliError, EXIT, exitCodesHelp } from "./command.ts";
import type { CommandIo } from "./command.ts";
import { readModule } from "./input.ts";
import { COMMON_OPTIONS, parseOptions, usageError } from "./options.ts";

const HELP = `Usage: stackyard lower FILE -o OUT [options]
       stackyard lower FILE --print

Lowers a module, binary or text, to plain WebAssembly. Besides the guest's imports, the result has some of the module
"stackyard", which connect it to a store.

Options:
  -o, --output OUT  where to write
  --print           write text (.wat) instead of a binary; without -o to standard output
  --chaos           treat every call as one that may suspend
  --verbose         print stack traces of errors
  --help            print this text

${exitCodesHelp(["ok", "usage", "data", "noInput", "internal", "cannotCreate"])}
Example:
  stackyard lower examples/generator.wat -o generator.wasm
`;

const OPTIONS = {
  ...COMMON_OPTIONS,
  output: { type: "string", short: "o" },
  print: { type: "boolean" },
  chaos: { type: "boolean" },
} as const;

/** Runs the command; resolves to 0, or rejects with a {@link CliError}. */
export async function lowerCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions("lower", args, OPTIONS);
  if (values.help === true) {
    io.stdout(HELP);
    return EXIT.ok;
  }
  const [path, ...rest] = positionals;
  if (path === undefined) throw usageError("lower", "no FILE");
  if (rest.length > 0)
    throw usageError("lower", `only one FILE can be lowered at a time, but there is also ${rest[0]}`);
  const { output, print = false, chaos = false } = values;
  if (output === undefined && !print) throw usageError("lower", "no -o OUT");
  const module = await readModule(path);
  const { bytes } = lower(module, { chaos });
  const result = print ? await printText(bytes) : bytes;
  if (output !== undefined) await write(output, result);
  else io.stdout(String(result));
  return EXIT.ok;
}

async function write(path: string, contents: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, contents);
  } catch (error) {
    throw new CliError(EXIT.cannotCreate, `${path}: cannot write: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such directory";
  if (code === "EISDIR") return "is a directory";
  return code === "EACCES" || code === "EPERM" || code === "EROFS" ? "permission denied" : message;
}
