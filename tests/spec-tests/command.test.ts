import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { reportError } from "../../runtime/cli/report.ts";
import { runWastCommand } from "../../spec-tests/command.ts";
import { Expectations } from "../../spec-tests/expectations.ts";
import { formatFile, reportFile, totalOf } from "../../spec-tests/report.ts";

async function wast(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const io = { stdout: (text: string) => void (out += text), stderr: (text: string) => void (err += text) };
  const code = await runWastCommand(args, io).catch((error: unknown) => reportError(error, io, false));
  return { code, out, err };
}

async function scripts(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "wast-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

test("runs the scripts of a directory, counts them and sets the exit code", async () => {
  const directory = await scripts({
    "a.wast":
      '(module (func (export "f")))\n(assert_return (invoke "f"))\n(assert_invalid (module (func (drop))) "type mismatch")',
    "b.wast": '(module)\n(assert_return (invoke "f"))',
    "c.txt": "(not a script)",
  });
  const all = await wast("--native", directory);
  expect(all.code).toBe(1);
  expect(
    all.out,
  ).toBe(`${directory}/a.wast: positive 2 passed, 0 failed, 0 skipped; negative 1 passed, 0 failed, 0 skipped
${directory}/b.wast: positive 1 passed, 1 failed, 0 skipped; negative 0 passed, 0 failed, 0 skipped
  ${directory}/b.wast:2: assert_return: no export "f"
positive: 3 passed, 1 failed, 0 skipped
negative: 1 passed, 0 failed, 0 skipped
4 passed, 1 failed, 0 skipped
`);
  const one = await wast("--native", "--quiet", `${directory}/a.wast`);
  expect(one.code).toBe(0);
  expect(one.out.trimEnd().split("\n").at(-1)).toBe("3 passed, 0 failed, 0 skipped");
  expect(one.out).not.toContain("a.wast");
});

test("prints JSON", async () => {
  const directory = await scripts({ "a.wast": "(module)" });
  const { code, out } = await wast("--json", "--native", directory);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    run: { backend: "host" },
    files: [{ path: join(directory, "a.wast"), failures: [], known: [] }],
    total: { all: { passed: 1, failed: 0, skipped: 0 } },
  });
});

test("a script that is none is a failure with its line", async () => {
  const directory = await scripts({ "a.wast": "(module)\n(assert_nothing)" });
  const { code, out } = await wast("--native", directory);
  expect(code).toBe(1);
  expect(out).toContain("a.wast:2: script: expected a command (at line 2)");
});

test.each([
  [[], 2, "no PATH; see: stackyard wast --help"],
  [["no/such/file.wast"], 66, "no/such/file.wast: no such file or directory"],
  [["--chaos=x", "."], 2, "--chaos=x: the seed must be an integer from 0 to 4294967295; see: stackyard wast --help"],
  [["--chaos", "--native", "."], 2, "--chaos does not go with --native; see: stackyard wast --help"],
])("%j ends with exit code %i and one line", async (args, exitCode, message) => {
  expect(await wast(...args)).toEqual({ code: exitCode, out: "", err: `error: ${message}\n` });
});

test("a directory without scripts is refused", async () => {
  const directory = await scripts({});
  expect((await wast(directory)).err).toBe(`error: ${directory}: no .wast files in this directory\n`);
});

test("explains itself", async () => {
  const { code, out } = await wast("--help");
  expect(code).toBe(0);
  expect(out).toContain("Usage: stackyard wast");
});

test("known differences are skipped with their reason, and must be there", () => {
  const entries = [
    { file: "core/a.wast", lines: [1, 2], reason: "limit" },
    { error: "feature is off", reason: "no feature" },
    { file: "core/a.wast", lines: [3], hosts: ["other"], reason: "elsewhere" },
    { file: "core/a.wast", lines: [3], backends: ["chaos" as const], reason: "elsewhere" },
  ];
  const results = [
    { line: 1, kind: "module" as const, failure: "too large" },
    { line: 2, kind: "assert_invalid" as const, failure: undefined },
    { line: 3, kind: "invoke" as const, failure: "wrong" },
    { line: 4, kind: "invoke" as const, failure: "no instance (because of feature is off)" },
    {
      line: 5,
      kind: "wait" as const,
      failure: undefined,
      thread: [{ line: 6, kind: "get" as const, failure: undefined }],
    },
  ];
  const report = reportFile("x/core/a.wast", results, new Expectations(entries, "node26", "host"));
  expect(totalOf([report])).toMatchObject({
    positive: { passed: 2, failed: 1, skipped: 2 },
    negative: { passed: 0, failed: 1, skipped: 0 },
  });
  expect(formatFile(report).split("\n").slice(1)).toEqual([
    "  x/core/a.wast:2: assert_invalid: passes, but is listed as a known failure: limit",
    "  x/core/a.wast:3: invoke: wrong",
    "  x/core/a.wast:1: module: known: limit (too large)",
    "  x/core/a.wast:4: invoke: known: no feature (no instance (because of feature is off))",
    "",
  ]);
});
