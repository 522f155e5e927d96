import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { firstComment } from "../../scripts/options.ts";
import { run } from "../../scripts/process.ts";

const root = join(import.meta.dirname, "../..");

function soak(...args: readonly string[]) {
  return run(process.execPath, ["--no-warnings", join(root, "scripts/soak.ts"), ...args], { cwd: root });
}

describe("the command line of a script", () => {
  test("--help prints what its first comment says", async () => {
    const { code, stdout } = await soak("--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Runs a mixed load[\s\S]*npm run soak \[-- --seconds=60\]/);
  });

  test("an unknown option is an error of its own", async () => {
    const { code, stderr } = await soak("--nonsense");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Unknown option '--nonsense'.*\n--help says which options there are\n$/);
  });

  test("comments lose their frame and their links", () => {
    expect(firstComment("/**\n * One {@link FACTOR}.\n *\n *     node x.ts\n */\nlet x;")).toBe(
      "One FACTOR.\n\n    node x.ts",
    );
    expect(firstComment("/** One. */")).toBe("One.");
    expect(firstComment("let x;")).toBe("");
  });
});
