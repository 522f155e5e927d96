/**
 * The generator loop at one depth: native, lowered, or JavaScript's own generators.
 *
 *     node --experimental-wasm-wasmfx --no-turboshaft-wasm-load-elimination bench/generator.ts native|lowered|javascript
 *         [--depth=N] [--rounds=N] [--milliseconds=N]
 *
 * Prints nanoseconds for each round trip, round by round, as one line of JSON. figures.ts starts it and makes the table.
 *
 * One contestant and one depth for each process. The engine's code for a module, and what it has learnt about it, is shared by
 * all instances in a process; and native continuations that were abandoned stay alive, with stacks of 1000 frames that
 * every garbage collection walks from then on, whoever it is that allocates.
 */
import { parseArgs } from "node:util";
import { type Contestant, timeRounds } from "./measure.ts";
import { type Implementation, instantiate } from "./programs.ts";

interface Generator {
  readonly run: (count: number, depth: number) => bigint;
}

async function contestant(implementation: Implementation, depth: number): Promise<Contestant> {
  const { run } = await instantiate<Generator>("generator", implementation);
  return (count) => check(run(count, depth), count);
}

function* produce(depth: number): globalThis.Generator<number, void> {
  if (depth > 1) yield* produce(depth - 1);
  else for (let value = 0; ; value++) yield value;
}

function javaScript(depth: number): Contestant {
  return (count) => {
    const values = produce(depth);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values.next().value ?? 0;
    check(BigInt(sum), count);
  };
}

function check(sum: bigint, count: number): void {
  const expected = (BigInt(count) * BigInt(count - 1)) / 2n;
  if (sum !== expected) throw new Error(`the generator's values add up to ${sum} instead of ${expected}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    depth: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    milliseconds: { type: "string", default: "40" },
  },
});
const depth = Number(values.depth);
const [name] = positionals;
const run = name === "native" || name === "lowered" ? await contestant(name, depth) : javaScript(depth);
console.log(JSON.stringify(timeRounds(run, Number(values.rounds), Number(values.milliseconds))));
