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
  /** Whether its sites leave by themselves, as the innermost activation; others are calls, which may have been left. */
  readonly leaves: boolean;
  readonly operands: readonly ValType[];
  /** What the call left above the operands. */
  readonly results: readonly ValType[];
  /** Locals to save, as the plan numbers them. */
  readonly live: readonly number[];
  /** The first of its sites, and how many there are. */
  readonly first: Site;
  readonly count: number;
}

/** The group of each site (`bySite[site.index - 1]`, -1 if it has none), and all groups. */
export interface SaveGroups {
  readonly groups: readonly SaveGroup[];
  readonly bySite: readonly number[];
}

/** A group to which sites are still being added; what it saves is known then. */
interface Growing extends Omit<SaveGroup, "live" | "count"> {
  /** What is live at one of its sites at least. */
  readonly set: LocalSet;
  live: readonly number[];
  count: number;
}

/** Groups the sites of a function: all of them, or those that do not leave by themselves. */
export function groupSites(
  plan: Plan,
  limits: FunctionLimits,
  { leaving: groupsLeaving }: { readonly leaving: boolean },
): SaveGroups {
  const groups: Growing[] = [];
  const candidates = new Candidates();
  const bySite: number[] = [];
  for (let i = 0; i < plan.sites.length; i++) {
    const site = plan.sites[i] as Site;
    const leaves = leavesAt(site);
    if (leaves && !groupsLeaving) {
      bySite.push(-1);
      continue;
    }
    // Only a call is over when the function is left at it: then its results are on the stack.
    const results = site.kind === "call" && site.guarded === undefined ? site.results : NOTHING;
    const operands = site.guarded === undefined ? site.operands : NOTHING;
    const same = candidates.of(leaves, operands, results);
    const found = nearGroup(plan, groups, same, site);
    if (found >= 0) {
      const group = groups[found] as Growing;
      plan.live.mergeInto(group.set, site.index - 1);
      group.count++;
      bySite.push(found);
      continue;
    }
    same.push(groups.length);
    bySite.push(groups.length);
    const set = plan.live.copy(site.index - 1);
    groups.push({ leaves, operands, results, set, live: NO_LOCALS, first: site, count: 1 });
  }
  let saved = 0;
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as Growing;
    group.live = savedLocals(plan, group.set);
    saved += group.live.length;
    limits.checkSize(saved * SAVE_SIZE);
  }
  return { groups, bySite };
}

/** A group for one site alone that leaves by itself. */
export function groupOfOne(plan: Plan, site: Site): SaveGroup {
  const live = savedLocals(plan, plan.live.copy(site.index - 1));
  return { leaves: true, operands: site.operands, results: NOTHING, live, first: site, count: 1 };
}

/** Whether the activation leaves by itself at a site. */
export function leavesAt({ kind }: Site): boolean {
  return kind === "suspend" || kind === "switch";
}

/** The first of the last groups in `same` that a site fits into; -1 if there is none. */
function nearGroup(plan: Plan, groups: readonly Growing[], same: readonly number[], site: Site): number {
  for (let i = Math.max(0, same.length - MAX_TRIED); i < same.length; i++) {
    const index = same[i] as number;
    const { set, count } = groups[index] as Growing;
    if (count < MAX_BRANCHES && plan.live.isNear(set, site.index - 1, MAX_DIFFERENCE)) return index;
  }
  return -1;
}

const NOTHING: readonly ValType[] = [];
const NO_LOCALS: readonly number[] = [];

/** The groups of sites that leave the same on the stack. */
interface Alike extends Pick<SaveGroup, "leaves" | "operands" | "results"> {
  /** Indices of the groups. */
  readonly groups: number[];
}

/** Finds groups by what their sites leave on the stack. */
class Candidates {
  readonly #byHash = new Map<number, Alike[]>();

  /** The list of groups for such sites, to which new ones are to be added. */
  of(leaves: boolean, operands: readonly ValType[], results: readonly ValType[]): number[] {
    const hash = hashedTypes(hashedTypes(leaves ? 1 : 0, operands), results);
    const known = this.#byHash.get(hash);
    for (let i = 0; known !== undefined && i < known.length; i++) {
      const alike = known[i] as Alike;
      if (alike.leaves === leaves && isSameList(alike.operands, operands) && isSameList(alike.results, results)) {
        return alike.groups;
      }
    }
    const made: Alike = { leaves, operands, results, groups: [] };
    if (known === undefined) this.#byHash.set(hash, [made]);
    else known.push(made);
    return made.groups;
  }
}
