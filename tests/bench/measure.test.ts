import { expect, test } from "@jest/globals";
import { median, medianRatio, summary, table } from "../../bench/measure.ts";

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 2, 3], 2.5],
])("median of %j", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("summary gives median and spread", () => {
  expect(summary([1, 10, 2.25], (value) => value.toFixed(1))).toEqual(["2.3", "1.0 to 10.0"]);
});

test("table aligns words to the left and numbers to the right", () => {
  expect(
    table([
      ["name", "ns"],
      ["a", "9"],
      ["bcd", "100"],
    ]),
  ).toBe("name   ns\na       9\nbcd   100");
});

test("medianRatio compares round by round", () => {
  expect(medianRatio([10, 100, 6], [5, 50, 2])).toBe(2);
});
