/** `cont.new` and `cont.bind`: the frames that they make, start frames and bind frames, and what those do when they are run. */
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import { heapOf, I32, refType, type ValType } from "../wasm/types.ts";
import type { Writer } from "../wasm/writer.ts";
import type { Code } from "./code.ts";
import { FIRST_FIELD, frameType } from "./frame-layout.ts";
import { checkHelper } from "./lowered-limits.ts";
import { CONTINUATION } from "./lowered-types.ts";
import { TYPE } from "./machine/machine.generated.ts";
import type { ModuleLowering } from "./module-lowering.ts";
import { emitRethrow, emitTailResults, emitTakeArguments, FRAME, PARAMS, RETURNED } from "./resume-function.ts";
import { emitPut } from "./transfer.ts";
import { TRAP } from "./traps.ts";
import { writeZero } from "./zero.ts";

/** `cont.new`: (ref null $ft) -> (ref $ct), or its only frame. */
export function contNew(lowering: ModuleLowering, cont: number, form: "raw" | "boxed"): number {
  const func = lowering.contFunction(cont);
  const result = form === "raw" ? heapOf(CONTINUATION) : cont;
  const name = form === "raw" ? `new ${func}` : `cont.new ${cont}`;
  return lowering.helper(name, [refType(func, true)], [refType(result, false)], (code) => {
    code.get(0);
    code.op(OP["ref.is_null"]);
    code.if();
    lowering.trap(code, TRAP.nullFunction);
    code.end();
    beginFrame(lowering, code, startFrame(lowering, func));
    code.get(0);
    code.index(OP["struct.new"], startFrameType(lowering, func));
    if (form === "boxed") lowering.emitContObj(code, cont);
  });
}

/** `cont.new` of a constant expression: what comes before its operand, and, in {@link endFreshCont}, after it. */
export function beginFreshCont(lowering: ModuleLowering, out: Writer, cont: number): void {
  writeFrameHead(out, startFrame(lowering, lowering.contFunction(cont)));
}

export function endFreshCont(lowering: ModuleLowering, out: Writer, cont: number): void {
  writeOpcode(out, OP["struct.new"]);
  out.u32(startFrameType(lowering, lowering.contFunction(cont)));
  lowering.writeContObj(out, cont);
}

/** Begins a start or bind frame in a function. */
function beginFrame(lowering: ModuleLowering, code: Code, resume: number): void {
  lowering.declared.add(resume);
  writeFrameHead(code.writer, resume);
}

/** Type of the frames that have these fields, and keep them as they are made. */
function plainFrame(lowering: ModuleLowering, fields: readonly ValType[]): number {
  return frameType(
    lowering.types,
    fields.map((type) => ({ type, mutable: false })),
  );
}

function startFrameType(lowering: ModuleLowering, func: number): number {
  return plainFrame(lowering, [refType(func, true)]);
}

/** Resume function of the only frame of a fresh continuation: calls its function with the arguments of the resume. */
function startFrame(lowering: ModuleLowering, func: number): number {
  return lowering.helperOfType(
    `start ${func}`,
    () => TYPE.resume_fn,
    PARAMS,
    (code) => {
      const { params, results } = lowering.signature(func);
      const frame = startFrameType(lowering, func);
      emitRethrow(lowering, code);
      emitTakeArguments(lowering, code, params);
      code.get(FRAME);
      code.cast(refType(frame, false));
      code.index2(OP["struct.get"], frame, FIRST_FIELD);
      code.index(OP["call_ref"], func);
      // The callee's frames stand for themselves: this one has nothing left to do.
      emitTailResults(lowering, code, results);
    },
  );
}

/** `cont.bind`, once its operand has been used up: t1* (ref $VMFrame) -> (ref $to), or what that is to hold. */
export function contBind(lowering: ModuleLowering, from: number, to: number, form: "raw" | "boxed"): number {
  const { params } = lowering.signature(lowering.contFunction(from));
  const rest = lowering.signature(lowering.contFunction(to)).params;
  const bound = params.slice(0, params.length - rest.length);
  const operands = [...bound, refType(heapOf(CONTINUATION), false)];
  checkHelper(operands, "a cont.bind");
  const result = form === "raw" ? heapOf(CONTINUATION) : to;
  const name = form === "raw" ? `bind ${from} to ${to}` : `cont.bind ${from} ${to}`;
  return lowering.helper(name, operands, [refType(result, false)], (code) => {
    if (bound.length > 0) {
      beginFrame(lowering, code, bindFrame(lowering, from, bound.length));
      for (let i = 0; i < bound.length; i++) code.get(i);
      code.index(OP["struct.new"], plainFrame(lowering, bound));
    }
    code.get(bound.length);
    if (bound.length > 0) code.call(lowering.machineFunction("bind"));
    if (form === "boxed") lowering.emitContObj(code, to);
  });
}

/** Resume function of a bind frame: completes the argument list and leaves it for the frame below. */
function bindFrame(lowering: ModuleLowering, from: number, count: number): number {
  return lowering.helperOfType(
    `bind ${from} ${count}`,
    () => TYPE.resume_fn,
    PARAMS,
    (code) => {
      const { params } = lowering.signature(lowering.contFunction(from));
      const frame = plainFrame(lowering, params.slice(0, count));
      emitRethrow(lowering, code);
      const self = code.local(refType(frame, true));
      code.get(FRAME);
      code.cast(refType(frame, false));
      code.set(self);
      for (let i = 0; i < count; i++) {
        code.get(self);
        code.index2(OP["struct.get"], frame, FIRST_FIELD + i);
      }
      emitTakeArguments(lowering, code, params.slice(count));
      emitPut(code, lowering.types, params);
      code.i32(RETURNED);
    },
  );
}

/** Writes the fields that all frames have, of a start or bind frame: resume function, parent, block index, number. */
function writeFrameHead(out: Writer, resume: number): void {
  writeOpcode(out, OP["ref.func"]);
  out.u32(resume);
  writeZero(out, refType(TYPE.VMFrame, true));
  writeZero(out, I32);
  writeOpcode(out, OP["i32.const"]);
  out.s32(-1);
}
