/**
 * Runs the probes of stack-limits.ts; prints what happened as JSON. `node stack-limits-main.ts [RANGE]`; other engines run it,
 * too.
 */
import { type Findings, probeHooks, probeLimits } from "./stack-limits.ts";

const range = Number(process.argv[2] ?? 300);
const results: Record<string, unknown> = {};

function add(name: string, { counts, failures }: Findings): void {
  results[name] = { counts: Object.fromEntries(counts), failures };
}

add("traces of the program's own", await probeHooks());
add("as it is", await probeLimits({}, range));
add("in chaos mode", await probeLimits({ chaos: 3 }, range));
add("with fuel", await probeLimits({ fuel: true }, range));
console.log(JSON.stringify(results));
