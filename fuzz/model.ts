/**
 * A generated program: modules whose functions are trees. Everything refers to everything else by reference, and what nothing
 * refers to is not emitted, so that a program is made smaller by cutting branches off.
 */
import type { HeapType, ValType } from "../wasm/types.ts";
import type { Universe } from "./universe.ts";

/** What a module defines or imports. `owner` is the number of the module that defines it, {@link HOST} for the host. */
interface Entity {
  readonly id: number;
  readonly owner: number;
}

export const HOST = -1;

export interface Func extends Entity {
  /** The host's name for it; functions of modules have none. */
  readonly name?: string;
  /** Type index of a function type. */
  readonly type: number;
  readonly params: readonly Local[];
  /** The label of the body. */
  readonly label: Label;
  body: Node[];
}

export interface Local {
  readonly type: ValType;
}

export interface Global extends Entity {
  readonly type: ValType;
  readonly mutable: boolean;
  init: Node;
}

export interface Table extends Entity {
  readonly type: ValType;
  readonly size: number;
  readonly max: number;
  /** Needed where the element type has no default. */
  init: Node | undefined;
}

export interface Tag extends Entity {
  /** Type index of a function type. */
  readonly type: number;
}

/** A passive data segment. */
export interface Data extends Entity {
  readonly bytes: Uint8Array;
}

/** A passive element segment. */
export interface Elements extends Entity {
  readonly type: ValType;
  readonly items: readonly Node[];
}

export interface Label {
  /** What a branch to it takes. */
  readonly types: readonly ValType[];
  readonly isLoop: boolean;
}

export interface Handler {
  readonly tag: Tag;
  /** Undefined for `(on $tag switch)`. */
  readonly label: Label | undefined;
}

export interface Catch {
  /** 0 catch, 1 catch_ref, 2 catch_all, 3 catch_all_ref. */
  readonly kind: number;
  readonly tag: Tag | undefined;
  /** Undefined for a legacy `try`, whose handlers are bodies of its own. */
  readonly label: Label | undefined;
}

/** Immediates and bodies of a node; which ones it has depends on its opcode. */
export interface Parts {
  readonly func?: Func;
  readonly global?: Global;
  readonly local?: Local;
  readonly table?: Table;
  readonly tag?: Tag;
  readonly data?: Data;
  readonly elements?: Elements;
  readonly type?: number;
  readonly type2?: number;
  readonly heap?: HeapType;
  readonly heap2?: HeapType;
  readonly flags?: number;
  readonly label?: Label;
  readonly labels?: readonly Label[];
  readonly handlers?: readonly Handler[];
  readonly catches?: readonly Catch[];
  readonly value?: number | bigint;
  readonly bytes?: Uint8Array;
  /** A field, a lane, or a count. */
  readonly number?: number;
  readonly types?: readonly ValType[];
  /** Of a construct: the label that it opens, its parameters, and its arms. */
  readonly own?: Label;
  readonly params?: readonly ValType[];
  readonly bodies?: Node[][];
  /** Counts fuel, without which programs do not end: stays as it is, or (for "optional") as it is or not at all. */
  readonly guard?: "always" | "optional";
}

/** An instruction with what puts its operands on the stack; or, with opcode {@link SEQUENCE}, nodes one after the other. */
export interface Node extends Parts {
  /** Dense opcode. */
  readonly op: number;
  readonly operands: Node[];
  /** Operands that are on the stack already. */
  readonly takes: readonly ValType[];
  readonly gives: readonly ValType[];
}

export const SEQUENCE = -1;

export function node(
  op: number,
  operands: Node[],
  gives: readonly ValType[],
  parts: Parts = {},
  takes: readonly ValType[] = [],
): Node {
  return { op, operands, takes, gives, ...parts };
}

/** Nodes one after the other; what they give and take in sum has to be told. */
export function sequence(nodes: Node[], gives: readonly ValType[], takes: readonly ValType[] = []): Node {
  return { op: SEQUENCE, operands: nodes, takes, gives };
}

/** An argument as JSON can carry it. */
export type Argument =
  | { readonly type: "i32" | "f64"; readonly value: number }
  | { readonly type: "i64"; readonly value: string };

/** A call from the host. */
export interface Invocation {
  readonly func: Func;
  readonly args: readonly Argument[];
  /** Calls and turns of loops until everything winds up. */
  readonly fuel: number;
}

/** What the host gives a program once: another of these makes another program of the same structure. */
export interface Run {
  /** Values of the program's inputs. */
  readonly inputs: readonly number[];
  invocations: Invocation[];
}

export interface Program {
  readonly universe: Universe;
  /** Number of modules; each may import what those before it define. */
  readonly modules: number;
  readonly funcs: Func[];
  readonly globals: Global[];
  readonly tables: Table[];
  readonly tags: Tag[];
  /** Functions that tables begin with. */
  readonly segments: Segment[];
  /** Start function of each module that has one. */
  readonly starts: Map<number, Func>;
  readonly fuel: Global;
  /** Where functions that do not call the host note what happens. */
  readonly notes: Global;
  /** Whether it does what native implementations are known to do wrongly: then the modes are compared with each other. */
  readonly nativeFails: boolean;
  /** Whether its modules have names and branch hints. */
  readonly customSections: boolean;
  /** Whether control is switched between continuations. */
  readonly switches: boolean;
  /** Functions that the host's `enter` can call. */
  readonly entries: Func[];
  /** Constants that the host sets: mutable i32 globals of the first module. */
  readonly inputs: readonly Global[];
  runs: Run[];
}

/** An active element segment. */
export interface Segment {
  readonly owner: number;
  readonly table: Table;
  readonly offset: number;
  readonly items: Node[];
}
