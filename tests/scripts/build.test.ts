/** The built package, as `npm` installs it: what its few files have to get right that the sources do by themselves. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { run } from "../../scripts/process.ts";
import { root } from "../../scripts/root.ts";

async function inBuilt(code: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", code], { cwd: root });
  expect(stderr).toBe("");
  return stdout;
}

test("all entries can be imported, and classes keep their names", async () => {
  const entries = ["", "/webassembly", "/wasi", "/wasi/node", "/wasm", "/continuations"];
  const code = `
    const modules = await Promise.all(${JSON.stringify(entries)}.map((entry) => import("stackyard" + entry)));
    const { Engine, Memory, Module, Store, Trap } = modules[0];
    const WebAssembly = modules[1].createWebAssembly();
    const memory = new Memory(new Store(new Engine()), { minimum: 1 });
    console.log(modules.map((module) => Object.keys(module).length > 0).join());
    console.log(Module.name, Trap.name, WebAssembly.Module.name, memory.constructor.name);`;
  expect(await inBuilt(code)).toBe("true,true,true,true,true,true\nModule Trap Module Memory\n");
});

test("threads of scripts find their worker", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stackyard-"));
  try {
    const script = join(folder, "thread.wast");
    await writeFile(
      script,
      `(module $shared (memory (export "m") 1 1 shared))
      (register "shared" $shared)
      (thread $T (shared (module $shared))
        (register "shared" $shared)
        (module (memory (import "shared" "m") 1 1 shared)
          (func (export "run") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 7))))
        (assert_return (invoke "run") (i32.const 0)))
      (wait $T)
      (module (memory (import "shared" "m") 1 1 shared)
        (func (export "run") (result i32) (i32.atomic.load (i32.const 0))))
      (assert_return (invoke "run") (i32.const 7))`,
    );
    const { stdout, code } = await run(process.execPath, [join(root, "dist/bin/stackyard.js"), "wast", script]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("9 passed, 0 failed, 0 skipped");
    expect(code).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
