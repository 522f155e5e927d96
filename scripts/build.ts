/**
 * The build: generated sources first, then TypeScript to dist/ (JavaScript with declarations).
 *
 *     node scripts/build.ts [--generate-only]
 *
 * `build-machine.ts` turns the continuation machine's text into a module of bytes; see there.
 */
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";
import { root } from "./root.ts";

const started = performance.now();
const machine = new URL("build-machine.ts", import.meta.url);
if (existsSync(machine)) {
  const generator = (await import(machine.href)) as { readonly buildMachine: () => Promise<void> | void };
  await generator.buildMachine();
}
if (!process.argv.includes("--generate-only")) {
  // Built beside the old one and then exchanged, so that whoever runs from dist/ always finds a whole one.
  const fresh = join(root, `dist.${process.pid}`);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const result = await run(process.execPath, [tsc, "--project", "tsconfig.build.json", "--outDir", fresh], {
    cwd: root,
  });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  if (result.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error("build failed");
    process.exit(1);
  }
  // npm makes a bin executable when it installs it, but this one is replaced by every build.
  chmodSync(join(fresh, "bin/stackyard.js"), 0o755);
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(fresh, join(root, "dist"));
}
console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
