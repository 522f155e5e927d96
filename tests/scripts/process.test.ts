import { expect, test } from "@jest/globals";
import { run } from "../../scripts/process.ts";

test("run collects output and exit code", async () => {
  const result = await run(process.execPath, ["-e", "process.stdin.pipe(process.stdout); process.exitCode = 3"], {
    input: "in",
  });
  expect(result).toEqual({ code: 3, signal: null, timedOut: false, stdout: "in", stderr: "" });
});

test("run kills a program that takes too long", async () => {
  const result = await run(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeout: 200 });
  expect(result.timedOut).toBe(true);
  expect(result.signal).toBe("SIGKILL");
});
