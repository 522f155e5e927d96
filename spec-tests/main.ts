/** Runs scripts without the rest of the command line: `node spec-tests/main.ts PATH...`. */
import { reportError } from "../runtime/cli/report.ts";
import { runWastCommand } from "./command.ts";

const args = process.argv.slice(2);
const io = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
};
process.exitCode = await runWastCommand(args, io).catch((error: unknown) =>
  reportError(error, io, args.includes("--verbose")),
);
