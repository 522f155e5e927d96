import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root as a path. */
export const root: string = fileURLToPath(new URL("../", import.meta.url));

/** The official suite, beside the repository, unless it is not on this machine. */
export const OFFICIAL_SUITE: string = join(root, "../shared/testsuite");
