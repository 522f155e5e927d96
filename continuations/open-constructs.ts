/**
 * The constructs that are open while a body is scanned. Most contain no site and are never made objects: a Construct is made when
 * the first site inside is found, and with it those around it.
 */
import type { Control, FunctionValidator } from "../wasm/function-validator.ts";
import { OP } from "../wasm/instructions.ts";
import type { ValType } from "../wasm/types.ts";
import type { FunctionLimits } from "./lowered-limits.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import type { Clause, Construct, Item, Site } from "./plan.ts";
import { Spills } from "./spills.ts";

/** An open construct. */
export interface Open {
  /** Its position in the plan's `constructs`; -1 for the body. */
  ordinal: number;
  /** Position of the event that opened it. */
  event: number;
  /** Offset of that instruction. */
  offset: number;
  opcode: number;
  /** Whether its else arm has begun. */
  hasElse: boolean;
  /** Whether something else than handler clauses leads to its label. */
  isBranchedTo: boolean;
  /** The handler clauses that lead to its label, if there are any. */
  clauses: Clause[] | undefined;
  /** Made when the first site inside is found. */
  construct: Construct | undefined;
}

function newOpen(): Open {
  return {
    ordinal: 0,
    event: 0,
    offset: 0,
    opcode: 0,
    hasElse: false,
    isBranchedTo: false,
    clauses: undefined,
    construct: undefined,
  };
}

const NO_TYPES: readonly ValType[] = [];
const NO_SPILLS: readonly number[] = [];

export class OpenConstructs {
  /** For each control instruction, in order, its construct if it contains sites; given once that is closed. */
  readonly constructs: (Construct | undefined)[] = [];
  readonly #v: FunctionValidator;
  readonly #types: LoweredTypes;
  readonly #limits: FunctionLimits;
  /** Whether constructs list what there is to land on. */
  readonly #resumes: boolean;
  /** `#entries[0, depth)`, the body being the first, and behind them spare ones. */
  readonly #entries: Open[];
  #depth = 0;
  /** Given once some construct has operands below it. */
  #spills: Spills | undefined;

  constructor(v: FunctionValidator, types: LoweredTypes, limits: FunctionLimits, resumes: boolean, entries: Open[]) {
    this.#v = v;
    this.#types = types;
    this.#limits = limits;
    this.#resumes = resumes;
    this.#entries = entries;
  }

  get depth(): number {
    return this.#depth;
  }

  get spillTypes(): readonly ValType[] {
    return this.#spills?.types ?? NO_TYPES;
  }

  /** Begins with the body, as a construct. */
  enterBody(): Construct {
    const body = newConstruct(OP.block, undefined, NO_TYPES, NO_TYPES, NO_SPILLS, this.#arms(1));
    this.#push(OP.block, -1, -1).construct = body;
    return body;
  }

  /** Opens the construct that the current instruction begins; `event` is the event's position. */
  enter(opcode: number, event: number): void {
    this.#push(opcode, this.constructs.length, event);
    this.constructs.push(undefined);
  }

  #push(opcode: number, ordinal: number, event: number): Open {
    const at = this.#depth++;
    const open = (this.#entries[at] ??= newOpen());
    open.ordinal = ordinal;
    open.event = event;
    open.offset = this.#v.reader.offset;
    open.opcode = opcode;
    open.hasElse = false;
    open.isBranchedTo = false;
    return open;
  }

  innermost(): Open {
    return this.#entries[this.#depth - 1] as Open;
  }

  /** The construct whose label has this depth. */
  label(depth: number): Open {
    return this.#entries[this.#depth - 1 - depth] as Open;
  }

  /** The innermost if goes on with its else arm. */
  else(): void {
    const open = this.innermost();
    open.hasElse = true;
    if (this.#resumes) open.construct?.arms.push([]);
  }

  /** Closes the innermost construct. */
  leave(): void {
    const open = this.#entries[--this.#depth] as Open;
    const { construct, ordinal } = open;
    // The entry is spare now, and must not keep a plan alive.
    open.construct = undefined;
    open.clauses = undefined;
    if (construct === undefined || ordinal < 0) return;
    this.constructs[ordinal] = construct;
    if (construct.beneath.length > 0) this.#spills?.leave(construct.beneath);
    const around = construct.parent;
    if (around === undefined) return;
    around.arms.at(-1)?.push({ construct });
    if (around.first === 0) around.first = construct.first;
    around.last = construct.last;
  }

  /** Puts a site into its construct, the innermost. */
  addSite(site: Site): void {
    const { construct, index } = site;
    construct.arms.at(-1)?.push({ site });
    if (construct.first === 0) construct.first = index;
    construct.last = index;
  }

  /**
   * The innermost construct, made if there was no site in it before, and those around it. What was on the stack when they began
   * is still there.
   */
  construct(): Construct {
    const depth = this.#depth - 1;
    let from = depth;
    while (this.#entries[from]?.construct === undefined) from--;
    let construct = this.#entries[from]?.construct as Construct;
    const v = this.#v;
    for (let i = from + 1; i <= depth; i++) {
      const open = this.#entries[i] as Open;
      const { height, startTypes, endTypes } = v.controls[i] as Control;
      const floor = (v.controls[i - 1] as Control).height;
      const width = Math.max(0, height - floor) + startTypes.length;
      this.#limits.checkWidth(open.opcode === OP.if ? width + 1 : width);
      this.#limits.addLanding(width + endTypes.length);
      const beneath = this.operandsBetween(floor, height);
      const spills = beneath.length === 0 ? NO_SPILLS : (this.#spills ??= new Spills(this.#limits)).enter(beneath);
      const arms = this.#arms(open.hasElse ? 2 : 1);
      construct = newConstruct(open.opcode, construct, beneath, this.#types.lowerAll(startTypes), spills, arms);
      open.construct = construct;
    }
    return construct;
  }

  /** Lists for what there is to land on in the arms of a construct. */
  #arms(count: number): Item[][] {
    return this.#resumes ? Array.from({ length: count }, () => []) : [];
  }

  /** Lowered types of the operands between two heights of the stack. */
  operandsBetween(floor: number, top: number): readonly ValType[] {
    const { stack } = this.#v;
    if (top <= floor) return NO_TYPES;
    const operands = top - floor === 1 ? this.#v.single(stack[floor] as ValType) : stack.slice(floor, top);
    return this.#types.lowerAll(operands);
  }
}

function newConstruct(
  opcode: number,
  parent: Construct | undefined,
  beneath: readonly ValType[],
  params: readonly ValType[],
  spills: readonly number[],
  arms: Item[][],
): Construct {
  return { opcode, parent, beneath, params, arms, first: 0, last: 0, spills };
}
