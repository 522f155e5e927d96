/**
 * Guests at the end of the host's stack: a right answer or "call stack exhausted", and a store as good as before. In a process
 * of its own, because jest's hooks for stack traces fail where there is no stack left.
 */
import { fileURLToPath } from "node:url";
import { expect, jest, test } from "@jest/globals";
import { run } from "../../scripts/process.ts";

jest.setTimeout(180_000);

interface Result {
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

test("nothing but right answers and exhausted stacks, and nothing is broken afterwards", async () => {
  const program = fileURLToPath(new URL("stack-probe-main.ts", import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [program, "20"], { timeout: 150_000 });
  expect(stderr).toBe("");
  const results = Object.values(JSON.parse(stdout) as Record<string, Result>);
  expect(results).toHaveLength(3);
  for (const { counts, failures } of results) {
    expect(failures).toEqual([]);
    // Both sides of the limit have been seen.
    for (const outcome of ["right", "exhausted"]) expect(counts[`nested ${outcome}`]).toBeGreaterThan(5);
    for (const job of ["recursion", "resumes", "re-entrance"]) expect(counts[`endless ${job} exhausted`]).toBe(1);
  }
});

test("what takes more of the stack than a call, at each depth around the limit; and traces of the program's own", async () => {
  const program = fileURLToPath(new URL("stack-limits-main.ts", import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [program, "20"], { timeout: 150_000 });
  // Where promises are rejected at the end of the stack, Node says that it has no room for what it does itself.
  expect(stderr.replace(/Exception in PromiseRejectCallback:[\s\S]*/, "")).toBe("");
  const [traces, ...results] = Object.values(JSON.parse(stdout) as Record<string, Result>);
  expect(traces?.failures).toEqual([]);
  expect(results).toHaveLength(3);
  for (const { counts, failures } of results) {
    expect(failures).toEqual([]);
    for (const outcome of ["right", "exhausted", "the host's own"]) {
      const all = Object.entries(counts).filter(([what]) => what.endsWith(` ${outcome}`));
      expect(all.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(100);
    }
  }
});
