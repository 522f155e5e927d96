/** How the validator treats each opcode, derived from the instruction table: by its row's type, or by a rule. */
import type { FunctionValidator } from "./function-validator.ts";
import type { InstructionReader } from "./instruction-reader.ts";
import { ADDR, INSTRUCTIONS, OPCODE_LIMIT, type ImmediateKind, type Row } from "./instructions.ts";
import { RULES } from "./rules/index.ts";
import type { Rule } from "./rules/rule.ts";
import { I32, I64 } from "./types.ts";
import type { ValType } from "./types.ts";

/** The row's type says it all. */
export const PLAIN = 0;
/** The row's type, after the checks of a memory access. */
export const ACCESS = 1;
/** The row's type, after the check of other immediates. */
export const IMMEDIATES = 2;
/** A rule. */
export const RULE = 3;

export interface Typing {
  readonly check: typeof PLAIN | typeof ACCESS | typeof IMMEDIATES | typeof RULE;
  readonly rule: Rule;
  /** The row's type, where the address type is i32. */
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
  /** The row's type, where the address type is i64. */
  readonly params64: readonly ValType[];
  readonly results64: readonly ValType[];
  /** log2 of the natural alignment of a memory access in bytes. */
  readonly align: number;
  /** Whether no smaller alignment is allowed: that of atomic accesses. */
  readonly exactAlign: boolean;
  readonly immediates: readonly ImmediateKind[];
  /** Number of lanes that a lane immediate may select from. */
  readonly lanes: number;
}

/** Immediates of typed rows that validation has to look at; the others are any number. */
const CHECKED: ReadonlySet<ImmediateKind> = new Set(["memarg", "memory", "data", "elem", "lane", "lanes"]);

const LANES_OF_SHAPE: ReadonlyMap<string, number> = new Map([
  ["i8x16", 16],
  ["i16x8", 8],
  ["i32x4", 4],
  ["f32x4", 4],
  ["i64x2", 2],
  ["f64x2", 2],
]);

function withAddress(ts: readonly ValType[], address: ValType): readonly ValType[] {
  return ts.includes(ADDR) ? ts.map((t) => (t === ADDR ? address : t)) : ts;
}

function noRule(): never {
  throw new TypeError("the row has a type, not a rule");
}

function typingOf(row: Row, rule: Rule | undefined): Typing {
  const checked = row.immediates.filter((kind) => CHECKED.has(kind));
  const [shape = ""] = row.name.split(".");
  const access = checked.length === 1 && checked[0] === "memarg";
  return Object.freeze({
    check: rule !== undefined ? RULE : checked.length === 0 ? PLAIN : access ? ACCESS : IMMEDIATES,
    rule: rule ?? noRule,
    params: withAddress(row.params, I32),
    results: withAddress(row.results, I32),
    params64: withAddress(row.params, I64),
    results64: withAddress(row.results, I64),
    align: row.align,
    exactAlign: row.feature === "threads",
    immediates: row.immediates,
    lanes: LANES_OF_SHAPE.get(shape) ?? 16 >> row.align,
  });
}

/** By dense opcode; undefined where there is no instruction. */
export const TYPINGS: readonly (Typing | undefined)[] = INSTRUCTIONS.reduce<(Typing | undefined)[]>(
  (typings, row) => {
    const rule: Rule | undefined = row.type === null ? RULES[row.name] : undefined;
    typings[row.opcode] = typingOf(row, rule);
    return typings;
  },
  Array.from({ length: OPCODE_LIMIT }, () => undefined),
);

/** Checks the immediates of an instruction whose row has a type; returns whether its address type is i64. */
export function checkImmediates(v: FunctionValidator, r: InstructionReader, typing: Typing): boolean {
  let is64 = false;
  // `data` comes before `memory` in memory.init, but the memory is looked up first.
  for (let i = typing.immediates.length - 1; i >= 0; i--) {
    const index = i === 0 ? r.x : r.y;
    switch (typing.immediates[i]) {
      case "memory":
        is64 = v.memory(index).is64;
        break;
      case "data":
        v.dataSegment(index);
        break;
      case "elem":
        v.elem(index);
        break;
      case "memarg":
        is64 = v.checkAccess(typing);
        break;
      case "lane":
        // The only index of its instruction, behind a memarg or not.
        if (r.x >= typing.lanes) v.fail("invalid lane index");
        break;
      case "lanes":
        for (let k = 0; k < 16; k++) if ((r.bytes[r.literal + k] as number) >= 32) v.fail("invalid lane index");
        break;
      default:
    }
  }
  return is64;
}
