/**
 * Large modules that compilers made, from npm packages: each is decoded, validated, lowered with every call treated as
 * suspending, and the result validated by the host. Then the programs they belong to do a piece of their work with our
 * namespace in place of the host's, under chaos too, and have to come to the same result.
 *
 *     node scripts/large-modules.ts [--only=JOB,...] [--seeds=1] [--static]
 *
 * `--static` leaves the programs alone. Exits with 1 if anything fails.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptOptions } from "./options.ts";
import { table } from "../bench/measure.ts";
import { lower } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import { encodeModule } from "../wasm/encode.ts";
import type { Module } from "../wasm/module.ts";
import { validateModule } from "../wasm/validate.ts";
import { type RunResult, run } from "./process.ts";
import { root } from "./root.ts";

const JOBS = ["wasm-tools", "component-bindgen", "binaryen", "esbuild", "swc", "rollup", "sqlite"] as const;
/** Milliseconds for one program. */
const TIMEOUT = 300_000;
const KEPT = join(root, ".packages/modules");

const { values } = scriptOptions(import.meta.url, {
  options: {
    only: { type: "string", default: JOBS.join(",") },
    seeds: { type: "string", default: "1" },
    static: { type: "boolean", default: false },
  },
});
const failures: string[] = [];

/** Runs a program with a namespace; see large-job.ts. */
function work(job: string, ...namespace: readonly string[]): Promise<RunResult> {
  const path = fileURLToPath(new URL("large-job.ts", import.meta.url));
  return run(process.execPath, [path, job, ...namespace], { cwd: root, timeout: TIMEOUT });
}

/** Milliseconds for a step, and its result. */
function timed<T>(step: () => T): { readonly result: T; readonly ms: number } {
  const started = performance.now();
  const result = step();
  return { result, ms: performance.now() - started };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}

/** The steps without running anything, as a row of the table. */
function examine(file: string): readonly string[] {
  const bytes = new Uint8Array(readFileSync(join(KEPT, file)));
  const row = [file, megabytes(bytes.length)];
  const steps: readonly [string, (module: Module) => Uint8Array<ArrayBuffer> | undefined][] = [
    ["validate", (module) => void validateModule(module)],
    ["encode", (module) => new Uint8Array(encodeModule(module))],
    ["lower", (module) => lower(module, { everyCallSuspends: true }).bytes],
  ];
  try {
    const decoded = timed(() => decodeModule(bytes));
    row.push(decoded.ms.toFixed(0));
    for (const [name, step] of steps) {
      const { result, ms } = timed(() => step(decoded.result));
      row.push(ms.toFixed(0));
      if (result === undefined) continue;
      if (!WebAssembly.validate(result))
        failures.push(`${file}: the host refuses the result of ${name}: ${refusal(result)}`);
      if (name === "lower") row.push(megabytes(result.length), (result.length / bytes.length).toFixed(2));
    }
  } catch (error) {
    failures.push(`${file}: ${String(error)}`);
  }
  return row;
}

function refusal(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes);
    return "";
  } catch (error) {
    return String((error as Error).message);
  }
}

/** The program's runs, as a row of the table. */
async function examineProgram(job: string, expected: RunResult): Promise<readonly string[]> {
  const row = [job, String(expected.stdout.length)];
  const seeds = values.seeds.split(",");
  for (const namespace of [["lowered"], ...seeds.map((seed) => ["chaos", seed])]) {
    const started = performance.now();
    const { code, signal, timedOut, stdout, stderr } = await work(job, ...namespace);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const problem = timedOut
      ? `not through after ${TIMEOUT / 1000} s`
      : code !== 0
        ? `ended with ${signal ?? code}: ${stderr.trim().split("\n").slice(0, 12).join("\n    ")}`
        : stdout !== expected.stdout
          ? "the result differs from the host's"
          : undefined;
    if (problem !== undefined) failures.push(`${job} (${namespace.join(" ")}): ${problem}`);
    row.push(problem === undefined ? `ok, ${seconds} s` : "FAILED");
  }
  return row;
}

const jobs = values.only.split(",");
mkdirSync(KEPT, { recursive: true });
const expected = new Map<string, RunResult>();
for (const job of jobs) {
  const result = await work(job, "record", KEPT);
  if (result.code !== 0) throw new Error(`${job} fails with the host's own namespace:\n${result.stderr}`);
  expected.set(job, result);
}

const files = readdirSync(KEPT).filter((file) => jobs.some((job) => file.startsWith(`${job}-`)));
const header = ["module", "MB", "decode ms", "validate ms", "encode ms", "lower ms", "lowered MB", "ratio"];
console.log(table([header, ...files.map(examine)]));

if (!values.static) {
  const rows: (readonly string[])[] = [];
  for (const [job, result] of expected) rows.push(await examineProgram(job, result));
  const seeds = values.seeds.split(",").map((seed) => `chaos ${seed}`);
  console.log(`\n${table([["program", "bytes of output", "our namespace", ...seeds], ...rows])}`);
}
for (const failure of failures) console.error(failure);
console.log(`${files.length} modules, ${values.static ? 0 : expected.size} programs, ${failures.length} failures`);
if (failures.length > 0) process.exitCode = 1;
