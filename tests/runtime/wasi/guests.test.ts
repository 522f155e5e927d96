/**
 * Programs in C, compiled with Debian's clang and wasi-libc, print what the same sources print natively: with fibers over
 * ucontext for those of examples/guests, without any for those of tests/guests. scripts/build-guests.ts makes both.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Engine, Instance, Module, Store, Trap } from "../../../runtime/index.ts";
import { InputBuffer, MemoryFileSystem, Wasi, textOutput } from "../../../runtime/wasi/index.ts";
import { NodeFileSystem } from "../../../runtime/wasi/node.ts";
import { GUESTS, expectedOf, moduleOf } from "../../../scripts/guests.ts";
import type { GuestRun } from "../../../scripts/guests.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "stackyard-guests-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const MODES = [
  { mode: "blocking", isAsync: false, chaos: undefined },
  { mode: "waiting", isAsync: true, chaos: undefined },
  { mode: "blocking, under chaos", isAsync: false, chaos: 1 },
  { mode: "waiting, under chaos", isAsync: true, chaos: 2 },
] as const;

function load(path: string, engine: Engine): Module {
  return new Module(engine, new Uint8Array(readFileSync(path)));
}

/** The exit code; 134 for a trap, as the command line has it. */
async function run(module: Module, isAsync: boolean, wasi: Wasi): Promise<number> {
  const imports = isAsync ? wasi.importsAsync() : wasi.imports();
  const instance = new Instance(new Store(module.engine), module, imports);
  try {
    return isAsync ? await wasi.startAsync(instance) : wasi.start(instance);
  } catch (error) {
    if (error instanceof Trap) return 134;
    throw error;
  }
}

const CASES = GUESTS.flatMap((guest) =>
  guest.runs.flatMap((each) =>
    MODES.map((mode) => ({ guest, each, ...mode, title: `${guest.name} ${each.name}`.trim() })),
  ),
);

test.each(CASES)("$title, $mode", async ({ guest, each, isAsync, chaos }) => {
  const expected = readFileSync(expectedOf(guest, each), "utf8");
  const module = load(moduleOf(guest), new Engine({ chaos }));
  const given: GuestRun = each;
  for (const fs of [new MemoryFileSystem(), new NodeFileSystem(mkdtempSync(join(directory, "run-")))]) {
    const output: string[] = [];
    const wasi = new Wasi({
      args: [`${guest.name}.wasm`, ...(given.directory ? ["/work"] : []), ...given.args],
      env: given.env,
      stdin: given.stdin,
      stdout: textOutput((text) => output.push(text)),
      ...(given.directory ? { preopens: { "/work": fs } } : {}),
    });
    expect(await run(module, isAsync, wasi)).toBe(given.code);
    expect(output.join("")).toBe(expected);
    if (!given.directory) break;
  }
});

/** A guest of tests/guests or examples/guests. */
function guestModule(name: string): string {
  const guest = GUESTS.find((each) => each.name === name);
  if (guest === undefined) throw new Error(name);
  return moduleOf(guest);
}

test("a guest that polls goes on when its input comes, and when its time has come", async () => {
  const engine = new Engine();
  const stdin = new InputBuffer();
  const output: string[] = [];
  let text = "";
  const wasi = new Wasi({
    stdin,
    stdout: textOutput((piece) => {
      text += piece;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        output.push(line);
        text = text.slice(end + 1);
        // Each line is an answer to what the guest has printed.
        if (line === "quiet 1") stdin.push("one\n");
        if (line === "quiet 2") stdin.end();
      }
    }),
  });
  expect(await run(load(guestModule("poll"), engine), true, wasi)).toBe(0);
  expect(output).toEqual(["quiet 1", "got one", "quiet 2", "end"]);
});

test("guests that wait do not keep each other waiting", async () => {
  const engine = new Engine();
  const module = load(guestModule("async"), engine);
  const stdin = new InputBuffer();
  const outputs = [1, 2, 3].map(() => [] as string[]);
  const runs = outputs.map((output) =>
    run(module, true, new Wasi({ stdin, stdout: textOutput((text) => output.push(text)) })),
  );
  const started = performance.now();
  stdin.end();
  expect(await Promise.all(runs)).toEqual([0, 0, 0]);
  const [first] = outputs;
  expect(first?.join("")).toContain("0 lines, 0 letters");
  for (const output of outputs) expect(output).toEqual(first);
  // Each takes 400 ms of waiting.
  expect(performance.now() - started).toBeLessThan(1100);
});

test("a program that waits can be cancelled", async () => {
  const module = load(guestModule("poll"), new Engine());
  const controller = new AbortController();
  const wasi = new Wasi({ stdin: new InputBuffer() });
  const instance = new Instance(new Store(module.engine), module, wasi.importsAsync());
  const ended = wasi.startAsync(instance, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await expect(ended).rejects.toThrow("enough");
});
