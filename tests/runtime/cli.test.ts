/** The command line: output, one clear line per error, exit codes. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RUNTIME_COMMANDS, runCommandLine } from "../../runtime/cli/main.ts";

const root = new URL("../../", import.meta.url).pathname;

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "math.wat": `(module
    (import "spectest" "print_i32" (func $print (param i32)))
    (tag $oops (export "oops") (param i32 f32))
    (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
    (func (export "floats") (param f32 f64) (result f32 f64) (local.get 0) (local.get 1))
    (func (export "reference") (param externref) (result externref funcref) (local.get 0) (ref.func 1))
    (func (export "vector") (param v128))
    (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $recurse (export "recurse") (call $recurse))
    (func (export "throw") (throw $oops (i32.const 3) (f32.const 0.1)))
    (func (export "print") (call $print (i32.const 7))))`,
  "main.wat": `(module (import "env" "print_char" (func $c (param i32))) (import "env" "print_f32" (func $f (param f32)))
    (func (export "main") (call $c (i32.const 0x263a)) (call $c (i32.const 10)) (call $f (f32.const 0.1))))`,
  "invalid.wat": `(module (func $foo (export "x") (result i32) (i64.const 1)))`,
  "syntax.wat": "(module\n  (func (resul i32)))",
  "open.wat": "(module\n  (func",
  "empty.wat": "",
  "imports.wat": `(module (import "a" "b" (func (param i32 funcref) (result i64))) (func (export "main")))`,
  "table.wat": `(module (import "env" "t" (table 1 2 externref)) (func (export "main")))`,
  "incompatible.wat": `(module (import "spectest" "memory" (memory 9)) (func (export "main")))`,
  "nothing.wat": "(module)",
  "switch.wat": `(module (type $f (func)) (type $c (cont $f)) (tag $t) (func $g (suspend $t)) (elem declare func $g)
    (func (export "main") (resume $c (cont.new $c (ref.func $g)))))`,
  "only-start.wat":
    '(module (import "spectest" "print_i32" (func $p (param i32))) (func $s (call $p (i32.const 8))) (start $s) (func (export "f")))',
  "start.wat": '(module (func $s unreachable) (start $s) (func (export "main")))',
  "version.wasm": new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
  "short.wasm": new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9]),
  "bytes.bin": new Uint8Array([0xff, 0xfe, 0x41]),
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stackyard-cli-"));
  for (const [name, contents] of Object.entries(FILES)) await writeFile(join(directory, name), contents);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line; arguments that name a file of {@link FILES} become its path, and the path is cut from the output. */
async function run(line: string): Promise<Outcome> {
  const outcome: Outcome = { code: -1, stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (outcome.stdout += text.replaceAll(`${directory}/`, "")),
    stderr: (text: string) => void (outcome.stderr += text.replaceAll(`${directory}/`, "")),
  };
  const args = line
    .split(" ")
    .map((arg) => (arg in FILES || arg.startsWith("out.") || arg === "missing.wat" ? join(directory, arg) : arg));
  outcome.code = await runCommandLine(
    args.map((arg) => (arg === "DIR" ? directory : arg)),
    io,
    RUNTIME_COMMANDS,
  );
  return outcome;
}

test.each([
  ["run math.wat --invoke add -1 5", "4\n"],
  ["run --invoke add math.wat 0x10 -0x20", "-16\n"],
  ["run math.wat --invoke=add 4294967295 18446744073709551615", "-2\n"],
  ["run math.wat --invoke floats 0.1 -inf", "0.1\n-inf\n"],
  ["run math.wat --invoke floats -0 nan", "-0\nnan\n"],
  ["run math.wat --invoke floats 1e3 .5", "1000\n0.5\n"],
  ["run math.wat --invoke reference null", "null\n<(ref null func)>\n"],
  ["run math.wat --invoke print", "7 : i32\n"],
  ["run math.wat --invoke div 1 --chaos=3", "1\n"],
  ["run only-start.wat", "8 : i32\n"],
  ["run main.wat", "\u263a\n0.1\n"],
  ["run main.wat --chaos", "\u263a\n0.1\n"],
  ["validate math.wat nothing.wat switch.wat", "math.wat: valid\nnothing.wat: valid\nswitch.wat: valid\n"],
  ["--version", "stackyard 0.1.0\n"],
])("%s", async (line, stdout) => {
  expect(await run(line)).toEqual({ code: 0, stdout, stderr: "" });
});

