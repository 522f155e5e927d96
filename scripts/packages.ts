/** npm packages that only some work needs (large WebAssembly modules, tools), installed into .packages/ when first wanted. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installPackage } from "./engines.ts";
import { root } from "./root.ts";

/** Exact versions, so that everybody's figures are about the same bytes. */
const VERSIONS = {
  "esbuild-wasm": "0.28.2",
  "@rollup/wasm-node": "4.68.4",
  "@swc/wasm": "1.16.18",
  "sql.js": "1.16.0",
  binaryen: "132.0.0",
  "asyncify-wasm": "1.2.1",
  echarts: "6.1.0",
} as const;

export type PackageName = keyof typeof VERSIONS;

/** The folder of a package, which is installed if it is not there yet. */
export async function packageFolder(name: PackageName): Promise<string> {
  const home = join(root, ".packages", `${name.replace(/^@/, "").replace("/", "-")}-${VERSIONS[name]}`);
  const folder = join(home, "node_modules", name);
  if (!existsSync(folder)) {
    console.error(`installing ${name} ${VERSIONS[name]} ...`);
    await installPackage(home, name, VERSIONS[name]);
  }
  return folder;
}

/** The file that a package is imported from. */
export async function packageFile(name: PackageName): Promise<string> {
  const folder = await packageFolder(name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly module?: string;
    readonly main?: string;
  };
  return join(folder, manifest.module ?? manifest.main ?? "index.js");
}
