/** The structure of a program: its instructions without constants and without the identities of variables. */
import { OP } from "../wasm/instructions.ts";
import { type Node, type Program, SEQUENCE } from "./model.ts";

export interface ProgramSize {
  readonly functions: number;
  readonly instructions: number;
  /** Instructions that make or use continuations: cont.new, cont.bind, resume, suspend, switch and their kin. */
  readonly switching: number;
}

/** What a program consists of, in numbers. */
export function measure(program: Program): ProgramSize {
  let instructions = 0;
  let switching = 0;
  const visit = (node: Node): void => {
    if (node.op !== SEQUENCE) instructions++;
    if (SWITCHING.has(node.op)) switching++;
    for (const operand of node.operands) visit(operand);
    for (const body of node.bodies ?? []) for (const each of body) visit(each);
  };
  for (const { body } of program.funcs) for (const node of body) visit(node);
  return { functions: program.funcs.length, instructions, switching };
}

const SWITCHING: ReadonlySet<number> = new Set([
  OP["cont.new"],
  OP["cont.bind"],
  OP.suspend,
  OP.resume,
  OP.resume_throw,
  OP.resume_throw_ref,
  OP.switch,
]);

/** A number of 52 bits that programs of the same structure share. */
export function structureOf(program: Program): number {
  const hash = new Hash();
  for (const func of program.funcs) {
    hash.add(func.type);
    hash.add(func.owner);
    for (const node of func.body) visit(hash, node);
  }
  return hash.value;
}

function visit(hash: Hash, node: Node): void {
  for (const operand of node.operands) visit(hash, operand);
  hash.add(node.op);
  for (const type of node.gives) hash.add(type);
  for (const { tag, label } of node.handlers ?? []) hash.add(tag.id * 2 + (label === undefined ? 1 : 0));
  for (const { kind } of node.catches ?? []) hash.add(kind);
  for (const body of node.bodies ?? []) {
    hash.add(-2);
    for (const each of body) visit(hash, each);
  }
}

class Hash {
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  add(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193);
    this.#high = Math.imul((this.#high + value) ^ (this.#low >>> 13), 0x85ebca6b);
  }

  get value(): number {
    return (this.#high >>> 12) * 0x1_0000_0000 + (this.#low >>> 0);
  }
}
