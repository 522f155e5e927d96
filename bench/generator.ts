/**
 * The generator loop at one depth, native against lowered against JavaScript's own generators, in one process.
 *
 *     node --experimental-wasm-wasmfx --no-turboshaft-wasm-load-elimination bench/generator.ts --depth=N [--rounds=N]
 *
 * Prints {@link Timings} as one line of JSON: nanoseconds for each round trip. figures.ts starts it and makes the table.
 *
 * One depth for each process: the engine's code for a module and what it has learnt about it is shared by all instances in
 * the process, so depths would help or harm each other.
 */
import { parseArgs } from "node:util";
import { type Contestant, interleave, type Timings } from "./measure.ts";
import { type Implementation, instantiate } from "./programs.ts";

interface Generator {
  readonly run: (count: number, depth: number) => bigint;
}

async function contestant(implementation: Implementation, depth: number): Promise<Contestant> {
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
  options: {
    depth: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    milliseconds: { type: "string", default: "40" },
  },
});
const depth = Number(values.depth);
const contestants = [await contestant("native", depth), await contestant("lowered", depth), javaScript(depth)];
const timings: Timings = interleave(contestants, Number(values.rounds), Number(values.milliseconds));
console.log(JSON.stringify(timings));
