/**
 * One large module through one transformation, in a process of its own.
 *
 *     node bench/lowering-job.ts '{"module": PATH, "tool": "stackyard" | "binaryen", "everyCallSuspends": true, "cpuTime": false}'
 *
 * Prints a {@link LoweringFigure} as JSON. lowering.ts starts it.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type * as Continuations from "../continuations/index.ts";
import { packageFile } from "../scripts/packages.ts";
import { peakMemory } from "../scripts/peak-memory.ts";
import type * as Wasm from "../wasm/index.ts";

export interface LoweringOptions {
  readonly module: string;
  readonly tool: "stackyard" | "binaryen";
  readonly everyCallSuspends: boolean;
  /** Count the processor time of the thread instead of the time that passes. */
  readonly cpuTime: boolean;
}

export interface LoweringFigure {
  /** Milliseconds from bytes to bytes: the first time in the process, and the fastest of the times after. */
  readonly first: number;
  readonly best: number;
  /** Milliseconds of its steps, the first time. */
  readonly steps: Readonly<Record<string, number>>;
  /** Bytes by which the process was larger at its peak during the first time than before it, when it had the module's bytes. */
  readonly peak: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

type Steps = Record<string, number>;
type Transform = (bytes: Uint8Array, steps: Steps) => Uint8Array;

interface BinaryenModule {
  setFeatures(features: number): void;
  runPasses(passes: readonly string[]): void;
  emitBinary(): Uint8Array;
}
interface Binaryen {
  readonly default: {
    readonly Features: { readonly All: number };
    readBinary(bytes: Uint8Array): BinaryenModule;
    setOptimizeLevel(level: number): void;
    setShrinkLevel(level: number): void;
  };
}

/** Milliseconds, of the processor's time if that is asked for. */
function now(): number {
  if (!options.cpuTime) return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timer(steps: Steps): <T>(name: string, step: () => T) => T {
  return (name, step) => {
    const started = now();
    const result = step();
    steps[name] = now() - started;
    return result;
  };
}

async function stackyard(everyCallSuspends: boolean): Promise<Transform> {
  // What is published. That Node strips types from the sources would take memory, some of which is then used again.
  const { decodeModule, validateModule } = (await import(import.meta.resolve("stackyard/wasm"))) as typeof Wasm;
  const continuations = import.meta.resolve("stackyard/continuations");
  const { lower } = (await import(continuations)) as typeof Continuations;
  return (bytes, steps) => {
    const timed = timer(steps);
    // As `new Module` does it.
    const module = timed("decode", () => decodeModule(bytes));
    const { findings } = timed("validate", () => validateModule(module));
    return timed("lower", () => lower(module, { ...findings, everyCallSuspends, resumeCopies: "auto" })).bytes;
  };
}

async function binaryen(): Promise<Transform> {
  const library = (await import(pathToFileURL(await packageFile("binaryen")).href)) as Binaryen;
  const { default: tool } = library;
  return (bytes, steps) => {
    const timed = timer(steps);
    const module = timed("read", () => tool.readBinary(bytes));
    module.setFeatures(tool.Features.All);
    tool.setOptimizeLevel(0);
    tool.setShrinkLevel(0);
    timed("asyncify", () => module.runPasses(["asyncify"]));
    return timed("write", () => module.emitBinary());
  };
}

const options = JSON.parse(process.argv.at(-1) ?? "") as LoweringOptions;
const bytes = new Uint8Array(readFileSync(options.module));
const transform = options.tool === "stackyard" ? await stackyard(options.everyCallSuspends) : await binaryen();

const steps: Steps = {};
const before = process.memoryUsage().rss;
const started = now();
const output = transform(bytes, steps);
const first = now() - started;
const peak = peakMemory() - before;
let best = first;
// Binaryen takes minutes, and does not get faster.
for (let i = 0; i < 4 && options.tool === "stackyard"; i++) {
  const again = now();
  transform(bytes, {});
  best = Math.min(best, now() - again);
}
const figure: LoweringFigure = {
  first,
  best,
  steps,
  peak,
  inputBytes: bytes.length,
  outputBytes: output.length,
};
console.log(JSON.stringify(figure));
