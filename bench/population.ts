/**
 * Many continuations: the memory that suspended ones take, and what is left of abandoned ones.
 *
 *     node --expose-gc bench/population.ts --alive=N [--native]
 *     node --expose-gc bench/population.ts --abandon=N [--native]
 *
 * Prints one line of JSON, {@link AliveFigure} or {@link AbandonFigure}. figures.ts starts it.
 */
import { parseArgs } from "node:util";
import { instantiate } from "./programs.ts";

export interface AliveFigure {
  /** Bytes of heap, and of resident memory, for each suspended continuation. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Seconds to make all of them. */
  readonly seconds: number;
}

export interface AbandonFigure {
  /** Nanoseconds to create, run to its first suspension, and drop one. */
  readonly nanoseconds: number;
  /** Heap in bytes after a collection, at the start and after each tenth. */
  readonly heap: readonly number[];
}

interface Population {
  readonly fill: (size: number) => void;
  readonly step: () => bigint;
  readonly clear: () => void;
  readonly abandon: (count: number) => bigint;
}

interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** What is in use after everything unreachable is gone. */
function memory(): Memory {
  if (gc === undefined) throw new Error("run this with --expose-gc");
  for (let i = 0; i < 3; i++) gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

function alive(population: Population, size: number): AliveFigure {
  population.fill(1000);
  population.clear();
  const before = memory();
  const started = performance.now();
  population.fill(size);
  const seconds = (performance.now() - started) / 1000;
  const after = memory();
  // Every one of them has to be able to go on.
  const sum = population.step();
  const expected = (BigInt(size) * BigInt(size + 1)) / 2n;
  if (sum !== expected) throw new Error(`the continuations report ${sum} instead of ${expected}`);
  return {
    heapBytes: (after.heap - before.heap) / size,
    residentBytes: (after.resident - before.resident) / size,
    seconds,
  };
}

function abandon(population: Population, count: number): AbandonFigure {
  const tenth = Math.ceil(count / 10);
  population.abandon(tenth);
  const heap = [memory().heap];
  let milliseconds = 0;
  for (let done = 0; done < count; done += tenth) {
    const started = performance.now();
    population.abandon(tenth);
    milliseconds += performance.now() - started;
    heap.push(memory().heap);
  }
  return { nanoseconds: (milliseconds * 1e6) / count, heap };
}

const { values } = parseArgs({
  options: { alive: { type: "string" }, abandon: { type: "string" }, native: { type: "boolean", default: false } },
});
const population = await instantiate<Population>("population", values.native ? "native" : "lowered");
if (values.alive !== undefined) console.log(JSON.stringify(alive(population, Number(values.alive))));
if (values.abandon !== undefined) console.log(JSON.stringify(abandon(population, Number(values.abandon))));
