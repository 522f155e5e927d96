/**
 * A program as bytes with the calls to make, and how it is run: the same on every engine, so that what is seen can be compared.
 */
import type { Argument, Program } from "./model.ts";
import { emitProgram, exportName } from "./emit.ts";
import { I32, I64 } from "../wasm/types.ts";

export interface JobCall {
  readonly module: number;
  readonly name: string;
  readonly args: readonly Argument[];
  readonly fuel: number;
}

export interface Job {
  /** The modules' bytes, in the order of instantiation; each may import what those before it export. */
  readonly modules: readonly Uint8Array<ArrayBuffer>[];
  /** Name of the first module's fuel. */
  readonly fuel: string;
  /** Name of the first module's notes. */
  readonly notes: string;
  /** What the host's `enter` and `attempt` call. */
  readonly entries: readonly { readonly module: number; readonly name: string }[];
  /** Tags by the names of their exports, with the types of their values that can be compared. */
  readonly tags: readonly { readonly module: number; readonly name: string; readonly params: readonly string[] }[];
  readonly calls: readonly JobCall[];
  /** Whether there is a switch in it. */
  readonly switches: boolean;
  /** Names of the tags without results. */
  readonly thrown: readonly string[];
  /** Whether native implementations are known to fail at it. */
  readonly nativeFails: boolean;
}

/** What was seen of a run. */
export interface Trace {
  /** How each call ended. */
  readonly outcomes: readonly string[];
  readonly events: readonly string[];
}

/** What runs modules. */
export interface Target {
  instantiate(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): WebAssembly.Exports;
  isException(error: unknown): error is WebAssembly.Exception;
  exception(tag: WebAssembly.Tag, values: (number | bigint)[]): WebAssembly.Exception;
}

/** A program that notes more than this does not count its fuel. */
const MAX_EVENTS = 20_000;
/** How often the host may be between two activations of the program. */
const MAX_DEPTH = 2;
const OBJECTS = 4;

export function makeJob(program: Program): Job {
  const { universe } = program;
  return {
    modules: emitProgram(program),
    nativeFails: program.nativeFails,
    switches: program.switches,
    thrown: program.tags
      .filter((tag) => universe.signature(tag.type).results.length === 0)
      .map((tag) => exportName("tag", tag)),
    fuel: exportName("global", program.fuel),
    notes: exportName("global", program.notes),
    entries: program.entries.map((func) => ({ module: func.owner, name: exportName("func", func) })),
    tags: program.tags.map((tag) => ({
      module: tag.owner,
      name: exportName("tag", tag),
      params: universe.signature(tag.type).params.map((type) => (type === I32 ? "i32" : type === I64 ? "i64" : "")),
    })),
    calls: program.invocations.map(({ func, args, fuel }) => ({
      module: func.owner,
      name: exportName("func", func),
      args,
      fuel,
    })),
  };
}

/** Thrown by the host in the middle of a program. */
class HostError extends Error {
  readonly value: number;

  constructor(value: number) {
    super(`raised ${value}`);
    this.value = value;
  }
}

type Callable = (...args: unknown[]) => unknown;

export function runJob(target: Target, job: Job): Trace {
  return new Run(target, job).run();
}

class Run {
  readonly #target: Target;
  readonly #job: Job;
  readonly #events: string[] = [];
  readonly #exports: WebAssembly.Exports[] = [];
  readonly #objects = Array.from({ length: OBJECTS }, (_, i) => ({ i }));
  #depth = 0;

  constructor(target: Target, job: Job) {
    this.#target = target;
    this.#job = job;
  }

  run(): Trace {
    const outcomes: string[] = [];
    const imports: Record<string, WebAssembly.ModuleImports> = { host: this.#host() };
    try {
      for (const [i, bytes] of this.#job.modules.entries()) {
        const exports = this.#target.instantiate(bytes, imports);
        this.#exports.push(exports);
        imports[`m${i}`] = exports;
      }
    } catch (error) {
      outcomes.push(`instantiation: ${this.#failure(error)}`);
      return { outcomes, events: this.#events };
    }
    for (const call of this.#job.calls) {
      const fuel = this.#exports[0]?.[this.#job.fuel] as WebAssembly.Global<"i32">;
      fuel.value = call.fuel;
      const notes = this.#exports[0]?.[this.#job.notes] as WebAssembly.Global<"i64">;
      const args = call.args.map((arg) => (arg.type === "i64" ? BigInt(arg.value) : arg.value));
      outcomes.push(`${this.#attempt(() => this.#export(call)(...args))}, fuel ${fuel.value}, notes ${notes.value}`);
    }
    return { outcomes, events: this.#events };
  }

  #export({ module, name }: { readonly module: number; readonly name: string }): Callable {
    return this.#exports[module]?.[name] as Callable;
  }

  #note(event: number | string, text: string): void {
    if (this.#events.length >= MAX_EVENTS) throw new HostError(MAX_EVENTS);
    this.#events.push(`${event}: ${text}`);
  }

  #attempt(run: () => unknown): string {
    try {
      return `returned ${this.#value(run())}`;
    } catch (error) {
      return this.#failure(error);
    }
  }

  #value(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map((each) => this.#value(each)).join()}]`;
    switch (typeof value) {
      case "number":
        return Number.isNaN(value) ? "nan" : String(value);
      case "bigint":
        return `${value}n`;
      case "object": {
        const index = this.#objects.findIndex((object) => object === value);
        return value === null ? "null" : index < 0 ? "an object" : `object ${index}`;
      }
      default:
        return typeof value;
    }
  }

