/** `stackyard run`: runs a command, or calls a function of a module. */
import { basename } from "node:path";
import type { Export, Module as DecodedModule } from "../../wasm/module.ts";
import { HEAP_EXN, HEAP_NOEXN, V128, heapOf, isRef } from "../../wasm/types.ts";
import type { FuncType, ValType } from "../../wasm/types.ts";
import { valTypeText } from "../../wasm/type-text.ts";
import { Engine } from "../engine.ts";
import { LinkError, Trap } from "../errors.ts";
import { Instance } from "../instance.ts";
import type { Imports } from "../instance.ts";
import { Module } from "../module.ts";
import { crossingOf } from "../signature.ts";
import { Store } from "../store.ts";
import { WasiExit } from "../wasi/index.ts";
import { CliError, EXIT, exitCodesHelp } from "./command.ts";
import type { CommandIo } from "./command.ts";
import { IMPORTS_HELP, defaultImports } from "./default-imports.ts";
import { readModule } from "./input.ts";
import { COMMON_OPTIONS, parseOptions, usageError } from "./options.ts";
import { readSourceMap } from "./source-map.ts";
import { funcTypeText, importText } from "./type-text.ts";
import { argumentHint, formatValue, parseArgument } from "./values.ts";
import { importsWasi, makeWasi, mayHaveToWait, parseAssignment } from "./wasi.ts";

const HELP = `Usage: stackyard run FILE [ARGS...] [options] [-- ARGS...]
       stackyard run FILE --invoke NAME [ARGS...] [options]

Runs a module, binary (.wasm) or text (.wat). A module that imports WASI and exports _start is a program: it is run with
ARGS as its command line, and its exit code is stackyard's. Of others, the function exported as NAME, or else as _start or
main, is called with ARGS as its parameters' types ask for, and its results are printed, one per line. If there is none, but a
start function, that is all that runs. What comes after -- is always an argument.

Options:
  --invoke NAME         the exported function to call
  --env KEY=VALUE       for WASI: a variable of the environment; just KEY passes on stackyard's own
  --dir HOST[::GUEST]   for WASI: lets the program use the directory HOST, which it knows as GUEST (or as HOST)
  --preload NAME=FILE   another module, whose exports can be imported from NAME; in the order given
  --chaos[=SEED]        for tests: unwind and rewind a seeded choice of calls (default seed 1)
  --verbose             print stack traces of errors
  --help                print this text

${IMPORTS_HELP}
${exitCodesHelp(["ok", "exception", "usage", "data", "noInput", "unavailable", "internal", "trap"], {
  data: "the input is malformed, not valid, or an import is missing",
})}
Examples:
  stackyard run examples/generator.wat
  stackyard run math.wat --invoke add 2 -3
  stackyard run examples/guests/generators.wasm
  stackyard run grep.wasm --dir . -- -i word poem.txt
`;

const OPTIONS = {
  ...COMMON_OPTIONS,
  invoke: { type: "string" },
  chaos: { type: "string" },
  env: { type: "string", multiple: true },
  dir: { type: "string", multiple: true },
  preload: { type: "string", multiple: true },
} as const;

/** Names that are called if none is given. */
const START = "_start";
const ENTRY_POINTS: readonly string[] = Object.freeze([START, "main"]);

/** Longer lists of exports are cut: a message is for reading. */
const MAX_LISTED = 30;

