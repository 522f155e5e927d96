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
  /** Whether its sites are suspends: then this activation is the innermost one that is left. */
  readonly suspends: boolean;
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
  const bySite = plan.sites.map((site) => {
    if (site.kind === "suspend" && !groupsSuspends) return -1;
    // Only a call is over when the function is left at it: then its results are on the stack.
    const results = site.kind === "call" && site.guarded === undefined ? site.results : NOTHING;
    const operands = site.guarded === undefined ? site.operands : NOTHING;
    const suspends = site.kind === "suspend";
    const same = candidates.of(suspends, operands, results);
    const found = same.slice(-MAX_TRIED).find((index) => isNear(plan, groups[index], site));
    if (found !== undefined) {
      const group = groups[found];
      if (group !== undefined) plan.live.mergeInto(group.live, site.index - 1);
      group?.sites.push(site);
      return found;
    }
    const index = groups.push({ suspends, operands, results, live: plan.live.copy(site.index - 1), sites: [site] }) - 1;
    same.push(index);
    return index;
  });
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
  return { suspends: true, operands: site.operands, results: [], live, sites: [site] };
}

function isNear(plan: Plan, group: Growing | undefined, site: Site): boolean {
  if (group === undefined || group.sites.length >= MAX_BRANCHES) return false;
  return plan.live.isNear(group.live, site.index - 1, MAX_DIFFERENCE);
}

const NOTHING: readonly ValType[] = Object.freeze([]);

/** The groups of sites that leave the same on the stack. */
interface Alike extends Pick<SaveGroup, "suspends" | "operands" | "results"> {
  /** Indices of the groups. */
  readonly groups: number[];
}

/** Finds groups by what their sites leave on the stack. */
class Candidates {
  readonly #byHash = new Map<number, Alike[]>();

  /** The list of groups for such sites, to which new ones are to be added. */
  of(suspends: boolean, operands: readonly ValType[], results: readonly ValType[]): number[] {
    const hash = hashedTypes(hashedTypes(suspends ? 1 : 0, operands), results);
    const known = this.#byHash.get(hash);
    const found = known?.find(
      (alike) =>
        alike.suspends === suspends && isSameList(alike.operands, operands) && isSameList(alike.results, results),
    );
    if (found !== undefined) return found.groups;
    const made: Alike = { suspends, operands, results, groups: [] };
    if (known === undefined) this.#byHash.set(hash, [made]);
    else known.push(made);
    return made.groups;
  }
}
