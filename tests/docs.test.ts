/**
 * Runs the snippets of docs/ and of the front page.
 *
 * In a page, a block ```wat NAME or ```js NAME is a file. A block ```ts is a program that runs in the directory of the page's
 * files; what it prints is what the comments behind its calls of `console.log` say, if any. A block ```sh holds commands; a
 * block ```text behind it is what they print.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";

interface Block {
  readonly language: string;
  /** What stands behind the language. */
  readonly name: string;
  readonly text: string;
  /** Line of the page at which the text starts. */
  readonly line: number;
}

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = resolve("docs/..");
const DIRECTORY = mkdtempSync(join(tmpdir(), "stackyard-docs-"));
/** What package.json exports, as source. */
const PACKAGES: Readonly<Record<string, string>> = {
  stackyard: "runtime/index.ts",
  "stackyard/webassembly": "runtime/webassembly/index.ts",
  "stackyard/wasi": "runtime/wasi/index.ts",
  "stackyard/wasi/node": "runtime/wasi/node.ts",
  "stackyard/wasm": "wasm/index.ts",
};
const PAGES = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w+) *(.*)$/.exec(lines[i] ?? "");
    if (fence === null) continue;
    const start = ++i;
    while (i < lines.length && lines[i] !== "```") i++;
    const text = `${lines.slice(start, i).join("\n")}\n`;
    blocks.push({ language: fence[1] ?? "", name: fence[2] ?? "", text, line: start + 1 });
  }
  return blocks;
}

function run(command: string, args: readonly string[], cwd: string): Promise<Output> {
  return new Promise((done) => {
    execFile(
      command,
      args,
      { cwd, timeout: 60_000, env: { ...process.env, NO_COLOR: "1" } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        done({ code, stdout, stderr });
      },
    );
  });
}

/** The lines that a snippet says it prints. */
function promised(text: string): string[] {
  return Array.from(text.matchAll(/console\.log\(.*\);? *\/\/ (.*)$/gm), ([, output]) => output ?? "");
}

/** Source of a snippet, importing this project's source instead of the package. */
function runnable(text: string): string {
  return text.replace(/(from |import\()"(stackyard[^"]*)"/g, (all, before: string, name: string) => {
    const file = PACKAGES[name];
    return file === undefined ? all : `${before}"${pathToFileURL(join(ROOT, file)).href}"`;
  });
}

const programs: string[] = [];

describe.each(PAGES)("%s", (page) => {
  const all = blocksOf(readFileSync(page, "utf8"));
  // The commands of the front page install and test the whole project.
  const blocks = page === "README.md" ? all.filter(({ language }) => language === "ts") : all;
  const directory = join(DIRECTORY, page.replace(/\W/g, "-"));
  mkdirSync(directory);
  symlinkSync(join(ROOT, "examples"), join(directory, "examples"));
  for (const { name, text } of blocks) if (name !== "") writeFileSync(join(directory, name), text);

  const snippets = blocks.filter(({ language, name }) => language === "ts" && name === "");
  for (const { line, text } of snippets) {
    const file = join(directory, `line-${line}.ts`);
    writeFileSync(file, `${text}export {};\n`);
    programs.push(file);
    test(`line ${line}`, async () => {
      const program = join(directory, `run-${line}.ts`);
      writeFileSync(program, runnable(text));
      const { code, stdout, stderr } = await run(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", program],
        directory,
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const expected = promised(text);
      if (expected.length > 0) expect(stdout.split("\n").slice(0, -1)).toEqual(expected);
    });
  }

  for (const [i, { language, text, line }] of blocks.entries()) {
    if (language !== "sh") continue;
    test(`line ${line}: ${text.split("\n")[0]}`, async () => {
      const script = `stackyard() { "${process.execPath}" "${join(ROOT, "bin/stackyard.ts")}" "$@"; }\n${text}`;
      const { code, stdout, stderr } = await run("sh", ["-e", "-c", script], directory);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const next = blocks[i + 1];
      if (next?.language === "text") expect(stdout).toBe(next.text);
    });
  }
});

test("the snippets have the right types", async () => {
  const tsconfig = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      paths: Object.fromEntries(Object.entries(PACKAGES).map(([name, file]) => [name, [join(ROOT, file)]])),
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    include: [],
    files: programs,
  };
  writeFileSync(join(DIRECTORY, "tsconfig.json"), JSON.stringify(tsconfig));
  writeFileSync(join(DIRECTORY, "package.json"), '{ "type": "module" }');
  symlinkSync(join(ROOT, "node_modules"), join(DIRECTORY, "node_modules"));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "--noEmit", "-p", DIRECTORY], DIRECTORY);
  // What is wrong elsewhere is for other checks to say.
  expect(stdout.split("\n").filter((line) => /line-\d+\.ts/.test(line))).toEqual([]);
});

test("the pages link only to what is there", () => {
  for (const page of PAGES) {
    const text = readFileSync(page, "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(() => readFileSync(join(dirname(page), target))).not.toThrow();
    }
  }
});

test("the comparison with Wasmtime names only what there is", () => {
  const sources = readdirSync("runtime", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const words = new Set(sources.flatMap((name) => readFileSync(join("runtime", name), "utf8").match(/\w+/g) ?? []));
  const rows = readFileSync("docs/wasmtime.md", "utf8").matchAll(/^\|[^|]*\|([^|]*)\|/gm);
  const named = Array.from(rows, ([, ours = ""]) => ours.match(/`[^`]*`/g) ?? []).flat();
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((code) => (code.match(/[a-z]\w+/gi) ?? []).some((word) => !words.has(word)))).toEqual([]);
});
