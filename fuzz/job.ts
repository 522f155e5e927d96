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

/** A program of the job's structure: the constants that the host sets, and the calls that it makes. */
export interface JobRun {
  readonly inputs: readonly number[];
  readonly calls: readonly JobCall[];
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
  /** Names of the first module's inputs; it may do without some. */
  readonly inputs: readonly string[];
  /** Each is made in instances of its own. */
  readonly runs: readonly JobRun[];
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

/** What knows a target's exceptions. */
export interface ErrorTarget {
  isException(error: unknown): error is WebAssembly.Exception;
  exception(tag: WebAssembly.Tag, values: (number | bigint)[]): WebAssembly.Exception;
  /** What is wrong with the backtrace of a trap. */
  wrongBacktrace?(error: unknown): string | undefined;
}

/** What runs modules. */
export interface Target extends ErrorTarget {
  instantiate(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): WebAssembly.Exports;
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
    inputs: program.inputs.map((input) => exportName("global", input)),
    runs: program.runs.map(({ inputs, invocations }) => ({
      inputs,
      calls: invocations.map(({ func, args, fuel }) => ({
        module: func.owner,
        name: exportName("func", func),
        args,
        fuel,
      })),
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
  return joined(job.runs.map((run) => new Run(target, job).run(run)));
}

/** The traces of all runs as one. */
export function joined(traces: readonly Trace[]): Trace {
  return {
    outcomes: traces.flatMap(({ outcomes }) => outcomes),
    events: traces.flatMap(({ events }) => events),
  };
}

/** What all runs of a job have in common: the program's instances, and what is noted of them. */
export class Observer {
  readonly job: Job;
  readonly events: string[] = [];
  readonly outcomes: string[] = [];
  readonly exports: WebAssembly.Exports[] = [];
  readonly imports: Record<string, WebAssembly.ModuleImports>;
  readonly #target: ErrorTarget;
  readonly #objects = Array.from({ length: OBJECTS }, (_, i) => ({ i }));
  depth = 0;

  constructor(target: ErrorTarget, job: Job, host: WebAssembly.ModuleImports) {
    this.#target = target;
    this.job = job;
    this.imports = {
      host: {
        log: (event: number, value: bigint) => this.note(event, String(value)),
        logReference: (event: number, value: unknown) => this.note(event, this.#value(value)),
        object: (which: number) => this.#objects[which & (OBJECTS - 1)],
        raise: (value: number) => {
          if ((value & 3) === 3) throw this.#guestException() ?? new HostError(value);
          if ((value & 1) === 1) throw new HostError(value);
        },
        call: (callee: unknown) => {
          if (callee === null || this.depth >= MAX_DEPTH) return;
          this.depth++;
          try {
            (callee as Callable)();
          } finally {
            this.depth--;
          }
        },
        ...host,
      },
    };
  }

  /** What was seen so far, and nothing besides: it may have to go to another process. */
  get trace(): Trace {
    return { outcomes: this.outcomes, events: this.events };
  }

  adopt(exports: WebAssembly.Exports): void {
    this.imports[`m${this.exports.length}`] = exports;
    this.exports.push(exports);
  }

  instantiationFailed(error: unknown): Trace {
    this.outcomes.push(`instantiation: ${this.failure(error)}`);
    return this.trace;
  }

  /** Sets the constants of a run. */
  begin({ inputs }: JobRun): void {
    this.job.inputs.forEach((name, i) => {
      const input = this.exports[0]?.[name] as WebAssembly.Global | undefined;
      if (input !== undefined) input.value = inputs[i] ?? 0;
    });
  }

  /** Prepares a call: sets the fuel, and gives the arguments. */
  prepare({ args, fuel }: JobCall): unknown[] {
    this.#number(this.job.fuel).value = fuel;
    return args.map((arg) => (arg.type === "i64" ? BigInt(arg.value) : arg.value));
  }

  ended(outcome: string): void {
    this.outcomes.push(
      `${outcome}, fuel ${this.#number(this.job.fuel).value}, notes ${this.#number(this.job.notes).value}`,
    );
  }

  #number(name: string): WebAssembly.Global {
    return this.exports[0]?.[name] as WebAssembly.Global;
  }

  /** The entry that the program wants to be called back at, unless it is deep enough already. */
  entry(which: number): Job["entries"][number] | undefined {
    const { entries } = this.job;
    return this.depth < MAX_DEPTH ? entries[(which >>> 0) % entries.length] : undefined;
  }

  note(event: number | string, text: string): void {
    if (this.events.length >= MAX_EVENTS) throw new HostError(MAX_EVENTS);
    this.events.push(`${event}: ${text}`);
  }

  returned(value: unknown): string {
    return `returned ${this.#value(value)}`;
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

  failure(error: unknown): string {
    if (error instanceof HostError) return error.message;
    if (this.#target.isException(error)) return `threw ${this.#exception(error)}`;
    const { name, message } = error as Error;
    if (name !== "RuntimeError" && name !== "Trap" && !isOverflow(name, message)) {
      return `failed: ${name}${name === "TypeError" ? "" : `: ${message}`}`;
    }
    const wrong = this.#target.wrongBacktrace?.(error);
    return `trapped: ${trapKind(message)}${wrong === undefined ? "" : `, with a wrong backtrace: ${wrong}`}`;
  }

  /** An exception of the program's own, if it has one whose values JavaScript can make. */
  #guestException(): WebAssembly.Exception | undefined {
    for (const { module, name, params } of this.job.tags) {
      const tag = this.exports[module]?.[name] as WebAssembly.Tag | undefined;
      if (tag === undefined || params.includes("") || !this.job.thrown.includes(name)) continue;
      return this.#target.exception(
        tag,
        params.map((type, i) => (type === "i64" ? BigInt(i + 40) : i + 50)),
      );
    }
    return undefined;
  }

  #exception(error: WebAssembly.Exception): string {
    for (const { module, name, params } of this.job.tags) {
      const tag = this.exports[module]?.[name] as WebAssembly.Tag | undefined;
      if (tag === undefined || !error.is(tag)) continue;
      const values = params.map((type, i) => (type === "" ? "?" : this.#value(error.getArg(tag, i))));
      return `${name}(${values.join()})`;
    }
    return "an exception";
  }
}

class Run {
  readonly #target: Target;
  readonly #observer: Observer;

  constructor(target: Target, job: Job) {
    this.#target = target;
    this.#observer = new Observer(target, job, {
      enter: (which: number, arg: number) => this.#enter(which, arg),
      attempt: (which: number, arg: number) => {
        const observer = this.#observer;
        observer.note(
          "attempt",
          this.#attempt(() => this.#enter(which, arg)),
        );
        return observer.depth;
      },
    });
  }

  run(run: JobRun): Trace {
    const observer = this.#observer;
    try {
      for (const bytes of observer.job.modules) observer.adopt(this.#target.instantiate(bytes, observer.imports));
    } catch (error) {
      return observer.instantiationFailed(error);
    }
    observer.begin(run);
    for (const call of run.calls) {
      const args = observer.prepare(call);
      observer.ended(this.#attempt(() => this.#export(call)(...args)));
    }
    return observer.trace;
  }

  #export({ module, name }: { readonly module: number; readonly name: string }): Callable {
    return this.#observer.exports[module]?.[name] as Callable;
  }

  #attempt(run: () => unknown): string {
    try {
      return this.#observer.returned(run());
    } catch (error) {
      return this.#observer.failure(error);
    }
  }

  #enter(which: number, arg: number): unknown {
    const observer = this.#observer;
    const entry = observer.entry(which);
    if (entry === undefined) return arg;
    observer.depth++;
    try {
      return this.#export(entry)(arg);
    } finally {
      observer.depth--;
    }
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
