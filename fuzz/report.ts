/** A program as a script that a person can read, and that becomes a regression test when it is understood. */
import { printText } from "../wasm/text.ts";
import { makeJob } from "./job.ts";
import type { Program } from "./model.ts";
import { describe, type Mismatch } from "./oracles.ts";

export async function reportProgram(program: Program, title: string, mismatches: readonly Mismatch[]): Promise<string> {
  const job = makeJob(program);
  const lines = [`;; ${title}`];
  for (const mismatch of mismatches) lines.push(`;; ${describe(mismatch)}`);
  for (const [i, bytes] of job.modules.entries()) {
    const text = await printText(bytes);
    lines.push(text.trimEnd().replace(/^\(module/, `(module $m${i}`), `(register "m${i}" $m${i})`);
  }
  for (const { inputs, calls } of job.runs) {
    const settings = job.inputs.map((name, i) => `${name} = ${inputs[i]}`);
    lines.push(`;; in new instances, with ${settings.join(", ")}`);
    for (const { module, name, args, fuel } of calls) {
      const values = args.map(({ type, value }) => ` (${type}.const ${value})`).join("");
      lines.push(`;; with ${fuel} units of fuel`, `(invoke $m${module} "${name}"${values})`);
    }
  }
  return `${lines.join("\n")}\n`;
}
