/**
 * The generator loop at several depths, native against lowered against JavaScript's own generators, in one process.
 *
 *     node --experimental-wasm-wasmfx --no-turboshaft-wasm-load-elimination bench/generator.ts [--rounds=N]
 *
 * Prints one line of JSON: a list of {@link GeneratorFigure}. figures.ts starts it and makes the table.
 */
import { parseArgs } from "node:util";
import { type Contestant, interleave, type Timings } from "./measure.ts";
import { type Implementation, instantiate } from "./programs.ts";

export interface GeneratorFigure {
  /** Frames between the suspend and the resume. */
  readonly depth: number;
  /** Nanoseconds for each round trip. */
  readonly timings: Timings;
}

interface Generator {
  readonly run: (count: number, depth: number) => bigint;
}

const DEPTHS = [1, 10, 100, 1000] as const;

async function contestant(implementation: Implementation, depth: number): Promise<Contestant> {
  // A module of its own for each depth: what the engine learns at one depth must not help or harm the next.
  const { run } = await instantiate<Generator>("generator", implementation);
  return { name: implementation, run: (count) => check(run(count, depth), count) };
}

function* produce(depth: number): globalThis.Generator<number, void> {
  if (depth > 1) yield* produce(depth - 1);
  else for (let value = 0; ; value++) yield value;
}

function javaScript(depth: number): Contestant {
  const run = (count: number): void => {
    const values = produce(depth);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values.next().value ?? 0;
    check(BigInt(sum), count);
  };
  return { name: "javascript", run };
}

function check(sum: bigint, count: number): void {
  const expected = (BigInt(count) * BigInt(count - 1)) / 2n;
  if (sum !== expected) throw new Error(`the generator's values add up to ${sum} instead of ${expected}`);
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, milliseconds: { type: "string", default: "60" } },
});
const figures: GeneratorFigure[] = [];
for (const depth of DEPTHS) {
  const contestants = [await contestant("native", depth), await contestant("lowered", depth), javaScript(depth)];
  figures.push({ depth, timings: interleave(contestants, Number(values.rounds), Number(values.milliseconds)) });
}
console.log(JSON.stringify(figures));
