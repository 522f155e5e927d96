/** Makes tests of the scripts below a directory: one test per file. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { type Backend, hostName } from "../../spec-tests/engine.ts";
import { Expectations } from "../../spec-tests/expectations.ts";
import { KNOWN_DIFFERENCES } from "../../spec-tests/known-differences.ts";
import { runFile } from "../../spec-tests/run-file.ts";

/** Directory of the official suite, beside the repository. */
export const OFFICIAL_SUITE = fileURLToPath(new URL("../../../shared/testsuite/", import.meta.url));

/** Directory of the project's own suite. */
export const OWN_SUITE = fileURLToPath(new URL("../../spec-tests/suite/", import.meta.url));

/** A backend, and the seed of the backend `chaos`. */
export type Run = readonly [backend: Backend, seed: number];

/** Stackyard as it is, and in chaos mode with three seeds. */
export const STACKYARD_RUNS: readonly Run[] = Object.freeze([
  ["stackyard", 0],
  ["chaos", 1],
  ["chaos", 2],
  ["chaos", 3],
] as const);

/** Tests every script directly in `directory` in each of `runs`. */
export function testSuite(name: string, directory: string, runs: readonly Run[]): void {
  if (!existsSync(directory)) {
    test.skip(`${name}: skipped, because there is no ${directory}`, () => undefined);
    return;
  }
  const files = readdirSync(directory).filter((file) => file.endsWith(".wast"));
  describe.each(runs)(`${name} (%s, seed %i)`, (backend, seed) => {
    const expectations = new Expectations(KNOWN_DIFFERENCES, hostName(), backend);
    test.each(files.sort())("%s", async (file) => {
      const report = await runFile(join(directory, file), { backend, seed, expectations });
      expect(report.failures).toEqual([]);
      expect(report.positive.passed + report.negative.passed).toBeGreaterThan(0);
    });
  });
}
