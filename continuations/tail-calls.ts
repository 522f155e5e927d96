/**
 * The tail calls of a function. The resume copy makes plain calls of them, outside of all constructs, so those that are the same
 * share one.
 */
import type { FunctionValidator } from "../wasm/function-validator.ts";
import { OP } from "../wasm/instructions.ts";
import { type FunctionLimits, MAX_BRANCHES } from "./lowered-limits.ts";
import type { LoweredTypes } from "./lowered-types.ts";
import type { TailCall } from "./plan.ts";

export class TailCalls {
  readonly calls: TailCall[] = [];
  /** For each that was added, in order, its index in `calls`. */
  readonly order: number[] = [];
  /** How many have each index. */
  readonly #uses: number[] = [];
  #indices: Map<string, number> | undefined;
  readonly #v: FunctionValidator;
  readonly #types: LoweredTypes;
  readonly #limits: FunctionLimits;

  constructor(v: FunctionValidator, types: LoweredTypes, limits: FunctionLimits) {
    this.#v = v;
    this.#types = types;
    this.#limits = limits;
  }

  /** Adds the current instruction, which calls a function of this type, with `extra` operands that name the callee. */
  add(type: number, extra: number): void {
    const v = this.#v;
    const { opcode, x, y } = v.reader;
    const { params, results } = v.funcType(type);
    const key = `${opcode} ${x} ${opcode === OP.return_call_indirect ? y : 0} ${extra === 0 ? "" : v.stack[v.height - 1]}`;
    this.#indices ??= new Map();
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.calls.length;
      this.#indices.set(key, index);
      this.#limits.checkWidth(params.length + extra);
      this.#limits.addMoves(params.length + extra + results.length);
      // The callee itself is on top: as an index, or as a reference whose static type is the operand's.
      const callee = extra === 0 ? [] : v.stack.slice(v.height - 1, v.height);
      this.calls.push({
        opcode,
        x,
        y,
        operands: this.#types.lowerAll([...params, ...callee]),
        results: this.#types.lowerAll(results),
      });
    }
    this.order.push(index);
    const uses = (this.#uses[index] ?? 0) + 1;
    this.#uses[index] = uses;
    if (uses === MAX_BRANCHES) this.#indices.delete(key);
  }
}
