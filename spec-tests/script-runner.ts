/** Runs the commands of one script against a `WebAssembly`-shaped namespace. */
import { HEADER } from "../wasm/sections.ts";
import { parseText, TextError } from "../wasm/text.ts";
import { ActionError, Realm, ScriptInstance } from "./instances.ts";
import { Lexer, ScriptError } from "./lexer.ts";
import { describeError, type Failure, failureOf, isErrorLike, type WebAssemblyNamespace } from "./namespace.ts";
import type { Action, Command, CommandKind, Instantiable, ModuleSource, Pattern } from "./script.ts";
import { SPECTEST_MODULES } from "./spectest.ts";
import type { ScriptThread, ThreadStarter } from "./threads.ts";
import { isTrapMessage } from "./trap-messages.ts";
import { formatValue, matches, type Value } from "./values.ts";

export interface RunOptions {
  /**
   * Whether a refused module must carry the official message, as stackyard's own errors do. Engines have words of their own.
   */
  readonly officialMessages: boolean;
  /** Starts the threads of a script; without it, thread commands fail. */
  readonly startThread?: ThreadStarter;
}

export interface CommandResult {
  readonly line: number;
  readonly kind: CommandKind;
  /** What went wrong; undefined if the command passed. */
  readonly failure: string | undefined;
  /** Of a command that waited for a thread: the results of the thread's commands. */
  readonly thread?: readonly CommandResult[];
}

/** A command whose outcome is not the one asked for. */
class CommandFailure extends Error {}

/** How an action or an instantiation ended. */
type Outcome<T> = { readonly kind: "returned"; readonly value: T } | Failure;

interface Definition {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: WebAssembly.Module;
}

/**
 * @example
 * ```ts
 * const runner = await ScriptRunner.create(WebAssembly, { officialMessages: false });
 * for (const command of parseScript(source)) console.log(await runner.run(command));
 * await runner.close();
 * ```
 */
export class ScriptRunner {
  readonly #realm: Realm;
  readonly #options: RunOptions;
  readonly #registry: Record<string, WebAssembly.ModuleImports> = Object.create(null);
  readonly #instances = new Map<string, ScriptInstance>();
  readonly #definitions = new Map<string, Definition>();
  readonly #threads = new Map<string, ScriptThread>();
  /** Why instances, definitions and registered names are missing that the script did ask for. */
  readonly #missing = new Map<string, string>();
  #current: ScriptInstance | undefined;
  #currentDefinition: Definition | undefined;

  private constructor(wasm: WebAssemblyNamespace, options: RunOptions) {
    this.#realm = new Realm(wasm);
    this.#options = options;
  }

  /** A runner with the module "spectest" registered. */
  static async create(wasm: WebAssemblyNamespace, options: RunOptions): Promise<ScriptRunner> {
    const runner = new ScriptRunner(wasm, options);
    const exports: WebAssembly.ModuleImports = Object.create(null);
    for (const text of SPECTEST_MODULES) {
      const bytes = await parseText(text);
      try {
        Object.assign(exports, new wasm.Instance(new wasm.Module(bytes)).exports);
      } catch (error) {
        // The later ones need features that the engine may not have; scripts that use them will say so.
        if (text === SPECTEST_MODULES[0]) throw error;
      }
    }
    runner.#registry["spectest"] = exports;
    return runner;
  }

  /** Makes exports that came from another thread known under `id`, as those of an instance that can be registered. */
  adopt(id: string, exports: WebAssembly.Exports): void {
    this.#instances.set(id, new ScriptInstance(this.#realm, Uint8Array.from(HEADER), exports));
  }

