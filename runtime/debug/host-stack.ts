/**
 * The stack traces of JavaScript engines, as data.
 *
 * ```text
 * V8             at module.name (wasm://wasm/module-0123abcd:wasm-function[3]:0x5c)
 *                at wasm://wasm/0123abcd:wasm-function[3]:0x5c
 *                at module.name (wasm://wasm/module-0123abcd:1:93)   programs with traces of their own
 * SpiderMonkey   name@http://host/file.js line 7 > WebAssembly.Module:wasm-function[3]:0x5c
 * JavaScriptCore name@module:wasm-function[3]                 its shell
 *                module.wasm-function[name]@[wasm code]       Safari: the index in place of the name if there is none
 *                at module.wasm-function[name] ([wasm code])  Bun, by way of stackOf
 * ```
 *
 * The offset is one in the bytes of the module that the host compiled. JavaScriptCore gives none.
 */

export interface HostFrame {
  readonly isWasm: boolean;
  /** Where the host says the code is from; V8's tells modules with different bytes apart. */
  readonly url: string | undefined;
  readonly func: number | undefined;
  readonly offset: number | undefined;
  /** The function's name; V8 may put the module's before it. */
  readonly name: string | undefined;
}

const JS_FRAME: HostFrame = Object.freeze({
  isWasm: false,
  url: undefined,
  func: undefined,
  offset: undefined,
  name: undefined,
});

const V8 = /^\s*at (?:(.*) \()?(.*):wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;
/** V8's, formatted by a program that makes its own traces: the column is the offset, counted from 1. */
const V8_POSITION = /^\s*at (?:(.*) \()?(wasm:\/\/.*):1:(\d+)\)?$/;
const SPIDERMONKEY = /^(.*?)@(.*):wasm-function\[(\d+)\]:0x([0-9a-f]+)$/;
const JSC_SHELL = /^(.*)@([^@]*):wasm-function\[(\d+)\]$/;
const JSC = /^(?:\s*at )?(.*?)\.?wasm-function\[(.*)\](?:@\[wasm code\]| \(\[wasm code\]\))$/;

/** The frames of an error's `stack`, innermost first. */
export function parseHostStack(stack: string, message: string): HostFrame[] {
  // The message comes first on V8, and may have lines that look like frames.
  const at = message === "" ? -1 : stack.indexOf(message);
  const begun = at >= 0 && !stack.slice(0, at).includes("\n") ? stack.slice(at + message.length) : stack;
  return begun.split("\n").flatMap((line) => {
    const frame = parseLine(line);
    return frame === undefined ? [] : [frame];
  });
}

function parseLine(line: string): HostFrame | undefined {
  const exact = V8.exec(line) ?? SPIDERMONKEY.exec(line);
  if (exact !== null) {
    const [, name, url, func, offset = ""] = exact;
    return { isWasm: true, url, func: Number(func), offset: Number.parseInt(offset, 16), name: known(name) };
  }
  const position = V8_POSITION.exec(line);
  if (position !== null) {
    const [, name, url, column] = position;
    return { isWasm: true, url, func: undefined, offset: Number(column) - 1, name: known(name) };
  }
  const shell = JSC_SHELL.exec(line);
  if (shell !== null) {
    return { isWasm: true, url: shell[2], func: Number(shell[3]), offset: undefined, name: known(shell[1]) };
  }
  const named = JSC.exec(line);
  if (named !== null) {
    const [, url, name = ""] = named;
    const func = /^\d+$/.test(name) ? Number(name) : undefined;
    return { isWasm: true, url, func, offset: undefined, name: func === undefined ? known(name) : undefined };
  }
  return /^\s+at |@/.test(line) ? JS_FRAME : undefined;
}

/** What hosts put where a function has no name is none. */
function known(name: string | undefined): string | undefined {
  return name === undefined || name === "" || name === "(null)" || name === "<anonymous>" ? undefined : name;
}

interface CallSite {
  getFunctionName(): string | null;
  getFileName(): string | null;
  toString(): string;
}

type Prepare = (error: unknown, sites: readonly CallSite[]) => unknown;

/** Whether the host's traces tell functions by their names alone. */
export function tellsNamesOnly(): boolean {
  return "Bun" in globalThis;
}

/**
 * The `stack` of an error. Bun's has no names of WebAssembly functions unless the trace is prepared by the program, which can
 * be done once per error, and only before anyone has looked at it.
 */
export function stackOf(error: Error): string {
  if (!tellsNamesOnly()) return preparedStack(error);
  const constructor = Error as unknown as { prepareStackTrace?: Prepare | undefined };
  const before = constructor.prepareStackTrace;
  const prepare: Prepare = (_, sites) => [String(error), ...sites.map((site) => `    at ${describe(site)}`)].join("\n");
  // Not by assignment: a program may have frozen it.
  Reflect.set(constructor, "prepareStackTrace", prepare);
  try {
    return preparedStack(error);
  } finally {
    Reflect.set(constructor, "prepareStackTrace", before);
  }
}

/** What the host or the program makes of the trace; empty if that is no text, or fails. */
function preparedStack(error: Error): string {
  try {
    const stack: unknown = error.stack;
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}

function describe(site: CallSite): string {
  return site.getFileName() === "[wasm code]" ? `${site.getFunctionName()} ([wasm code])` : site.toString();
}
