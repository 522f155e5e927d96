/** What a command of the command line is, and how it fails. */
import type { InputStream, OutputStream } from "../wasi/index.ts";

/** Where commands write. */
export interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** What guests of WASI read and write. Without these they write to the above, and have no input. */
  readonly streams?: GuestStreams;
}

export interface GuestStreams {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Runs with the arguments after the command's name, `--help` included; resolves to the exit code. */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** Commands by name, in the order in which help lists them. */
export type Commands = Readonly<Record<string, Command>>;

/** Exit codes: those of sysexits.h where it has one, and wasmtime's for a trap. */
export const EXIT = Object.freeze({
  ok: 0,
  /** The guest threw an exception that nothing caught. */
  exception: 1,
  /** The command line is wrong: unknown option, no such export, an argument that is not of the parameter's type. */
  usage: 2,
  /** The input is not a module, not a valid one, or lacks an import. */
  data: 65,
  /** The input cannot be read. */
  noInput: 66,
  /** The JavaScript engine lacks a feature that the module needs. */
  unavailable: 69,
  /** Stackyard itself failed. */
  internal: 70,
  /** The output cannot be written. */
  cannotCreate: 73,
  /** The guest trapped. */
  trap: 134,
});

const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = Object.freeze({
  ok: "success",
  exception: "the guest threw an exception that nothing caught",
  usage: "the command line is wrong",
  data: "the input is malformed, or not valid",
  noInput: "the input cannot be read",
  unavailable: "the JavaScript engine lacks a feature that the module needs",
  internal: "an internal error of stackyard",
  cannotCreate: "the output cannot be written",
  trap: "the guest trapped",
});

/** What a command's help says of its exit codes; `texts` replaces what is said of some. */
export function exitCodesHelp(
  codes: readonly (keyof typeof EXIT)[],
  texts: Partial<Record<keyof typeof EXIT, string>> = {},
): string {
  const lines = codes.map((code) => `  ${String(EXIT[code]).padEnd(3)}  ${texts[code] ?? EXIT_TEXTS[code]}\n`);
  return `Exit codes:\n${lines.join("")}`;
}

/** An error whose message is all that the user needs to see. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
