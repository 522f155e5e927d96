/** The part of a `WebAssembly`-shaped namespace that scripts need: the host's own, or one that stackyard made. */

type ErrorClass = new (message?: string) => Error;

export interface WebAssemblyNamespace {
  readonly Module: {
    new (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module;
    imports(module: WebAssembly.Module): WebAssembly.ModuleImportDescriptor[];
  };
  readonly Instance: new (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance;
  readonly CompileError: ErrorClass;
  readonly LinkError: ErrorClass;
  readonly RuntimeError: ErrorClass;
  readonly Exception: abstract new (...args: never[]) => object;
}

/** How a call or an instantiation ended other than by returning. */
export type FailureKind = "trap" | "exhaustion" | "exception" | "suspension" | "compile" | "link" | "error";

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly error: unknown;
}

/** Beginnings of the traps of suspensions that no handler takes: the official one, and V8's. */
const SUSPENSION = /^(unhandled tag|WasmFX: unhandled suspend)/;

/** Sorts what a namespace threw. */
export function failureOf(error: unknown, wasm: WebAssemblyNamespace): Failure {
  const said = isErrorLike(error) ? error.message : String(error);
  // Bun appends the source of the call.
  const message = said.replace(/ \(evaluating '.*'\)$/s, "");
  return { kind: failureKind(error, message, wasm), message, error };
}

function failureKind(error: unknown, message: string, wasm: WebAssemblyNamespace): FailureKind {
  if (error instanceof wasm.Exception) return "exception";
  if (error instanceof wasm.RuntimeError) {
    if (SUSPENSION.test(message)) return "suspension";
    return message.startsWith("call stack exhausted") ? "exhaustion" : "trap";
  }
  if (error instanceof wasm.CompileError) return "compile";
  if (error instanceof wasm.LinkError) return "link";
  return isStackOverflow(error) ? "exhaustion" : "error";
}

/** Engines report a full stack as errors of JavaScript: RangeError (V8, JavaScriptCore), InternalError (SpiderMonkey). */
function isStackOverflow(error: unknown): boolean {
  if (!isErrorLike(error)) return false;
  if (error.name === "RangeError") return /call stack/i.test(error.message);
  return error.name === "InternalError" && error.message === "too much recursion";
}

/** Name and message of anything thrown. Errors may come from another realm, so their class says nothing. */
export function describeError(error: unknown): string {
  return isErrorLike(error) ? `${error.name}: ${error.message}` : String(error);
}

export function isErrorLike(error: unknown): error is { readonly name: string; readonly message: string } {
  return typeof error === "object" && error !== null && "message" in error && "name" in error;
}
