/** Runs a module with legacy exceptions in every form it can have, and describes what comes out so that runs can be compared. */
import { lower, StoreContext } from "../../continuations/index.ts";
import { translateLegacyExceptions } from "../../continuations/legacy-exceptions.ts";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { validateModule } from "../../wasm/validate.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Exports = Readonly<Record<string, unknown>>;
type AnyFunction = (...args: unknown[]) => unknown;

/** Instantiates a module in one of its forms. */
export type Way = (bytes: Bytes, imports: WebAssembly.Imports) => Exports;

function onHost(bytes: Bytes, imports: WebAssembly.Imports): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

function translated(bytes: Bytes, imports: WebAssembly.Imports): Exports {
  const module = translateLegacyExceptions(decodeModule(bytes));
  validateModule(module);
  return onHost(module.bytes as Bytes, imports);
}

function lowered(everyCallSuspends: boolean): Way {
  return (bytes, imports) => {
    const module = lower(decodeModule(bytes), { everyCallSuspends });
    const context = new StoreContext();
    const exports = onHost(module.bytes, { ...imports, stackyard: context.imports as never });
    if (module.start !== undefined) (exports[module.start] as AnyFunction)();
    return exports;
  };
}

function chaos(seed: number): Way {
  const wasm = createWebAssembly({ chaos: seed });
  return (bytes, imports) => new wasm.Instance(new wasm.Module(bytes), imports).exports;
}

export const NATIVE: Way = onHost;

/** The forms that must behave as the module itself does on a host that knows legacy exceptions. */
export const WAYS: Readonly<Record<string, Way>> = Object.freeze({
  translated,
  lowered: lowered(false),
  "lowered, every call suspends": lowered(true),
  "lowered, under chaos with seed 1": (bytes, imports) => chaos(1)(bytes, imports),
  "lowered, under chaos with seed 77": (bytes, imports) => chaos(77)(bytes, imports),
});

/** What a call comes to: `7`, `$e(7)` for an exception of the exported tag, `js 7` for what JavaScript threw, or the trap. */
export function outcome(exports: Exports, name: string, ...args: unknown[]): string {
  try {
    return describe((exports[name] as AnyFunction)(...args));
  } catch (error) {
    return describeThrown(exports, error);
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return value.map(describe).join(" ");
  return typeof value === "function" ? "function" : String(value);
}

function describeThrown(exports: Exports, error: unknown): string {
  if (!(error instanceof Error) && isException(error)) {
    for (const [name, tag] of Object.entries(exports)) {
      if (!name.startsWith("$") || !error.is(tag as WebAssembly.Tag)) continue;
      return `${name}(${payload(error, tag as WebAssembly.Tag)
        .map(describe)
        .join()})`;
    }
    return "another exception";
  }
  return error instanceof WebAssembly.RuntimeError ? `trap: ${error.message}` : `js ${describe(error)}`;
}

function isException(error: unknown): error is WebAssembly.Exception {
  return typeof error === "object" && error !== null && "is" in error && "getArg" in error;
}

function payload(error: WebAssembly.Exception, tag: WebAssembly.Tag): unknown[] {
  const values: unknown[] = [];
  for (;;) {
    try {
      values.push(error.getArg(tag, values.length));
    } catch {
      return values;
    }
  }
}
