/** The statistics that figures are made of, and how they are printed. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios round by round: what disturbs a round disturbs both sides of its ratio. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  const rounds = Math.min(numerators.length, denominators.length);
  return median(numerators.slice(0, rounds).map((numerator, i) => numerator / (denominators[i] ?? Number.NaN)));
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Median and spread as two cells, printed by `format`. */
export function summary(values: readonly number[], format: (value: number) => string): [string, string] {
  return [format(median(values)), `${format(Math.min(...values))} to ${format(Math.max(...values))}`];
}

/** Nanoseconds with a unit that suits them. */
export function duration(ns: number): string {
  if (ns < 999.5) return `${ns.toFixed(ns < 99.5 ? 1 : 0)} ns`;
  if (ns < 999_500) return `${(ns / 1e3).toFixed(1)} us`;
  if (ns < 999_500_000) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

/** Bytes with a unit that suits them (powers of ten). */
export function size(bytes: number): string {
  if (bytes < 9_999) return `${bytes.toFixed(0)} B`;
  if (bytes < 999_500) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** A table with aligned columns: numbers to the right, the others to the left. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0] ?? [];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = columns.map(
    (_, column) => column > 0 && rows.slice(1).some((row) => /^[\d.]/.test(row[column] ?? "")),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => (isNumber[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
