/** Checks that ARCHITECTURE.md names every source file, and no file that is not there. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./root.ts";
import { report, sources } from "./sources.ts";

const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const files = new Set<string>();
for (const { path } of sources(["wasm", "continuations", "runtime", "spec-tests", "bin", "scripts", "bench", "fuzz"])) {
  if (!path.endsWith(".generated.ts")) files.add(posix.basename(path));
}
const named = new Set(Array.from(text.matchAll(/`(?:[\w-]+\/)*([\w-]+\.ts)`/g), ([, name]) => name ?? ""));
const problems = [
  ...[...files].filter((name) => !named.has(name)).map((name) => `ARCHITECTURE.md does not name ${name}`),
  ...[...named].filter((name) => !files.has(name)).map((name) => `ARCHITECTURE.md names ${name}, which does not exist`),
];
report("architecture", problems, files.size);
