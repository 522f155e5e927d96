/** Checks that the faults of fuzz/faults.ts can still be planted: what each replaces is in its file exactly once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULTS } from "../fuzz/faults.ts";
import { root } from "./root.ts";

const wrong = FAULTS.filter(({ file, find }) => readFileSync(join(root, file), "utf8").split(find).length !== 2);
for (const { name, file, find } of wrong) console.log(`${name}: ${file} does not contain this exactly once: ${find}`);
if (wrong.length > 0) process.exitCode = 1;
