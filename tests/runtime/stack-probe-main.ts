/**
 * Runs the probes of stack-probe.ts; prints what happened as JSON. `node stack-probe-main.ts [RANGE]`; other engines run
 * it, too.
 */
import { probe } from "./stack-probe.ts";

const range = Number(process.argv[2] ?? 20);
const results: Record<string, unknown> = {};
for (const [name, options] of Object.entries({
  "as it is": {},
  "in chaos mode": { chaos: 3 },
  "with fuel": { fuel: true },
})) {
  const { counts, failures } = await probe(options, range);
  results[name] = { counts: Object.fromEntries(counts), failures };
}
console.log(JSON.stringify(results));
