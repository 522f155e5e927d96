/**
 * Many continuations, in a process of their own: the memory that living ones take, and what is left of abandoned ones.
 *
 *     node --expose-gc bench/population.ts '{"implementation": "stackyard", "module": PATH, "alive": 1000, "frames": 1}'
 *     node --expose-gc bench/population.ts '{"implementation": "stackyard", "module": PATH, "abandon": 1000}'
 *
 * Prints one line of JSON, {@link AliveFigure} or {@link AbandonFigure}. memory.ts starts it.
 */
import { readFileSync } from "node:fs";
import { createWebAssembly } from "../runtime/webassembly/index.ts";

export interface PopulationOptions {
  readonly implementation: "stackyard" | "native" | "generators";
  /** Path of programs/population.wat, assembled. */
  readonly module: string;
  /** How many to have alive at once; not given if they are to be abandoned. */
  readonly alive?: number;
  /** Frames of each; with 0 they have not begun to run. */
  readonly frames?: number;
  /** How many to abandon. */
  readonly abandon?: number;
}

export interface AliveFigure {
  /** Bytes of heap, and of resident memory, for each of them; without the reference to it. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Nanoseconds to make one. */
  readonly nanoseconds: number;
}

export interface AbandonFigure {
  /** Nanoseconds to create, run to its first suspension, and drop one. */
  readonly nanoseconds: number;
  /** Heap in bytes after a collection, at the start and after each tenth. */
  readonly heap: readonly number[];
}

interface Population {
  readonly prepare: (size: number) => void;
  readonly fill: (frames: number) => void;
  readonly step: () => bigint;
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

function alive(population: Population, size: number, frames: number): AliveFigure {
  population.prepare(1000);
  population.fill(frames);
  population.prepare(size);
  const before = memory();
  const started = performance.now();
  population.fill(frames);
  const nanoseconds = ((performance.now() - started) * 1e6) / size;
  const after = memory();
  // Every one of them has to be able to go on.
  const sum = population.step();
  const first = (size * (size - 1)) / 2;
  const expected = BigInt(frames === 0 ? first : first + size);
  if (sum !== expected) throw new Error(`the continuations report ${sum} instead of ${expected}`);
  return {
    heapBytes: (after.heap - before.heap) / size,
    residentBytes: (after.resident - before.resident) / size,
    nanoseconds,
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

/** The same with JavaScript's generators. */
function generatorPopulation(): Population {
  function* count(start: number, frames: number): Generator<number, number> {
    if (frames > 1) return (yield* count(start, frames - 1)) + start;
    for (let id = start; ; id++) yield id;
  }
  let all: Generator<number, number>[] = [];
  let size = 0;
  return {
    prepare(wanted) {
      all = new Array<Generator<number, number>>(wanted);
      size = wanted;
    },
    fill(frames) {
      for (let id = 0; id < size; id++) {
        const made = count(id, frames);
        if (frames > 0) made.next();
        all[id] = made;
      }
    },
    step() {
      let sum = 0;
      for (const each of all) sum += each.next().value;
      return BigInt(sum);
    },
    abandon(wanted) {
      let sum = 0;
      for (let id = wanted; id > 0; id--) sum += count(id, 1).next().value;
      return BigInt(sum);
    },
  };
}

function populationOf({ implementation, module }: PopulationOptions): Population {
  if (implementation === "generators") return generatorPopulation();
  const { Module, Instance } = implementation === "native" ? WebAssembly : createWebAssembly();
  return new Instance(new Module(readFileSync(module))).exports as unknown as Population;
}

const options = JSON.parse(process.argv.at(-1) ?? "") as PopulationOptions;
const population = populationOf(options);
const figure =
  options.abandon === undefined
    ? alive(population, options.alive ?? 0, options.frames ?? 1)
    : abandon(population, options.abandon);
console.log(JSON.stringify(figure));
