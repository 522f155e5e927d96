/**
 * Runs the C guests on the engines, by way of the command line, and compares what they print with what the same sources print
 * natively (build-guests.ts).
 *
 *     node scripts/run-guests.ts [--engines=node22,...] [--chaos=SEED,...] [NAME...]
 *
 * Exits with 1 unless every run printed what it had to and ended with the right exit code.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "./options.ts";
import { ENGINE_NAMES, engine } from "./engines.ts";
import type { Engine, EngineName } from "./engines.ts";
import { GUESTS, expectedOf, moduleOf } from "./guests.ts";
import type { Guest, GuestRun } from "./guests.ts";
import { run } from "./process.ts";
import { root } from "./root.ts";

/** Milliseconds. */
const TIMEOUT = 120_000;

/** What is wrong with a run; undefined if nothing is. */
async function failure(
  on: Engine,
  guest: Guest,
  each: GuestRun,
  chaos: string | undefined,
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "guest-"));
  try {
    const options = Object.entries(each.env).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    if (each.directory) options.push("--dir", `${directory}::/work`);
    if (chaos !== undefined) options.push(`--chaos=${chaos}`);
    const args = [...(each.directory ? ["/work"] : []), ...each.args];
    const line = ["run", moduleOf(guest), ...options, "--", ...args];
    const { stdout, stderr, code, timedOut } = await run(
      on.command,
      [...on.args, join(root, "bin/stackyard.ts"), ...line],
      { cwd: root, input: each.stdin, timeout: TIMEOUT },
    );
    if (timedOut) return `not through after ${TIMEOUT / 1000} s`;
    if (code !== each.code) return `exit code ${code}, not ${each.code}: ${beginning(stderr)}`;
    const expected = readFileSync(expectedOf(guest, each), "utf8");
    return stdout === expected ? undefined : `${firstDifference(stdout, expected)} ${beginning(stderr)}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What fits into a message. */
function beginning(text: string): string {
  return text.split("\n").slice(0, 3).join("\n");
}

function firstDifference(text: string, expected: string): string {
  const lines = text.split("\n");
  const wanted = expected.split("\n");
  const at = wanted.findIndex((line, i) => line !== lines[i]);
  const line = at === -1 ? wanted.length : at;
  return `line ${line + 1} is ${JSON.stringify(lines[line])}, not ${JSON.stringify(wanted[line])}`;
}

const { values, positionals } = scriptOptions(import.meta.url, {
  options: { engines: { type: "string", default: ENGINE_NAMES.join(",") }, chaos: { type: "string", default: "1,2" } },
  allowPositionals: true,
});
const names = values.engines.split(",");
const unknown = names.filter((name) => !(ENGINE_NAMES as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`no engine is called ${unknown.join(", ")}; there are ${ENGINE_NAMES.join(", ")}`);
  process.exit(2);
}
const guests = GUESTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let passed = 0;
let failed = 0;
for (const name of names as EngineName[]) {
  const on = await engine(name);
  let right = 0;
  let wrong = 0;
  for (const guest of guests) {
    for (const each of guest.runs) {
      for (const chaos of [undefined, ...values.chaos.split(",").filter((seed) => seed !== "")]) {
        const reason = await failure(on, guest, each, chaos);
        if (reason === undefined) right++;
        else {
          wrong++;
          const how = [each.name, chaos === undefined ? "" : `chaos ${chaos}`].filter((word) => word !== "").join(", ");
          console.error(`${name}: ${guest.name}${how === "" ? "" : ` (${how})`}: ${reason}`);
        }
      }
    }
  }
  console.log(`${name.padEnd(8)}${right} passed, ${wrong} failed`);
  passed += right;
  failed += wrong;
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