test.each([
  ["run", 2, "no FILE; see: stackyard run --help"],
  ["run missing.wat", 66, "missing.wat: no such file"],
  ["run DIR", 66, /is a directory, not a file$/],
  ["run empty.wat", 65, "empty.wat: empty file"],
  ["run syntax.wat", 65, /^syntax\.wat:2:\d+: /],
  ["run open.wat", 65, /^open\.wat:\d+:\d+: /],
  ["run bytes.bin", 65, "bytes.bin: neither a binary module (no magic bytes) nor text (not UTF-8)"],
  ["run version.wasm", 65, "version.wasm: unknown binary version (at offset 0x4)"],
  ["run short.wasm", 65, "short.wasm: length out of bounds (at offset 0x9)"],
  ["run invalid.wat", 65, /^invalid\.wat: type mismatch.* \(in function 0 \$foo\) \(at offset 0x21\)$/],
  ["run imports.wat", 65, 'imports.wat: missing import "a" "b" (func (param i32 (ref null func)) (result i64))'],
  ["run table.wat", 65, 'table.wat: missing import "env" "t" (table 1 2 (ref null extern))'],
  ["run incompatible.wat", 65, /^incompatible\.wat: incompatible import type/],
  ["run nothing.wat", 2, "nothing.wat: exports neither _start nor main; it exports no functions"],
  [
    "run math.wat",
    2,
    /^math\.wat: exports neither _start nor main; name a function with --invoke: add \(param i32 i64\) \(result i64\), /,
  ],
  ["run math.wat --invoke nope", 2, /^math\.wat: does not export the function nope; it exports: add /],
  ["run math.wat --invoke oops", 2, /^math\.wat: does not export the function oops; /],
  ["run math.wat --invoke add 1", 2, "math.wat: add takes 2 (i32 i64), but 1 given"],
  ["run main.wat 1", 2, "main.wat: main takes no arguments, but 1 given"],
  ["run only-start.wat 1 2", 2, "only-start.wat: a start function takes no arguments, but 2 given"],
  [
    "run math.wat --invoke add x 1",
    2,
    'argument 1 of add: "x" is not an i32 (an integer from -2147483648 to 4294967295)',
  ],
  ["run math.wat --invoke add 4294967296 1", 2, /^argument 1 of add: "4294967296" is not an i32/],
  ["run math.wat --invoke add 1 1.5", 2, /^argument 2 of add: "1\.5" is not an i64/],
  ["run math.wat --invoke floats 1 one", 2, /^argument 2 of floats: "one" is not an f64 \(a number, inf or nan\)$/],
  [
    "run math.wat --invoke reference 5",
    2,
    /^argument 1 of reference: "5" is not \(ref null extern\) \(only null can be written here\)$/,
  ],
  [
    "run math.wat --invoke vector 1",
    2,
    "math.wat: vector cannot be called from here: a value of type v128 cannot leave the guest",
  ],
  ["run math.wat --invoke", 2, /argument missing; see: stackyard run --help$/],
  ["run math.wat --frob", 2, "Unknown option '--frob'; see: stackyard run --help"],
  ["run math.wat --chaos=x --invoke add 1 1", 2, /^--chaos=x: the seed must be an integer/],
  ["run math.wat --invoke div 0", 134, "math.wat: trap: integer divide by zero"],
  ["run math.wat --invoke recurse", 134, "math.wat: trap: call stack exhausted"],
  ["run math.wat --invoke throw", 1, "math.wat: uncaught exception: oops(3, 0.1)"],
  ["run switch.wat", 134, "switch.wat: trap: unhandled tag"],
  ["run start.wat", 134, "start.wat: trap: unreachable"],
  ["validate", 2, "no FILE; see: stackyard validate --help"],
  ["validate invalid.wat", 65, /^invalid\.wat: type mismatch/],
  ["lower math.wat", 2, "no -o OUT; see: stackyard lower --help"],
  ["lower math.wat main.wat -o out.wasm", 2, /^only one FILE can be lowered at a time/],
  ["lower math.wat -o DIR", 73, /: cannot write: is a directory$/],
  ["lower invalid.wat -o out.wasm", 65, /^invalid\.wat: type mismatch/],
  ["frob", 2, "unknown command frob; commands: run, validate, lower; see: stackyard --help"],
  ["--frob", 2, /^unknown option --frob; /],
  ["help frob", 2, /^unknown command frob; /],
])("%s", async (line, code, message) => {
  const outcome = await run(line);
  expect(outcome).toMatchObject({ code, stdout: "" });
  const [first = "", ...rest] = outcome.stderr.split("\n");
  // A trap has a backtrace, all else is one line.
  expect(rest[0]).toBe(code === 134 ? "wasm backtrace:" : "");
  const text = first.slice("error: ".length);
  if (typeof message === "string") expect(text).toBe(message);
  else expect(text).toMatch(message);
});