/** Runs the command; resolves to the guest's exit code, or rejects with a {@link CliError}. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const complete = args.map((arg, i) => (arg === "--chaos" && !args.slice(0, i).includes("--") ? "--chaos=1" : arg));
  const { values, positionals } = parseOptions("run", complete, OPTIONS);
  if (values.help === true) {
    io.stdout(HELP);
    return EXIT.ok;
  }
  const [path, ...given] = positionals;
  if (path === undefined) throw usageError("run", "no FILE");
  const engine = new Engine({ chaos: values.chaos === undefined ? undefined : parseSeed(values.chaos) });
  const main = { path, decoded: await readModule(path) };
  const preloads = await Promise.all((values.preload ?? []).map(readPreload));
  const all = [...preloads.map(({ file }) => file), main];
  // Everything that may be wrong with the command line is found before the guest runs.
  const entry = entryPoint(main, values.invoke);
  const isProgram = (entry === undefined || entry.name === START) && importsWasi(main.decoded);
  const call = isProgram || entry === undefined ? undefined : prepareCall(main, entry, given);
  if (!isProgram && entry === undefined && given.length > 0) {
    throw new CliError(EXIT.usage, `${path}: a start function takes no arguments, but ${given.length} given`);
  }
  const { env = [], dir = [] } = values;
  const wasi = all.some(({ decoded }) => importsWasi(decoded))
    ? makeWasi({ args: [basename(path), ...(isProgram ? given : [])], env, dir }, io)
    : undefined;
  const isAsync = mayHaveToWait(all.map(({ decoded }) => decoded));
  const imports: Record<string, Imports[string]> = {
    ...defaultImports(io),
    ...(isAsync ? wasi?.importsAsync() : wasi?.imports()),
  };
  const store = new Store(engine);
  for (const { name, file } of preloads) {
    const instance = await instantiate(store, file, imports);
    await guestErrors(file.path, instance, () => instance.getFunc("_initialize")?.call());
    imports[name] = Object.fromEntries(instance.externs());
  }
  const instance = await unlessExited(() => instantiate(store, main, imports));
  if (typeof instance === "number") return instance;
  if (entry === undefined) return EXIT.ok;
  if (call === undefined && wasi !== undefined) {
    return guestErrors(path, instance, () => (isAsync ? wasi.startAsync(instance) : wasi.start(instance)));
  }
  return guestErrors(path, instance, () => callAndPrint(instance, entry.name, call as Call, isAsync, io));
}

/** What `action` resolves to, or the exit code with which the guest ended itself meanwhile. */
async function unlessExited<T>(action: () => Promise<T>): Promise<T | number> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof WasiExit) return error.code;
    throw error;
  }
}

/** Calls a function and prints its results. Returns the exit code, which is not 0 if the guest ends itself. */
async function callAndPrint(
  instance: Instance,
  name: string,
  { type, arguments: args }: Call,
  isAsync: boolean,
  io: CommandIo,
): Promise<number> {
  return unlessExited(async () => {
    const returned = isAsync ? await instance.callAsync(name, args) : instance.call(name, ...args);
    const results = type.results.length === 1 ? [returned] : ((returned ?? []) as readonly unknown[]);
    for (const [i, t] of type.results.entries()) io.stdout(`${formatValue(results[i], t)}\n`);
    return EXIT.ok;
  });
}

/** A module, and where it comes from. */
interface File {
  readonly path: string;
  readonly decoded: DecodedModule;
}

async function readPreload(text: string): Promise<{ readonly name: string; readonly file: File }> {
  const [name, path] = parseAssignment("preload", "NAME=FILE", text);
  return { name, file: { path, decoded: await readModule(path) } };
}

async function instantiate(store: Store, { path, decoded }: File, imports: Imports): Promise<Instance> {
  checkImports(path, decoded, imports);
  return guestErrors(path, undefined, async () => {
    const module = new Module(store.engine, decoded.bytes as Uint8Array<ArrayBuffer>);
    await readSourceMap(module, path);
    return Instance.create(store, module, imports);
  });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff) return seed;
  throw usageError("run", `--chaos=${text}: the seed must be an integer from 0 to 4294967295`);
}

/** The function to call; undefined if there is only the start function, which runs as the module is instantiated. */
function entryPoint({ path, decoded: module }: File, invoke: string | undefined): Export | undefined {
  const names = invoke === undefined ? ENTRY_POINTS : [invoke];
  const functions = module.exports.filter(({ kind }) => kind === "func");
  for (const name of names) {
    const found = functions.find((entry) => entry.name === name);
    if (found !== undefined) return found;
  }
  if (invoke === undefined && module.start !== undefined) return undefined;
  const list = functions.slice(0, MAX_LISTED).map(({ name, index }) => `${name} ${typeTextOf(module, index)}`.trim());
  if (functions.length > list.length) list.push(`and ${functions.length - list.length} more`);
  const what =
    invoke === undefined ? `exports neither ${ENTRY_POINTS.join(" nor ")}` : `does not export the function ${invoke}`;
  const hint =
    list.length === 0
      ? "it exports no functions"
      : `${invoke === undefined ? "name a function with --invoke" : "it exports"}: ${list.join(", ")}`;
  throw new CliError(EXIT.usage, `${path}: ${what}; ${hint}`);
}

