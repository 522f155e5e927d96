/**
 * Where a copy of a function saves its frame: one label per group of sites that leave the same values on the stack. The
 * labels enclose the whole body, so that leaving is a branch that carries the operands along.
 *
 * Sites of a group save the union of what is live at each. So sites with much the same locals share a group, which keeps
 * the code small; where they have little in common, saving the union would keep locals alive for nothing.
 */
import type { ValType } from "../wasm/types.ts";
import { savedLocals } from "./frame-layout.ts";
import type { LocalSet } from "./local-set.ts";
import { type FunctionLimits, MAX_BRANCHES } from "./lowered-limits.ts";
import type { Plan, Site } from "./plan.ts";
import { hashedTypes, isSameList } from "./type-lists.ts";

/** How many locals the live sets of two sites may differ in to share a group. */
const MAX_DIFFERENCE = 6;

/** Bytes of code that saving a local takes at least. */
const SAVE_SIZE = 2;

/** How many groups of the same operands are tried before a new one is made. */
const MAX_TRIED = 8;

export interface SaveGroup {
  /** How its sites leave by themselves, as the innermost activation; undefined if they are calls, which may have been left. */
  readonly leaving: "suspend" | "switch" | undefined;
  readonly operands: readonly ValType[];
  /** What the call left above the operands. */
  readonly results: readonly ValType[];
  /** Locals to save, as the plan numbers them. */
  readonly live: readonly number[];
  readonly sites: readonly Site[];
}

/** The group of each site (`bySite[site.index - 1]`, -1 if it has none), and all groups. */
export interface SaveGroups {
  readonly groups: readonly SaveGroup[];
  readonly bySite: readonly number[];
}

interface Growing extends Omit<SaveGroup, "live"> {
  readonly live: LocalSet;
  readonly sites: Site[];
}

/** Groups the sites of a function: all of them, or those that are no suspends. */
export function groupSites(
  plan: Plan,
  limits: FunctionLimits,
  { suspends: groupsSuspends }: { readonly suspends: boolean },
): SaveGroups {
  const groups: Growing[] = [];
  const candidates = new Candidates();
  const bySite: number[] = [];
  for (const site of plan.sites) {
    const leaving = leavingAt(site);
    if (leaving === "suspend" && !groupsSuspends) {
      bySite.push(-1);
      continue;
    }
    // Only a call is over when the function is left at it: then its results are on the stack.
    const results = site.kind === "call" && site.guarded === undefined ? site.results : NOTHING;
    const operands = site.guarded === undefined ? site.operands : NOTHING;
    const same = candidates.of(leaving, operands, results);
    const found = nearGroup(plan, groups, same, site);
    if (found >= 0) {
      const group = groups[found] as Growing;
      plan.live.mergeInto(group.live, site.index - 1);
      group.sites.push(site);
      bySite.push(found);
      continue;
    }
    same.push(groups.length);
    bySite.push(groups.length);
    groups.push({ leaving, operands, results, live: plan.live.copy(site.index - 1), sites: [site] });
  }
  let saved = 0;
  const grown = groups.map((group): SaveGroup => {
    const live = savedLocals(plan, group.live);
    saved += live.length;
    limits.checkSize(saved * SAVE_SIZE);
    return { ...group, live };
  });
  return { groups: grown, bySite };
}

/** A group for one suspend alone. */
export function groupOfSuspend(plan: Plan, site: Site): SaveGroup {
  const live = savedLocals(plan, plan.live.copy(site.index - 1));
  return { leaving: "suspend", operands: site.operands, results: [], live, sites: [site] };
}

function leavingAt({ kind }: Site): SaveGroup["leaving"] {
  return kind === "suspend" || kind === "switch" ? kind : undefined;
}

/** The first of the last groups in `same` that a site fits into; -1 if there is none. */
function nearGroup(plan: Plan, groups: readonly Growing[], same: readonly number[], site: Site): number {
  for (let i = Math.max(0, same.length - MAX_TRIED); i < same.length; i++) {
    const index = same[i] as number;
    const { live, sites } = groups[index] as Growing;
    if (sites.length < MAX_BRANCHES && plan.live.isNear(live, site.index - 1, MAX_DIFFERENCE)) return index;
  }
  return -1;
}

const NOTHING: readonly ValType[] = [];

/** The groups of sites that leave the same on the stack. */
interface Alike extends Pick<SaveGroup, "leaving" | "operands" | "results"> {
  /** Indices of the groups. */
  readonly groups: number[];
}

/** Finds groups by what their sites leave on the stack. */
class Candidates {
  readonly #byHash = new Map<number, Alike[]>();

  /** The list of groups for such sites, to which new ones are to be added. */
  of(leaving: SaveGroup["leaving"], operands: readonly ValType[], results: readonly ValType[]): number[] {
    const hash = hashedTypes(hashedTypes(leaving?.length ?? 0, operands), results);
    const known = this.#byHash.get(hash);
    for (let i = 0; known !== undefined && i < known.length; i++) {
      const alike = known[i] as Alike;
      if (alike.leaving === leaving && isSameList(alike.operands, operands) && isSameList(alike.results, results)) {
        return alike.groups;
      }
    }
    const made: Alike = { leaving, operands, results, groups: [] };
    if (known === undefined) this.#byHash.set(hash, [made]);
    else known.push(made);
    return made.groups;
  }
}
