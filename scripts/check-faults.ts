/** Checks that what fuzz/faults.ts has can still be planted: what each change replaces is in its file exactly once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULTS, RARE_PATHS } from "../fuzz/faults.ts";
import { root } from "./root.ts";

const wrong = [...FAULTS, ...RARE_PATHS].filter(
  ({ file, find }) => readFileSync(join(root, file), "utf8").split(find).length !== 2,
);
for (const { name, file, find } of wrong) console.log(`${name}: ${file} does not contain this exactly once: ${find}`);
if (wrong.length > 0) process.exitCode = 1;
