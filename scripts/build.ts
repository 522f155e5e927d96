/**
 * The build: generated sources first, then TypeScript to dist/: a declaration for each source, and JavaScript in few files, because
 * a program that imports two hundred takes three times as long to start.
 *
 *     node scripts/build.ts [--generate-only]
 *
 * `build-machine.ts` turns the continuation machine's text into a module of bytes; see there.
 */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { run } from "./process.ts";
import { root } from "./root.ts";

/** Where packages say which files of theirs are imported. */
interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** Not imported, but started. */
const WORKER = "spec-tests/thread-worker.ts";

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
  const declarations = await run(process.execPath, [tsc, "--project", "tsconfig.build.json", "--outDir", fresh], {
    cwd: root,
  });
  process.stdout.write(declarations.stdout);
  process.stderr.write(declarations.stderr);
  const isBuilt = declarations.code === 0 && (await bundle(fresh));
  if (!isBuilt) {
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

/** Puts what each entry of the package needs into a file of its name, and what several need into files at the top of `folder`. */
async function bundle(folder: string): Promise<boolean> {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const files = [...Object.values(exports), ...Object.values(bin)].map((each) =>
    typeof each === "string" ? each : each.default,
  );
  const modules = files.filter((file) => file.endsWith(".js"));
  const sources = modules.map((file) => `${relative("dist", file).slice(0, -3)}.ts`);
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [...sources, WORKER],
      outbase: root,
      outdir: folder,
      bundle: true,
      splitting: true,
      chunkNames: "[name]-[hash]",
      format: "esm",
      platform: "node",
      packages: "external",
      target: "es2024",
      // Several classes have the same name, as those of the embedding API and of the namespace; programs may see them.
      // The price is a call for each closure with a name of its own whenever it is made: what is done for each function of
      // a guest has none (`const f = () => ...`, `{ f: () => ... }`).
      keepNames: true,
      logLevel: "warning",
    });
    return true;
  } catch {
    return false; // It has said why.
  }
}
