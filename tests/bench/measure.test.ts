import { expect, test } from "@jest/globals";
import { interleave, median, summary, table } from "../../bench/measure.ts";

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

test("interleave takes turns, and gives one time per round", () => {
  const order: string[] = [];
  const wait = (milliseconds: number): void => {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  };
  const contestant = (name: string, cost: number) => ({
    name,
    run: (units: number) => {
      order.push(name);
      wait(units * cost);
    },
  });
  const timings = interleave([contestant("fast", 0.001), contestant("slow", 0.004)], 4, 3);
  expect(order.slice(-8)).toEqual(["fast", "slow", "fast", "slow", "fast", "slow", "fast", "slow"]);
  expect(timings["fast"]).toHaveLength(4);
  expect(median(timings["slow"] ?? [])).toBeGreaterThan(median(timings["fast"] ?? []));
});
