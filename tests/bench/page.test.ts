import { expect, test } from "@jest/globals";
import { page } from "../../bench/page.ts";
import type { Report, Result } from "../../bench/result.ts";

const generator: Result = {
  name: "generator",
  title: "Generator loop, for each round trip",
  tables: [
    [
      ["case", "contestant", "median"],
      ["depth 1", "native", "72.2 ns"],
    ],
  ],
  notes: ["without a peer: <because>"],
  charts: [
    {
      title: "Generator loop",
      kind: "ratios",
      x: "",
      y: "times Stackyard's",
      logarithmic: [],
      series: [
        {
          name: "native",
          points: [
            { x: "depth 1", y: 9.5, label: "72.2 ns" },
            { x: "depth 10", y: 8.7 },
          ],
        },
        { name: "limit", points: [{ x: "depth 1", y: 0.03 }] },
      ],
    },
    {
      title: "Generator loop: cost against frames",
      kind: "lines",
      x: "frames",
      y: "ns",
      logarithmic: ["x", "y"],
      series: [
        {
          name: "stackyard",
          points: [
            { x: 1, y: 7.6, low: 7.5, high: 7.7 },
            { x: 1000, y: 7.9 },
          ],
        },
        { name: "native", points: [{ x: 1, y: 72 }] },
      ],
    },
  ],
  verdicts: [],
  data: {},
};

const engines: Result = {
  name: "engines",
  title: "On every engine",
  tables: [
    [
      ["program", "node22"],
      ["tree", "25.6 ns"],
    ],
  ],
  notes: [],
  charts: [],
  verdicts: [],
  data: {},
};

const report: Report = {
  host: "an engine, a processor",
  date: "2026-01-01",
  seconds: 600,
  results: [generator, engines],
  verdicts: [
    { kind: "goal", text: "generator: faster than native", value: 9.5, met: true },
    { kind: "goal", text: "generator: faster than the limit", value: 0.03, met: false },
    { kind: "comparison", text: "generator: ahead of the best peer", value: 0.9, met: false },
  ],
};

const html = page(report);

function count(pattern: RegExp): number {
  return [...html.matchAll(pattern)].length;
}

test("the page has a picture for each chart, and the overview", () => {
  expect(count(/<svg\b/g)).toBe(3);
  expect(count(/<\/svg>/g)).toBe(3);
  expect(html).toContain("<figcaption>Generator loop: cost against frames</figcaption>");
});

test("the page needs nothing but itself", () => {
  expect(count(/\b(?:src|srcset|data|poster|action)=/g)).toBe(0);
  expect(count(/\bhref="(?!#)/g)).toBe(0);
  expect(count(/@import|url\(|<script|<link|<iframe/g)).toBe(0);
  expect(count(/https?:\/\/(?!www\.w3\.org\/(?:2000\/svg|1999\/xlink)")/g)).toBe(0);
});

test("ratios are written at their bars, with what is missing", () => {
  expect(html).toContain("9.50 x (72.2 ns)");
  expect(html).toContain("0.03 x");
  expect(count(/no figure/g)).toBe(1);
});

test("a line that ends early says where", () => {
  expect(html).toContain("native, to 1<");
});

test("every figure of a chart is a number", () => {
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
});

test("goals and further comparisons are counted apart", () => {
  expect(html).toContain("<h2>Goals: 1 of 2</h2>");
  expect(html).toContain("<h2>Further comparisons: 0 of 1</h2>");
  expect(count(/class="missed">MISSED</g)).toBe(1);
  expect(count(/class="missed">does not hold</g)).toBe(1);
});

test("text is escaped", () => {
  expect(html).toContain("without a peer: &#60;because&#62;");
});

test("tables are there with and without charts", () => {
  expect(html).toContain('<td class="number">72.2 ns</td>');
  expect(html).toContain('<td class="number">25.6 ns</td>');
  expect(count(/<details>/g)).toBe(1);
});