function typeTextOf(module: DecodedModule, func: number): string {
  return funcTypeText(module, module.functions[func] ?? -1);
}

interface Call {
  readonly type: FuncType;
  readonly arguments: readonly unknown[];
}

function prepareCall({ path, decoded: module }: File, entry: Export, given: readonly string[]): Call {
  const type = module.types[module.functions[entry.index] ?? -1]?.composite;
  if (type?.kind !== "func") throw new CliError(EXIT.internal, `${path}: ${entry.name} has no function type`);
  for (const t of [...type.params, ...type.results]) {
    if (cannotCross(module, t)) {
      throw new CliError(
        EXIT.usage,
        `${path}: ${entry.name} cannot be called from here: a value of type ${valTypeText(t)} cannot leave the guest`,
      );
    }
  }
  if (given.length !== type.params.length) {
    const takes =
      type.params.length === 0 ? "no arguments" : `${type.params.length} (${type.params.map(valTypeText).join(" ")})`;
    throw new CliError(EXIT.usage, `${path}: ${entry.name} takes ${takes}, but ${given.length} given`);
  }
  const values = given.map((text, i) => {
    const t = type.params[i] as ValType;
    const value = parseArgument(text, t);
    if (value !== undefined) return value;
    throw new CliError(
      EXIT.usage,
      `argument ${i + 1} of ${entry.name}: ${JSON.stringify(text)} is not ${argumentHint(t)}`,
    );
  });
  return { type, arguments: values };
}

/** Whether JavaScript cannot take or give values of this type. */
function cannotCross(module: DecodedModule, t: ValType): boolean {
  if (t === V128 || crossingOf(t, module.types) === "continuation") return true;
  return isRef(t) && (heapOf(t) === HEAP_EXN || heapOf(t) === HEAP_NOEXN);
}

function checkImports(path: string, module: DecodedModule, imports: Imports): void {
  const missing = module.imports.find((entry) => imports[entry.module]?.[entry.name] === undefined);
  if (missing === undefined) return;
  const { module: from, name, desc } = missing;
  const text = `missing import ${JSON.stringify(from)} ${JSON.stringify(name)} ${importText(module, desc)}`;
  throw new CliError(EXIT.data, `${path}: ${text}`);
}

/** Does `action`, in which the guest runs, and turns what it throws into one line. */
async function guestErrors<T>(path: string, instance: Instance | undefined, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const trap = Trap.from(error);
    if (trap !== undefined) throw new CliError(EXIT.trap, `${path}: trap: ${trap.message}`, { cause: error });
    if (error instanceof LinkError) throw new CliError(EXIT.data, `${path}: ${error.message}`, { cause: error });
    if (error instanceof WebAssembly.CompileError) {
      throw new CliError(EXIT.data, `${path}: refused by the JavaScript engine: ${error.message}`, { cause: error });
    }
    if (!(error instanceof WebAssembly.Exception)) throw error;
    throw new CliError(EXIT.exception, `${path}: uncaught exception${describeException(instance, error)}`, {
      cause: error,
    });
  }
}

/** The exported name of an exception's tag, with the payload, if there is one. */
function describeException(instance: Instance | undefined, exception: WebAssembly.Exception): string {
  if (instance === undefined) return "";
  const { decoded } = instance.module;
  const entry = decoded.exports.find(
    ({ kind, name }) => kind === "tag" && exception.is(instance.exports[name] as unknown as WebAssembly.Tag),
  );
  if (entry === undefined) return "";
  const type = decoded.types[decoded.tags[entry.index] ?? -1]?.composite;
  const params = type?.kind === "func" ? type.params : [];
  const tag = instance.exports[entry.name] as unknown as WebAssembly.Tag;
  const values = params.map((t, i) => (cannotCross(decoded, t) ? "?" : formatValue(exception.getArg(tag, i), t)));
  return `: ${entry.name}(${values.join(", ")})`;
}
