/**
 * Where a copy of a function saves its frame: one label per group of sites that leave the same values on the stack and have
 * the same locals live. The labels enclose the whole body, so that leaving is a branch that carries the operands along.
 */
import type { ValType } from "../wasm/types.ts";
import type { Construct, Plan, Site } from "./plan.ts";

export interface SaveGroup {
  /** Whether its sites are suspends: then this activation is the innermost one that is left. */
  readonly suspends: boolean;
  readonly operands: readonly ValType[];
  /** What the call left above the operands. */
  readonly results: readonly ValType[];
  /** Guest locals to save. */
  readonly live: readonly number[];
  /** Spill locals to save. */
  readonly spills: readonly number[];
  readonly sites: Site[];
}

/** The group of each site (`bySite[site.index - 1]`), and all groups. */
export interface SaveGroups {
  readonly groups: readonly SaveGroup[];
  readonly bySite: readonly number[];
}

export function groupSites(plan: Plan): SaveGroups {
  const groups: SaveGroup[] = [];
  const known = new Map<string, number>();
  const bySite = plan.sites.map((site) => {
    // Only a call is over when the function is left at it: then its results are on the stack.
    const results = site.kind === "call" && site.guarded === undefined ? site.results : [];
    const operands = site.guarded === undefined ? site.operands : [];
    const spills = spillsAround(site.construct);
    const suspends = site.kind === "suspend";
    const key = `${suspends} ${operands.join()}|${results.join()}|${site.live.join()}|${spills.join()}`;
    let index = known.get(key);
    if (index === undefined) {
      index = groups.push({ suspends, operands, results, live: site.live, spills, sites: [] }) - 1;
      known.set(key, index);
    }
    groups[index]?.sites.push(site);
    return index;
  });
  return { groups, bySite };
}

/** Spill locals that are in use inside a construct. */
function spillsAround(construct: Construct): number[] {
  const spills: number[] = [];
  for (let around: Construct | undefined = construct; around !== undefined; around = around.parent) {
    spills.push(...around.spills);
  }
  return spills.sort((a, b) => a - b);
}
