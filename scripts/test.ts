/**
 * `npm test`: the checks of the repository, then jest. All of them run, whatever fails before.
 *
 *     node scripts/test.ts [--checks-only] [ARGUMENTS OF JEST...]
 *
 * The last line is `N passed, N failed, N skipped`: jest's tests, and each check counted as one. Exits with 1 unless
 * everything passed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type RunResult, run } from "./process.ts";
import { OFFICIAL_SUITE, root } from "./root.ts";

interface Check {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
}

/** Tools are run by this Node, whichever is first on PATH. */
const CHECKS: readonly Check[] = [
  { name: "build", script: "scripts/build.ts" },
  { name: "types", script: "node_modules/typescript/bin/tsc" },
  { name: "lint", script: "node_modules/oxlint/bin/oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "format", script: "node_modules/@biomejs/biome/bin/biome", args: ["format"] },
  { name: "layers", script: "scripts/check-layers.ts" },
  { name: "state", script: "scripts/check-state.ts" },
  { name: "architecture", script: "scripts/check-architecture.ts" },
  { name: "planted faults", script: "scripts/check-faults.ts" },
  { name: "unused files and dependencies", script: "node_modules/knip/bin/knip.js", args: ["--no-progress"] },
  { name: "package", script: "node_modules/publint/src/cli.js", args: ["--strict"] },
];

/** The part of jest's JSON output that the closing line needs. */
interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that failed before their first test. */
  readonly numRuntimeErrorTestSuites: number;
}

/** How long jest may take to exit once all tests have run. */
const EXIT_SECONDS = 30;

const node = process.execPath;
const env = { PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}` };

async function check({ name, script, args = [] }: Check): Promise<boolean> {
  const started = performance.now();
  const result: RunResult = await run(node, [join(root, script), ...args], {
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const passed = result.code === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (!passed) console.log(`${result.stdout}${result.stderr}`.trimEnd());
  return passed;
}

/** Runs jest with its output on the terminal; undefined if it left no results. */
async function jest(args: readonly string[]): Promise<JestResults | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "stackyard-"));
  const results = join(folder, "results.json");
  try {
    const child = spawn(
      node,
      [
        "--experimental-vm-modules",
        "--disable-warning=ExperimentalWarning",
        join(root, "node_modules/jest/bin/jest.js"),
        "--json",
        `--outputFile=${results}`,
        ...args,
      ],
      { cwd: root, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } },
    );
    const leftRunning = watch(child, results);
    await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    const found = JSON.parse(readFileSync(results, "utf8")) as JestResults;
    return leftRunning() ? { ...found, numFailedTests: found.numFailedTests + 1 } : found;
  } catch (error) {
    console.error(`jest left no results: ${String(error)}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends a jest that has written its results but is kept alive by what a test left running; the result tells if it had to. */
function watch(child: ChildProcess, results: string): () => boolean {
  let seconds = 0;
  let hasKilled = false;
  const timer = setInterval(() => {
    if (!existsSync(results) || ++seconds < EXIT_SECONDS) return;
    clearInterval(timer);
    hasKilled = child.kill("SIGKILL");
    console.error(`jest did not exit within ${EXIT_SECONDS} s: a test left a timer, a handle or a promise behind`);
  }, 1000);
  child.on("close", () => clearInterval(timer));
  return () => hasKilled;
}

const args = process.argv.slice(2);
if (!existsSync(OFFICIAL_SUITE)) console.log(`the official suite is not at ${OFFICIAL_SUITE}: its tests are skipped`);
let passed = 0;
let failed = 0;
let skipped = 0;
if (args.every((arg) => arg === "--checks-only")) {
  for (const each of CHECKS) {
    if (await check(each)) passed++;
    else failed++;
  }
}
if (!args.includes("--checks-only")) {
  const results = await jest(args);
  passed += results?.numPassedTests ?? 0;
  failed += results === undefined ? 1 : results.numFailedTests + results.numRuntimeErrorTestSuites;
  skipped += results === undefined ? 0 : results.numPendingTests + results.numTodoTests;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0) process.exitCode = 1;
