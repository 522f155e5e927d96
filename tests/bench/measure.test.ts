import { expect, test } from "@jest/globals";
import { median, medianRatio, summary, table, timeRounds } from "../../bench/measure.ts";

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 2, 3], 2.5],
])("median of %j", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("summary gives median and spread", () => {
  expect(summary([1, 10, 2.25])).toBe("2.3 (1.0 to 10.0)");
});

test("table aligns its columns", () => {
  expect(
    table([
      ["a", "bb"],
      ["ccc", "d"],
    ]),
  ).toBe("a    bb\nccc   d");
});

test("medianRatio compares round by round", () => {
  expect(medianRatio([10, 100, 6], [5, 50, 2])).toBe(2);
});

test("timeRounds gives the time of a unit", () => {
  let total = 0;
  const run = (units: number): void => {
    total += units;
    for (const end = performance.now() + units * 0.002; performance.now() < end; );
  };
  const times = timeRounds(run, 4, 3);
  expect(times).toHaveLength(4);
  expect(total).toBeGreaterThan(4000);
  expect(median(times)).toBeGreaterThan(1999);
});
