/** Random programs with legacy exceptions do the same natively, translated, lowered, and under chaos. */
import { expect, test } from "@jest/globals";
import { parseText } from "../../wasm/text.ts";
import { NATIVE, outcome, type Way, WAYS } from "./exception-runs.ts";
import { GENERATOR_IMPORTS, randomFunctions, randomNumbers } from "./legacy-generator.ts";
import { withPrelude } from "./legacy-programs.ts";

const MODULES = 100;
const FUNCTIONS = 30;
/** How often each function is called, with other numbers each time. */
const CALLS = 3;
const FUEL = 100;

/** What the functions of a module do, one line for each call. */
function behaviour(bytes: Uint8Array<ArrayBuffer>, way: Way): string[] {
  const log: string[] = [];
  const thrown = { toString: () => "object" };
  let random = randomNumbers(1);
  const js = {
    log: (value: unknown) => log.push(String(value)),
    log64: (value: unknown) => log.push(String(value)),
    throw: () => {
      throw thrown;
    },
    // 0 is nothing, 1 to 4 are exceptions, 5 is a trap.
    next: () => [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, random(8) === 0 ? 5 : 0][random(18)],
  };
  const exports = way(bytes, { js });
  const lines: string[] = [];
  for (let i = 0; i < FUNCTIONS; i++) {
    for (let call = 0; call < CALLS; call++) {
      random = randomNumbers(i * CALLS + call + 1);
      log.length = 0;
      (exports["fuel"] as WebAssembly.Global).value = FUEL;
      lines.push(`run${i}: ${[outcome(exports, `run${i}`, call), ...log].join(" ")}`);
    }
  }
  return lines;
}

test(`${MODULES * FUNCTIONS} programs`, async () => {
  for (let seed = 1; seed <= MODULES; seed++) {
    const bytes = await parseText(withPrelude(randomFunctions(seed, FUNCTIONS), GENERATOR_IMPORTS));
    const expected = behaviour(bytes, NATIVE);
    for (const [name, way] of Object.entries(WAYS)) {
      const form = `module ${seed}, ${name}`;
      expect({ form, lines: behaviour(bytes, way) }).toEqual({ form, lines: expected });
    }
  }
}, 120_000);
