#!/usr/bin/env node
/**
 * The program `stackyard`: composes the commands of all layers. What an older Node cannot load is imported only after the
 * version check, so that it gets one clear line instead of a syntax error.
 */
import type { OutputStream } from "../runtime/wasi/index.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`error: stackyard needs Node 22.18 or newer; this is Node ${process.versions.node}\n`);
  process.exit(69);
}

const [{ RUNTIME_COMMANDS, runCommandLine }, { runWastCommand }, { ProcessInput, processOutput }] = await Promise.all([
  import("../runtime/cli/main.ts"),
  import("../spec-tests/command.ts"),
  import("../runtime/wasi/node.ts"),
]);
const stdin = new ProcessInput();
// As many frames of a guest that traps as one wants to read; V8 keeps 10 unless told otherwise.
Error.stackTraceLimit = 100;

// Written at once, so that a guest which prints without end notices when nobody reads any more.
const stdout = untilClosed(processOutput(1));
const encoder = new TextEncoder();
const io = {
  stdout: (text: string) => stdout.write(encoder.encode(text)),
  stderr: (text: string) => void process.stderr.write(text),
  streams: { stdin, stdout, stderr: processOutput(2) },
};
const commands = {
  ...RUNTIME_COMMANDS,
  wast: { summary: "run WebAssembly test scripts (.wast)", run: runWastCommand },
};
process.exitCode = await runCommandLine(process.argv.slice(2), io, commands);
stdin.close();

/** Whoever reads the output may stop early: `stackyard run loop.wat | head`. */
function untilClosed(stream: OutputStream): OutputStream {
  return {
    ...stream,
    write(bytes) {
      try {
        stream.write(bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit(0);
        throw error;
      }
    },
  };
}
