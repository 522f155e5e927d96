/**
 * The instruction table: one row per instruction (spec 3.0, "Binary Format: Instructions", and the proposals named by a
 * row's feature). Reader, writer, validator and lowering are all driven by it.
 *
 * Opcodes are dense, so that an array indexed by one stays small: one byte stays as it is; behind the prefixes 0xfb, 0xfc,
 * 0xfd and 0xfe the sub-opcode is added to 0x100, 0x200, 0x300 and 0x500.
 */
import { HEAP_ARRAY, HEAP_EQ, HEAP_I31, F32, F64, I32, I64, refType, V128, type ValType } from "./types.ts";

/** Names of the immediates an instruction can have; wasm/immediates.ts holds the codec of each. */
export type ImmediateKind =
  // Indices: into the reader's `x`, and a row's second one into `y`.
  | "type"
  | "func"
  | "table"
  | "memory"
  | "global"
  | "tag"
  | "elem"
  | "data"
  | "local"
  | "label"
  | "field"
  // Numbers that need no renumbering, in `x` or `y` too.
  | "count"
  | "lane"
  // Constants.
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "v128"
  /** The 16 lane numbers of `i8x16.shuffle`. */
  | "lanes"
  /** A reserved byte. */
  | "zero"
  // Composite ones.
  | "block"
  | "labels"
  | "memarg"
  | "heap"
  /** Flags, label and the two heap types of `br_on_cast`. */
  | "cast"
  | "types"
  | "catches"
  | "handlers";

/** What an instruction needs beyond Wasm 3.0, which is "core". */
export type Feature = "core" | "legacy-exceptions" | "threads" | "stack-switching";

/**
 * Stands in a row's type for the address type (i32 or i64) of the memory that the instruction names. No value type has
 * this code: it is the binary format's empty block type.
 */
export const ADDR: ValType = -0x40;

/** The names that a row's type is written in. `i31` alone is the non-null reference. */
const TYPE_NAMES: Readonly<Record<string, ValType>> = Object.freeze({
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  v128: V128,
  addr: ADDR,
  eqref: refType(HEAP_EQ, true),
  arrayref: refType(HEAP_ARRAY, true),
  i31ref: refType(HEAP_I31, true),
  i31: refType(HEAP_I31, false),
});

export interface Row<
  Opcode extends number = number,
  Name extends string = string,
  Type extends string | null = string | null,
> {
  /** Dense opcode. */
  readonly opcode: Opcode;
  /** The text format's name; where one name has two opcodes, the second carries what tells them apart ("ref.test null"). */
  readonly name: Name;
  readonly immediates: readonly ImmediateKind[];
  /** The type as written in the table, or null if it depends on the immediates, the module or the operand stack. */
  readonly type: Type;
  /** Parsed from `type`; empty where that is null. */
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
  readonly feature: Feature;
  /** Memory accesses: log2 of the natural alignment in bytes; others: -1. */
  readonly align: number;
}

function parseTypes(list: string): readonly ValType[] {
  const names = list.split(" ").filter((name) => name !== "");
  return names.map((name) => {
    const type = TYPE_NAMES[name];
    if (type === undefined) throw new TypeError(`unknown type name ${name} in the instruction table`);
    return type;
  });
}

function row<const Opcode extends number, const Name extends string, const Type extends string | null>(
  opcode: Opcode,
  name: Name,
  immediates: readonly ImmediateKind[],
  type: Type,
  feature: Feature = "core",
  align = -1,
): Row<Opcode, Name, Type> {
  const [params = "", results = ""] = (type ?? "").split("->");
  return Object.freeze({
    opcode,
    name,
    immediates,
    type,
    params: parseTypes(params),
    results: parseTypes(results),
    feature,
    align,
  });
}

