import { expect, test } from "@jest/globals";
import type { Job, Trace } from "../../fuzz/job.ts";
import { knownDifference } from "../../fuzz/known.ts";

const job = (switches: boolean): Job => ({ switches }) as Job;
const trace = (outcome: string, ...events: string[]): Trace => ({ outcomes: [outcome], events });

test("JavaScriptCore may report a null reference where a cast is wrong, as an outcome and within a program", () => {
  const theirs = trace("trapped: cast, fuel 1, notes 2", "3: 4", "attempt: trapped: cast");
  const ours = trace("trapped: null or signature, fuel 1, notes 2", "3: 4", "attempt: trapped: null or signature");
  expect(knownDifference(job(false), "bun normal", theirs, ours)).toMatch("JavaScriptCore");
  expect(knownDifference(job(false), "normal", theirs, ours)).toBeUndefined();
  expect(knownDifference(job(false), "bun normal", ours, theirs)).toBeUndefined();
  const otherFuel = trace("trapped: null or signature, fuel 2, notes 2", ...ours.events);
  expect(knownDifference(job(false), "bun normal", theirs, otherFuel)).toBeUndefined();
  const another = trace("trapped: null or signature, fuel 1, notes 2", "3: 5", "attempt: trapped: null or signature");
  expect(knownDifference(job(false), "bun normal", theirs, another)).toBeUndefined();
});

test("V8 may miss a switch's handler first, in programs that switch", () => {
  const theirs = trace("trapped: unhandled, fuel 1, notes 2");
  const ours = trace("trapped: consumed, fuel 1, notes 2");
  expect(knownDifference(job(true), "chaos 1", theirs, ours)).toMatch("V8");
  expect(knownDifference(job(false), "chaos 1", theirs, ours)).toBeUndefined();
});
