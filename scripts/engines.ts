/**
 * The engines that the matrix runs on, installed from npm into .engines/ when first wanted and used again from there.
 *
 *     node scripts/engines.ts [NAME...]     install some or all, print their versions
 *
 * They are not devDependencies because together they weigh 600 MB, and most work needs none of them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";
import { root } from "./root.ts";

/** How to get an engine and how to make it run a .ts file of this project. */
interface EngineSource {
  /** The npm package that carries it, with its exact version. */
  readonly package: string;
  readonly version: string;
  /** Its executable inside of that package. */
  readonly executable: string;
  /** Arguments before the file to run. No flags that change what the engine supports. */
  readonly args: readonly string[];
}

/** The pinned engines; "node26" is the one that this project itself is developed with. */
export const ENGINES = {
  node22: {
    package: "node",
    version: "22.23.3",
    executable: "bin/node",
    args: ["--disable-warning=ExperimentalWarning"],
  },
  node24: { package: "node", version: "24.21.0", executable: "bin/node", args: [] },
  node26: { package: "node", version: "26.10.0", executable: "bin/node", args: [] },
  deno: { package: "deno", version: "2.9.6", executable: "deno", args: ["run", "--quiet", "--allow-all"] },
  bun: { package: "bun", version: "1.4.5", executable: "bin/bun.exe", args: ["run"] },
} as const satisfies Readonly<Record<string, EngineSource>>;

export type EngineName = keyof typeof ENGINES;

/** An engine that is there. */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const ENGINE_NAMES: readonly EngineName[] = Object.keys(ENGINES) as EngineName[];

/** Finds an engine, installing it if it is not there yet. Throws with npm's own output if that fails. */
export async function engine(name: EngineName): Promise<Engine> {
  const source: EngineSource = ENGINES[name];
  const own = join(root, "node_modules", source.package);
  const folder = versionOf(own) === source.version ? own : await install(name, source);
  return { name, version: source.version, command: join(folder, source.executable), args: source.args };
}

function versionOf(folder: string): string | undefined {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version?: string }).version;
}

async function install(name: EngineName, source: EngineSource): Promise<string> {
  const home = join(root, ".engines", name);
  const folder = join(home, "node_modules", source.package);
  if (versionOf(folder) === source.version) return folder;
  console.error(`installing ${source.package} ${source.version} ...`);
  await installPackage(home, source.package, source.version);
  return folder;
}

/** Installs one npm package with its dependencies into a folder of its own: all of it, or nothing. */
export async function installPackage(home: string, name: string, version: string): Promise<void> {
  const fresh = `${home}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const manifest = { private: true, dependencies: { [name]: version }, allowScripts: { [name]: true } };
  writeFileSync(join(fresh, "package.json"), JSON.stringify(manifest));
  const result = await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--omit=dev"], {
    cwd: fresh,
  });
  if (result.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`npm could not install ${name}@${version}:\n${result.stdout}${result.stderr}`);
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !Object.hasOwn(ENGINES, name));
  if (unknown.length > 0) {
    console.error(`no engine is called ${unknown.join(", ")}; there are ${ENGINE_NAMES.join(", ")}`);
    process.exit(2);
  }
  for (const name of wanted.length > 0 ? (wanted as EngineName[]) : ENGINE_NAMES) {
    const { command, version } = await engine(name);
    const { stdout, stderr, code } = await run(command, ["--version"]);
    if (code !== 0) throw new Error(`${command} does not run: ${stderr}`);
    console.log(`${name.padEnd(8)}${version.padEnd(10)}${stdout.split("\n", 1)[0] ?? ""}`);
  }
}
