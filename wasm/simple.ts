/**
 * Simple instructions: the few kinds that most code consists of. Their opcode is one byte, and their types are numbers. What it
 * takes to read and apply one fits into small tables, so that one loop does it for a run of them, in half the time.
 */
import { ADDR, OP, ROWS, type Row } from "./instructions.ts";
import type { FunctionValidator } from "./function-validator.ts";
import type { InstructionReader } from "./instruction-reader.ts";
import { integerEnd } from "./reader.ts";
import { I32, type ValType } from "./types.ts";

/** Kinds of simple instructions; 0 stands for all others. */
const LOCAL_GET = 1;
const LOCAL_SET = 2;
const LOCAL_TEE = 3;
const DROP = 4;
/** No immediates. */
const NUMERIC = 5;
/** An integer as immediate. */
const INTEGER = 6;
/** A number of {@link SIZE} - 1 bytes. */
const FLOAT = 7;
/** A memory access. */
const ACCESS = 8;

/** Opcodes of simple instructions are below this. */
const LIMIT = 0x100;

function kindOf({ opcode, type, params, results, immediates }: Row): number {
  switch (opcode) {
    case OP["local.get"]:
      return LOCAL_GET;
    case OP["local.set"]:
      return LOCAL_SET;
    case OP["local.tee"]:
      return LOCAL_TEE;
    case OP.drop:
      return DROP;
    case OP["i32.const"]:
    case OP["i64.const"]:
      return INTEGER;
    case OP["f32.const"]:
    case OP["f64.const"]:
      return FLOAT;
  }
  if (type === null || params.length > 2 || results.length > 1 || [...params, ...results].some((t) => t > 0)) return 0;
  if (immediates.length === 0) return NUMERIC;
  return immediates.length === 1 && immediates[0] === "memarg" ? ACCESS : 0;
}

/**
 * The size of an instruction at most, opcode included. Integers that take all bytes which they may are not simple: their last
 * byte is to be checked.
 */
function sizeOf({ opcode, immediates }: Row): number {
  switch (opcode) {
    case OP["f32.const"]:
    case OP["i32.const"]:
      return 5;
    case OP["f64.const"]:
      return 9;
    case OP["i64.const"]:
      return 10;
    default:
      return immediates[0] === "memarg" ? 6 : 1;
  }
}

function table(valueOf: (row: Row) => number): Readonly<Int8Array> {
  return Int8Array.from(ROWS.slice(0, LIMIT), (row) => (row === undefined ? 0 : valueOf(row)));
}

/** The type in the table for one that an instruction has, where it accesses a memory with 32-bit addresses; 0 for none. */
function typeOf(type: ValType | undefined): ValType {
  return type === ADDR ? I32 : (type ?? 0);
}

/** All by opcode. */
const KIND: Readonly<Int8Array> = table(kindOf);
const SIZE: Readonly<Int8Array> = table(sizeOf);
/** log2 of the natural alignment of a memory access in bytes. */
const ALIGN: Readonly<Int8Array> = table(({ align }) => align);
/** Types of the topmost operand, of the one below it, and of the result; 0 where there is none. */
const TOP: Readonly<Int8Array> = table(({ params }) => typeOf(params.at(-1)));
const BELOW: Readonly<Int8Array> = table(({ params }) => typeOf(params.at(-2)));
const RESULT: Readonly<Int8Array> = table(({ results }) => typeOf(results[0]));

/** So many bytes hold any simple instruction. */
const MAX_SIZE = 10;

/** How locals are noted in a trace: the index, shifted by so many bits, and one of these. */
export const TRACE_SHIFT = 4;
export const TRACE_READ = 0;
export const TRACE_WRITE = 1;

/**
 * Reads and applies the instructions that come next, as far as they are simple and valid: anything else is left to the
 * validator's `read` and `apply`. So are accesses to a memory, unless `accesses` is set and memory 0 has 32-bit addresses.
 *
 * Locals that are read and written are noted in `trace[from...]`; where that is full, this stops. Returns where the notes end.
 */
export function applySimple(v: FunctionValidator, trace: Int32Array, from: number, accesses: boolean): number {
  const { reader, stack, floor, listedLocals: locals } = v;
  const { bytes } = reader;
  const { opcodes } = v.context.findings;
  const isAccessible = accesses && v.module.memories[0]?.is64 === false;
  const last = v.end - MAX_SIZE;
  let { pos } = reader;
  let { height } = v;
  let traced = from;
  run: while (pos < last && traced < trace.length) {
    const opcode = bytes[pos] as number;
    const kind = KIND[opcode] as number;
    let next = pos + 1;
    switch (kind) {
      case LOCAL_GET:
      case LOCAL_SET:
      case LOCAL_TEE: {
        let x = bytes[next++] as number;
        if (x >= 0x80) {
          const high = bytes[next++] as number;
          if (high >= 0x80) break run;
          x += (high - 1) << 7;
        }
        // References may have to be initialised first, or be subtypes.
        const type = x < locals.length ? (locals[x] as ValType) : 0;
        if (type >= 0) break run;
        if (kind === LOCAL_GET) stack[height++] = type;
        else {
          if (height === floor || stack[height - 1] !== type) break run;
          if (kind === LOCAL_SET) height--;
        }
        trace[traced++] = (x << TRACE_SHIFT) | (kind === LOCAL_GET ? TRACE_READ : TRACE_WRITE);
        opcodes[opcode] = 1;
        pos = next;
        continue;
      }
      case DROP:
        if (height === floor) break run;
        height--;
        break;
      case NUMERIC:
        break;
      case INTEGER:
        next = integerEnd(bytes, next);
        if (next - pos > (SIZE[opcode] as number)) break run;
        break;
      case FLOAT:
        next = pos + (SIZE[opcode] as number);
        break;
      case ACCESS:
        // Flags that are no alignment are larger than any.
        if (!isAccessible || (bytes[next] as number) > (ALIGN[opcode] as number)) break run;
        next = integerEnd(bytes, next + 1);
        if (next - pos > (SIZE[opcode] as number)) break run;
        break;
      default:
        break run;
    }
    let base = height;
    if (TOP[opcode] !== 0 && stack[--base] !== TOP[opcode]) break;
    if (BELOW[opcode] !== 0 && stack[--base] !== BELOW[opcode]) break;
    if (base < floor) break;
    height = base;
    if (RESULT[opcode] !== 0) stack[height++] = RESULT[opcode] as ValType;
    opcodes[opcode] = 1;
    pos = next;
  }
  reader.pos = pos;
  v.height = height;
  return traced;
}

/** Moves a reader of valid code past simple instructions, to the next one that is not. */
export function skipSimple(reader: InstructionReader): void {
  const { bytes, stop } = reader;
  let { pos } = reader;
  while (pos < stop) {
    const opcode = bytes[pos] as number;
    switch (KIND[opcode]) {
      case DROP:
      case NUMERIC:
        pos++;
        break;
      case LOCAL_GET:
      case LOCAL_SET:
      case LOCAL_TEE:
      case INTEGER:
        pos = integerEnd(bytes, pos + 1);
        break;
      case FLOAT:
        pos += SIZE[opcode] as number;
        break;
      default:
        reader.pos = pos;
        return;
    }
  }
  reader.pos = pos;
}
