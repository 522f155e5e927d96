/** A run of the bench as a page of HTML that needs nothing but itself. */
import { CONTESTANTS } from "./contestants.ts";
import { type Comparison, colourOf, draw, drawOverview } from "./charts.ts";
import { PROGRAMS } from "./programs.ts";
import { type Chart, type Report, type Result, type Verdict, verdictWord } from "./result.ts";

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1f2328; --faint: #656d76; --line: #d8dee4; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --text: #e6edf3; --faint: #9198a1; --line: #30363d; --good: #3fb950; --bad: #f85149; }
}
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.5rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); }
figure { margin: 1rem 0; } figcaption { font-weight: 600; } svg { max-width: 100%; height: auto; font-size: 11px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
td, th { padding: 1px 10px 1px 0; text-align: left; vertical-align: top; } th { border-bottom: 1px solid var(--line); white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; } .scroll { overflow-x: auto; }
.note, .host { color: var(--faint); font-size: 13px; margin: .2rem 0; }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 12px; margin: .3rem 0; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
summary { cursor: pointer; color: var(--faint); font-size: 13px; } nav { font-size: 13px; columns: 3; }
`;

/** The page, with a chart for all that the results have charts of. */
export function page(report: Report): string {
  const { host, date, seconds, results, verdicts } = report;
  const duration = `${Math.round(seconds / 60)} minutes`;
  const body = [
    "<h1>Stackyard: the bench</h1>",
    `<p class="host">${escape(host)}. ${escape(date)}, ${duration}. Reproduce it with <code>npm run bench</code>.</p>`,
    `<nav>${results.map(({ name, title }) => `<div><a href="#${escape(name)}">${escape(title)}</a></div>`).join("")}</nav>`,
    verdictsSection("Goals", "goal", verdicts),
    verdictsSection("Further comparisons", "comparison", verdicts),
    overview(results),
    ...results.map(section),
  ].join("\n");
  return (
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<title>Stackyard: the bench</title>\n<style>${STYLE}</style>\n</head>\n<body>\n${body}\n</body>\n</html>\n`
  );
}

function verdictsSection(title: string, kind: Verdict["kind"], all: readonly Verdict[]): string {
  const own = all.filter((verdict) => verdict.kind === kind);
  if (own.length === 0) return "";
  const met = own.filter((verdict) => verdict.met).length;
  const rows = own.map(
    (verdict) =>
      `<tr><td class="${verdict.met ? "met" : "missed"}">${verdictWord(verdict)}</td>` +
      `<td class="number">${verdict.value.toFixed(2)}</td><td>${escape(verdict.text)}</td></tr>`,
  );
  return `<h2>${title}: ${met} of ${own.length}</h2>\n<div class="scroll"><table>${rows.join("")}</table></div>`;
}

/** Peers of all programs that switch stacks, in one picture. */
function overview(results: readonly Result[]): string {
  const known = new Set(CONTESTANTS.map(({ name }) => name));
  const programs = results.filter(({ name }) => PROGRAMS.some((program) => program.name === name));
  const comparisons = programs.flatMap(({ name, charts }) =>
    charts
      .filter(({ kind }) => kind === "ratios")
      .flatMap(({ series }) =>
        series
          .filter(({ name: contestant }) => known.has(contestant))
          .flatMap(({ name: contestant, points }) =>
            points.map(({ x, y }): Comparison => ({ row: `${name}, ${x}`, contestant, ratio: y })),
          ),
      ),
  );
  if (comparisons.length === 0) return "";
  const names = [...known].filter((name) => comparisons.some(({ contestant }) => contestant === name));
  return [
    "<h2>All programs at a glance</h2>",
    `<p class="note">How long each peer takes, over Stackyard on the same engine: right of the line, Stackyard is faster.</p>`,
    `<figure>${legend(names)}${drawOverview(comparisons)}</figure>`,
  ].join("\n");
}

function section({ name, title, charts, tables, notes, verdicts }: Result): string {
  return [
    `<h2 id="${escape(name)}">${escape(title)}</h2>`,
    ...verdicts.map(
      (verdict) =>
        `<p class="note"><span class="${verdict.met ? "met" : "missed"}">${verdictWord(verdict)}</span> ` +
        `${verdict.value.toFixed(2)}: ${escape(verdict.text)}</p>`,
    ),
    ...charts.map(figure),
    ...notes.map((note) => `<p class="note">${escape(note)}</p>`),
    // Where there are charts, the figures are for those who want to know exactly.
    ...tables.map((rows) =>
      charts.length > 0 ? `<details><summary>figures</summary>${table(rows)}</details>` : table(rows),
    ),
  ].join("\n");
}

function figure(chart: Chart): string {
  const drawn = draw(chart);
  if (drawn === "") return "";
  return `<figure><figcaption>${escape(chart.title)}</figcaption>${drawn}</figure>`;
}

function legend(names: readonly string[]): string {
  const entries = names.map(
    (name) => `<span><i style="background: ${colourOf(name)}"></i>${escape(titleOf(name))}</span>`,
  );
  return `<div class="legend">${entries.join("")}</div>`;
}

function titleOf(name: string): string {
  return CONTESTANTS.find((contestant) => contestant.name === name)?.title ?? name;
}

function table(rows: readonly (readonly string[])[]): string {
  const [header = [], ...others] = rows;
  const cell = (text: string): string => `<td${/^[\d.]/.test(text) ? ' class="number"' : ""}>${escape(text)}</td>`;
  return (
    `<div class="scroll"><table><tr>${header.map((text) => `<th>${escape(text)}</th>`).join("")}</tr>` +
    `${others.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("")}</table></div>`
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.codePointAt(0)};`);
}
