/** Runs a module of Binaryen's: gives it what it imports, calls all that it exports, and notes what can be seen. */
import { decodeModule } from "../wasm/decode.ts";
import type { Export, Module } from "../wasm/module.ts";
import { F32, F64, I32, I64, V128, type ValType } from "../wasm/types.ts";
import { type Target, type Trace, trapKind } from "./job.ts";

type Callable = (...args: unknown[]) => unknown;

/** A run that notes more than this is long enough. */
const MAX_EVENTS = 2000;
const MAX_DEPTH = 3;

class Raised extends Error {}

export function runPlain(target: Target, bytes: Uint8Array<ArrayBuffer>): Trace {
  return new PlainRun(target, bytes).run();
}

/** The same with less of the host's stack to go: what differs then depends on the host's limits. */
export function runDeep(target: Target, bytes: Uint8Array<ArrayBuffer>, depth = 3000): Trace {
  return depth === 0 ? runPlain(target, bytes) : runDeep(target, bytes, depth - 1);
}

class PlainRun {
  readonly #target: Target;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #module: Module;
  readonly #events: string[] = [];
  readonly #outcomes: string[] = [];
  readonly #objects: object[] = [];
  #exports: WebAssembly.Exports = {};
  #tag: WebAssembly.Tag;
  #depth = 0;

  constructor(target: Target, bytes: Uint8Array<ArrayBuffer>) {
    this.#target = target;
    this.#bytes = bytes;
    this.#module = decodeModule(bytes);
    this.#tag = new WebAssembly.Tag({ parameters: ["i32"] });
  }

  run(): Trace {
    const trace = { outcomes: this.#outcomes, events: this.#events };
    const { exports } = this.#module;
    try {
      this.#exports = this.#target.instantiate(this.#bytes, this.#imports());
    } catch (error) {
      this.#outcomes.push(this.#failure(error));
      return trace;
    }
    exports.forEach(({ kind }, i) => {
      if (kind === "func") this.#outcomes.push(this.#attempt(() => this.#call(i)));
    });
    for (const each of exports) if (each.kind !== "func") this.#outcomes.push(this.#look(each));
    return trace;
  }

  #imports(): WebAssembly.Imports {
    const support: WebAssembly.ModuleImports = {
      throw: (which: number): never => {
        throw which === 0 ? new Raised("thrown") : this.#target.exception(this.#tag, [which]);
      },
      "table-get": (i: number) => this.#table.get(i >>> 0) as unknown,
      "table-set": (i: number, value: unknown) => this.#table.set(i >>> 0, value),
      "call-export": (i: number) => void this.#call(i >>> 0),
      "call-export-catch": (i: number) => this.#caught(() => this.#call(i >>> 0)),
      "call-ref": (callee: unknown) => void this.#enter(callee),
      "call-ref-catch": (callee: unknown) => this.#caught(() => this.#enter(callee)),
      sleep: (_: number, id: number) => id,
      wasmtag: this.#tag as unknown as WebAssembly.ImportValue,
      jstag: (WebAssembly as unknown as { JSTag: WebAssembly.ImportValue }).JSTag,
    };
    const imports: WebAssembly.Imports = { "fuzzing-support": support };
    for (const { module, name, desc } of this.#module.imports) {
      const given = (imports[module] ??= {});
      if (desc.kind === "func") given[name] ??= (value: unknown): void => this.#note(this.#value(value));
      if (desc.kind === "global") given[name] ??= this.#object(name) as unknown as WebAssembly.ImportValue;
    }
    return imports;
  }

  /** A host's object for each import of a reference. */
  #object(name: string): object {
    return this.#objects[this.#objects.push({ name }) - 1] as object;
  }

  get #table(): WebAssembly.Table {
    return this.#exports["table"] as WebAssembly.Table;
  }

  #note(text: string): void {
    if (this.#events.length >= MAX_EVENTS) throw new Raised("long enough");
    this.#events.push(text);
  }

  /** Calls export number `i`, if it is a function. */
  #call(i: number): unknown {
    const entry = this.#module.exports[i % Math.max(this.#module.exports.length, 1)];
    if (entry?.kind !== "func") return undefined;
    const type = this.#module.types[this.#module.functions[entry.index] ?? 0]?.composite;
    const params = type?.kind === "func" ? type.params : [];
    return this.#enter(this.#exports[entry.name], params.map(zero));
  }

  #enter(callee: unknown, args: readonly unknown[] = []): unknown {
    if (typeof callee !== "function" || this.#depth >= MAX_DEPTH) return undefined;
    this.#depth++;
    try {
      return (callee as Callable)(...args);
    } finally {
      this.#depth--;
    }
  }

  #caught(run: () => unknown): number {
    const outcome = this.#attempt(run);
    this.#note(outcome);
    return outcome.startsWith("returned") ? 0 : 1;
  }

  #attempt(run: () => unknown): string {
    try {
      return `returned ${this.#value(run())}`;
    } catch (error) {
      return this.#failure(error);
    }
  }

  #failure(error: unknown): string {
    if (error instanceof Raised) return error.message;
    if (this.#target.isException(error)) return "threw";
    if (!(error instanceof Error)) return `threw ${this.#value(error)}`;
    const { name, message } = error;
    if (name === "TypeError" || name === "LinkError") return name;
    return `trapped: ${trapKind(message)}`;
  }

  #value(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map((each) => this.#value(each)).join()}]`;
    if (typeof value === "object" && value !== null) return `object ${this.#objects.indexOf(value)}`;
    return typeof value === "function" ? "function" : Object.is(value, -0) ? "-0" : String(value);
  }

  /** What is in an export that is no function. */
  #look({ name, kind }: Export): string {
    const value = this.#exports[name];
    try {
      if (value instanceof WebAssembly.Memory) {
        const bytes = new Uint8Array(value.buffer);
        let hash = bytes.length;
        for (let i = 0; i < bytes.length; i++)
          if (bytes[i] !== 0) hash = Math.imul(hash ^ i, 31) + (bytes[i] as number);
        return `${name}: ${hash}`;
      }
      if (kind === "global") return `${name}: ${this.#value((value as WebAssembly.Global).value)}`;
      if (kind === "table") return `${name}: ${(value as WebAssembly.Table).length}`;
    } catch (error) {
      return `${name}: ${(error as Error).name}`;
    }
    return `${name}: there`;
  }
}

function zero(type: ValType): unknown {
  if (type === I64) return 0n;
  return type === I32 || type === F32 || type === F64 || type === V128 ? 0 : null;
}
