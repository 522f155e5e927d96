/** From the text of a .wast script to its commands (WebAssembly/spec, interpreter/README.md, "Scripts"). */
import { Lexer, LineMap, ScriptError, stringBytes } from "./lexer.ts";
import type { Action, Command, CommandBody, Instantiable, ModuleSource, Pattern } from "./script.ts";
import { parseConst, parsePattern } from "./value-parser.ts";

/** Heads of module fields: a script that begins with one is a module without its `(module ...)`. */
const MODULE_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "rec",
  "import",
  "func",
  "table",
  "memory",
  "global",
  "tag",
  "export",
  "start",
  "elem",
  "data",
]);

type Definition = CommandBody & { readonly kind: "definition" };

/**
 * Parses a script.
 *
 * @param firstLine the line number of the first line, for a script that is part of another
 * @throws {ScriptError} if it does not follow the grammar
 *
 * @example
 * ```ts
 * for (const command of parseScript(`(module) (assert_invalid (module (func (drop))) "type mismatch")`)) {
 *   console.log(command.line, command.kind);
 * }
 * ```
 */
export function parseScript(source: string, firstLine = 1): Command[] {
  return new ScriptParser(source, firstLine).script();
}

class ScriptParser {
  readonly #lexer: Lexer;
  readonly #lines: LineMap;
  readonly #firstLine: number;

  constructor(source: string, firstLine: number) {
    this.#lexer = new Lexer(source);
    this.#lines = new LineMap(source);
    this.#firstLine = firstLine;
  }

