/** What the scan of a body does with an instruction, by opcode. */
import { OP, OPCODE_LIMIT } from "../wasm/instructions.ts";
import { IS_MARKED } from "./marks.ts";
import { ACCESSES, IS_USE } from "./uses.ts";

/** It matters for liveness, or is a site or a construct. */
export const NOTED = 1;
/** The entry copy differs from it (marks.ts). */
export const MARKED = 2;
/** It refers to something of the module. */
export const USE = 4;
/** It refers to a memory, mostly the same as the one before. */
export const ACCESS = 8;
/** It tests the reference on top of the stack. */
export const TESTED = 16;

/** Sums of these. */
export const ACTIONS: Readonly<Uint8Array> = Uint8Array.from({ length: OPCODE_LIMIT }, (_, opcode) => {
  const use = ACCESSES[opcode] === true ? ACCESS : IS_USE[opcode] === true ? USE : 0;
  const test = testsReference(opcode) ? TESTED : 0;
  return (isNotable(opcode) ? NOTED : 0) | (IS_MARKED[opcode] === 1 ? MARKED : 0) | use | test;
});

/** Whether an instruction tests the reference on top of the stack. */
function testsReference(opcode: number): boolean {
  switch (opcode) {
    case OP["ref.is_null"]:
    case OP["ref.as_non_null"]:
    case OP["ref.test"]:
    case OP["ref.test null"]:
    case OP["ref.cast"]:
    case OP["ref.cast null"]:
    case OP.br_on_null:
    case OP.br_on_non_null:
    case OP.br_on_cast:
    case OP.br_on_cast_fail:
      return true;
    default:
      return false;
  }
}

/** Whether an instruction matters for liveness, or is a site or a construct. */
function isNotable(opcode: number): boolean {
  switch (opcode) {
    case OP["local.get"]:
    case OP["local.set"]:
    case OP["local.tee"]:
    case OP.block:
    case OP.loop:
    case OP.if:
    case OP.else:
    case OP.end:
    case OP.try_table:
    case OP.br:
    case OP.br_if:
    case OP.br_on_null:
    case OP.br_on_non_null:
    case OP.br_on_cast:
    case OP.br_on_cast_fail:
    case OP.br_table:
    case OP.return:
    case OP.unreachable:
    case OP.throw:
    case OP.throw_ref:
    case OP.call:
    case OP.call_indirect:
    case OP.call_ref:
    case OP.return_call:
    case OP.return_call_indirect:
    case OP.return_call_ref:
    case OP.suspend:
    case OP.switch:
    case OP.resume:
    case OP.resume_throw:
    case OP.resume_throw_ref:
    case OP["cont.new"]:
    case OP["cont.bind"]:
      return true;
    default:
      return false;
  }
}
