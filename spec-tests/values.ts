/** Results of actions with exact bits, and their comparison with a script's patterns. */
import type { Const, Lane, NanPattern, NumberConst, Pattern, RefKind, VectorShape } from "./script.ts";
import { SHAPES } from "./value-parser.ts";

/** The five hierarchies of reference types. */
export type Hierarchy = "any" | "func" | "extern" | "exn" | "cont";

/** What a non-null reference is, as far as its hierarchy tells: `host` is any other internalized host value. */
export type AnyKind = "i31" | "struct" | "array" | "host";

/** An actual result. */
export type Value =
  | NumberConst
  | {
      readonly type: "ref";
      readonly hierarchy: Hierarchy;
      /** Null, or the JavaScript value; `undefined` for a non-null reference that JavaScript cannot hold. */
      readonly value: unknown;
      /** In the `any` hierarchy, for a non-null reference. */
      readonly kind: AnyKind | undefined;
    };

/** Numbers the host values that `(ref.extern N)` and `(ref.host N)` stand for: one object per number. */
export class HostValues {
  readonly #values = new Map<number, object>();

  /** The host value with number `n`. */
  get(n: number): object {
    let value = this.#values.get(n);
    if (value === undefined) {
      value = Object.freeze({ host: n });
      this.#values.set(n, value);
    }
    return value;
  }
}

/** Whether the result `value` is what `pattern` describes. */
export function matches(pattern: Pattern, value: Value, hosts: HostValues): boolean {
  switch (pattern.type) {
    case "i32":
    case "i64":
      return value.type === pattern.type && value.bits === pattern.bits;
    case "f32":
      if (value.type !== "f32") return false;
      return "nan" in pattern ? isNan(BigInt(value.bits), 32, pattern.nan) : value.bits === pattern.bits;
    case "f64":
      if (value.type !== "f64") return false;
      return "nan" in pattern ? isNan(value.bits, 64, pattern.nan) : value.bits === pattern.bits;
    case "v128":
      return value.type === "v128" && value.low === pattern.low && value.high === pattern.high;
    case "vector":
      return value.type === "v128" && matchesLanes(pattern.shape, pattern.lanes, value.low, value.high);
    case "either":
      return pattern.alternatives.some((alternative) => matches(alternative, value, hosts));
    case "ref.null":
      if (value.type !== "ref" || value.value !== null) return false;
      return pattern.heap === undefined || (hierarchyOf(pattern.heap) ?? value.hierarchy) === value.hierarchy;
    case "ref.extern":
      return value.type === "ref" && value.hierarchy === "extern" && value.value === hosts.get(pattern.value);
    case "ref.host":
      return value.type === "ref" && value.hierarchy === "any" && value.value === hosts.get(pattern.value);
    case "ref":
      return value.type === "ref" && value.value !== null && matchesKind(pattern.kind, value.hierarchy, value.kind);
  }
}

function matchesKind(expected: RefKind, hierarchy: Hierarchy, kind: AnyKind | undefined): boolean {
  switch (expected) {
    case "func":
    case "extern":
    case "exn":
    case "cont":
    case "any":
      return hierarchy === expected;
    case "eq":
      return hierarchy === "any" && kind !== "host";
    case "i31":
    case "struct":
    case "array":
    case "host":
      return hierarchy === "any" && kind === expected;
  }
}

/** The hierarchy of an abstract heap type's name; undefined for a type index or name, which may belong to any. */
export function hierarchyOf(heap: string): Hierarchy | undefined {
  switch (heap) {
    case "any":
    case "eq":
    case "i31":
    case "struct":
    case "array":
    case "none":
      return "any";
    case "func":
    case "nofunc":
      return "func";
    case "extern":
    case "noextern":
      return "extern";
    case "exn":
    case "noexn":
      return "exn";
    case "cont":
    case "nocont":
      return "cont";
    default:
      return undefined;
  }
}

function matchesLanes(shape: VectorShape, lanes: readonly Lane[], low: bigint, high: bigint): boolean {
  const { width } = SHAPES[shape];
  const bits = (high << 64n) | low;
  return lanes.every((lane, i) => {
    const actual = BigInt.asUintN(width, bits >> BigInt(i * width));
    return typeof lane === "bigint" ? lane === actual : isNan(actual, width, lane);
  });
}

/** A canonical NaN has only the top bit of its payload set, an arithmetic one at least that (spec, "NaN Values"). */
function isNan(bits: bigint, width: number, pattern: NanPattern): boolean {
  const fraction = width === 32 ? 23n : 52n;
  const magnitude = BigInt.asUintN(width - 1, bits);
  const canonical = (1n << BigInt(width - 1)) - (1n << (fraction - 1n));
  return pattern === "canonical" ? magnitude === canonical : magnitude >= canonical;
}

/** A pattern, argument or result as a script would write it. */
export function formatValue(value: Pattern | Value | Const): string {
  switch (value.type) {
    case "i32":
    case "i64":
      return `(${value.type}.const ${value.bits})`;
    case "f32":
      return `(f32.const ${"nan" in value ? `nan:${value.nan}` : formatFloat(BigInt(value.bits), 32)})`;
    case "f64":
      return `(f64.const ${"nan" in value ? `nan:${value.nan}` : formatFloat(value.bits, 64)})`;
    case "v128":
      return `(v128.const i64x2 0x${value.low.toString(16)} 0x${value.high.toString(16)})`;
    case "vector":
      return `(v128.const ${value.shape} ${value.lanes.map((lane) => formatLane(value.shape, lane)).join(" ")})`;
    case "either":
      return `(either ${value.alternatives.map(formatValue).join(" ")})`;
    case "ref.null":
      return value.heap === undefined ? "(ref.null)" : `(ref.null ${value.heap})`;
    case "ref.extern":
    case "ref.host":
      return `(${value.type} ${value.value})`;
    case "ref":
      return "hierarchy" in value ? formatReference(value) : `(ref.${value.kind})`;
  }
}

function formatReference(value: Value & { readonly type: "ref" }): string {
  if (value.value === null) return `(ref.null ${value.hierarchy})`;
  const host = value.value;
  if (typeof host === "object" && host !== null && "host" in host) {
    return `(ref.${value.hierarchy === "any" ? "host" : value.hierarchy} ${String(host.host)})`;
  }
  return `(ref.${value.kind ?? value.hierarchy})`;
}

function formatLane(shape: VectorShape, lane: Lane): string {
  if (typeof lane !== "bigint") return `nan:${lane}`;
  const { width } = SHAPES[shape];
  return shape.startsWith("f") ? formatFloat(lane, width) : `0x${lane.toString(16)}`;
}

function formatFloat(bits: bigint, width: number): string {
  const fraction = width === 32 ? 23 : 52;
  const view = new DataView(new ArrayBuffer(8));
  if (width === 32) view.setUint32(0, Number(bits));
  else view.setBigUint64(0, bits);
  const number = width === 32 ? view.getFloat32(0) : view.getFloat64(0);
  if (!Number.isNaN(number)) return Object.is(number, -0) ? "-0" : String(number).replace("Infinity", "inf");
  const sign = bits >> BigInt(width - 1) === 1n ? "-" : "";
  return `${sign}nan:0x${BigInt.asUintN(fraction, bits).toString(16)}`;
}
