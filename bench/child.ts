/** Scripts of this folder that measure one thing in a process of its own. */
import { fileURLToPath } from "node:url";
import { run } from "../scripts/process.ts";
import { reasonOf } from "./sources.ts";

/** A figure, or why there is none. */
export type Outcome<Figure> = { readonly figure: Figure } | { readonly failure: string };

/** Milliseconds for one script. */
const PATIENCE = 900_000;

/** Runs a script with options in a fresh Node; its figure is the JSON in its last line. */
export async function measureIn<Figure>(
  script: string,
  options: object,
  flags: readonly string[] = [],
): Promise<Outcome<Figure>> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const args = [...flags, path, JSON.stringify(options)];
  const { code, signal, stdout, stderr, timedOut } = await run(process.execPath, args, { timeout: PATIENCE });
  if (timedOut) return { failure: `not through after ${PATIENCE / 1000} s` };
  if (code !== 0) return { failure: `${signal ?? `exit code ${code}`}: ${reasonOf(stderr)}` };
  return { figure: JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Figure };
}
