/** Charts as SVG, drawn without a browser. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Chart } from "./result.ts";

/** Colours that can be told apart on light and on dark ground, by contestant or by the first word of a series' name. */
const COLOURS: Readonly<Record<string, string>> = {
  stackyard: "#e8590c",
  native: "#4263eb",
  asyncify: "#0ca678",
  "asyncify-swap": "#66a80f",
  "asyncify-wasm": "#909c1e",
  jspi: "#9c36b5",
  generators: "#b8860b",
  async: "#d6336c",
  limit: "#868e96",
  deno: "#c2601f",
  "deno native": "#1c9cc4",
  untouched: "#868e96",
  analysed: "#4263eb",
  everything: "#e8590c",
  "on-demand": "#b8860b",
  instrumented: "#0ca678",
  "--asyncify": "#0ca678",
};
const OTHER = "#868e96";

const WIDTH = 760;
const BAR_HEIGHT = 17;
/** Between the bars of two cases there is the name of the second. */
const FACET_HEAD = 26;
const LINES_HEIGHT = 360;
const LINES_MARGIN = { top: 28, bottom: 40 } as const;
/** Between labels at the ends of lines. */
const LABEL_HEIGHT = 12;

export function colourOf(series: string): string {
  return COLOURS[series.split(",")[0] ?? ""] ?? OTHER;
}

export function draw(chart: Chart): string {
  return chart.kind === "ratios" ? drawRatios(chart) : drawLines(chart);
}

interface Bar {
  readonly name: string;
  readonly facet: string;
  readonly ratio: number;
  readonly text: string;
}

/** A bar for each series and case: from 1, which is where the base is, to the right for what takes longer. */
function drawRatios({ y, series }: Chart): string {
  const bars = series.flatMap(({ name, points }) =>
    points.map(
      ({ x, y: ratio, label }): Bar => ({
        name,
        facet: String(x),
        ratio,
        text: `${ratioText(ratio)}${label === undefined ? "" : ` (${label})`}`,
      }),
    ),
  );
  if (bars.length === 0) return "";
  const names = series.filter(({ points }) => points.length > 0).map(({ name }) => name);
  const facets = [...new Set(bars.map(({ facet }) => facet))];
  const missing = facets.flatMap((facet) =>
    names
      .filter((name) => !bars.some((bar) => bar.name === name && bar.facet === facet))
      .map((name) => ({ name, facet })),
  );
  const facetHeight = names.length * BAR_HEIGHT + FACET_HEAD;
  const ratios = bars.map(({ ratio }) => ratio);
  return svg({
    height: facets.length * facetHeight + FACET_HEAD + 36,
    marginTop: FACET_HEAD,
    marginLeft: 110,
    marginRight: 130,
    marginBottom: 36,
    x: { type: "log", label: y, domain: [Math.min(0.5, ...ratios), Math.max(2, ...ratios)], tickFormat: plainNumber },
    y: { domain: names, label: null, tickSize: 0 },
    fy: { domain: facets, axis: null, padding: FACET_HEAD / facetHeight },
    marks: [
      Plot.gridX({ strokeOpacity: 0.12 }),
      Plot.text(facets, {
        fy: (facet: string) => facet,
        text: (facet: string) => facet,
        frameAnchor: "top-left",
        dx: -105,
        dy: -12,
        fontWeight: "bold",
        fill: "currentColor",
      }),
      Plot.barX(bars, {
        x1: 1,
        x2: "ratio",
        y: "name",
        fy: "facet",
        fill: ({ name }: Bar) => colourOf(name),
        insetTop: 1.5,
        insetBottom: 1.5,
      }),
      Plot.ruleX([1], { strokeWidth: 1.5 }),
      Plot.text(missing, {
        x: 1,
        y: "name",
        fy: "facet",
        text: () => "no figure",
        textAnchor: "start",
        dx: 5,
        fill: "currentColor",
        fillOpacity: 0.5,
      }),
      Plot.text(bars, {
        x: ({ ratio }: Bar) => Math.max(1, ratio),
        y: "name",
        fy: "facet",
        text: "text",
        textAnchor: "start",
        dx: 5,
        fill: "currentColor",
      }),
    ],
  });
}