  /** Ends the threads that the script did not wait for. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.stop()));
  }

  /** Runs one command; never throws because of the script. */
  async run(command: Command): Promise<CommandResult> {
    const { line, kind } = command;
    try {
      if (command.kind === "wait") {
        return { line, kind, failure: undefined, thread: await this.#wait(command.thread) };
      }
      await this.#run(command);
      return { line, kind, failure: undefined };
    } catch (error) {
      return { line, kind, failure: error instanceof CommandFailure ? error.message : unexpected(error) };
    }
  }

  async #run(command: Exclude<Command, { readonly kind: "wait" }>): Promise<void> {
    switch (command.kind) {
      case "module":
      case "instance":
        return this.#makeCurrent(command);
      case "definition":
        return this.#define(command);
      case "register":
        return this.#register(command.name, command.instance);
      case "invoke":
      case "get":
        returned(await this.#act(command));
        return;
      case "assert_return":
        return this.#assertReturn(command.action, command.expected);
      case "assert_trap":
        return this.#assertTrap(command.subject, command.message);
      case "assert_exhaustion":
        return expectFailure(await this.#act(command.action), "exhaustion", "the call stack to be exhausted");
      case "assert_exception":
        return expectFailure(await this.#act(command.action), "exception", "an exception");
      case "assert_suspension":
        return expectFailure(await this.#perform(command.subject), "suspension", `a suspension: ${command.message}`);
      case "assert_unlinkable":
        return this.#assertUnlinkable(command.subject, command.message);
      case "assert_malformed":
      case "assert_malformed_custom":
      case "assert_invalid":
      case "assert_invalid_custom":
        return this.#assertRefused(command.kind, command.source, command.message);
      case "thread":
        return this.#startThread(command);
    }
  }

  async #makeCurrent(command: Instantiable): Promise<void> {
    const { id } = command;
    // A script must not go on with an earlier instance if this one fails.
    this.#current = undefined;
    if (id !== undefined) this.#instances.delete(id);
    await this.#rememberFailure(["instance", ...(id === undefined ? [] : [id])], async () => {
      this.#current = returned(await this.#instantiate(command));
      if (id !== undefined) this.#instances.set(id, this.#current);
    });
  }

  async #define({ id, source }: Command & { readonly kind: "definition" }): Promise<void> {
    this.#currentDefinition = undefined;
    if (id !== undefined) this.#definitions.delete(id);
    await this.#rememberFailure(["definition", ...(id === undefined ? [] : [id])], async () => {
      this.#keepDefinition(id, returned(await this.#compile(source)));
    });
  }

  #keepDefinition(id: string | undefined, definition: Definition): void {
    this.#currentDefinition = definition;
    if (id !== undefined) this.#definitions.set(id, definition);
  }

  async #register(name: string, id: string | undefined): Promise<void> {
    delete this.#registry[name];
    await this.#rememberFailure([JSON.stringify(name)], () => {
      this.#registry[name] = this.#instance(id).exports;
    });
  }

  /** Keeps the reason if `names` do not come to be, so that whatever needs them later can tell it. */
  async #rememberFailure(names: readonly string[], make: () => void | Promise<void>): Promise<void> {
    try {
      await make();
      for (const name of names) this.#missing.delete(name);
    } catch (error) {
      const reason = error instanceof CommandFailure ? error.message : unexpected(error);
      for (const name of names) this.#missing.set(name, reason);
      throw error;
    }
  }

  async #assertReturn(action: Action, expected: readonly Pattern[]): Promise<void> {
    const values = returned(await this.#act(action));
    const { hosts } = this.#realm;
    const same =
      values.length === expected.length &&
      expected.every((pattern, i) => {
        const value = values[i];
        return value !== undefined && matches(pattern, value, hosts);
      });
    if (!same) throw new CommandFailure(`expected ${list(expected)}, got ${list(values)}`);
  }

  async #perform(subject: Action | Instantiable): Promise<Outcome<unknown>> {
    const isAction = subject.kind === "invoke" || subject.kind === "get";
    return isAction ? await this.#act(subject) : await this.#instantiate(subject);
  }

  /** Suspensions that no handler takes are traps in engines; scripts that were written for one may call them so. */
  async #assertTrap(subject: Action | Instantiable, message: string): Promise<void> {
    const outcome = await this.#perform(subject);
    if (outcome.kind !== "suspension") expectFailure(outcome, "trap", `a trap: ${message}`);
    else if (UNHANDLED.test(message)) return;
    if ("message" in outcome && !isTrapMessage(message, outcome.message)) {
      throw new CommandFailure(`expected a trap: ${message}, got ${describe(outcome)}`);
    }
  }

  async #assertUnlinkable(subject: Instantiable, message: string): Promise<void> {
    const outcome = await this.#instantiate(subject);
    // The JavaScript API has a TypeError for an import whose module does not exist at all.
    const isMissing = outcome.kind === "error" && isErrorLike(outcome.error) && outcome.error.name === "TypeError";
    if (!isMissing) expectFailure(outcome, "link", `a link error: ${message}`);
  }

  async #assertRefused(kind: CommandKind, source: ModuleSource, message: string): Promise<void> {
    const wanted = `${kind.startsWith("assert_malformed") ? "a malformed" : "an invalid"} module: ${message}`;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await binaryOf(source);
    } catch (error) {
      // Text errors have wasm-tools' words, whatever the engine.
      if (error instanceof TextError) return;
      throw error;
    }
    if (source.form === "quote" && kind === "assert_malformed") {
      throw new CommandFailure(`expected ${wanted}, got text that parses`);
    }
    const outcome = this.#compileBytes(bytes);
    expectFailure(outcome, "compile", wanted);
    if (this.#options.officialMessages && outcome.kind === "compile" && !isRefusal(message, outcome.message)) {
      throw new CommandFailure(`expected ${wanted}, got: ${outcome.message}`);
    }
  }

  async #act(action: Action): Promise<Outcome<Value[]>> {
    const act = await this.#instance(action.instance).prepare(action);
    try {
      return { kind: "returned", value: act() };
    } catch (error) {
      return failureOf(error, this.#realm.wasm);
    }
  }

  async #instantiate(what: Instantiable): Promise<Outcome<ScriptInstance>> {
    const compiled: Outcome<Definition> =
      what.kind === "module"
        ? await this.#compile(what.source)
        : { kind: "returned", value: this.#definition(what.definition) };
    if (compiled.kind !== "returned") return compiled;
    const { bytes, module } = compiled.value;
    if (what.kind === "module") this.#keepDefinition(what.id, compiled.value);
    try {
      const instance = new this.#realm.wasm.Instance(module, this.#registry);
      return { kind: "returned", value: new ScriptInstance(this.#realm, bytes, instance.exports) };
    } catch (error) {
      return this.#withMissingImport(module, failureOf(error, this.#realm.wasm));
    }
  }

  /** Adds the reason to a failure that comes of an import whose instance could not be made. */
  #withMissingImport(module: WebAssembly.Module, failure: Failure): Failure {
    const names = this.#realm.wasm.Module.imports(module).map((entry) => JSON.stringify(entry.module));
    const reason = names.map((name) => this.#missing.get(name)).find((reason) => reason !== undefined);
    return reason === undefined ? failure : { ...failure, message: `${failure.message} (because of ${reason})` };
  }

  async #compile(source: ModuleSource): Promise<Outcome<Definition>> {
    return this.#compileBytes(await binaryOf(source));
  }

  #compileBytes(bytes: Uint8Array<ArrayBuffer>): Outcome<Definition> {
    try {
      return { kind: "returned", value: { bytes, module: new this.#realm.wasm.Module(bytes) } };
    } catch (error) {
      return failureOf(error, this.#realm.wasm);
    }
  }

  #instance(id: string | undefined): ScriptInstance {
    const instance = id === undefined ? this.#current : this.#instances.get(id);
    if (instance === undefined) throw this.#absent("instance", id);
    return instance;
  }

  #definition(id: string | undefined): Definition {
    const definition = id === undefined ? this.#currentDefinition : this.#definitions.get(id);
    if (definition === undefined) throw this.#absent("definition", id);
    return definition;
  }

  #absent(what: "instance" | "definition", id: string | undefined): CommandFailure {
    const reason = this.#missing.get(id ?? what);
    return new CommandFailure(`no ${id ?? what}${reason === undefined ? "" : ` (because of ${reason})`}`);
  }

  #startThread(command: Command & { readonly kind: "thread" }): void {
    const { startThread } = this.#options;
    if (startThread === undefined) throw new CommandFailure("threads are not available");
    const shared = command.shared.map((id) => ({ id, exports: this.#instance(id).exports }));
    this.#threads.set(command.id, startThread({ script: command.script, line: command.line, shared }));
  }

  async #wait(id: string): Promise<readonly CommandResult[]> {
    const thread = this.#threads.get(id);
    if (thread === undefined) throw new CommandFailure(`no thread ${id}`);
    this.#threads.delete(id);
    try {
      return await thread.results;
    } finally {
      await thread.stop();
    }
  }
}

