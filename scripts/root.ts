import { fileURLToPath } from "node:url";

/** The repository's root as a path. */
export const root: string = fileURLToPath(new URL("../", import.meta.url));
