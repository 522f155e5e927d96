/**
 * Shows that faults are found: plants each fault of faults.ts in a copy of the repository, runs the suites on it and, if they
 * pass, a campaign, and prints what has found which.
 *
 *     node fuzz/planted.ts [--seconds=60] [--seed=1] [--only=N,N...] [--campaign-only] [--suites-only]
 *     node fuzz/planted.ts --rare-paths [--seconds=60] [--seed=1]
 *
 * Exits with 1 if a fault is not found. `--rare-paths`: instead of faults, with changes that make usual what seldom happens,
 * all at once. Then it exits with 1 if anything is found.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "../scripts/options.ts";
import { run, type RunResult } from "../scripts/process.ts";
import { OFFICIAL_SUITE, root } from "../scripts/root.ts";
import { type Fault, FAULTS, RARE_PATHS } from "./faults.ts";

const COPIED = ["wasm", "continuations", "runtime", "spec-tests", "scripts", "fuzz", "package.json"] as const;
const LINKED = ["node_modules", ".engines"] as const;

/** Milliseconds for the suites, which take a fraction of that: a fault may make them hang. */
const SUITE_LIMIT = 45_000;

const { values } = scriptOptions(import.meta.url, {
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    "campaign-only": { type: "boolean", default: false },
    "suites-only": { type: "boolean", default: false },
    "rare-paths": { type: "boolean", default: false },
  },
});

/** Plants a fault. @throws if the source is no longer as the fault expects it */
function plant(folder: string, { file, find, replace, name }: Fault): string {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not contain this exactly once: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  return text;
}

/** What finds the fault that is planted in `folder`; undefined if nothing does. */
async function detect(folder: string): Promise<string | undefined> {
  return (
    (values["campaign-only"] ? undefined : await detectBy(folder, "suites")) ??
    (values["suites-only"] ? undefined : await detectBy(folder, "campaign"))
  );
}

async function detectBy(folder: string, means: "suites" | "campaign"): Promise<string | undefined> {
  const start = (args: readonly string[], timeout: number): Promise<RunResult> =>
    run(process.execPath, args, { cwd: folder, timeout });
  const built = await start(["scripts/build.ts", "--generate-only"], SUITE_LIMIT);
  if (built.code !== 0) throw new Error(`the machine does not build: ${built.stderr}`);
  if (means === "suites") {
    const suites = [
      "spec-tests/suite",
      ...(existsSync(OFFICIAL_SUITE) ? [join(OFFICIAL_SUITE, "stack-switching")] : []),
    ];
    for (const mode of [[], ["--chaos=1"]]) {
      const result = await start(["spec-tests/main.ts", "--quiet", ...mode, ...suites], SUITE_LIMIT);
      if (result.timedOut) return "suites: hang";
      if (result.code !== 0) return `suites: ${lastLine(result.stdout) || lastLine(result.stderr)}`;
    }
    return undefined;
  }
  const seconds = Number(values.seconds);
  const started = performance.now();
  const result = await start(
    ["fuzz/main.ts", `--seconds=${seconds}`, `--seed=${values.seed}`, "--shrink=0", "--first"],
    (seconds + 60) * 1000,
  );
  if (result.code === 0) return undefined;
  const programs = /: (\d+) programs/.exec(result.stdout)?.[1];
  return `campaign: after ${programs ?? "no"} programs, ${((performance.now() - started) / 1000).toFixed(0)} s`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

const folder = mkdtempSync(join(tmpdir(), "stackyard-planted-"));
try {
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  const finder = await detectBy(folder, "suites");
  if (finder !== undefined) throw new Error(`something is found without a fault: ${finder}`);
  if (values["rare-paths"]) {
    for (const change of RARE_PATHS) plant(folder, change);
    const finding = await detect(folder);
    console.log(`rare paths made usual, seed ${values.seed}: ${finding ?? "nothing found"}`);
    process.exitCode = finding === undefined ? 0 : 1;
  } else await plantAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Plants one fault after another, and prints what finds them. */
async function plantAll(): Promise<void> {
  // Before anything takes time: all of them have to fit the sources as they are.
  for (const fault of FAULTS) writeFileSync(join(folder, fault.file), plant(folder, fault));
  const wanted = values.only?.split(",").map(Number);
  let found = 0;
  let planted = 0;
  for (const [i, fault] of FAULTS.entries()) {
    if (wanted !== undefined && !wanted.includes(i + 1)) continue;
    planted++;
    const before = plant(folder, fault);
    const started = performance.now();
    const finder = await detect(folder);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    writeFileSync(join(folder, fault.file), before);
    if (finder !== undefined) found++;
    console.log(
      `${String(i + 1).padStart(3)} ${finder === undefined ? "NOT FOUND" : "found    "} ${fault.name} (${finder ?? ""}), ${seconds} s`,
    );
  }
  console.log(`${found} of ${planted} faults found`);
  if (found < planted) process.exitCode = 1;
}
