/**
 * Checks that imports point down: wasm <- continuations <- runtime <- spec-tests <- bin, with scripts, bench, fuzz, tests
 * and examples on top. Also: relative imports name an existing .ts file, and what is published imports nothing but itself,
 * Node's own modules and `dependencies`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./root.ts";
import { place, report, type Source, sources } from "./sources.ts";

/** Height of each folder; equal heights at the top may import each other. */
const HEIGHT: Readonly<Record<string, number>> = {
  wasm: 0,
  continuations: 1,
  runtime: 2,
  "spec-tests": 3,
  bin: 4,
  scripts: 5,
  bench: 5,
  fuzz: 5,
  tests: 5,
  examples: 5,
};
const PUBLISHED_HEIGHT = 4;

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Every module specifier that a file imports or re-exports, with its position. */
function* specifiers(source: Source): Generator<{ readonly name: string; readonly offset: number }> {
  const { staticImports, staticExports, dynamicImports } = source.parsed.module;
  for (const statement of staticImports) {
    yield { name: statement.moduleRequest.value, offset: statement.moduleRequest.start };
  }
  for (const statement of staticExports) {
    for (const { moduleRequest } of statement.entries) {
      if (moduleRequest) yield { name: moduleRequest.value, offset: moduleRequest.start };
    }
  }
  for (const { moduleRequest } of dynamicImports) {
    const literal = /^(["'])(.*)\1$/.exec(source.text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) yield { name: literal[2], offset: moduleRequest.start };
  }
}

function folderOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function problemOf(source: Source, specifier: string): string | undefined {
  const from = folderOf(source.path);
  const height = HEIGHT[from];
  if (height === undefined) return `folder ${from} has no layer`;
  const isTest = source.path.endsWith(".test.ts");
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(source.path), specifier);
    if (!existsSync(join(root, target))) return `${specifier} does not exist`;
    const targetHeight = HEIGHT[folderOf(target)];
    if (targetHeight === undefined) return target.includes("/") ? `${specifier} is outside of the layers` : undefined;
    if (targetHeight > height) return `${from} must not import ${folderOf(target)} (${specifier})`;
    return undefined;
  }
  if (specifier.startsWith("node:") || isTest || height > PUBLISHED_HEIGHT) return undefined;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return name in manifest.dependencies ? undefined : `${name} is not in package.json's dependencies`;
}

const problems: string[] = [];
let checked = 0;
for (const source of sources()) {
  checked++;
  for (const { name, offset } of specifiers(source)) {
    const problem = problemOf(source, name);
    if (problem !== undefined) problems.push(`${place(source, offset)}: ${problem}`);
  }
}
report("layers", problems, checked);