test("a trap is printed with the guest's backtrace, and nothing of JavaScript's", async () => {
  const { stderr } = await run("run math.wat --invoke div 0");
  const lines = stderr.split("\n");
  expect(lines.slice(0, 2)).toEqual(["error: math.wat: trap: integer divide by zero", "wasm backtrace:"]);
  expect(lines[2]).toMatch(/^ {4}0: +0x[0-9a-f]+ - <unknown>!div$/);
  expect(lines.slice(3)).toEqual([""]);
});

test("a long backtrace is cut", async () => {
  const lines = (await run("run math.wat --invoke recurse")).stderr.trimEnd().split("\n");
  expect(lines.length).toBeLessThan(50);
});

test("validate goes on after an error", async () => {
  const { code, stdout, stderr } = await run("validate invalid.wat missing.wat nothing.wat");
  expect([code, stdout]).toEqual([65, "nothing.wat: valid\n"]);
  expect(stderr.split("\n")).toHaveLength(3);
});

test("--verbose shows where", async () => {
  const { code, stderr } = await run("run math.wat --invoke div 0 --verbose");
  expect(code).toBe(134);
  expect(stderr.split("\n")[0]).toBe("error: math.wat: trap: integer divide by zero");
  expect(stderr).toMatch(/\n {4}at .*wasm/);
});

test.each(["run", "validate", "lower"])("%s --help", async (command) => {
  const { code, stdout, stderr } = await run(`${command} --help`);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(new RegExp(`^Usage: stackyard ${command} `));
  expect(stdout).toMatch(new RegExp(`\nExamples?:\n  stackyard ${command} `));
  expect((await run(`help ${command}`)).stdout).toBe(stdout);
});

test("without a command", async () => {
  const { code, stdout, stderr } = await run("--help");
  expect([code, stderr]).toEqual([0, ""]);
  for (const command of Object.keys(RUNTIME_COMMANDS)) expect(stdout).toContain(`\n  ${command} `);
  expect(await runCommandLine([], { stdout: () => undefined, stderr: () => undefined }, RUNTIME_COMMANDS)).toBe(2);
});

test("lower writes a binary, or text", async () => {
  expect(await run("lower switch.wat -o out.wasm")).toEqual({ code: 0, stdout: "", stderr: "" });
  const bytes = new Uint8Array(await readFile(join(directory, "out.wasm")));
  expect(WebAssembly.validate(bytes)).toBe(true);
  const { imports } = { imports: WebAssembly.Module.imports(new WebAssembly.Module(bytes)) };
  expect(imports[0]).toMatchObject({ module: "stackyard", name: "context", kind: "global" });
  expect((await run("lower switch.wat -o out.wat --print")).code).toBe(0);
  const printed = await run("lower switch.wat --print");
  expect(printed.stdout).toMatch(/^\(module/);
  expect(await readFile(join(directory, "out.wat"), "utf8")).toBe(printed.stdout);
  expect((await run("lower switch.wat --chaos --print")).stdout).not.toBe(printed.stdout);
});

/** The program itself, in a process of its own. */
function program(args: readonly string[], flags: readonly string[] = []): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, join(root, "bin/stackyard.ts"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outcome: Outcome = { code: -1, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (outcome.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (outcome.stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...outcome, code: code ?? -1 }));
  });
}

test("the program runs the example", async () => {
  const { code, stdout, stderr } = await program(["run", join(root, "examples/generator.wat")]);
  expect([code, stderr]).toEqual([0, ""]);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((row) => row.trim().split(/ +/));
  expect(rows[0]).toEqual(["tree", "fib"]);
  expect(rows.slice(1, 16).map(([tree]) => Number(tree))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  expect(rows.map(([, fib]) => fib).slice(1)).toEqual("0 1 1 2 3 5 8 13 21 34 55 89 144 233 377 610 987 -".split(" "));
});

test("the program has all commands and exits with their codes", async () => {
  const [help, wast, trap] = await Promise.all([
    program(["--help"]),
    program(["wast", "--help"]),
    program(["run", join(directory, "math.wat"), "--invoke", "div", "0"]),
  ]);
  expect(help.stdout).toMatch(/\n {2}wast +/);
  expect(wast).toMatchObject({ code: 0, stderr: "" });
  expect(trap).toMatchObject({ code: 134, stdout: "" });
});

test("the program says that Node is too old", async () => {
  const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.17.1" } })';
  const outcome = await program(["--version"], ["--import", `data:text/javascript,${encodeURIComponent(old)}`]);
  const stderr = "error: stackyard needs Node 22.18 or newer; this is Node 22.17.1\n";
  expect(outcome).toEqual({ code: 69, stdout: "", stderr });
});
