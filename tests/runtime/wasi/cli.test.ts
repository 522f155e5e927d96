/** `stackyard run` with programs of WASI and with several modules. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RUNTIME_COMMANDS, runCommandLine } from "../../../runtime/cli/main.ts";

const root = new URL("../../../", import.meta.url).pathname;

const FILES: Readonly<Record<string, string>> = {
  "library.wat": `(module
    (memory (export "memory") 1) (data (i32.const 0) "xyz")
    (tag (export "yield") (param i32))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`,
  "generator.wat": `(module
    (import "library" "yield" (tag $yield (param i32)))
    (func (export "generate") (suspend $yield (i32.const 20)) (suspend $yield (i32.const 22))))`,
  "main.wat": `(module
    (import "library" "add" (func $add (param i32 i32) (result i32)))
    (import "library" "yield" (tag $yield (param i32)))
    (import "generator" "generate" (func $generate))
    (import "library" "memory" (memory 1))
    (type $f (func)) (type $c (cont $f))
    (elem declare func $generate)
    (func $next (param $rest (ref $c)) (result i32 (ref null $c))
      (block $got (result i32 (ref $c))
        (resume $c (on $yield $got) (local.get $rest))
        (return (i32.const -1) (ref.null $c))))
    (func (export "main") (result i32 i32) (local $rest (ref null $c)) (local $sum i32)
      (local.set $rest (cont.new $c (ref.func $generate)))
      (call $next (ref.as_non_null (local.get $rest)))
      (local.set $rest) (local.set $sum)
      (call $next (ref.as_non_null (local.get $rest)))
      (local.set $rest)
      (call $add (local.get $sum))
      (i32.load8_u (i32.const 1))))`,
  "reactor.wat": `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (global $g (mut i32) (i32.const 0))
    (memory (export "memory") 1)
    (func (export "_initialize") (global.set $g (i32.const 5)))
    (func (export "get") (result i32) (global.get $g))
    (func (export "exit") (param i32) (call $exit (local.get 0))))`,
  "only-start.wat": `(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (type $f (func)) (type $c (cont $f))
    (func $body (drop (call $args_sizes_get (i32.const 0) (i32.const 4))) (call $exit (i32.load (i32.const 0))))
    (elem declare func $body)
    (func $main (resume $c (cont.new $c (ref.func $body))))
    (start $main))`,
  "uses-reactor.wat": `(module
    (import "reactor" "get" (func $get (result i32)))
    (func (export "main") (result i32) (call $get)))`,
  "unknown.wat": `(module
    (import "wasi_snapshot_preview1" "nonsense" (func (result i32))) (func (export "_start")))`,
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stackyard-cli-wasi-"));
  for (const [name, contents] of Object.entries(FILES)) await writeFile(join(directory, name), contents);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs a command line; `@` stands for the directory of {@link FILES}, `%` for the root of the repository. */
async function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const outcome = { code: -1, stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (outcome.stdout += text),
    stderr: (text: string) => void (outcome.stderr += text.replaceAll(`${directory}/`, "").replaceAll(root, "")),
  };
  const paths = args.map((arg) => arg.replace("@", `${directory}/`).replace("%", root));
  outcome.code = await runCommandLine(paths, io, RUNTIME_COMMANDS);
  return outcome;
}

const PROCESS = "%tests/guests/process.wasm";

test("a program gets its arguments, and only the environment that is asked for", async () => {
  process.env["STACKYARD_TEST"] = "passed on";
  const options = ["--env", "NAME=a=b", "--env", "STACKYARD_TEST", "--env", "STACKYARD_NOT_SET", "--env=CODE=3"];
  const { code, stdout } = await run(["run", PROCESS, "first", ...options, "--", "--env", "-1", "--chaos"]);
  expect(code).toBe(3);
  expect(stdout.split("\n").slice(0, 8)).toEqual([
    "argument 1: first",
    "argument 2: --env",
    "argument 3: -1",
    "argument 4: --chaos",
    "environment: NAME=a=b",
    "environment: STACKYARD_TEST=passed on",
    "environment: CODE=3",
    "NAME is a=b",
  ]);
});

