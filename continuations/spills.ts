/**
 * Spill locals: what is on the operand stack below a construct is in locals, too, while a site inside may be left. Constructs
 * share them, but for those that are inside one another.
 */
import { asNullable, type ValType } from "../wasm/types.ts";
import { FIRST_FIELD } from "./frame-layout.ts";
import { addLocal, type LocalSet, localSet } from "./local-set.ts";
import type { FunctionLimits } from "./lowered-limits.ts";
import type { Construct } from "./plan.ts";

/** Assigns spill locals to the constructs of a function, which are entered and left in the order of its body. */
export class Spills {
  /** Types of the spill locals; nullable. */
  readonly types: ValType[] = [];
  /** By type: indices of the spill locals, of which the constructs that are open use the first ones, and how many. */
  readonly #byType = new Map<ValType, { readonly locals: number[]; used: number }>();
  readonly #limits: FunctionLimits;

  constructor(limits: FunctionLimits) {
    this.#limits = limits;
  }

  /** The spill locals of a construct above operands of these types. */
  enter(beneath: readonly ValType[]): number[] {
    return beneath.map((each) => {
      const type = asNullable(each);
      const known = this.#byType.get(type) ?? { locals: [], used: 0 };
      this.#byType.set(type, known);
      known.locals[known.used] ??= this.types.push(type) - 1;
      this.#limits.checkFields(FIRST_FIELD + this.types.length);
      return known.locals[known.used++] as number;
    });
  }

  leave(beneath: readonly ValType[]): void {
    for (const type of beneath) {
      const known = this.#byType.get(asNullable(type));
      if (known !== undefined) known.used--;
    }
  }
}

/** The spill locals that are in use inside of each construct. */
export class SpillSets {
  readonly #localCount: number;
  readonly #none: LocalSet;
  readonly #known = new Map<Construct, LocalSet>();

  constructor(localCount: number, spillCount: number) {
    this.#localCount = localCount;
    this.#none = localSet(localCount + spillCount);
  }

  at(construct: Construct): LocalSet {
    const known = this.#known.get(construct);
    if (known !== undefined) return known;
    const path: Construct[] = [];
    let found: LocalSet | undefined;
    for (let around: Construct | undefined = construct; around !== undefined; around = around.parent) {
      found = this.#known.get(around);
      if (found !== undefined) break;
      path.push(around);
    }
    let set = found ?? this.#none;
    for (let inside = path.pop(); inside !== undefined; inside = path.pop()) {
      if (inside.spills.length > 0) {
        set = set.slice();
        for (const spill of inside.spills) addLocal(set, this.#localCount + spill);
      }
      this.#known.set(inside, set);
    }
    return set;
  }
}
