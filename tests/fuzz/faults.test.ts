import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { FAULTS } from "../../fuzz/faults.ts";
import { root } from "../../scripts/root.ts";

test.each(FAULTS.map((fault) => [fault.name, fault] as const))("%s: can still be planted", (_, { file, find }) => {
  expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
});
