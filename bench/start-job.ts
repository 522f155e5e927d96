/**
 * A cold start, in a process of its own: from bytes to the result of the first call.
 *
 *     node bench/start-job.ts '{"implementation": "stackyard" | "native" | "asyncify", "module": PATH}'
 *
 * Prints a {@link StartFigure} as JSON. start.ts starts it.
 */
import { readFileSync } from "node:fs";

export interface StartOptions {
  readonly implementation: "stackyard" | "native" | "asyncify";
  /** Path of the generator program in a form for the implementation. */
  readonly module: string;
}

export interface StartFigure {
  /** Milliseconds to load what the implementation needs. */
  readonly load: number;
  readonly compile: number;
  readonly instantiate: number;
  /** The first call: ten values of a generator. */
  readonly call: number;
}

async function namespace(implementation: StartOptions["implementation"]): Promise<typeof WebAssembly> {
  if (implementation !== "stackyard") return WebAssembly;
  // As it is published, if it has been built: JavaScript, not TypeScript that has to be stripped of its types first.
  const path = import.meta.resolve("stackyard/webassembly");
  const { createWebAssembly } = (await import(path)) as { createWebAssembly: () => typeof WebAssembly };
  return createWebAssembly();
}

const { implementation, module: path } = JSON.parse(process.argv.at(-1) ?? "") as StartOptions;
const bytes = readFileSync(path);
const times = [performance.now()];
const { Module, Instance } = await namespace(implementation);
times.push(performance.now());
const module = new Module(bytes);
times.push(performance.now());
const { run } = new Instance(module).exports as unknown as { run: (count: number, depth: number) => bigint };
times.push(performance.now());
if (run(10, 1) !== 45n) throw new Error("wrong result");
times.push(performance.now());
const [load = 0, compile = 0, instantiate = 0, call = 0] = times.slice(1).map((time, i) => time - (times[i] ?? 0));
console.log(JSON.stringify({ load, compile, instantiate, call } satisfies StartFigure));