export const INSTRUCTIONS = [
  // Control (spec 5.4.1); the legacy exception instructions are those of the exception-handling proposal's first form.
  row(0x00, "unreachable", [], null),
  row(0x01, "nop", [], "->"),
  row(0x02, "block", ["block"], null),
  row(0x03, "loop", ["block"], null),
  row(0x04, "if", ["block"], null),
  row(0x05, "else", [], null),
  row(0x06, "try", ["block"], null, "legacy-exceptions"),
  row(0x07, "catch", ["tag"], null, "legacy-exceptions"),
  row(0x08, "throw", ["tag"], null),
  row(0x09, "rethrow", ["label"], null, "legacy-exceptions"),
  row(0x0a, "throw_ref", [], null),
  row(0x0b, "end", [], null),
  row(0x0c, "br", ["label"], null),
  row(0x0d, "br_if", ["label"], null),
  row(0x0e, "br_table", ["labels"], null),
  row(0x0f, "return", [], null),
  row(0x10, "call", ["func"], null),
  row(0x11, "call_indirect", ["type", "table"], null),
  row(0x12, "return_call", ["func"], null),
  row(0x13, "return_call_indirect", ["type", "table"], null),
  row(0x14, "call_ref", ["type"], null),
  row(0x15, "return_call_ref", ["type"], null),
  row(0x18, "delegate", ["label"], null, "legacy-exceptions"),
  row(0x19, "catch_all", [], null, "legacy-exceptions"),

  // Parametric
  row(0x1a, "drop", [], null),
  row(0x1b, "select", [], null),
  row(0x1c, "select t", ["types"], null),
  row(0x1f, "try_table", ["block", "catches"], null),

  // Variables and tables
  row(0x20, "local.get", ["local"], null),
  row(0x21, "local.set", ["local"], null),
  row(0x22, "local.tee", ["local"], null),
  row(0x23, "global.get", ["global"], null),
  row(0x24, "global.set", ["global"], null),
  row(0x25, "table.get", ["table"], null),
  row(0x26, "table.set", ["table"], null),

  // Memory
  row(0x28, "i32.load", ["memarg"], "addr -> i32", "core", 2),
  row(0x29, "i64.load", ["memarg"], "addr -> i64", "core", 3),
  row(0x2a, "f32.load", ["memarg"], "addr -> f32", "core", 2),
  row(0x2b, "f64.load", ["memarg"], "addr -> f64", "core", 3),
  row(0x2c, "i32.load8_s", ["memarg"], "addr -> i32", "core", 0),
  row(0x2d, "i32.load8_u", ["memarg"], "addr -> i32", "core", 0),
  row(0x2e, "i32.load16_s", ["memarg"], "addr -> i32", "core", 1),
  row(0x2f, "i32.load16_u", ["memarg"], "addr -> i32", "core", 1),
  row(0x30, "i64.load8_s", ["memarg"], "addr -> i64", "core", 0),
  row(0x31, "i64.load8_u", ["memarg"], "addr -> i64", "core", 0),
  row(0x32, "i64.load16_s", ["memarg"], "addr -> i64", "core", 1),
  row(0x33, "i64.load16_u", ["memarg"], "addr -> i64", "core", 1),
  row(0x34, "i64.load32_s", ["memarg"], "addr -> i64", "core", 2),
  row(0x35, "i64.load32_u", ["memarg"], "addr -> i64", "core", 2),
  row(0x36, "i32.store", ["memarg"], "addr i32 ->", "core", 2),
  row(0x37, "i64.store", ["memarg"], "addr i64 ->", "core", 3),
  row(0x38, "f32.store", ["memarg"], "addr f32 ->", "core", 2),
  row(0x39, "f64.store", ["memarg"], "addr f64 ->", "core", 3),
  row(0x3a, "i32.store8", ["memarg"], "addr i32 ->", "core", 0),
  row(0x3b, "i32.store16", ["memarg"], "addr i32 ->", "core", 1),
  row(0x3c, "i64.store8", ["memarg"], "addr i64 ->", "core", 0),
  row(0x3d, "i64.store16", ["memarg"], "addr i64 ->", "core", 1),
  row(0x3e, "i64.store32", ["memarg"], "addr i64 ->", "core", 2),
  row(0x3f, "memory.size", ["memory"], "-> addr"),
  row(0x40, "memory.grow", ["memory"], "addr -> addr"),

  // Numeric
  row(0x41, "i32.const", ["i32"], "-> i32"),
  row(0x42, "i64.const", ["i64"], "-> i64"),
  row(0x43, "f32.const", ["f32"], "-> f32"),
  row(0x44, "f64.const", ["f64"], "-> f64"),
  row(0x45, "i32.eqz", [], "i32 -> i32"),
  row(0x46, "i32.eq", [], "i32 i32 -> i32"),
  row(0x47, "i32.ne", [], "i32 i32 -> i32"),
  row(0x48, "i32.lt_s", [], "i32 i32 -> i32"),
  row(0x49, "i32.lt_u", [], "i32 i32 -> i32"),
  row(0x4a, "i32.gt_s", [], "i32 i32 -> i32"),
  row(0x4b, "i32.gt_u", [], "i32 i32 -> i32"),
  row(0x4c, "i32.le_s", [], "i32 i32 -> i32"),
  row(0x4d, "i32.le_u", [], "i32 i32 -> i32"),
  row(0x4e, "i32.ge_s", [], "i32 i32 -> i32"),
  row(0x4f, "i32.ge_u", [], "i32 i32 -> i32"),
  row(0x50, "i64.eqz", [], "i64 -> i32"),
  row(0x51, "i64.eq", [], "i64 i64 -> i32"),
  row(0x52, "i64.ne", [], "i64 i64 -> i32"),
  row(0x53, "i64.lt_s", [], "i64 i64 -> i32"),
  row(0x54, "i64.lt_u", [], "i64 i64 -> i32"),
  row(0x55, "i64.gt_s", [], "i64 i64 -> i32"),
  row(0x56, "i64.gt_u", [], "i64 i64 -> i32"),
  row(0x57, "i64.le_s", [], "i64 i64 -> i32"),
  row(0x58, "i64.le_u", [], "i64 i64 -> i32"),
  row(0x59, "i64.ge_s", [], "i64 i64 -> i32"),
  row(0x5a, "i64.ge_u", [], "i64 i64 -> i32"),
  row(0x5b, "f32.eq", [], "f32 f32 -> i32"),
  row(0x5c, "f32.ne", [], "f32 f32 -> i32"),
  row(0x5d, "f32.lt", [], "f32 f32 -> i32"),
  row(0x5e, "f32.gt", [], "f32 f32 -> i32"),
  row(0x5f, "f32.le", [], "f32 f32 -> i32"),
  row(0x60, "f32.ge", [], "f32 f32 -> i32"),
  row(0x61, "f64.eq", [], "f64 f64 -> i32"),
  row(0x62, "f64.ne", [], "f64 f64 -> i32"),
  row(0x63, "f64.lt", [], "f64 f64 -> i32"),
  row(0x64, "f64.gt", [], "f64 f64 -> i32"),
  row(0x65, "f64.le", [], "f64 f64 -> i32"),
  row(0x66, "f64.ge", [], "f64 f64 -> i32"),
  row(0x67, "i32.clz", [], "i32 -> i32"),
  row(0x68, "i32.ctz", [], "i32 -> i32"),
  row(0x69, "i32.popcnt", [], "i32 -> i32"),
  row(0x6a, "i32.add", [], "i32 i32 -> i32"),
  row(0x6b, "i32.sub", [], "i32 i32 -> i32"),
  row(0x6c, "i32.mul", [], "i32 i32 -> i32"),
  row(0x6d, "i32.div_s", [], "i32 i32 -> i32"),
  row(0x6e, "i32.div_u", [], "i32 i32 -> i32"),
  row(0x6f, "i32.rem_s", [], "i32 i32 -> i32"),
  row(0x70, "i32.rem_u", [], "i32 i32 -> i32"),
  row(0x71, "i32.and", [], "i32 i32 -> i32"),
  row(0x72, "i32.or", [], "i32 i32 -> i32"),
  row(0x73, "i32.xor", [], "i32 i32 -> i32"),
  row(0x74, "i32.shl", [], "i32 i32 -> i32"),
  row(0x75, "i32.shr_s", [], "i32 i32 -> i32"),
  row(0x76, "i32.shr_u", [], "i32 i32 -> i32"),
  row(0x77, "i32.rotl", [], "i32 i32 -> i32"),
  row(0x78, "i32.rotr", [], "i32 i32 -> i32"),
  row(0x79, "i64.clz", [], "i64 -> i64"),
  row(0x7a, "i64.ctz", [], "i64 -> i64"),
  row(0x7b, "i64.popcnt", [], "i64 -> i64"),
  row(0x7c, "i64.add", [], "i64 i64 -> i64"),
  row(0x7d, "i64.sub", [], "i64 i64 -> i64"),
  row(0x7e, "i64.mul", [], "i64 i64 -> i64"),
  row(0x7f, "i64.div_s", [], "i64 i64 -> i64"),
  row(0x80, "i64.div_u", [], "i64 i64 -> i64"),
  row(0x81, "i64.rem_s", [], "i64 i64 -> i64"),
  row(0x82, "i64.rem_u", [], "i64 i64 -> i64"),
  row(0x83, "i64.and", [], "i64 i64 -> i64"),
  row(0x84, "i64.or", [], "i64 i64 -> i64"),
  row(0x85, "i64.xor", [], "i64 i64 -> i64"),
  row(0x86, "i64.shl", [], "i64 i64 -> i64"),
  row(0x87, "i64.shr_s", [], "i64 i64 -> i64"),
  row(0x88, "i64.shr_u", [], "i64 i64 -> i64"),
  row(0x89, "i64.rotl", [], "i64 i64 -> i64"),
  row(0x8a, "i64.rotr", [], "i64 i64 -> i64"),
  row(0x8b, "f32.abs", [], "f32 -> f32"),
  row(0x8c, "f32.neg", [], "f32 -> f32"),
  row(0x8d, "f32.ceil", [], "f32 -> f32"),
  row(0x8e, "f32.floor", [], "f32 -> f32"),
  row(0x8f, "f32.trunc", [], "f32 -> f32"),
  row(0x90, "f32.nearest", [], "f32 -> f32"),
  row(0x91, "f32.sqrt", [], "f32 -> f32"),
  row(0x92, "f32.add", [], "f32 f32 -> f32"),
  row(0x93, "f32.sub", [], "f32 f32 -> f32"),
  row(0x94, "f32.mul", [], "f32 f32 -> f32"),
  row(0x95, "f32.div", [], "f32 f32 -> f32"),
  row(0x96, "f32.min", [], "f32 f32 -> f32"),
  row(0x97, "f32.max", [], "f32 f32 -> f32"),
  row(0x98, "f32.copysign", [], "f32 f32 -> f32"),
  row(0x99, "f64.abs", [], "f64 -> f64"),
  row(0x9a, "f64.neg", [], "f64 -> f64"),
  row(0x9b, "f64.ceil", [], "f64 -> f64"),
  row(0x9c, "f64.floor", [], "f64 -> f64"),
  row(0x9d, "f64.trunc", [], "f64 -> f64"),
  row(0x9e, "f64.nearest", [], "f64 -> f64"),
  row(0x9f, "f64.sqrt", [], "f64 -> f64"),
  row(0xa0, "f64.add", [], "f64 f64 -> f64"),
  row(0xa1, "f64.sub", [], "f64 f64 -> f64"),
  row(0xa2, "f64.mul", [], "f64 f64 -> f64"),
  row(0xa3, "f64.div", [], "f64 f64 -> f64"),
  row(0xa4, "f64.min", [], "f64 f64 -> f64"),
  row(0xa5, "f64.max", [], "f64 f64 -> f64"),
  row(0xa6, "f64.copysign", [], "f64 f64 -> f64"),
  row(0xa7, "i32.wrap_i64", [], "i64 -> i32"),
  row(0xa8, "i32.trunc_f32_s", [], "f32 -> i32"),
  row(0xa9, "i32.trunc_f32_u", [], "f32 -> i32"),
  row(0xaa, "i32.trunc_f64_s", [], "f64 -> i32"),
  row(0xab, "i32.trunc_f64_u", [], "f64 -> i32"),
  row(0xac, "i64.extend_i32_s", [], "i32 -> i64"),
  row(0xad, "i64.extend_i32_u", [], "i32 -> i64"),
  row(0xae, "i64.trunc_f32_s", [], "f32 -> i64"),
  row(0xaf, "i64.trunc_f32_u", [], "f32 -> i64"),
  row(0xb0, "i64.trunc_f64_s", [], "f64 -> i64"),
  row(0xb1, "i64.trunc_f64_u", [], "f64 -> i64"),
  row(0xb2, "f32.convert_i32_s", [], "i32 -> f32"),
  row(0xb3, "f32.convert_i32_u", [], "i32 -> f32"),
  row(0xb4, "f32.convert_i64_s", [], "i64 -> f32"),
  row(0xb5, "f32.convert_i64_u", [], "i64 -> f32"),
  row(0xb6, "f32.demote_f64", [], "f64 -> f32"),
  row(0xb7, "f64.convert_i32_s", [], "i32 -> f64"),
  row(0xb8, "f64.convert_i32_u", [], "i32 -> f64"),
  row(0xb9, "f64.convert_i64_s", [], "i64 -> f64"),
  row(0xba, "f64.convert_i64_u", [], "i64 -> f64"),
  row(0xbb, "f64.promote_f32", [], "f32 -> f64"),
  row(0xbc, "i32.reinterpret_f32", [], "f32 -> i32"),
  row(0xbd, "i64.reinterpret_f64", [], "f64 -> i64"),
  row(0xbe, "f32.reinterpret_i32", [], "i32 -> f32"),
  row(0xbf, "f64.reinterpret_i64", [], "i64 -> f64"),
  row(0xc0, "i32.extend8_s", [], "i32 -> i32"),
  row(0xc1, "i32.extend16_s", [], "i32 -> i32"),
  row(0xc2, "i64.extend8_s", [], "i64 -> i64"),
  row(0xc3, "i64.extend16_s", [], "i64 -> i64"),
  row(0xc4, "i64.extend32_s", [], "i64 -> i64"),

  // References
  row(0xd0, "ref.null", ["heap"], null),
  row(0xd1, "ref.is_null", [], null),
  row(0xd2, "ref.func", ["func"], null),
  row(0xd3, "ref.eq", [], "eqref eqref -> i32"),
  row(0xd4, "ref.as_non_null", [], null),
  row(0xd5, "br_on_null", ["label"], null),
  row(0xd6, "br_on_non_null", ["label"], null),

  // Stack switching (stack-switching proposal, "Binary format")
  row(0xe0, "cont.new", ["type"], null, "stack-switching"),
  row(0xe1, "cont.bind", ["type", "type"], null, "stack-switching"),
  row(0xe2, "suspend", ["tag"], null, "stack-switching"),
  row(0xe3, "resume", ["type", "handlers"], null, "stack-switching"),
  row(0xe4, "resume_throw", ["type", "tag", "handlers"], null, "stack-switching"),
  row(0xe5, "resume_throw_ref", ["type", "handlers"], null, "stack-switching"),
  row(0xe6, "switch", ["type", "tag"], null, "stack-switching"),

  // Aggregates (prefix 0xfb)
  row(0x100, "struct.new", ["type"], null),
  row(0x101, "struct.new_default", ["type"], null),
  row(0x102, "struct.get", ["type", "field"], null),
  row(0x103, "struct.get_s", ["type", "field"], null),
  row(0x104, "struct.get_u", ["type", "field"], null),
  row(0x105, "struct.set", ["type", "field"], null),
  row(0x106, "array.new", ["type"], null),
  row(0x107, "array.new_default", ["type"], null),
  row(0x108, "array.new_fixed", ["type", "count"], null),
  row(0x109, "array.new_data", ["type", "data"], null),
  row(0x10a, "array.new_elem", ["type", "elem"], null),
  row(0x10b, "array.get", ["type"], null),
  row(0x10c, "array.get_s", ["type"], null),
  row(0x10d, "array.get_u", ["type"], null),
  row(0x10e, "array.set", ["type"], null),
  row(0x10f, "array.len", [], "arrayref -> i32"),
  row(0x110, "array.fill", ["type"], null),
  row(0x111, "array.copy", ["type", "type"], null),
  row(0x112, "array.init_data", ["type", "data"], null),
  row(0x113, "array.init_elem", ["type", "elem"], null),
  row(0x114, "ref.test", ["heap"], null),
  row(0x115, "ref.test null", ["heap"], null),
  row(0x116, "ref.cast", ["heap"], null),
  row(0x117, "ref.cast null", ["heap"], null),
  row(0x118, "br_on_cast", ["cast"], null),
  row(0x119, "br_on_cast_fail", ["cast"], null),
  row(0x11a, "any.convert_extern", [], null),
  row(0x11b, "extern.convert_any", [], null),
  row(0x11c, "ref.i31", [], "i32 -> i31"),
  row(0x11d, "i31.get_s", [], "i31ref -> i32"),
  row(0x11e, "i31.get_u", [], "i31ref -> i32"),

  // Saturating truncation, bulk memory and tables (prefix 0xfc)
  row(0x200, "i32.trunc_sat_f32_s", [], "f32 -> i32"),
  row(0x201, "i32.trunc_sat_f32_u", [], "f32 -> i32"),
  row(0x202, "i32.trunc_sat_f64_s", [], "f64 -> i32"),
  row(0x203, "i32.trunc_sat_f64_u", [], "f64 -> i32"),
  row(0x204, "i64.trunc_sat_f32_s", [], "f32 -> i64"),
  row(0x205, "i64.trunc_sat_f32_u", [], "f32 -> i64"),
  row(0x206, "i64.trunc_sat_f64_s", [], "f64 -> i64"),
  row(0x207, "i64.trunc_sat_f64_u", [], "f64 -> i64"),
  row(0x208, "memory.init", ["data", "memory"], "addr i32 i32 ->"),
  row(0x209, "data.drop", ["data"], "->"),
  row(0x20a, "memory.copy", ["memory", "memory"], null),
  row(0x20b, "memory.fill", ["memory"], "addr i32 addr ->"),
  row(0x20c, "table.init", ["elem", "table"], null),
  row(0x20d, "elem.drop", ["elem"], "->"),
  row(0x20e, "table.copy", ["table", "table"], null),
  row(0x20f, "table.grow", ["table"], null),
  row(0x210, "table.size", ["table"], null),
  row(0x211, "table.fill", ["table"], null),

  // Vectors (prefix 0xfd)
  row(0x300, "v128.load", ["memarg"], "addr -> v128", "core", 4),
  row(0x301, "v128.load8x8_s", ["memarg"], "addr -> v128", "core", 3),
  row(0x302, "v128.load8x8_u", ["memarg"], "addr -> v128", "core", 3),
  row(0x303, "v128.load16x4_s", ["memarg"], "addr -> v128", "core", 3),
  row(0x304, "v128.load16x4_u", ["memarg"], "addr -> v128", "core", 3),
  row(0x305, "v128.load32x2_s", ["memarg"], "addr -> v128", "core", 3),
  row(0x306, "v128.load32x2_u", ["memarg"], "addr -> v128", "core", 3),
  row(0x307, "v128.load8_splat", ["memarg"], "addr -> v128", "core", 0),
  row(0x308, "v128.load16_splat", ["memarg"], "addr -> v128", "core", 1),
  row(0x309, "v128.load32_splat", ["memarg"], "addr -> v128", "core", 2),
  row(0x30a, "v128.load64_splat", ["memarg"], "addr -> v128", "core", 3),
  row(0x30b, "v128.store", ["memarg"], "addr v128 ->", "core", 4),
  row(0x30c, "v128.const", ["v128"], "-> v128"),
  row(0x30d, "i8x16.shuffle", ["lanes"], "v128 v128 -> v128"),
  row(0x30e, "i8x16.swizzle", [], "v128 v128 -> v128"),
  row(0x30f, "i8x16.splat", [], "i32 -> v128"),
  row(0x310, "i16x8.splat", [], "i32 -> v128"),
  row(0x311, "i32x4.splat", [], "i32 -> v128"),
  row(0x312, "i64x2.splat", [], "i64 -> v128"),
  row(0x313, "f32x4.splat", [], "f32 -> v128"),
  row(0x314, "f64x2.splat", [], "f64 -> v128"),
  row(0x315, "i8x16.extract_lane_s", ["lane"], "v128 -> i32"),
  row(0x316, "i8x16.extract_lane_u", ["lane"], "v128 -> i32"),
  row(0x317, "i8x16.replace_lane", ["lane"], "v128 i32 -> v128"),
  row(0x318, "i16x8.extract_lane_s", ["lane"], "v128 -> i32"),
  row(0x319, "i16x8.extract_lane_u", ["lane"], "v128 -> i32"),
  row(0x31a, "i16x8.replace_lane", ["lane"], "v128 i32 -> v128"),
  row(0x31b, "i32x4.extract_lane", ["lane"], "v128 -> i32"),
  row(0x31c, "i32x4.replace_lane", ["lane"], "v128 i32 -> v128"),
  row(0x31d, "i64x2.extract_lane", ["lane"], "v128 -> i64"),
  row(0x31e, "i64x2.replace_lane", ["lane"], "v128 i64 -> v128"),
  row(0x31f, "f32x4.extract_lane", ["lane"], "v128 -> f32"),
  row(0x320, "f32x4.replace_lane", ["lane"], "v128 f32 -> v128"),
  row(0x321, "f64x2.extract_lane", ["lane"], "v128 -> f64"),
  row(0x322, "f64x2.replace_lane", ["lane"], "v128 f64 -> v128"),
  row(0x323, "i8x16.eq", [], "v128 v128 -> v128"),
  row(0x324, "i8x16.ne", [], "v128 v128 -> v128"),
  row(0x325, "i8x16.lt_s", [], "v128 v128 -> v128"),
  row(0x326, "i8x16.lt_u", [], "v128 v128 -> v128"),
  row(0x327, "i8x16.gt_s", [], "v128 v128 -> v128"),
  row(0x328, "i8x16.gt_u", [], "v128 v128 -> v128"),
  row(0x329, "i8x16.le_s", [], "v128 v128 -> v128"),
  row(0x32a, "i8x16.le_u", [], "v128 v128 -> v128"),
  row(0x32b, "i8x16.ge_s", [], "v128 v128 -> v128"),
  row(0x32c, "i8x16.ge_u", [], "v128 v128 -> v128"),
  row(0x32d, "i16x8.eq", [], "v128 v128 -> v128"),
  row(0x32e, "i16x8.ne", [], "v128 v128 -> v128"),
  row(0x32f, "i16x8.lt_s", [], "v128 v128 -> v128"),
  row(0x330, "i16x8.lt_u", [], "v128 v128 -> v128"),
  row(0x331, "i16x8.gt_s", [], "v128 v128 -> v128"),
  row(0x332, "i16x8.gt_u", [], "v128 v128 -> v128"),
  row(0x333, "i16x8.le_s", [], "v128 v128 -> v128"),
  row(0x334, "i16x8.le_u", [], "v128 v128 -> v128"),
  row(0x335, "i16x8.ge_s", [], "v128 v128 -> v128"),
  row(0x336, "i16x8.ge_u", [], "v128 v128 -> v128"),
  row(0x337, "i32x4.eq", [], "v128 v128 -> v128"),
  row(0x338, "i32x4.ne", [], "v128 v128 -> v128"),
  row(0x339, "i32x4.lt_s", [], "v128 v128 -> v128"),
  row(0x33a, "i32x4.lt_u", [], "v128 v128 -> v128"),
  row(0x33b, "i32x4.gt_s", [], "v128 v128 -> v128"),
  row(0x33c, "i32x4.gt_u", [], "v128 v128 -> v128"),
  row(0x33d, "i32x4.le_s", [], "v128 v128 -> v128"),
  row(0x33e, "i32x4.le_u", [], "v128 v128 -> v128"),
  row(0x33f, "i32x4.ge_s", [], "v128 v128 -> v128"),
  row(0x340, "i32x4.ge_u", [], "v128 v128 -> v128"),
  row(0x341, "f32x4.eq", [], "v128 v128 -> v128"),
  row(0x342, "f32x4.ne", [], "v128 v128 -> v128"),
  row(0x343, "f32x4.lt", [], "v128 v128 -> v128"),
  row(0x344, "f32x4.gt", [], "v128 v128 -> v128"),
  row(0x345, "f32x4.le", [], "v128 v128 -> v128"),
  row(0x346, "f32x4.ge", [], "v128 v128 -> v128"),
  row(0x347, "f64x2.eq", [], "v128 v128 -> v128"),
  row(0x348, "f64x2.ne", [], "v128 v128 -> v128"),
  row(0x349, "f64x2.lt", [], "v128 v128 -> v128"),
  row(0x34a, "f64x2.gt", [], "v128 v128 -> v128"),
  row(0x34b, "f64x2.le", [], "v128 v128 -> v128"),
  row(0x34c, "f64x2.ge", [], "v128 v128 -> v128"),
  row(0x34d, "v128.not", [], "v128 -> v128"),
  row(0x34e, "v128.and", [], "v128 v128 -> v128"),
  row(0x34f, "v128.andnot", [], "v128 v128 -> v128"),
  row(0x350, "v128.or", [], "v128 v128 -> v128"),
  row(0x351, "v128.xor", [], "v128 v128 -> v128"),
  row(0x352, "v128.bitselect", [], "v128 v128 v128 -> v128"),
  row(0x353, "v128.any_true", [], "v128 -> i32"),
  row(0x354, "v128.load8_lane", ["memarg", "lane"], "addr v128 -> v128", "core", 0),
  row(0x355, "v128.load16_lane", ["memarg", "lane"], "addr v128 -> v128", "core", 1),
  row(0x356, "v128.load32_lane", ["memarg", "lane"], "addr v128 -> v128", "core", 2),
  row(0x357, "v128.load64_lane", ["memarg", "lane"], "addr v128 -> v128", "core", 3),
  row(0x358, "v128.store8_lane", ["memarg", "lane"], "addr v128 ->", "core", 0),
  row(0x359, "v128.store16_lane", ["memarg", "lane"], "addr v128 ->", "core", 1),
  row(0x35a, "v128.store32_lane", ["memarg", "lane"], "addr v128 ->", "core", 2),
  row(0x35b, "v128.store64_lane", ["memarg", "lane"], "addr v128 ->", "core", 3),
  row(0x35c, "v128.load32_zero", ["memarg"], "addr -> v128", "core", 2),
  row(0x35d, "v128.load64_zero", ["memarg"], "addr -> v128", "core", 3),
  row(0x35e, "f32x4.demote_f64x2_zero", [], "v128 -> v128"),
  row(0x35f, "f64x2.promote_low_f32x4", [], "v128 -> v128"),
  row(0x360, "i8x16.abs", [], "v128 -> v128"),
  row(0x361, "i8x16.neg", [], "v128 -> v128"),
  row(0x362, "i8x16.popcnt", [], "v128 -> v128"),
  row(0x363, "i8x16.all_true", [], "v128 -> i32"),
  row(0x364, "i8x16.bitmask", [], "v128 -> i32"),
  row(0x365, "i8x16.narrow_i16x8_s", [], "v128 v128 -> v128"),
  row(0x366, "i8x16.narrow_i16x8_u", [], "v128 v128 -> v128"),
  row(0x367, "f32x4.ceil", [], "v128 -> v128"),
  row(0x368, "f32x4.floor", [], "v128 -> v128"),
  row(0x369, "f32x4.trunc", [], "v128 -> v128"),
  row(0x36a, "f32x4.nearest", [], "v128 -> v128"),
  row(0x36b, "i8x16.shl", [], "v128 i32 -> v128"),
  row(0x36c, "i8x16.shr_s", [], "v128 i32 -> v128"),
  row(0x36d, "i8x16.shr_u", [], "v128 i32 -> v128"),
  row(0x36e, "i8x16.add", [], "v128 v128 -> v128"),
  row(0x36f, "i8x16.add_sat_s", [], "v128 v128 -> v128"),
  row(0x370, "i8x16.add_sat_u", [], "v128 v128 -> v128"),
  row(0x371, "i8x16.sub", [], "v128 v128 -> v128"),
  row(0x372, "i8x16.sub_sat_s", [], "v128 v128 -> v128"),
  row(0x373, "i8x16.sub_sat_u", [], "v128 v128 -> v128"),
  row(0x374, "f64x2.ceil", [], "v128 -> v128"),
  row(0x375, "f64x2.floor", [], "v128 -> v128"),
  row(0x376, "i8x16.min_s", [], "v128 v128 -> v128"),
  row(0x377, "i8x16.min_u", [], "v128 v128 -> v128"),
  row(0x378, "i8x16.max_s", [], "v128 v128 -> v128"),
  row(0x379, "i8x16.max_u", [], "v128 v128 -> v128"),
  row(0x37a, "f64x2.trunc", [], "v128 -> v128"),
  row(0x37b, "i8x16.avgr_u", [], "v128 v128 -> v128"),
  row(0x37c, "i16x8.extadd_pairwise_i8x16_s", [], "v128 -> v128"),
  row(0x37d, "i16x8.extadd_pairwise_i8x16_u", [], "v128 -> v128"),
  row(0x37e, "i32x4.extadd_pairwise_i16x8_s", [], "v128 -> v128"),
  row(0x37f, "i32x4.extadd_pairwise_i16x8_u", [], "v128 -> v128"),
  row(0x380, "i16x8.abs", [], "v128 -> v128"),
  row(0x381, "i16x8.neg", [], "v128 -> v128"),
  row(0x382, "i16x8.q15mulr_sat_s", [], "v128 v128 -> v128"),
  row(0x383, "i16x8.all_true", [], "v128 -> i32"),
  row(0x384, "i16x8.bitmask", [], "v128 -> i32"),
  row(0x385, "i16x8.narrow_i32x4_s", [], "v128 v128 -> v128"),
  row(0x386, "i16x8.narrow_i32x4_u", [], "v128 v128 -> v128"),
  row(0x387, "i16x8.extend_low_i8x16_s", [], "v128 -> v128"),
  row(0x388, "i16x8.extend_high_i8x16_s", [], "v128 -> v128"),
  row(0x389, "i16x8.extend_low_i8x16_u", [], "v128 -> v128"),
  row(0x38a, "i16x8.extend_high_i8x16_u", [], "v128 -> v128"),
  row(0x38b, "i16x8.shl", [], "v128 i32 -> v128"),
  row(0x38c, "i16x8.shr_s", [], "v128 i32 -> v128"),
  row(0x38d, "i16x8.shr_u", [], "v128 i32 -> v128"),
  row(0x38e, "i16x8.add", [], "v128 v128 -> v128"),
  row(0x38f, "i16x8.add_sat_s", [], "v128 v128 -> v128"),
  row(0x390, "i16x8.add_sat_u", [], "v128 v128 -> v128"),
  row(0x391, "i16x8.sub", [], "v128 v128 -> v128"),
  row(0x392, "i16x8.sub_sat_s", [], "v128 v128 -> v128"),
  row(0x393, "i16x8.sub_sat_u", [], "v128 v128 -> v128"),
  row(0x394, "f64x2.nearest", [], "v128 -> v128"),
  row(0x395, "i16x8.mul", [], "v128 v128 -> v128"),
  row(0x396, "i16x8.min_s", [], "v128 v128 -> v128"),
  row(0x397, "i16x8.min_u", [], "v128 v128 -> v128"),
  row(0x398, "i16x8.max_s", [], "v128 v128 -> v128"),
  row(0x399, "i16x8.max_u", [], "v128 v128 -> v128"),
  row(0x39b, "i16x8.avgr_u", [], "v128 v128 -> v128"),
  row(0x39c, "i16x8.extmul_low_i8x16_s", [], "v128 v128 -> v128"),
  row(0x39d, "i16x8.extmul_high_i8x16_s", [], "v128 v128 -> v128"),
  row(0x39e, "i16x8.extmul_low_i8x16_u", [], "v128 v128 -> v128"),
  row(0x39f, "i16x8.extmul_high_i8x16_u", [], "v128 v128 -> v128"),
  row(0x3a0, "i32x4.abs", [], "v128 -> v128"),
  row(0x3a1, "i32x4.neg", [], "v128 -> v128"),
  row(0x3a3, "i32x4.all_true", [], "v128 -> i32"),
  row(0x3a4, "i32x4.bitmask", [], "v128 -> i32"),
  row(0x3a7, "i32x4.extend_low_i16x8_s", [], "v128 -> v128"),
  row(0x3a8, "i32x4.extend_high_i16x8_s", [], "v128 -> v128"),
  row(0x3a9, "i32x4.extend_low_i16x8_u", [], "v128 -> v128"),
  row(0x3aa, "i32x4.extend_high_i16x8_u", [], "v128 -> v128"),
  row(0x3ab, "i32x4.shl", [], "v128 i32 -> v128"),
  row(0x3ac, "i32x4.shr_s", [], "v128 i32 -> v128"),
  row(0x3ad, "i32x4.shr_u", [], "v128 i32 -> v128"),
  row(0x3ae, "i32x4.add", [], "v128 v128 -> v128"),
  row(0x3b1, "i32x4.sub", [], "v128 v128 -> v128"),
  row(0x3b5, "i32x4.mul", [], "v128 v128 -> v128"),
  row(0x3b6, "i32x4.min_s", [], "v128 v128 -> v128"),
  row(0x3b7, "i32x4.min_u", [], "v128 v128 -> v128"),
  row(0x3b8, "i32x4.max_s", [], "v128 v128 -> v128"),
  row(0x3b9, "i32x4.max_u", [], "v128 v128 -> v128"),
  row(0x3ba, "i32x4.dot_i16x8_s", [], "v128 v128 -> v128"),
  row(0x3bc, "i32x4.extmul_low_i16x8_s", [], "v128 v128 -> v128"),
  row(0x3bd, "i32x4.extmul_high_i16x8_s", [], "v128 v128 -> v128"),
  row(0x3be, "i32x4.extmul_low_i16x8_u", [], "v128 v128 -> v128"),
  row(0x3bf, "i32x4.extmul_high_i16x8_u", [], "v128 v128 -> v128"),
  row(0x3c0, "i64x2.abs", [], "v128 -> v128"),
  row(0x3c1, "i64x2.neg", [], "v128 -> v128"),
  row(0x3c3, "i64x2.all_true", [], "v128 -> i32"),
  row(0x3c4, "i64x2.bitmask", [], "v128 -> i32"),
  row(0x3c7, "i64x2.extend_low_i32x4_s", [], "v128 -> v128"),
  row(0x3c8, "i64x2.extend_high_i32x4_s", [], "v128 -> v128"),
  row(0x3c9, "i64x2.extend_low_i32x4_u", [], "v128 -> v128"),
  row(0x3ca, "i64x2.extend_high_i32x4_u", [], "v128 -> v128"),
  row(0x3cb, "i64x2.shl", [], "v128 i32 -> v128"),
  row(0x3cc, "i64x2.shr_s", [], "v128 i32 -> v128"),
  row(0x3cd, "i64x2.shr_u", [], "v128 i32 -> v128"),
  row(0x3ce, "i64x2.add", [], "v128 v128 -> v128"),
  row(0x3d1, "i64x2.sub", [], "v128 v128 -> v128"),
  row(0x3d5, "i64x2.mul", [], "v128 v128 -> v128"),
  row(0x3d6, "i64x2.eq", [], "v128 v128 -> v128"),
  row(0x3d7, "i64x2.ne", [], "v128 v128 -> v128"),
  row(0x3d8, "i64x2.lt_s", [], "v128 v128 -> v128"),
  row(0x3d9, "i64x2.gt_s", [], "v128 v128 -> v128"),
  row(0x3da, "i64x2.le_s", [], "v128 v128 -> v128"),
  row(0x3db, "i64x2.ge_s", [], "v128 v128 -> v128"),
  row(0x3dc, "i64x2.extmul_low_i32x4_s", [], "v128 v128 -> v128"),
  row(0x3dd, "i64x2.extmul_high_i32x4_s", [], "v128 v128 -> v128"),
  row(0x3de, "i64x2.extmul_low_i32x4_u", [], "v128 v128 -> v128"),
  row(0x3df, "i64x2.extmul_high_i32x4_u", [], "v128 v128 -> v128"),
  row(0x3e0, "f32x4.abs", [], "v128 -> v128"),
  row(0x3e1, "f32x4.neg", [], "v128 -> v128"),
  row(0x3e3, "f32x4.sqrt", [], "v128 -> v128"),
  row(0x3e4, "f32x4.add", [], "v128 v128 -> v128"),
  row(0x3e5, "f32x4.sub", [], "v128 v128 -> v128"),
  row(0x3e6, "f32x4.mul", [], "v128 v128 -> v128"),
  row(0x3e7, "f32x4.div", [], "v128 v128 -> v128"),
  row(0x3e8, "f32x4.min", [], "v128 v128 -> v128"),
  row(0x3e9, "f32x4.max", [], "v128 v128 -> v128"),
  row(0x3ea, "f32x4.pmin", [], "v128 v128 -> v128"),
  row(0x3eb, "f32x4.pmax", [], "v128 v128 -> v128"),
  row(0x3ec, "f64x2.abs", [], "v128 -> v128"),
  row(0x3ed, "f64x2.neg", [], "v128 -> v128"),
  row(0x3ef, "f64x2.sqrt", [], "v128 -> v128"),
  row(0x3f0, "f64x2.add", [], "v128 v128 -> v128"),
  row(0x3f1, "f64x2.sub", [], "v128 v128 -> v128"),
  row(0x3f2, "f64x2.mul", [], "v128 v128 -> v128"),
  row(0x3f3, "f64x2.div", [], "v128 v128 -> v128"),
  row(0x3f4, "f64x2.min", [], "v128 v128 -> v128"),
  row(0x3f5, "f64x2.max", [], "v128 v128 -> v128"),
  row(0x3f6, "f64x2.pmin", [], "v128 v128 -> v128"),
  row(0x3f7, "f64x2.pmax", [], "v128 v128 -> v128"),
  row(0x3f8, "i32x4.trunc_sat_f32x4_s", [], "v128 -> v128"),
  row(0x3f9, "i32x4.trunc_sat_f32x4_u", [], "v128 -> v128"),
  row(0x3fa, "f32x4.convert_i32x4_s", [], "v128 -> v128"),
  row(0x3fb, "f32x4.convert_i32x4_u", [], "v128 -> v128"),
  row(0x3fc, "i32x4.trunc_sat_f64x2_s_zero", [], "v128 -> v128"),
  row(0x3fd, "i32x4.trunc_sat_f64x2_u_zero", [], "v128 -> v128"),
  row(0x3fe, "f64x2.convert_low_i32x4_s", [], "v128 -> v128"),
  row(0x3ff, "f64x2.convert_low_i32x4_u", [], "v128 -> v128"),

  // Relaxed vectors (prefix 0xfd)
  row(0x400, "i8x16.relaxed_swizzle", [], "v128 v128 -> v128"),
  row(0x401, "i32x4.relaxed_trunc_f32x4_s", [], "v128 -> v128"),
  row(0x402, "i32x4.relaxed_trunc_f32x4_u", [], "v128 -> v128"),
  row(0x403, "i32x4.relaxed_trunc_f64x2_s_zero", [], "v128 -> v128"),
  row(0x404, "i32x4.relaxed_trunc_f64x2_u_zero", [], "v128 -> v128"),
  row(0x405, "f32x4.relaxed_madd", [], "v128 v128 v128 -> v128"),
  row(0x406, "f32x4.relaxed_nmadd", [], "v128 v128 v128 -> v128"),
  row(0x407, "f64x2.relaxed_madd", [], "v128 v128 v128 -> v128"),
  row(0x408, "f64x2.relaxed_nmadd", [], "v128 v128 v128 -> v128"),
  row(0x409, "i8x16.relaxed_laneselect", [], "v128 v128 v128 -> v128"),
  row(0x40a, "i16x8.relaxed_laneselect", [], "v128 v128 v128 -> v128"),
  row(0x40b, "i32x4.relaxed_laneselect", [], "v128 v128 v128 -> v128"),
  row(0x40c, "i64x2.relaxed_laneselect", [], "v128 v128 v128 -> v128"),
  row(0x40d, "f32x4.relaxed_min", [], "v128 v128 -> v128"),
  row(0x40e, "f32x4.relaxed_max", [], "v128 v128 -> v128"),
  row(0x40f, "f64x2.relaxed_min", [], "v128 v128 -> v128"),
  row(0x410, "f64x2.relaxed_max", [], "v128 v128 -> v128"),
  row(0x411, "i16x8.relaxed_q15mulr_s", [], "v128 v128 -> v128"),
  row(0x412, "i16x8.relaxed_dot_i8x16_i7x16_s", [], "v128 v128 -> v128"),
  row(0x413, "i32x4.relaxed_dot_i8x16_i7x16_add_s", [], "v128 v128 v128 -> v128"),

  // Atomics (threads proposal, prefix 0xfe); their alignment must be the natural one exactly.
  row(0x500, "memory.atomic.notify", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x501, "memory.atomic.wait32", ["memarg"], "addr i32 i64 -> i32", "threads", 2),
  row(0x502, "memory.atomic.wait64", ["memarg"], "addr i64 i64 -> i32", "threads", 3),
  row(0x503, "atomic.fence", ["zero"], "->", "threads"),
  row(0x510, "i32.atomic.load", ["memarg"], "addr -> i32", "threads", 2),
  row(0x511, "i64.atomic.load", ["memarg"], "addr -> i64", "threads", 3),
  row(0x512, "i32.atomic.load8_u", ["memarg"], "addr -> i32", "threads", 0),
  row(0x513, "i32.atomic.load16_u", ["memarg"], "addr -> i32", "threads", 1),
  row(0x514, "i64.atomic.load8_u", ["memarg"], "addr -> i64", "threads", 0),
  row(0x515, "i64.atomic.load16_u", ["memarg"], "addr -> i64", "threads", 1),
  row(0x516, "i64.atomic.load32_u", ["memarg"], "addr -> i64", "threads", 2),
  row(0x517, "i32.atomic.store", ["memarg"], "addr i32 ->", "threads", 2),
  row(0x518, "i64.atomic.store", ["memarg"], "addr i64 ->", "threads", 3),
  row(0x519, "i32.atomic.store8", ["memarg"], "addr i32 ->", "threads", 0),
  row(0x51a, "i32.atomic.store16", ["memarg"], "addr i32 ->", "threads", 1),
  row(0x51b, "i64.atomic.store8", ["memarg"], "addr i64 ->", "threads", 0),
  row(0x51c, "i64.atomic.store16", ["memarg"], "addr i64 ->", "threads", 1),
  row(0x51d, "i64.atomic.store32", ["memarg"], "addr i64 ->", "threads", 2),
  row(0x51e, "i32.atomic.rmw.add", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x51f, "i64.atomic.rmw.add", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x520, "i32.atomic.rmw8.add_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x521, "i32.atomic.rmw16.add_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x522, "i64.atomic.rmw8.add_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x523, "i64.atomic.rmw16.add_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x524, "i64.atomic.rmw32.add_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x525, "i32.atomic.rmw.sub", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x526, "i64.atomic.rmw.sub", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x527, "i32.atomic.rmw8.sub_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x528, "i32.atomic.rmw16.sub_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x529, "i64.atomic.rmw8.sub_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x52a, "i64.atomic.rmw16.sub_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x52b, "i64.atomic.rmw32.sub_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x52c, "i32.atomic.rmw.and", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x52d, "i64.atomic.rmw.and", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x52e, "i32.atomic.rmw8.and_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x52f, "i32.atomic.rmw16.and_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x530, "i64.atomic.rmw8.and_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x531, "i64.atomic.rmw16.and_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x532, "i64.atomic.rmw32.and_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x533, "i32.atomic.rmw.or", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x534, "i64.atomic.rmw.or", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x535, "i32.atomic.rmw8.or_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x536, "i32.atomic.rmw16.or_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x537, "i64.atomic.rmw8.or_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x538, "i64.atomic.rmw16.or_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x539, "i64.atomic.rmw32.or_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x53a, "i32.atomic.rmw.xor", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x53b, "i64.atomic.rmw.xor", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x53c, "i32.atomic.rmw8.xor_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x53d, "i32.atomic.rmw16.xor_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x53e, "i64.atomic.rmw8.xor_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x53f, "i64.atomic.rmw16.xor_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x540, "i64.atomic.rmw32.xor_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x541, "i32.atomic.rmw.xchg", ["memarg"], "addr i32 -> i32", "threads", 2),
  row(0x542, "i64.atomic.rmw.xchg", ["memarg"], "addr i64 -> i64", "threads", 3),
  row(0x543, "i32.atomic.rmw8.xchg_u", ["memarg"], "addr i32 -> i32", "threads", 0),
  row(0x544, "i32.atomic.rmw16.xchg_u", ["memarg"], "addr i32 -> i32", "threads", 1),
  row(0x545, "i64.atomic.rmw8.xchg_u", ["memarg"], "addr i64 -> i64", "threads", 0),
  row(0x546, "i64.atomic.rmw16.xchg_u", ["memarg"], "addr i64 -> i64", "threads", 1),
  row(0x547, "i64.atomic.rmw32.xchg_u", ["memarg"], "addr i64 -> i64", "threads", 2),
  row(0x548, "i32.atomic.rmw.cmpxchg", ["memarg"], "addr i32 i32 -> i32", "threads", 2),
  row(0x549, "i64.atomic.rmw.cmpxchg", ["memarg"], "addr i64 i64 -> i64", "threads", 3),
  row(0x54a, "i32.atomic.rmw8.cmpxchg_u", ["memarg"], "addr i32 i32 -> i32", "threads", 0),
  row(0x54b, "i32.atomic.rmw16.cmpxchg_u", ["memarg"], "addr i32 i32 -> i32", "threads", 1),
  row(0x54c, "i64.atomic.rmw8.cmpxchg_u", ["memarg"], "addr i64 i64 -> i64", "threads", 0),
  row(0x54d, "i64.atomic.rmw16.cmpxchg_u", ["memarg"], "addr i64 i64 -> i64", "threads", 1),
  row(0x54e, "i64.atomic.rmw32.cmpxchg_u", ["memarg"], "addr i64 i64 -> i64", "threads", 2),
] as const satisfies readonly Row[];

type Rows = (typeof INSTRUCTIONS)[number];

/** The name of any instruction in the table. */
export type InstructionName = Rows["name"];
/** Names of the instructions whose type the table does not give: the validator needs a rule for each. */
export type UntypedName = Extract<Rows, { readonly type: null }>["name"];

/** Dense opcode by name: `OP["i32.add"]`. */
export const OP = Object.freeze(Object.fromEntries(INSTRUCTIONS.map(({ name, opcode }) => [name, opcode]))) as {
  readonly [R in Rows as R["name"]]: R["opcode"];
};

/** One more than the largest dense opcode. */
export const OPCODE_LIMIT: number = INSTRUCTIONS.reduce((limit, { opcode }) => Math.max(limit, opcode + 1), 0);

/**
 * The row of each dense opcode, undefined where there is no instruction. What is read for each instruction of a module is
 * `readonly` and not frozen: V8's compilers read elements of frozen arrays by a call, in four times the time.
 */
export const ROWS: readonly (Row | undefined)[] = INSTRUCTIONS.reduce<(Row | undefined)[]>(
  (rows, row) => {
    rows[row.opcode] = row;
    return rows;
  },
  Array.from({ length: OPCODE_LIMIT }, () => undefined),
);

/** The row of a dense opcode that the instruction reader has accepted. */
export function rowOf(opcode: number): Row {
  const found = ROWS[opcode];
  if (found === undefined) throw new RangeError(`no instruction has the dense opcode ${opcode}`);
  return found;
}

/** First dense opcode behind a prefix byte, or -1 if the byte is no prefix. */
export function prefixBase(byte: number): number {
  switch (byte) {
    case 0xfb:
      return 0x100;
    case 0xfc:
      return 0x200;
    case 0xfd:
      return 0x300;
    case 0xfe:
      return 0x500;
    default:
      return -1;
  }
}

/** The prefix byte of a dense opcode, or -1 if it is encoded as one byte. */
export function prefixOf(opcode: number): number {
  if (opcode < 0x100) return -1;
  if (opcode < 0x200) return 0xfb;
  if (opcode < 0x300) return 0xfc;
  return opcode < 0x500 ? 0xfd : 0xfe;
}
