/** Who takes part: each way to run a program, on an engine, with the flags that it needs. */
import type { EngineName } from "../scripts/engines.ts";
import type { Implementation } from "./programs.ts";

export interface Contestant {
  readonly name: string;
  readonly title: string;
  readonly implementation: Implementation;
  readonly engine: EngineName;
  /** Flags of the engine. */
  readonly flags: readonly string[];
}

/** Without the second flag this version of V8 miscompiles some of its own resumes. */
export const NATIVE_FLAGS = ["--experimental-wasm-wasmfx", "--no-turboshaft-wasm-load-elimination"] as const;
export const DENO_NATIVE_FLAGS = ["--v8-flags=--experimental-wasm-wasmfx"] as const;

const TITLES: Readonly<Record<Implementation, string>> = {
  stackyard: "Stackyard",
  native: "native stack switching",
  asyncify: "Asyncify, driven in Wasm",
  "asyncify-swap": "Asyncify, swaps in JavaScript",
  "asyncify-wasm": "asyncify-wasm (promises)",
  jspi: "JSPI",
  generators: "JS generators",
  async: "async functions",
  limit: "state machine by hand",
  untouched: "untouched",
  analysed: "lowered, analysed",
  everything: "lowered, every call may suspend",
  "on-demand": "the same, resume copies on demand",
  instrumented: "--asyncify -O2",
};

/** Those of Node 26 are called by what they do; others by their engine, too. */
export const CONTESTANTS: readonly Contestant[] = [
  contestant("stackyard", "node26"),
  contestant("native", "node26", NATIVE_FLAGS),
  contestant("asyncify", "node26"),
  contestant("asyncify-swap", "node26"),
  contestant("asyncify-wasm", "node26"),
  contestant("jspi", "node26"),
  contestant("generators", "node26"),
  contestant("async", "node26"),
  contestant("limit", "node26"),
  contestant("stackyard", "deno"),
  contestant("native", "deno", DENO_NATIVE_FLAGS),
];

/** For the table by engines: what every engine can do. */
export const PORTABLE: readonly Implementation[] = ["stackyard", "asyncify", "generators", "limit"];

export function contestant(
  implementation: Implementation,
  engine: EngineName,
  flags: readonly string[] = [],
): Contestant {
  const title = TITLES[implementation];
  const here = engine === "node26";
  return {
    name: here ? implementation : implementation === "stackyard" ? engine : `${engine} ${implementation}`,
    title: here ? title : `${title}, ${engine}`,
    implementation,
    engine,
    flags,
  };
}
