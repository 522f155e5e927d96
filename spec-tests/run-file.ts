/** Runs one .wast file. */
import { readFile } from "node:fs/promises";
import { type Backend, createNamespace } from "./engine.ts";
import type { Expectations } from "./expectations.ts";
import { ScriptError } from "./lexer.ts";
import { parseScript } from "./parser.ts";
import { type FileReport, reportFile, reportScriptError } from "./report.ts";
import type { Command } from "./script.ts";
import { type CommandResult, ScriptRunner } from "./script-runner.ts";
import { threadStarter } from "./threads.ts";

export interface FileOptions {
  readonly backend: Backend;
  /** Seed of the backend `chaos`. */
  readonly seed: number;
  readonly expectations: Expectations;
}

/** Runs the script in `path` in a namespace of its own. @throws if the file cannot be read */
export async function runFile(path: string, options: FileOptions): Promise<FileReport> {
  const { backend, seed, expectations } = options;
  const source = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readFile(path));
  let commands: Command[];
  try {
    commands = parseScript(source);
  } catch (error) {
    if (error instanceof ScriptError)
      return reportScriptError(path, error.line, `${error.message}; none of its commands was run`);
    throw error;
  }
  const runner = await ScriptRunner.create(await createNamespace(backend, seed), {
    officialMessages: backend !== "host",
    startThread: threadStarter(backend, seed),
  });
  const results: CommandResult[] = [];
  for (const command of commands) results.push(await runner.run(command));
  await runner.close();
  return reportFile(path, results, expectations);
}
