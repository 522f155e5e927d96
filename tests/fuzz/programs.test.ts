import { expect, test } from "@jest/globals";
import { generateProgram } from "../../fuzz/generate.ts";
import { makeJob, runJob } from "../../fuzz/job.ts";
import type { Program } from "../../fuzz/model.ts";
import { sizeOf, Shrinker } from "../../fuzz/shrink.ts";
import { structureOf } from "../../fuzz/structure.ts";
import { hostTarget, Lowering } from "../../fuzz/targets.ts";
import { decodeModule } from "../../wasm/decode.ts";
import { validateModule } from "../../wasm/validate.ts";

const SEED = 20261121;

test("generated programs are valid, and the same for the same seed", () => {
  const structures = new Set<number>();
  for (let index = 0; index < 150; index++) {
    const program = generateProgram(SEED, index, { continuations: true });
    const { modules } = makeJob(program);
    for (const bytes of modules) validateModule(decodeModule(bytes));
    structures.add(structureOf(program));
    const again = makeJob(generateProgram(SEED, index, { continuations: true }));
    expect(again.modules.map((bytes) => [...bytes])).toEqual(modules.map((bytes) => [...bytes]));
  }
  expect(structures.size).toBeGreaterThan(145);
});

test("generated programs run alike in all modes", async () => {
  const modes = ["normal", "every call", "chaos", "on demand", "chaos on demand", "metered", "waiting"] as const;
  const lowerings = modes.map((mode) => new Lowering(mode));
  for (let index = 0; index < 40; index++) {
    const job = makeJob(generateProgram(SEED, index, { continuations: true }));
    const [first, ...others] = await Promise.all(lowerings.map((lowering) => lowering.run(job, index + 1)));
    for (const { outcomes, events } of others) {
      expect({ index, outcomes, events }).toEqual({ index, outcomes: first?.outcomes, events: first?.events });
    }
  }
});

test("plain programs run alike on the host and lowered", async () => {
  const lowering = new Lowering("chaos");
  for (let index = 0; index < 40; index++) {
    const job = makeJob(generateProgram(SEED, index, { continuations: false }));
    const { outcomes, events } = runJob(hostTarget(), job);
    const lowered = await lowering.run(job, index + 1);
    expect({ index, outcomes: lowered.outcomes, events: lowered.events }).toEqual({ index, outcomes, events });
  }
});

test("programs are made smaller while something holds", async () => {
  const isSuspending = (each: Program): boolean => makeJob(each).modules.some((bytes) => bytes.includes(0xe2));
  const programs = Array.from({ length: 50 }, (_, index) => generateProgram(SEED, index, { continuations: true }));
  const program = programs.find((each) => isSuspending(each) && each.funcs.length > 6);
  if (program === undefined) throw new Error("no program suspends");
  const suspends = (): boolean => isSuspending(program);
  const size = (): number => program.funcs.reduce((sum, func) => sum + sizeOf(func.body), 0);
  const before = size();
  const shrinker = new Shrinker(
    program,
    () => {
      for (const bytes of makeJob(program).modules) validateModule(decodeModule(bytes));
      return suspends();
    },
    20,
  );
  await shrinker.run();
  expect(suspends()).toBe(true);
  expect(size()).toBeLessThan(before);
});
