/**
 * Which lines of the lowering a campaign runs.
 *
 *     node fuzz/coverage.ts [--seconds=60] [--seed=1] [--folder=continuations] [--verbose]
 *
 * A line is covered if some of the code that begins on it was run. Branches are the pieces of code that the engine counts
 * apart, since some run more often than others: arms, what is behind a return, what an operator skips. `--verbose` prints
 * the lines that were not.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { scriptOptions } from "../scripts/options.ts";
import { run } from "../scripts/process.ts";
import { root } from "../scripts/root.ts";

/** What V8 writes. */
interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Range[] }[];
  }[];
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

const { values } = scriptOptions(import.meta.url, {
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    folder: { type: "string", default: "continuations" },
    verbose: { type: "boolean", default: false },
  },
});

/** For each character of a text whether it was run: inner ranges come behind outer ones. */
function markRun(length: number, ranges: readonly Range[]): Uint8Array {
  const covered = new Uint8Array(length).fill(1);
  for (const { startOffset, endOffset, count } of ranges) covered.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return covered;
}

/** Lines with code (neither comments nor braces alone), and those of them that were run. */
function countLines(text: string, covered: Uint8Array): { lines: number; missed: number[] } {
  const missed: number[] = [];
  let lines = 0;
  let offset = 0;
  let inComment = false;
  for (const [i, line] of text.split("\n").entries()) {
    const code = line.trim();
    if (code.startsWith("/*")) inComment = true;
    const isCode = !inComment && code !== "" && !code.startsWith("//") && /[\w]/.test(code);
    if (code.endsWith("*/")) inComment = false;
    if (isCode) {
      lines++;
      const start = offset + line.indexOf(code);
      if (covered[start] !== 1) missed.push(i + 1);
    }
    offset += line.length + 1;
  }
  return { lines, missed };
}

const folder = mkdtempSync(join(tmpdir(), "stackyard-coverage-"));
try {
  for (const plain of [[], ["--plain"]]) {
    const args = [`--seconds=${Number(values.seconds) / 2}`, `--seed=${values.seed}`, "--clean-end", ...plain];
    const result = await run(process.execPath, [join(root, "fuzz/main.ts"), ...args], {
      cwd: root,
      env: { NODE_V8_COVERAGE: folder },
    });
    console.log(result.stdout.trim().split("\n").at(-1));
    if (result.code !== 0) console.log(`the campaign failed: exit code ${result.code}`);
  }
  const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Report);
  let lines = 0;
  let missed = 0;
  let branches = 0;
  let missedBranches = 0;
  for (const name of readdirSync(join(root, values.folder))
    .filter((each) => each.endsWith(".ts"))
    .sort()) {
    const path = join(root, values.folder, name);
    const url = pathToFileURL(path).href;
    const text = readFileSync(path, "utf8");
    const covered = new Uint8Array(text.length);
    const starts = new Set<number>();
    for (const { result } of reports) {
      const script = result.find((each) => each.url === url);
      if (script === undefined) continue;
      const marks = markRun(
        text.length,
        script.functions.flatMap(({ ranges }) => ranges),
      );
      for (const [i, mark] of marks.entries()) if (mark === 1) covered[i] = 1;
      for (const { ranges } of script.functions) for (const { startOffset } of ranges.slice(1)) starts.add(startOffset);
    }
    branches += starts.size;
    for (const start of starts) if (covered[start] !== 1) missedBranches++;
    const counted = countLines(text, covered);
    lines += counted.lines;
    missed += counted.missed.length;
    const share = (100 * (1 - counted.missed.length / counted.lines)).toFixed(1);
    console.log(
      `${share.padStart(6)} %  ${name}${values.verbose && counted.missed.length > 0 ? `: ${counted.missed.join()}` : ""}`,
    );
  }
  const share = (part: number, of: number): string => (100 * (1 - part / of)).toFixed(1);
  console.log(
    `${share(missed, lines)} % of ${lines} lines and ${share(missedBranches, branches)} % of ${branches} branches in ${values.folder}/`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
