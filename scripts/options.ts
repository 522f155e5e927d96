/**
 * The command lines of scripts. What a script's first comment says is its help: `--help` prints it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * The options of the script at `url` (its `import.meta.url`), as `parseArgs` reads them. With `--help`, or where they are wrong, it
 * says so and ends the process, with 0 or 2.
 */
export function scriptOptions<T extends ParseArgsConfig>(url: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes("--help")) {
    console.log(firstComment(readFileSync(fileURLToPath(url), "utf8")));
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n--help says which options there are`);
    process.exit(2);
  }
}

/** The text of the documentation comment with which a source begins; what it links to by name. */
export function firstComment(source: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? "";
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .replaceAll(/\{@link (\w+)\}/g, "$1")
    .trim();
}