  script(): Command[] {
    const commands: Command[] = [];
    while (!this.#lexer.at("end")) {
      const start = this.#lexer.start;
      const line = this.#line(start);
      if (!this.#lexer.at("(")) throw this.#error("a command", start);
      this.#lexer.next();
      const head = this.#atom();
      if (MODULE_FIELDS.has(head)) {
        commands.push({ line, ...this.#inlineModule(start, commands.length) });
        break;
      }
      commands.push({ line, ...this.#command(head, start) });
    }
    return commands;
  }

  #inlineModule(start: number, commandsBefore: number): CommandBody {
    if (commandsBefore > 0) throw this.#error("a command", start);
    const text = this.#lexer.source.slice(start);
    return { kind: "module", id: undefined, source: { form: "text", text, line: this.#line(start) } };
  }

  /** The rest of a command after its head, closing parenthesis included. */
  #command(head: string, start: number): CommandBody {
    switch (head) {
      case "module":
        return this.#module(start);
      case "invoke":
      case "get":
        return this.#action(head);
      case "register":
        return this.#close({ kind: head, name: this.#name(), instance: this.#optionalId() });
      case "assert_return": {
        const action = this.#nestedAction();
        const expected: Pattern[] = [];
        while (this.#lexer.at("(")) expected.push(parsePattern(this.#lexer));
        return this.#close({ kind: head, action, expected });
      }
      case "assert_trap":
      case "assert_suspension":
        return this.#close({ kind: head, subject: this.#subject(), message: this.#name() });
      case "assert_exhaustion":
        return this.#close({ kind: head, action: this.#nestedAction(), message: this.#name() });
      case "assert_exception":
        return this.#close({ kind: head, action: this.#nestedAction() });
      case "assert_unlinkable":
        return this.#close({ kind: head, subject: this.#nestedInstantiable(), message: this.#name() });
      case "assert_malformed":
      case "assert_malformed_custom":
      case "assert_invalid":
      case "assert_invalid_custom":
        return this.#close({ kind: head, source: this.#nestedSource(), message: this.#name() });
      case "thread":
        return this.#thread(start);
      case "wait":
        return this.#close({ kind: head, thread: this.#id() });
      default:
        throw this.#error("a command", start);
    }
  }

  #close<Body>(body: Body): Body {
    if (!this.#lexer.at(")")) throw this.#error("`)`", this.#lexer.start);
    this.#lexer.next();
    return body;
  }

  /** `module` has been read; `start` is its parenthesis. */
  #module(start: number): Instantiable | Definition {
    const lexer = this.#lexer;
    const keyword = lexer.at("atom") ? lexer.text() : "";
    if (keyword === "instance") {
      lexer.next();
      const first = this.#optionalId();
      const second = this.#optionalId();
      // One name alone is the definition's.
      const [id, definition] = second === undefined ? [undefined, first] : [first, second];
      return this.#close({ kind: "instance", id, definition });
    }
    if (keyword !== "definition") {
      const id = this.#optionalId();
      return { kind: "module", id, source: this.#source(start, "") };
    }
    lexer.next();
    const after = lexer.start;
    const id = this.#optionalId();
    return { kind: "definition", id, source: this.#source(after, "(module ") };
  }

  /**
   * The contents of a module whose name has been read. Text is passed on verbatim from `from`, after `opening` where the
   * script's own keywords had to be left out.
   */
  #source(from: number, opening: string): ModuleSource {
    const lexer = this.#lexer;
    const keyword = lexer.at("atom") ? lexer.text() : "";
    if (keyword !== "binary" && keyword !== "quote") {
      const end = this.#skipToClose();
      return { form: "text", text: opening + lexer.source.slice(from, end), line: this.#line(from) };
    }
    lexer.next();
    const parts: Uint8Array[] = [];
    while (lexer.at("string")) {
      parts.push(stringBytes(lexer.text()));
      // The quoted text's tokens must not run together.
      if (keyword === "quote") parts.push(Uint8Array.of(0x20));
      lexer.next();
    }
    return this.#close({ form: keyword, bytes: concat(parts) });
  }

  /** Skips to the end of the list the lexer is inside of; the offset behind its closing parenthesis. */
  #skipToClose(): number {
    const lexer = this.#lexer;
    while (!lexer.at(")")) {
      if (lexer.at("end")) throw this.#error("`)`", lexer.start);
      if (lexer.at("(")) lexer.skipList();
      else lexer.next();
    }
    const end = lexer.end;
    lexer.next();
    return end;
  }

  #action(head: "invoke" | "get"): Action {
    const instance = this.#optionalId();
    const name = this.#name();
    if (head === "get") return this.#close({ kind: head, instance, name });
    const args = [];
    while (this.#lexer.at("(")) args.push(parseConst(this.#lexer));
    return this.#close({ kind: head, instance, name, args });
  }

  #nestedAction(): Action {
    const start = this.#open();
    const head = this.#atom();
    if (head !== "invoke" && head !== "get") throw this.#error("an action", start);
    return this.#action(head);
  }

  #nestedModule(): Instantiable | Definition {
    const start = this.#open();
    if (this.#atom() !== "module") throw this.#error("a module", start);
    return this.#module(start);
  }

  #nestedInstantiable(): Instantiable {
    const start = this.#lexer.start;
    const module = this.#nestedModule();
    if (module.kind === "definition") throw this.#error("an instance", start);
    return module;
  }

  #nestedSource(): ModuleSource {
    const start = this.#lexer.start;
    const module = this.#nestedModule();
    if (module.kind === "instance") throw this.#error("a module", start);
    return module.source;
  }

  #subject(): Action | Instantiable {
    const start = this.#open();
    const head = this.#atom();
    if (head === "invoke" || head === "get") return this.#action(head);
    if (head !== "module") throw this.#error("an action or a module", start);
    const module = this.#module(start);
    if (module.kind === "definition") throw this.#error("an instance", start);
    return module;
  }

  /** `thread` has been read: its name, the instances it shares, and commands. */
  #thread(start: number): CommandBody {
    const lexer = this.#lexer;
    const id = this.#id();
    const shared: string[] = [];
    let from = lexer.start;
    while (lexer.at("(")) {
      const at = lexer.start;
      lexer.next();
      if (!lexer.at("atom") || lexer.text() !== "shared") {
        from = at;
        break;
      }
      lexer.next();
      this.#open();
      if (this.#atom() !== "module") throw this.#error("a module", at);
      shared.push(this.#id());
      this.#close(undefined);
      this.#close(undefined);
      from = lexer.start;
    }
    // The commands are parsed where the thread runs; here only their extent matters.
    if (lexer.start !== from) this.#skipToClose();
    const end = this.#skipToClose() - 1;
    if (end < from) throw this.#error("`)`", start);
    return { kind: "thread", id, shared, script: lexer.source.slice(from, end), line: this.#line(from) };
  }

  #open(): number {
    const start = this.#lexer.start;
    if (!this.#lexer.at("(")) throw this.#error("`(`", start);
    this.#lexer.next();
    return start;
  }

  #atom(): string {
    if (!this.#lexer.at("atom")) throw this.#error("a keyword", this.#lexer.start);
    const text = this.#lexer.text();
    this.#lexer.next();
    return text;
  }

  #name(): string {
    const lexer = this.#lexer;
    if (!lexer.at("string")) throw this.#error("a string", lexer.start);
    const bytes = stringBytes(lexer.text());
    lexer.next();
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  #optionalId(): string | undefined {
    const lexer = this.#lexer;
    return lexer.at("atom") && lexer.source[lexer.start] === "$" ? this.#id() : undefined;
  }

  /** An identifier, with its dollar sign; `$"..."` means the same as the plain form. */
  #id(): string {
    const lexer = this.#lexer;
    const text = this.#atom();
    if (!text.startsWith("$")) throw this.#error("an identifier", lexer.start);
    if (text !== "$" || !lexer.at("string")) return text;
    return `$${this.#name()}`;
  }

  #line(offset: number): number {
    return this.#lines.lineOf(offset) + this.#firstLine - 1;
  }

  #error(expected: string, offset: number): ScriptError {
    return new ScriptError(`expected ${expected}`, this.#lexer.source, offset);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