  #enter(which: number, arg: number): unknown {
    const { entries } = this.#job;
    const entry = entries[(which >>> 0) % entries.length];
    if (entry === undefined || this.#depth >= MAX_DEPTH) return arg;
    return this.#deeper(() => this.#export(entry)(arg));
  }

  #deeper<T>(run: () => T): T {
    this.#depth++;
    try {
      return run();
    } finally {
      this.#depth--;
    }
  }

  #host(): WebAssembly.ModuleImports {
    return {
      log: (event: number, value: bigint) => this.#note(event, String(value)),
      logReference: (event: number, value: unknown) => this.#note(event, this.#value(value)),
      object: (which: number) => this.#objects[which & (OBJECTS - 1)],
      enter: (which: number, arg: number) => this.#enter(which, arg),
      attempt: (which: number, arg: number) => {
        this.#note(
          "attempt",
          this.#attempt(() => this.#enter(which, arg)),
        );
        return this.#depth;
      },
      raise: (value: number) => {
        if ((value & 3) === 3) throw this.#guestException() ?? new HostError(value);
        if ((value & 1) === 1) throw new HostError(value);
      },
      call: (callee: unknown) => {
        if (callee !== null && this.#depth < MAX_DEPTH) this.#deeper(() => (callee as Callable)());
      },
    };
  }

  #failure(error: unknown): string {
    if (error instanceof HostError) return error.message;
    if (this.#target.isException(error)) return `threw ${this.#exception(error)}`;
    const { name, message } = error as Error;
    return name === "RuntimeError" || name === "Trap" || isOverflow(name, message)
      ? `trapped: ${trapKind(message)}`
      : `failed: ${name}${name === "TypeError" ? "" : `: ${message}`}`;
  }

  /** An exception of the program's own, if it has one whose values JavaScript can make. */
  #guestException(): WebAssembly.Exception | undefined {
    for (const { module, name, params } of this.#job.tags) {
      const tag = this.#exports[module]?.[name] as WebAssembly.Tag | undefined;
      if (tag === undefined || params.includes("") || !this.#job.thrown.includes(name)) continue;
      return this.#target.exception(
        tag,
        params.map((type, i) => (type === "i64" ? BigInt(i + 40) : i + 50)),
      );
    }
    return undefined;
  }

  #exception(error: WebAssembly.Exception): string {
    for (const { module, name, params } of this.#job.tags) {
      const tag = this.#exports[module]?.[name] as WebAssembly.Tag | undefined;
      if (tag === undefined || !error.is(tag)) continue;
      const values = params.map((type, i) => (type === "" ? "?" : this.#value(error.getArg(tag, i))));
      return `${name}(${values.join()})`;
    }
    return "an exception";
  }
}

function isOverflow(name: string, message: string): boolean {
  return (name === "RangeError" && /call stack/i.test(message)) || name === "InternalError";
}

/** Kinds of traps: engines have their own words, and one message for what the specification tells apart. */
const TRAP_KINDS: readonly (readonly [string, RegExp])[] = [
  ["unreachable", /unreachable/i],
  ["consumed", /consumed|invalid continuation/i],
  ["unhandled", /unhandled/i],
  ["exhausted", /call stack|too much recursion/i],
  ["division", /divide by zero|remainder by zero|division by zero/i],
  ["overflow", /unrepresentable|overflow|trunc/i],
  // For an empty element of a table of typed functions some engines say the one, some the other.
  ["null or signature", /null|signature|uninitialized element|indirect call/i],
  ["cast", /cast/i],
  ["memory", /memory/i],
  ["array", /array/i],
  ["table", /table|call_indirect|undefined element|element segment/i],
];

export function trapKind(message: string): string {
  return TRAP_KINDS.find(([, words]) => words.test(message))?.[0] ?? message;
}
