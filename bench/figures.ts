/**
 * The project's figures, measured side by side on this machine: `npm run bench [-- --quick]`.
 *
 * Round trips are timed in short processes that take turns, all with the engine's own stack switching enabled; what counts is
 * the median of the ratios between rounds that were close in time. Memory is measured in a process of its own for each
 * question. Exits with 1 if a goal is missed.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { run } from "../scripts/process.ts";
import { medianRatio, summary, table } from "./measure.ts";
import type { AbandonFigure, AliveFigure } from "./population.ts";

/** Without the second flag this version of V8 miscompiles some of its own resumes. */
const NATIVE_FLAGS = ["--experimental-wasm-wasmfx", "--no-turboshaft-wasm-load-elimination"] as const;

const CONTESTANTS = ["native", "lowered", "javascript"] as const;
/** Frames between the suspend and the resume. */
const DEPTHS = [1, 10, 100, 1000] as const;

const GOALS = {
  /** Native over lowered, at depth 1. */
  speedup: 6,
  /** Depth 1000 over depth 1, lowered. */
  depthFactor: 1.3,
  /** Bytes of heap for one suspended continuation. */
  bytes: 400,
  /** Growth of the heap over all abandoned continuations, in megabytes: what the engine itself takes for code and feedback. */
  growth: 1,
} as const;

const { values: options } = parseArgs({ options: { quick: { type: "boolean", default: false } } });

/** Runs a script of this folder in a fresh Node; its result is the JSON in its last line. */
async function measure<Figure>(script: string, flags: readonly string[], args: readonly string[]): Promise<Figure> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { code, signal, stdout, stderr } = await run(process.execPath, [...flags, path, ...args]);
  if (code !== 0) throw new Error(`${script} ${args.join(" ")} ended with ${signal ?? code}:\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Figure;
}

const missed: string[] = [];
function goal(name: string, value: number, met: boolean, limit: string): void {
  console.log(`  ${met ? "met   " : "MISSED"} ${name}: ${value.toFixed(2)} (goal: ${limit})`);
  if (!met) missed.push(name);
}

async function roundTrips(): Promise<void> {
  const passes = options.quick ? 2 : 7;
  const timings = new Map<string, number[]>();
  const timesOf = (depth: number, name: string): readonly number[] => timings.get(`${name} ${depth}`) ?? [];
  for (let pass = 0; pass < passes; pass++) {
    for (const depth of DEPTHS) {
      for (const name of CONTESTANTS) {
        const times = await measure<number[]>("generator.ts", NATIVE_FLAGS, [name, `--depth=${depth}`]);
        timings.set(`${name} ${depth}`, [...timesOf(depth, name), ...times]);
      }
    }
  }
  const speedupAt = (depth: number): number => medianRatio(timesOf(depth, "native"), timesOf(depth, "lowered"));
  const factorAt = (depth: number): number => medianRatio(timesOf(depth, "lowered"), timesOf(1, "lowered"));
  const rounds = timesOf(1, "native").length;
  console.log(`Generator loop, ns per round trip: median of ${rounds} rounds in ${passes} processes (min to max)`);
  const header = ["frames", "native", "lowered", "JS generator", "native / lowered", "lowered / depth 1"];
  const rows = DEPTHS.map((depth) => [
    String(depth),
    ...CONTESTANTS.map((name) => summary(timesOf(depth, name))),
    speedupAt(depth).toFixed(2),
    factorAt(depth).toFixed(2),
  ]);
  console.log(table([header, ...rows]));
  goal("times faster than native", speedupAt(1), speedupAt(1) >= GOALS.speedup, `at least ${GOALS.speedup}`);
  goal("1000 frames against 1", factorAt(1000), factorAt(1000) <= GOALS.depthFactor, `at most ${GOALS.depthFactor}`);
}

async function alive(): Promise<void> {
  const size = 1_000_000;
  const figure = await measure<AliveFigure>("population.ts", ["--expose-gc"], [`--alive=${size}`]);
  console.log(`\n${size} suspended continuations alive at once, made in ${figure.seconds.toFixed(2)} s`);
  console.log(`  ${figure.heapBytes.toFixed(0)} bytes of heap each, ${figure.residentBytes.toFixed(0)} resident`);
  goal("bytes each", figure.heapBytes, figure.heapBytes < GOALS.bytes, `under ${GOALS.bytes}`);
  console.log(`  natively: ${await nativeOutcome(`--alive=${size}`)}`);
}

async function abandoned(): Promise<void> {
  const count = options.quick ? 1_000_000 : 10_000_000;
  const figure = await measure<AbandonFigure>("population.ts", ["--expose-gc"], [`--abandon=${count}`]);
  const first = figure.heap[0] ?? 0;
  const growth = ((figure.heap.at(-1) ?? 0) - first) / 1e6;
  console.log(`\n${count} continuations created and abandoned, ${figure.nanoseconds.toFixed(0)} ns each`);
  console.log(`  heap after each tenth, MB: ${figure.heap.map((bytes) => (bytes / 1e6).toFixed(2)).join(" ")}`);
  goal("MB of growth", growth, growth < GOALS.growth, `under ${GOALS.growth}`);
  console.log(`  natively: ${await nativeOutcome(`--abandon=${count}`)}`);
}

/** How the engine's own implementation fares with the same, in a few words. */
async function nativeOutcome(arg: string): Promise<string> {
  try {
    const figure = await measure<object>("population.ts", ["--expose-gc", ...NATIVE_FLAGS], [arg, "--native"]);
    return JSON.stringify(figure);
  } catch (error) {
    const text = String(error);
    return `${/ended with \w+/.exec(text)?.[0] ?? "failed"}${/Fatal.*|out of memory.*/i.exec(text)?.[0].replace(/^/, ": ") ?? ""}`;
  }
}

console.log(`Node ${process.version}, V8 ${process.versions.v8}, ${process.arch}\n`);
await roundTrips();
await alive();
await abandoned();
if (missed.length > 0) {
  console.log(`\nmissed: ${missed.join("; ")}`);
  process.exitCode = 1;
}
