/** Runs scripts without the rest of the command line: `node spec-tests/main.ts PATH...`. */
import { runWastCommand } from "./command.ts";

process.exitCode = await runWastCommand(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
});
