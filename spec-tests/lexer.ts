/**
 * Tokens of a .wast script (spec 3.0, "Text Format: Lexical Format").
 *
 * The lexer hands out positions instead of strings: most of a script is module text, which is passed on as it stands.
 */

export type TokenKind = "(" | ")" | "string" | "atom" | "end";

/** A script that does not follow the .wast grammar. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  /** Offset in the source, in UTF-16 code units. */
  readonly offset: number;
  /** 1-based line. */
  readonly line: number;

  constructor(message: string, source: string, offset: number) {
    const line = lineOf(source, offset);
    super(`${message} (at line ${line})`);
    this.offset = offset;
    this.line = line;
  }
}

/** The 1-based line of `offset`; linear, for errors only. */
function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let i = source.indexOf("\n"); i >= 0 && i < offset; i = source.indexOf("\n", i + 1)) line++;
  return line;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;
const AT = 0x40;
const BACKSLASH = 0x5c;

/**
 * One token at a time: `kind`, `start` and `end` describe the current one, {@link Lexer.next} moves on. Comments and
 * annotations count as white space.
 */
export class Lexer {
  readonly source: string;
  kind: TokenKind = "end";
  start = 0;
  end = 0;

  constructor(source: string) {
    this.source = source;
    this.next();
  }

  /** Reads the next token. @throws {ScriptError} if a string or comment does not end */
  next(): TokenKind {
    this.#token();
    while (this.kind === "(" && this.source.charCodeAt(this.end) === AT) this.#annotation();
    return this.kind;
  }

  /** Whether the current token is of this kind. */
  at(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  /** The current token's text. */
  text(): string {
    return this.source.slice(this.start, this.end);
  }

  /** With the lexer on an opening parenthesis: moves behind the matching closing one and returns that one's end. */
  skipList(): number {
    const opening = this.start;
    for (let depth = 0; ; this.next()) {
      if (this.kind === "(") depth++;
      else if (this.kind === ")") {
        depth--;
        if (depth === 0) break;
      } else if (this.kind === "end") throw new ScriptError("unclosed parenthesis", this.source, opening);
    }
    const end = this.end;
    this.next();
    return end;
  }

  #annotation(): void {
    const opening = this.start;
    for (let depth = 1; depth > 0; ) {
      this.#token();
      if (this.kind === "(") depth++;
      else if (this.kind === ")") depth--;
      else if (this.kind === "end") throw new ScriptError("unclosed annotation", this.source, opening);
    }
    this.#token();
  }

  #token(): void {
    const source = this.source;
    this.start = this.#skipSpace(this.end);
    this.end = this.start + 1;
    if (this.start >= source.length) {
      this.start = this.end = source.length;
      this.kind = "end";
      return;
    }
    const code = source.charCodeAt(this.start);
    if (code === OPEN) this.kind = "(";
    else if (code === CLOSE) this.kind = ")";
    else if (code === QUOTE) this.#string();
    else this.#atom();
  }

  #skipSpace(from: number): number {
    const source = this.source;
    let at = from;
    for (;;) {
      const code = source.charCodeAt(at);
      if (code === SPACE || code === LINE_FEED || code === TAB || code === CARRIAGE_RETURN) at++;
      else if (code === SEMICOLON && source.charCodeAt(at + 1) === SEMICOLON) {
        at += 2;
        while (at < source.length && !isLineEnd(source.charCodeAt(at))) at++;
      } else if (code === OPEN && source.charCodeAt(at + 1) === SEMICOLON) at = this.#skipBlockComment(at);
      else return at;
    }
  }

  #skipBlockComment(opening: number): number {
    const source = this.source;
    let at = opening + 2;
    for (let depth = 1; depth > 0; ) {
      if (at >= source.length) throw new ScriptError("unclosed comment", source, opening);
      const code = source.charCodeAt(at);
      const following = source.charCodeAt(at + 1);
      if (code === OPEN && following === SEMICOLON) {
        depth++;
        at += 2;
      } else if (code === SEMICOLON && following === CLOSE) {
        depth--;
        at += 2;
      } else at++;
    }
    return at;
  }

  #string(): void {
    const source = this.source;
    let at = this.start + 1;
    for (;;) {
      const code = source.charCodeAt(at);
      if (at >= source.length || code === LINE_FEED) throw new ScriptError("unclosed string", source, this.start);
      if (code === QUOTE) break;
      at += code === BACKSLASH ? 2 : 1;
    }
    this.end = at + 1;
    this.kind = "string";
  }

  #atom(): void {
    const source = this.source;
    let at = this.end;
    for (; at < source.length; at++) {
      const code = source.charCodeAt(at);
      if (code <= SPACE || code === OPEN || code === CLOSE || code === QUOTE || code === SEMICOLON) break;
    }
    this.end = at;
    this.kind = "atom";
  }
}

function isLineEnd(code: number): boolean {
  return code === LINE_FEED || code === CARRIAGE_RETURN;
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = Object.freeze({
  t: TAB,
  n: LINE_FEED,
  r: CARRIAGE_RETURN,
  '"': QUOTE,
  "'": 0x27,
  "\\": BACKSLASH,
});

/** The bytes that the string literal `literal` (quotes included) denotes; they need not be UTF-8. */
export function stringBytes(literal: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const body = literal.slice(1, -1);
  if (!body.includes("\\")) return encoder.encode(body);
  const bytes: number[] = [];
  for (const part of body.matchAll(/\\u\{([0-9a-fA-F_]+)\}|\\([0-9a-fA-F]{2})|\\(.)|[^\\]+/gsu)) {
    const [plain, codePoint, hex, simple] = part;
    if (codePoint !== undefined) {
      const scalar = Number.parseInt(codePoint.replaceAll("_", ""), 16);
      bytes.push(...encoder.encode(String.fromCodePoint(scalar)));
    } else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (simple !== undefined) {
      const byte = SIMPLE_ESCAPES[simple];
      if (byte === undefined) throw new ScriptError(`unknown string escape \\${simple}`, literal, 0);
      bytes.push(byte);
    } else for (const byte of encoder.encode(plain)) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Maps offsets to lines, for a source whose positions are asked for often. */
export class LineMap {
  readonly #starts: number[] = [0];

  constructor(source: string) {
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The 1-based line of `offset`. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
