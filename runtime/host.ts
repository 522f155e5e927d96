/**
 * The host's WebAssembly namespace, typed with the parts that lib.dom does not know yet.
 *
 * Everything that Stackyard hands out derives from the host's own classes, so that its objects work with code that was
 * given the host's namespace, and the other way round.
 */

/** A JavaScript function of any signature; guests and hosts hand these around unseen. */
export type AnyFunction = (...args: never[]) => unknown;
/** A function as seen from a caller that converts nothing. */
export type RawFunction = (...args: unknown[]) => unknown;

/** Options of compilation that go to the host unseen (JS string builtins and the like). */
export type CompileOptions = object | undefined;

/** An error class of the host, with the options that lib.dom does not know. */
export interface HostErrorClass {
  new (message?: string, options?: ErrorOptions): Error;
  readonly prototype: Error;
}

export interface HostSuspending {
  new (fn: AnyFunction): object;
}

/** JS API classes whose presence, or signature, differs between hosts. */
export interface HostNamespace {
  readonly Module: {
    new (bytes: BufferSource, options?: CompileOptions): WebAssembly.Module;
    readonly prototype: WebAssembly.Module;
    exports(module: WebAssembly.Module): WebAssembly.ModuleExportDescriptor[];
    imports(module: WebAssembly.Module): WebAssembly.ModuleImportDescriptor[];
    customSections(module: WebAssembly.Module, name: string): ArrayBuffer[];
  };
  readonly Instance: {
    new (module: WebAssembly.Module, imports?: object): WebAssembly.Instance;
    readonly prototype: WebAssembly.Instance;
  };
  readonly Memory: typeof WebAssembly.Memory;
  readonly Table: typeof WebAssembly.Table;
  readonly Global: typeof WebAssembly.Global;
  readonly Tag: typeof WebAssembly.Tag;
  readonly Exception: typeof WebAssembly.Exception;
  readonly CompileError: HostErrorClass;
  readonly LinkError: HostErrorClass;
  readonly RuntimeError: HostErrorClass;
  readonly JSTag?: WebAssembly.Tag;
  readonly SuspendError?: new (message?: string) => Error;
  readonly Suspending?: HostSuspending;
  promising?(fn: AnyFunction): AnyFunction;
  validate(bytes: BufferSource, options?: CompileOptions): boolean;
  compile(bytes: BufferSource, options?: CompileOptions): Promise<WebAssembly.Module>;
  instantiate(module: WebAssembly.Module, imports?: object): Promise<WebAssembly.Instance>;
  compileStreaming?: AnyFunction;
  instantiateStreaming?: AnyFunction;
}

/** The namespace of the JavaScript engine that runs this code. */
export const host = WebAssembly as unknown as HostNamespace;