test("a program finds the directories that it is given", async () => {
  expect(await run(["run", "%tests/guests/files.wasm", "--dir", "@::/here/there", "/here/there"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("300 entries, sum 44850"),
  });
  expect(await run(["run", "%tests/guests/files.wasm", "/here/there"])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("fopen: "),
  });
});

test("a program that aborts traps", async () => {
  const { code, stderr } = await run(["run", PROCESS, "--env", "CODE=abort"]);
  expect(code).toBe(134);
  expect(stderr).toContain("error: tests/guests/process.wasm: trap: unreachable");
});

test.each([[], ["--chaos"]])("modules are linked with those that are preloaded %p", async (...chaos: string[]) => {
  const preloads = ["--preload", "library=@library.wat", "--preload=generator=@generator.wat"];
  expect(await run(["run", "@main.wat", ...preloads, ...chaos])).toEqual({ code: 0, stdout: "42\n121\n", stderr: "" });
});

test("a preloaded reactor is initialized", async () => {
  expect(await run(["run", "@uses-reactor.wat", "--preload", "reactor=@reactor.wat"])).toMatchObject({ stdout: "5\n" });
});

test("a function that is invoked may end the guest", async () => {
  expect(await run(["run", "@reactor.wat", "--invoke", "exit", "9"])).toEqual({ code: 9, stdout: "", stderr: "" });
});

test("a program may be its start function alone", async () => {
  expect(await run(["run", "@only-start.wat", "a", "b"])).toEqual({ code: 3, stdout: "", stderr: "" });
});

test.each([
  [["--dir", "@missing"], 66, /--dir missing: no such directory/],
  [["--preload", "library"], 2, /--preload library: is not NAME=FILE/],
  [["--preload", "=x"], 2, /--preload =x: is not NAME=FILE/],
  [["--preload", "library=@missing.wat"], 66, /missing\.wat: no such file/],
  [["--env", "=x"], 2, /--env =x: is not KEY=VALUE/],
])("%p", async (options, code, message) => {
  expect(await run(["run", PROCESS, ...options])).toMatchObject({
    code,
    stdout: "",
    stderr: expect.stringMatching(message),
  });
});

test("modules that lack something say what", async () => {
  expect(await run(["run", "@main.wat"])).toMatchObject({
    code: 65,
    stderr: expect.stringContaining('missing import "library" "add" (func (param i32 i32) (result i32))'),
  });
  expect(await run(["run", "@main.wat", "--preload", "generator=@generator.wat"])).toMatchObject({
    code: 65,
    stderr: expect.stringContaining('generator.wat: missing import "library" "yield"'),
  });
  expect(await run(["run", "@unknown.wat"])).toMatchObject({
    code: 65,
    stderr: expect.stringContaining('missing import "wasi_snapshot_preview1" "nonsense"'),
  });
});

/** Runs the program itself, talking to it as it answers. */
function talk(args: readonly string[], answers: Readonly<Record<string, string | null>>): Promise<string> {
  const child = spawn(process.execPath, [join(root, "bin/stackyard.ts"), ...args], { cwd: root });
  return new Promise((resolve, reject) => {
    let output = "";
    let seen = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      for (let end = output.indexOf("\n", seen); end >= 0; end = output.indexOf("\n", seen)) {
        const answer = answers[output.slice(seen, end)];
        seen = end + 1;
        if (answer === null) child.stdin.end();
        else if (answer !== undefined) child.stdin.write(answer);
      }
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(`${output}code ${code}`));
  });
}

test("standard input comes while the program waits for it and does other things", async () => {
  const answers = { "quiet 1": "one\n", "quiet 2": "two\n", "quiet 3": null };
  const output = await talk(["run", "tests/guests/poll.wasm"], answers);
  expect(output).toBe("quiet 1\ngot one\nquiet 2\ngot two\nquiet 3\nend\ncode 0");
}, 20_000);

test("a program ends although its input is still open", async () => {
  const child = spawn(process.execPath, [join(root, "bin/stackyard.ts"), "run", "examples/guests/generators.wasm"], {
    cwd: root,
    stdio: ["pipe", "ignore", "ignore"],
  });
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
}, 20_000);
