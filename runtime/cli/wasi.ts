/** The world that `stackyard run` gives to guests of WASI, from the command line. */
import { usesStackSwitching } from "../../continuations/index.ts";
import type { Module as DecodedModule } from "../../wasm/module.ts";
import { WASI_MODULE, Wasi, textOutput } from "../wasi/index.ts";
import { NodeFileSystem } from "../wasi/node.ts";
import { CliError, EXIT } from "./command.ts";
import type { CommandIo, GuestStreams } from "./command.ts";
import { usageError } from "./options.ts";

export function importsWasi(module: DecodedModule): boolean {
  return module.imports.some((entry) => entry.module === WASI_MODULE);
}

/**
 * Whether a guest should be entered asynchronously. One that does nothing but read its input may as well block the thread: it
 * is only one that polls, or that has fibers to poll for, that can do something else in the meantime. All others run as they are,
 * without being lowered for it.
 */
export function mayHaveToWait(modules: readonly DecodedModule[]): boolean {
  return modules.some(
    (module) =>
      importsWasi(module) &&
      (usesStackSwitching(module) ||
        module.imports.some(({ name }) => name === "poll_oneoff" || name === "sched_yield")),
  );
}

/** Splits `NAME=VALUE`. @throws {CliError} if there is no such */
export function parseAssignment(option: string, form: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usageError("run", `--${option} ${text}: is not ${form}`);
}

export interface WasiArguments {
  readonly args: readonly string[];
  /** As given: `KEY=VALUE`, or `KEY` to pass on our own. */
  readonly env: readonly string[];
  /** As given: `HOST`, or `HOST::GUEST`. */
  readonly dir: readonly string[];
}

/** @throws {CliError} if an option is none, or a directory is not there */
export function makeWasi({ args, env, dir }: WasiArguments, io: CommandIo): Wasi {
  return new Wasi({
    args,
    env: Object.fromEntries(env.flatMap(parseVariable)),
    preopens: Object.fromEntries(dir.map(parseDirectory)),
    ...(io.streams ?? textStreams(io)),
  });
}

function parseVariable(text: string): [key: string, value: string][] {
  if (text.includes("=")) return [parseAssignment("env", "KEY=VALUE", text)];
  const value = process.env[text];
  return value === undefined ? [] : [[text, value]];
}

function parseDirectory(text: string): [guest: string, directory: NodeFileSystem] {
  const [host = "", guest = host] = text.split("::");
  try {
    return [guest, new NodeFileSystem(host)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" || code === "ENOTDIR" ? "no such directory" : message;
    throw new CliError(EXIT.noInput, `--dir ${text}: ${reason}`, { cause: error });
  }
}

function textStreams(io: CommandIo): Partial<GuestStreams> {
  return {
    stdout: textOutput((text) => io.stdout(text)),
    stderr: textOutput((text) => io.stderr(text)),
  };
}
