/** The part of a `WebAssembly`-shaped namespace that scripts need: the host's own, or one that stackyard made. */

export type ImportObject = Record<string, Record<string, unknown>>;

type ErrorClass = new (message?: string) => Error;

export interface WebAssemblyNamespace {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;
  readonly Instance: new (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance;
  readonly CompileError: ErrorClass;
  readonly LinkError: ErrorClass;
  readonly RuntimeError: ErrorClass;
  readonly Exception: abstract new (...args: never[]) => object;
  /** Present on hosts with native stack switching or promise integration. */
  readonly SuspendError?: ErrorClass;
}

/** How a call or an instantiation ended other than by returning. */
export type FailureKind = "trap" | "exhaustion" | "exception" | "suspension" | "compile" | "link" | "error";

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly error: unknown;
}

/** Messages of suspensions that no handler takes: stackyard's official one, then V8's. */
const SUSPENSION = /^(unhandled tag|trying to suspend without WebAssembly\.promising)/;

/** Sorts what a namespace threw. */
export function failureOf(error: unknown, wasm: WebAssemblyNamespace): Failure {
  const message = error instanceof Error || isErrorLike(error) ? error.message : String(error);
  return { kind: failureKind(error, message, wasm), message, error };
}

function failureKind(error: unknown, message: string, wasm: WebAssemblyNamespace): FailureKind {
  if (error instanceof wasm.Exception) return "exception";
  if (wasm.SuspendError !== undefined && error instanceof wasm.SuspendError) return "suspension";
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

function isErrorLike(error: unknown): error is { readonly name: string; readonly message: string } {
  return typeof error === "object" && error !== null && "message" in error && "name" in error;
}
