/** npm packages with large WebAssembly modules inside, installed into .packages/ when first wanted. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installPackage } from "./engines.ts";
import { root } from "./root.ts";

/** Exact versions, so that everybody's figures are about the same bytes. */
const VERSIONS = {
  "esbuild-wasm": "0.28.2",
  "@rollup/wasm-node": "4.68.4",
  "@swc/wasm": "1.16.18",
  "sql.js": "1.16.0",
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
