/** A slice of what `node scripts/scaling.ts` measures at up to 10 MB: shapes of which some were quadratic once. */
import { expect, jest, test } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { run } from "../../scripts/process.ts";
import { SHAPES } from "../../scripts/shapes.ts";

jest.setTimeout(120_000);

const program = fileURLToPath(new URL("../../scripts/scaling.ts", import.meta.url));

test.each(["imports", "loops that branch outwards", "chain of structures", "branch hints that hold"])(
  "%s",
  async (shape) => {
    expect(SHAPES[shape]).toBeDefined();
    const { code, stdout, stderr } = await run(process.execPath, [
      program,
      `--shapes=${shape}`,
      "--sizes=0.1,0.6",
      "--json",
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { measured, failures } = JSON.parse(stdout) as {
      readonly measured: readonly { readonly measured: { readonly outcome: string } }[];
      readonly failures: readonly string[];
    };
    expect(failures).toEqual([]);
    expect(measured.map(({ measured: { outcome } }) => outcome)).toEqual(["lowered", "lowered"]);
  },
);
