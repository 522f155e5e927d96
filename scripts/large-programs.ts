/** What is used of large programs from npm, by their packages' own interfaces. */

export interface WasmTools {
  readonly $init: Promise<void>;
  readonly tools: { parse(text: string): Uint8Array; print(bytes: Uint8Array): string };
}

export interface ComponentBindgen {
  readonly $init: Promise<void>;
  generate(component: Uint8Array, options: object): { readonly files: readonly (readonly [string, Uint8Array])[] };
}

export interface Swc {
  transformSync(code: string, options: object): { readonly code: string };
}
