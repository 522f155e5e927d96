/**
 * The text format, by way of wasm-tools (itself a WebAssembly module), which is loaded on first use only.
 *
 * Text is a convenience of tools and tests: nothing that runs a binary module needs this file.
 */

/** wasm-tools' view of a failure, before it is made presentable. */
interface ToolFailure {
  readonly payload: string;
}

interface TextTools {
  parse(text: string): Uint8Array | Promise<Uint8Array>;
  print(bytes: Uint8Array): string | Promise<string>;
}

/** Longest excerpt of a source line that an error carries, in UTF-16 code units. */
const EXCERPT_LENGTH = 120;

/**
 * Characters that change the direction of text. wasm-tools refuses them outright, although strings and comments may hold them;
 * as escapes they mean the same in a string, nothing in a comment, and stay an error elsewhere.
 */
const CONFUSING = /[\u202a-\u202e\u2066-\u2069\u206c]/g;

/** What wasm-tools' lexical error variants mean. */
const LEXICAL_ERRORS: Readonly<Record<string, string>> = Object.freeze({
  DanglingBlockComment: "unterminated block comment",
  EmptyAnnotation: "empty annotation id",
  EmptyId: "empty identifier",
  InvalidDigit: "invalid digit",
  InvalidHexDigit: "invalid hex digit",
  InvalidStringElement: "invalid character in string",
  InvalidStringEscape: "invalid string escape",
  InvalidUnicodeValue: "invalid unicode scalar value",
  InvalidUtf8Id: "malformed UTF-8 encoding",
  LoneUnderscore: "bare underscore in numeric literal",
  NumberTooBig: "constant out of range",
  Unexpected: "unexpected character",
  UnexpectedEof: "unexpected end",
  UnmatchedParen: "unmatched parenthesis",
});

/** Text that does not parse. */
export class TextError extends Error {
  override readonly name = "TextError";
  /** 1-based line, 0 if unknown. */
  readonly line: number;
  /** 1-based column in UTF-16 code units, 0 if unknown. */
  readonly column: number;
  /** The source line around the error. */
  readonly excerpt: string;
  /** The message without the position. */
  readonly reason: string;

  constructor(reason: string, line: number, column: number, excerpt: string, file?: string) {
    const where =
      line === 0 ? (file ?? "") : file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
    super(where === "" ? reason : `${reason} (at ${where})`);
    this.reason = reason;
    this.line = line;
    this.column = column;
    this.excerpt = excerpt;
  }
}

/**
 * Parses one module (`(module ...)`, or its fields alone) to binary.
 *
 * The result is not validated.
 *
 * @param name file name for error messages
 * @throws {TextError} if the text does not parse
 *
 * @example
 * ```ts
 * const bytes = await parseText(`(module (func (export "answer") (result i32) i32.const 42))`);
 * ```
 */
export async function parseText(text: string, name?: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = text.replace(CONFUSING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const bytes = await callTools((tools) => tools.parse(source), source, name);
  // A component is not a module, although wasm-tools would take either: the version field tells them apart.
  if (bytes[4] !== 1 || bytes[6] !== 0) throw new TextError("not a core module", 1, 1, "", name);
  return new Uint8Array(bytes);
}

/**
 * Prints a binary module in the text format.
 *
 * @throws {TextError} if the bytes are not a module
 */
export async function printText(bytes: Uint8Array): Promise<string> {
  return callTools((tools) => tools.print(bytes), "", undefined);
}

/** `source` and `file` are what positions in errors refer to. */
async function callTools<T>(
  action: (tools: TextTools) => T | Promise<T>,
  source: string,
  file: string | undefined,
): Promise<T> {
  const tools: TextTools = await import("@bytecodealliance/jco-transpile/wasm-tools");
  try {
    return await action(tools);
  } catch (error) {
    if (isToolFailure(error)) throw textError(error.payload, source, file);
    return retry(action, source, file, error);
  }
}

/**
 * A panic leaves the instance of wasm-tools in an unknown state, so the call is repeated in a new instance: whether the
 * text is to blame or an earlier panic, the answer depends on this text alone. (Deno and Bun give the same instance again; the
 * call then fails with a TextError that names the panic.)
 */
async function retry<T>(
  action: (tools: TextTools) => T | Promise<T>,
  source: string,
  file: string | undefined,
  cause: unknown,
): Promise<T> {
  try {
    const fresh = await freshTools();
    return await action(fresh);
  } catch (error) {
    if (isToolFailure(error)) throw textError(error.payload, source, file);
    const failure = new TextError(`wasm-tools failed: ${firstLine(String(cause))}`, 0, 0, "", file);
    failure.cause = cause;
    throw failure;
  }
}

async function freshTools(): Promise<TextTools> {
  const entry = import.meta.resolve("@bytecodealliance/jco-transpile/wasm-tools");
  const url = new URL(`../vendor/wasm-tools.js?instance=${performance.now()}`, entry);
  const module = (await import(url.href)) as { $init: Promise<void>; tools: TextTools };
  await module.$init;
  return module.tools;
}

function isToolFailure(error: unknown): error is ToolFailure {
  return typeof error === "object" && error !== null && "payload" in error && typeof error.payload === "string";
}

/** wasm-tools reports its error structure in Rust's debug notation; its columns are widths on a terminal, its offsets bytes. */
function textError(report: string, source: string, file: string | undefined): TextError {
  const reason = firstLine(reasonOf(report));
  const span = /span: Span \{ offset: (\d+) \}/.exec(report);
  if (span === null) return new TextError(reason, 0, 0, "", file);
  const before = new TextDecoder().decode(new TextEncoder().encode(source).subarray(0, Number(span[1])));
  const lines = before.split("\n");
  const lineStart = before.length - (lines.at(-1)?.length ?? 0);
  const lineEnd = source.indexOf("\n", lineStart);
  const line = source.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const column = before.length - lineStart;
  const from = line.length <= EXCERPT_LENGTH ? 0 : Math.max(0, column - EXCERPT_LENGTH / 2);
  return new TextError(reason, lines.length, column + 1, line.slice(from, from + EXCERPT_LENGTH), file);
}

function reasonOf(report: string): string {
  const custom = /kind: Custom\("((?:[^"\\]|\\.)*)"\)[^"]*$/s.exec(report);
  if (custom !== null) return unescape(custom[1] ?? "");
  const lexical = /kind: Lex\((\w+)(.*?)\)\s*\}[\s}]*\)\s*\}\s*$/s.exec(report);
  if (lexical !== null) {
    const variant = lexical[1] ?? "";
    const detail = (lexical[2] ?? "").replace(/^\(|\)$/g, "").trim();
    return [LEXICAL_ERRORS[variant] ?? variant, detail].filter((part) => part !== "").join(" ");
  }
  return report;
}

function unescape(debug: string): string {
  return debug.replace(/\\(u\{([0-9a-fA-F]+)\}|.)/gs, (_, escape: string, code: string | undefined) => {
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    if (escape === "n") return "\n";
    if (escape === "r") return "\r";
    if (escape === "t") return "\t";
    if (escape === "0") return "\0";
    return escape;
  });
}

function firstLine(text: string): string {
  const end = text.search(/[\r\n]/);
  return (end < 0 ? text : text.slice(0, end)).trim();
}
