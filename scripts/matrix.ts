/**
 * The suites on every engine that we can install, without flags.
 *
 *     node scripts/matrix.ts [--engines=node22,...] [--suites=stack-switching,...] [--chaos=SEED,...] [--quick] [--json]
 *
 * Assertions that pass by refusing a module are counted apart (negative), because an engine without stack switching passes all
 * of those too. `--chaos` repeats everything under chaos with each seed. `--quick` takes the smallest official suite
 * and our own. Exits with 1 if anything failed, crashed or was not through in time.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { scriptOptions } from "./options.ts";
import { table } from "../bench/measure.ts";
import type { Counts, FileReport } from "../spec-tests/report.ts";
import { ENGINE_NAMES, type Engine, type EngineName, engine } from "./engines.ts";
import { run } from "./process.ts";
import { OFFICIAL_SUITE, root } from "./root.ts";

const SUITES: Readonly<Record<string, string>> = {
  "stack-switching": join(OFFICIAL_SUITE, "stack-switching"),
  core: join(OFFICIAL_SUITE, "core"),
  threads: join(OFFICIAL_SUITE, "threads"),
  own: join(root, "spec-tests/suite"),
};
const QUICK = "stack-switching,own";
/** Milliseconds for one suite on one engine. */
const TIMEOUT = 900_000;

/** What `spec-tests/main.ts --json` prints. */
interface Report {
  readonly files: readonly FileReport[];
  readonly total: { readonly positive: Counts; readonly negative: Counts; readonly all: Counts };
}

interface Cell {
  readonly engine: EngineName;
  readonly suite: string;
  /** Seed of the chaos, if any. */
  readonly chaos: string | undefined;
  readonly seconds: number;
  /** The report, or why there is none. */
  readonly result: Report | string;
}

const { values } = scriptOptions(import.meta.url, {
  options: {
    engines: { type: "string", default: ENGINE_NAMES.join(",") },
    suites: { type: "string" },
    chaos: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function listOf(option: string, text: string, known: readonly string[]): string[] {
  const names = text.split(",");
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  console.error(`--${option}: no ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}

async function runSuite(on: Engine, suite: string, chaos: string | undefined): Promise<Cell> {
  const path = SUITES[suite] ?? "";
  const args = [...on.args, join(root, "spec-tests/main.ts"), path, "--json"];
  if (chaos !== undefined) args.push(`--chaos=${chaos}`);
  const started = performance.now();
  const { stdout, stderr, code, signal, timedOut } = await run(on.command, args, { cwd: root, timeout: TIMEOUT });
  const seconds = (performance.now() - started) / 1000;
  const cell = { engine: on.name, suite, chaos, seconds };
  if (timedOut) return { ...cell, result: `not through after ${TIMEOUT / 1000} s` };
  try {
    return { ...cell, result: JSON.parse(stdout) as Report };
  } catch {
    const reason = `${stderr}${stdout}`.trim().split("\n").slice(0, 8).join("\n  ");
    return { ...cell, result: `ended with ${signal ?? `exit code ${code}`}: ${reason}` };
  }
}

function counts({ passed, failed, skipped }: Counts): string {
  return `${passed}/${failed}${skipped > 0 ? ` (${skipped} known)` : ""}`;
}

function row({ engine: name, suite, chaos, seconds, result }: Cell): string[] {
  const { positive, negative } =
    typeof result === "string" ? { positive: undefined, negative: undefined } : result.total;
  return [
    name,
    chaos === undefined ? suite : `${suite}, chaos ${chaos}`,
    positive === undefined ? "no report" : counts(positive),
    negative === undefined ? "" : counts(negative),
    seconds.toFixed(1),
  ];
}

const engines = listOf("engines", values.engines, ENGINE_NAMES) as EngineName[];
const wanted = listOf(
  "suites",
  values.suites ?? (values.quick ? QUICK : Object.keys(SUITES).join(",")),
  Object.keys(SUITES),
);
const suites = wanted.filter((suite) => {
  const there = existsSync(SUITES[suite] ?? "");
  if (!there) console.error(`skipped: suite ${suite} is not at ${SUITES[suite]}`);
  return there;
});
const modes = [undefined, ...(values.chaos?.split(",") ?? [])];
const cells: Cell[] = [];
for (const name of engines) {
  const on = await engine(name);
  for (const suite of suites) {
    for (const chaos of modes) {
      const cell = await runSuite(on, suite, chaos);
      cells.push(cell);
      const { result } = cell;
      if (values.json) continue;
      if (typeof result === "string") console.error(`${name}, ${suite}: ${result}`);
      else {
        for (const { path, failures } of result.files) {
          for (const { line, message } of failures) console.error(`${name}: ${path}:${line}: ${message}`);
        }
      }
    }
  }
}
if (values.json) console.log(JSON.stringify(cells));
else console.log(table([["engine", "suite", "positive", "negative", "seconds"], ...cells.map(row)]));
const bad = cells.filter(({ result }) => typeof result === "string" || result.total.all.failed > 0);
console.log(
  `passed/failed on ${engines.length} engines; ${cells.length - bad.length} of ${cells.length} runs without a failure`,
);
if (bad.length > 0 || cells.length === 0) process.exitCode = 1;
