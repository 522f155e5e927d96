/** Timing side by side, and the statistics that the figures are printed with. */

/** Something to time: `run(n)` does n units of work. */
export interface Contestant {
  readonly name: string;
  readonly run: (units: number) => void;
}

/** Times per unit in nanoseconds, one for each round, by contestant. */
export type Timings = Readonly<Record<string, readonly number[]>>;

/**
 * Times contestants in turn, round after round, so that whatever else the machine does hits all of them alike. Each gets as
 * many units per round as take it about `milliseconds`, found out in a first pass that also warms it up.
 */
export function interleave(contestants: readonly Contestant[], rounds: number, milliseconds: number): Timings {
  const sized = contestants.map((contestant) => ({ ...contestant, units: unitsFor(contestant, milliseconds) }));
  const timings: Record<string, number[]> = Object.fromEntries(sized.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run, units } of sized) timings[name]?.push((time(run, units) / units) * 1e6);
  }
  return timings;
}

/** Milliseconds that `units` of work take. */
function time(run: (units: number) => void, units: number): number {
  const started = performance.now();
  run(units);
  return performance.now() - started;
}

function unitsFor({ run }: Contestant, milliseconds: number): number {
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
