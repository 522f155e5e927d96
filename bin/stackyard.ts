#!/usr/bin/env node
/**
 * The program `stackyard`: composes the commands of all layers. What an older Node cannot load is imported only after the
 * version check, so that it gets one clear line instead of a syntax error.
 */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`error: stackyard needs Node 22.18 or newer; this is Node ${process.versions.node}\n`);
  process.exit(69);
}

// Whoever reads the output may stop early: `stackyard run loop.wat | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const [{ RUNTIME_COMMANDS, runCommandLine }, { runWastCommand }] = await Promise.all([
  import("../runtime/cli/main.ts"),
  import("../spec-tests/command.ts"),
]);
const io = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
};
const commands = {
  ...RUNTIME_COMMANDS,
  wast: { summary: "run WebAssembly test scripts (.wast)", run: runWastCommand },
};
process.exitCode = await runCommandLine(process.argv.slice(2), io, commands);

export {};
