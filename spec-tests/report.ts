/** What came of scripts: counts, failures, and their presentation. */
import type { Expectations } from "./expectations.ts";
import type { CommandKind } from "./script.ts";
import { NEGATIVE_COMMANDS } from "./script.ts";
import type { CommandResult } from "./script-runner.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A command that failed, or one that is known to (skipped). */
export interface Finding {
  readonly line: number;
  readonly kind: CommandKind | "script";
  readonly message: string;
}

/** The outcome of one script. */
export interface FileReport {
  readonly path: string;
  /** Commands that need the engine to run something. */
  readonly positive: Counts;
  /** Commands that pass when a module is refused. */
  readonly negative: Counts;
  readonly failures: readonly Finding[];
  /** Known differences, with their reasons. */
  readonly known: readonly Finding[];
}

/** Collects one script's results into its report. */
export function reportFile(path: string, results: readonly CommandResult[], expectations: Expectations): FileReport {
  const counts = { positive: { passed: 0, failed: 0, skipped: 0 }, negative: { passed: 0, failed: 0, skipped: 0 } };
  const failures: Finding[] = [];
  const skipped: Finding[] = [];
  for (const { line, kind, failure } of withThreads(results)) {
    const count = counts[NEGATIVE_COMMANDS.has(kind) ? "negative" : "positive"];
    const listed = expectations.reasonFor(path, line);
    const reason = listed ?? (failure === undefined ? undefined : expectations.reasonForFailure(failure));
    if (failure === undefined && listed === undefined) count.passed++;
    else if (failure !== undefined && reason !== undefined) {
      count.skipped++;
      skipped.push({ line, kind, message: `${reason} (${failure})` });
    } else {
      count.failed++;
      failures.push({ line, kind, message: failure ?? `passes, but is listed as a known failure: ${listed}` });
    }
  }
  return { path, ...counts, failures, known: skipped };
}

/** A thread's commands count like those of the script. */
function withThreads(results: readonly CommandResult[]): CommandResult[] {
  return results.flatMap((result) => [...withThreads(result.thread ?? []), result]);
}

/** The report of a script that cannot be run at all. */
export function reportScriptError(path: string, line: number, message: string): FileReport {
  const none = { passed: 0, failed: 0, skipped: 0 };
  return {
    path,
    positive: { ...none, failed: 1 },
    negative: none,
    failures: [{ line, kind: "script", message }],
    known: [],
  };
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The sum over files. */
export function totalOf(reports: readonly FileReport[]): { positive: Counts; negative: Counts; all: Counts } {
  const none = { passed: 0, failed: 0, skipped: 0 };
  const positive = reports.reduce((sum, report) => addCounts(sum, report.positive), none);
  const negative = reports.reduce((sum, report) => addCounts(sum, report.negative), none);
  return { positive, negative, all: addCounts(positive, negative) };
}

/** A line for the file, then one for each failure and known difference. */
export function formatFile(report: FileReport): string {
  const lines = [
    `${report.path}: positive ${formatCounts(report.positive)}; negative ${formatCounts(report.negative)}`,
  ];
  for (const { line, kind, message } of report.failures) lines.push(`  ${report.path}:${line}: ${kind}: ${message}`);
  for (const { line, kind, message } of report.known)
    lines.push(`  ${report.path}:${line}: ${kind}: known: ${message}`);
  return `${lines.join("\n")}\n`;
}

/** `N passed, N failed, N skipped`; skipped are the known differences. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
