import { expect, test } from "@jest/globals";
import { ahead, faster, flat, judge, type Samples, within } from "../../bench/goals.ts";

const cases: ReadonlyMap<string, Samples> = new Map([
  [
    "depth 1",
    new Map([
      ["stackyard", [10, 10, 10]],
      ["native", [90, 100, 110]],
      ["asyncify", [9, 9, 9]],
      ["limit", [1, 1, 1]],
      ["deno", [20, 20, 20]],
      ["deno native", [60, 60, 60]],
    ]),
  ],
  ["depth 9", new Map([["stackyard", [11, 11, 11]]])],
]);

test("a peer is compared with us on its own engine", () => {
  expect(judge("goal", faster("deno native", 5, "depth 1"), cases)).toEqual([
    { kind: "goal", text: "depth 1, faster than deno native: at least 5 times", value: 3, met: false },
  ]);
  expect(judge("goal", faster("native", 9), cases)).toMatchObject([{ value: 10, met: true }]);
});

test("the best peer counts, and the limit is none", () => {
  expect(judge("comparison", ahead(), cases)).toEqual([
    {
      kind: "comparison",
      text: "depth 1, ahead of the best peer, asyncify: at least 1 times",
      value: 0.9,
      met: false,
    },
  ]);
});

test("cases are compared with each other", () => {
  expect(judge("goal", flat("depth 1", "depth 9", 1.15), cases)).toMatchObject([{ value: 1.1, met: true }]);
});

test("there is no verdict without figures", () => {
  expect(judge("goal", faster("jspi", 2), cases)).toEqual([]);
  expect(judge("goal", within("everything", "untouched", 1.1), cases)).toEqual([]);
  expect(judge("goal", flat("depth 1", "depth 100", 1.15), cases)).toEqual([]);
});
