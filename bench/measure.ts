/** Timing, and the statistics that the figures are printed with. */

/** Something to time: does so many units of work. */
export type Contestant = (units: number) => void;

/**
 * Nanoseconds for each unit of work, round by round. A round has as many units as take about `milliseconds`, found out in a
 * first pass that also warms the contestant up.
 */
export function timeRounds(run: Contestant, rounds: number, milliseconds: number): number[] {
  const units = unitsFor(run, milliseconds);
  return Array.from({ length: rounds }, () => (time(run, units) / units) * 1e6);
}

/** Milliseconds that `units` of work take. */
function time(run: Contestant, units: number): number {
  const started = performance.now();
  run(units);
  return performance.now() - started;
}

function unitsFor(run: Contestant, milliseconds: number): number {
  // Several passes: the first ones run in the engine's baseline tier and say little about the later ones.
  let units = 1000;
  for (let pass = 0; pass < 20; pass++) {
    const taken = time(run, units);
    if (pass >= 4 && taken > milliseconds / 2) return Math.max(1, Math.round((units * milliseconds) / taken));
    if (taken < milliseconds) units *= taken < milliseconds / 8 ? 4 : 2;
  }
  return units;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios round by round: what disturbs a round disturbs both sides of its ratio. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((numerator, round) => numerator / (denominators[round] ?? Number.NaN)));
}

/** `median (min to max)`, in the unit of the values. */
export function summary(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
}

/** A table with aligned columns: the first one to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}