/** The binary of a module as written. @throws {TextError} if its text does not parse */
async function binaryOf(source: ModuleSource): Promise<Uint8Array<ArrayBuffer>> {
  if (source.form === "binary") return source.bytes;
  if (source.form === "text") return parseText(source.text);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source.bytes);
  } catch {
    throw new TextError("malformed UTF-8 encoding", 0, 0, "");
  }
  // No fields at all are a module in the specification, but not to wasm-tools.
  return parseText(isBlank(text) ? "(module)" : text);
}

/** How scripts describe a suspension that no handler takes. */
const UNHANDLED = /^unhandled( tag)?$/;

function isBlank(text: string): boolean {
  // The lexer takes anything for an annotation; what may be in one is for wasm-tools to say.
  if (text.includes("(@")) return false;
  try {
    return new Lexer(text).at("end");
  } catch (error) {
    if (error instanceof ScriptError) return false;
    throw error;
  }
}

/** Engines may put the name of the function that refuses the module in front of the message. */
function isRefusal(official: string, message: string): boolean {
  return message.replace(/^WebAssembly\.\w+\(\): /, "").startsWith(official);
}

function returned<T>(outcome: Outcome<T>): T {
  if (outcome.kind === "returned") return outcome.value;
  throw new CommandFailure(describe(outcome));
}

function expectFailure(outcome: Outcome<unknown>, kind: Failure["kind"], wanted: string): void {
  if (outcome.kind === kind) return;
  throw new CommandFailure(`expected ${wanted}, got ${describe(outcome)}`);
}

function describe(outcome: Outcome<unknown>): string {
  switch (outcome.kind) {
    case "returned":
      return Array.isArray(outcome.value) ? list(outcome.value as Value[]) : "a module";
    case "trap":
      return `a trap: ${outcome.message}`;
    case "exhaustion":
      return "an exhausted call stack";
    case "exception":
      return "an exception";
    case "suspension":
      return `a suspension: ${outcome.message}`;
    case "compile":
      return `a compile error: ${outcome.message}`;
    case "link":
      return `a link error: ${outcome.message}`;
    case "error":
      return `${isErrorLike(outcome.error) ? outcome.error.name : "thrown"}: ${outcome.message}`;
  }
}

function unexpected(error: unknown): string {
  return error instanceof ActionError ? error.message : describeError(error);
}

function list(values: readonly (Pattern | Value)[]): string {
  return values.length === 0 ? "nothing" : values.map(formatValue).join(" ");
}
