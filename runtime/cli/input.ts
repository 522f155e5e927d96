/** Modules from files. */
import { readFile, stat } from "node:fs/promises";
import { decodeModule } from "../../wasm/decode.ts";
import type { Module } from "../../wasm/module.ts";
import { readNames } from "../../wasm/names.ts";
import { TextError, parseText } from "../../wasm/text.ts";
import { validateModule } from "../../wasm/validate.ts";
import { DecodeError, ValidationError } from "../errors.ts";
import { CliError, EXIT } from "./command.ts";

const READ_ERRORS: Readonly<Record<string, string>> = Object.freeze({
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
});

/** The bytes of a module, from a binary or a text file: binary is what begins with the magic bytes or is called .wasm. */
export async function readModuleBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const contents = await readBytes(path);
  if (contents.length === 0) throw new CliError(EXIT.data, `${path}: empty file`);
  const hasMagic = contents[0] === 0 && contents[1] === 0x61 && contents[2] === 0x73 && contents[3] === 0x6d;
  if (hasMagic || path.endsWith(".wasm")) return contents;
  return parseText(decodeText(path, contents), path).catch((error: unknown) => {
    if (!(error instanceof TextError)) throw error;
    const position = error.line === 0 ? path : `${path}:${error.line}:${error.column}`;
    throw new CliError(EXIT.data, `${position}: ${error.reason}`, { cause: error });
  });
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if ((await stat(path)).isDirectory()) throw new CliError(EXIT.noInput, `${path}: is a directory, not a file`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.noInput, `${path}: ${READ_ERRORS[code ?? ""] ?? message}`, { cause: error });
  }
}

function decodeText(path: string, contents: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(contents);
  } catch (error) {
    const text = `${path}: neither a binary module (no magic bytes) nor text (not UTF-8)`;
    throw new CliError(EXIT.data, text, { cause: error });
  }
}

/** A module that is valid. @throws {CliError} naming the function and the offset otherwise */
export async function readModule(path: string): Promise<Module> {
  const bytes = await readModuleBytes(path);
  let module: Module | undefined;
  try {
    module = decodeModule(bytes);
    validateModule(module);
    return module;
  } catch (error) {
    if (error instanceof ValidationError && module !== undefined) {
      throw new CliError(EXIT.data, `${path}: ${withFunctionName(error, module)}`, { cause: error });
    }
    if (!(error instanceof DecodeError)) throw error;
    throw new CliError(EXIT.data, `${path}: ${error.message}`, { cause: error });
  }
}

function withFunctionName({ message, func }: ValidationError, module: Module): string {
  const name = func === undefined ? undefined : readNames(module).functions.get(func);
  return name === undefined ? message : message.replace(`(in function ${func})`, `(in function ${func} $${name})`);
}