interface Dot {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** A line for each series, with the spread at each point. */
function drawLines({ x, y, logarithmic, series }: Chart): string {
  const dots = series.flatMap(({ name, points }) =>
    points.map((point): Dot => {
      const { y: value, low = value, high = value } = point;
      // There is no 0 on a logarithmic axis.
      const at = Number(point.x);
      return { name, x: logarithmic.includes("x") ? Math.max(at, 1e-9) : at, y: value, low, high };
    }),
  );
  if (dots.length === 0) return "";
  const values = dots.flatMap(({ y: value, low, high }) => [value, low, high]);
  const isLog = logarithmic.includes("y");
  const domain = isLog ? decades(values) : { low: 0, high: Math.max(...values) };
  const ends = series.flatMap(({ name }) => dots.filter((dot) => dot.name === name).slice(-1));
  const labels = spreadLabels(ends, domain, isLog);
  const style = { stroke: ({ name }: Dot) => colourOf(name), z: "name" };
  return svg({
    height: LINES_HEIGHT,
    marginLeft: 60,
    marginRight: 150,
    marginTop: LINES_MARGIN.top,
    marginBottom: LINES_MARGIN.bottom,
    x: { type: logarithmic.includes("x") ? "log" : "linear", ticks: 6, tickFormat: plainNumber, label: x },
    y: {
      type: isLog ? "log" : "linear",
      domain: [domain.low, domain.high],
      ticks: 6,
      tickFormat: plainNumber,
      label: y,
    },
    marks: [
      Plot.gridX({ strokeOpacity: 0.12 }),
      Plot.gridY({ strokeOpacity: 0.12 }),
      Plot.link(dots, { x1: "x", x2: "x", y1: "low", y2: "high", ...style, strokeOpacity: 0.5 }),
      Plot.line(dots, { x: "x", y: "y", ...style, strokeWidth: 2 }),
      Plot.dot(dots, { x: "x", y: "y", fill: ({ name }: Dot) => colourOf(name), r: 3 }),
      Plot.text(labels, {
        x: "x",
        y: "y",
        text: "name",
        textAnchor: "start",
        dx: 8,
        fill: ({ name }: Dot) => colourOf(name),
      }),
    ],
  });
}

/** The range of a logarithmic axis: whole powers of ten if the values are close together, since there would be no ticks. */
function decades(values: readonly number[]): { readonly low: number; readonly high: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (high / low >= 10) return { low, high };
  return { low: 10 ** Math.floor(Math.log10(low)), high: 10 ** (Math.floor(Math.log10(high)) + 1) };
}

/** The ends of lines, moved apart so that the names written there can be read: all at the right, in the order of the lines. */
function spreadLabels(ends: readonly Dot[], { low, high }: ReturnType<typeof decades>, isLog: boolean): Dot[] {
  const height = LINES_HEIGHT - LINES_MARGIN.top - LINES_MARGIN.bottom;
  const share = (value: number): number =>
    isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const value = (part: number): number => (isLog ? low * (high / low) ** part : low + (high - low) * part);
  const right = Math.max(...ends.map(({ x }) => x));
  const step = LABEL_HEIGHT / height;
  const parts = ends.map((dot) => ({ dot, part: share(dot.y) })).sort((a, b) => a.part - b.part);
  // Upwards from the lowest, then down again as far as the topmost would leave the chart.
  for (const [i, each] of parts.entries()) each.part = Math.max(each.part, (parts[i - 1]?.part ?? -1) + step);
  for (const [i, each] of [...parts.entries()].reverse()) {
    each.part = Math.min(each.part, i === parts.length - 1 ? 1 : (parts[i + 1]?.part ?? 2) - step);
  }
  return parts.map(({ dot, part }) => {
    const name = dot.x < right ? `${dot.name}, to ${plainNumber(dot.x)}` : dot.name;
    return { ...dot, name, x: right, y: value(part) };
  });
}

/** What is compared in one line of the overview. */
export interface Comparison {
  /** Program and case. */
  readonly row: string;
  readonly contestant: string;
  readonly ratio: number;
}

/** All ratios of all programs as dots, in one picture. */
export function drawOverview(comparisons: readonly Comparison[]): string {
  const rows = [...new Set(comparisons.map(({ row }) => row))];
  return svg({
    height: rows.length * BAR_HEIGHT + 60,
    marginLeft: 250,
    marginRight: 20,
    marginBottom: 36,
    x: { type: "log", label: "times Stackyard's on the same engine", tickFormat: plainNumber },
    y: { domain: rows, label: null, tickSize: 0 },
    marks: [
      Plot.gridX({ strokeOpacity: 0.12 }),
      Plot.gridY({ strokeOpacity: 0.12 }),
      Plot.ruleX([1], { strokeWidth: 1.5 }),
      Plot.dot(comparisons, {
        x: "ratio",
        y: "row",
        fill: ({ contestant }: Comparison) => colourOf(contestant),
        r: 4,
        fillOpacity: 0.9,
      }),
    ],
  });
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawn = Plot.plot({ ...options, width: WIDTH, document, style: { background: "none", overflow: "visible" } });
  return drawn.outerHTML;
}

export function ratioText(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)} x`;
}

/** 1000000 as 1M, 0.5 as 0.5. */
function plainNumber(value: number): string {
  if (value >= 1e9) return `${value / 1e9}G`;
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e4) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(6)));
}
