/**
 * Completes package-lock.json with the optional packages of other platforms.
 *
 *     node scripts/lock-platforms.ts
 *
 * npm leaves an optional package that it could not fetch out of the lock file, and `npm ci` then refuses the file as incomplete.
 * The packages in question hold one binary for one platform each: their version is fixed by the package that wants
 * them and their platform is in their name, which is all that `npm ci` needs to pass over them elsewhere.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

interface Locked {
  version?: string;
  optionalDependencies?: Readonly<Record<string, string>>;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

const path = join(root, "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, Locked> };
let added = 0;

for (const [parent, locked] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
    if (resolve(parent, name) !== undefined) continue;
    const platform = platformOf(name);
    if (platform === undefined) {
      console.error(`${name}: not locked, and its platform is not in its name`);
      process.exitCode = 1;
      continue;
    }
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      console.error(`${name}: ${version} is not one version`);
      process.exitCode = 1;
      continue;
    }
    const free = lock.packages[`node_modules/${name}`] === undefined;
    lock.packages[free ? `node_modules/${name}` : `${parent}/node_modules/${name}`] = {
      version,
      ...platform.cpu,
      ...(locked.dev === true ? { dev: true } : {}),
      ...platform.libc,
      optional: true,
      ...platform.os,
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added`);

/** Where the package at `from` finds `name`: the nearest node_modules going up, as Node does. */
function resolve(from: string, name: string): Locked | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const found = lock.packages[at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`];
    if (found !== undefined || at === "") return found;
  }
}

/** The platform in a name such as `@oxlint/binding-linux-arm64-musl`, as the fields of a lock file. */
function platformOf(
  name: string,
): { os: Pick<Locked, "os">; cpu: Pick<Locked, "cpu">; libc: Pick<Locked, "libc"> } | undefined {
  const match =
    /\b(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/.exec(
      name,
    );
  if (match === null) return undefined;
  const [, os = "", cpu = "", abi = ""] = match;
  const libc =
    os !== "linux" ? undefined : abi.startsWith("musl") ? "musl" : abi.startsWith("gnu") ? "glibc" : undefined;
  return { os: { os: [os] }, cpu: { cpu: [cpu] }, libc: libc === undefined ? {} : { libc: [libc] } };
}
