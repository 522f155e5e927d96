/** The command line, apart from the process that it runs in (bin/stackyard.ts) and from commands of higher layers. */
import { readFile } from "node:fs/promises";
import { CliError, EXIT } from "./command.ts";
import type { Command, CommandIo, Commands } from "./command.ts";
import { lowerCommand } from "./lower.ts";
import { reportError } from "./report.ts";
import { runCommand } from "./run.ts";
import { validateCommand } from "./validate.ts";

/** The commands of this layer. */
export const RUNTIME_COMMANDS: Commands = Object.freeze({
  run: { summary: "run a function of a module", run: runCommand },
  validate: { summary: "say whether modules are valid, and what is wrong", run: validateCommand },
  lower: { summary: "write the plain module that a module becomes", run: lowerCommand },
});

/**
 * Runs a command line, without the program's name; resolves to the exit code. Errors are written to `io`, one line each.
 *
 * @example
 * ```ts
 * process.exitCode = await runCommandLine(process.argv.slice(2), io, RUNTIME_COMMANDS);
 * ```
 */
export async function runCommandLine(args: readonly string[], io: CommandIo, commands: Commands): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === "--version" || name === "-V") {
      io.stdout(`stackyard ${await version()}\n`);
      return EXIT.ok;
    }
    if (name === "--help" || name === "-h") {
      io.stdout(help(commands));
      return EXIT.ok;
    }
    if (name === "help") {
      const topic = rest[0];
      if (topic !== undefined) return await commandNamed(topic, commands).run(["--help"], io);
      io.stdout(help(commands));
      return EXIT.ok;
    }
    if (name === undefined) {
      io.stderr(help(commands));
      return EXIT.usage;
    }
    return await commandNamed(name, commands).run(rest, io);
  } catch (error) {
    return reportError(error, io, isVerbose(args));
  }
}

function commandNamed(name: string, commands: Commands): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const what = name.startsWith("-") ? "option" : "command";
  throw new CliError(
    EXIT.usage,
    `unknown ${what} ${name}; commands: ${Object.keys(commands).join(", ")}; see: stackyard --help`,
  );
}

function help(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `Usage: stackyard COMMAND ...

Runs WebAssembly modules that switch stacks, on JavaScript engines that cannot.

Commands:
${list.join("")}
Options:
  --help     print this text; stackyard COMMAND --help says more about a command
  --version  print the version

Example:
  stackyard run examples/generator.wat
`;
}

/** From the package's own manifest, which is above this file in the sources and in dist/ alike. */
async function version(): Promise<string> {
  for (let directory = new URL("./", import.meta.url); ; directory = new URL("../", directory)) {
    const text = await readFile(new URL("package.json", directory), "utf8").catch(() => undefined);
    const manifest =
      text === undefined ? undefined : (JSON.parse(text) as { readonly name?: string; readonly version?: string });
    if (manifest?.name === "stackyard" && manifest.version !== undefined) return manifest.version;
    if (directory.pathname === new URL("../", directory).pathname) return "(unknown version)";
  }
}

/** Whether --verbose is among the options; behind `--` arguments are the guest's. */
function isVerbose(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--verbose");
}
