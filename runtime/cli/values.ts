/** Arguments and results as text. */
import { F32, F64, I32, I64, heapOf, isNullable, isRef } from "../../wasm/types.ts";
import { valTypeText } from "../../wasm/type-text.ts";
import type { ValType } from "../../wasm/types.ts";

const INTEGER = /^[+-]?(?:0x[0-9a-f]+|[0-9]+)$/i;
const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;

/** The JavaScript value of an argument for a parameter of type `type`; undefined if it is none. */
export function parseArgument(text: string, type: ValType): unknown {
  const plain = text.replaceAll("_", "");
  switch (type) {
    case I32: {
      const value = parseInteger(plain, 32);
      return value === undefined ? undefined : Number(value);
    }
    case I64:
      return parseInteger(plain, 64);
    case F32:
    case F64:
      return parseFloat64(plain);
    default:
      return isRef(type) && isNullable(type) && text === "null" ? null : undefined;
  }
}

/** Signed or unsigned: -2^(bits-1) to 2^bits - 1. */
function parseInteger(text: string, bits: number): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  const value = text.startsWith("-") ? -magnitude : magnitude;
  return value >= -(1n << BigInt(bits - 1)) && value < 1n << BigInt(bits) ? value : undefined;
}

function parseFloat64(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const magnitude = text.replace(/^[+-]/, "").toLowerCase();
  if (magnitude === "inf" || magnitude === "infinity") return sign * Number.POSITIVE_INFINITY;
  if (magnitude === "nan") return Number.NaN;
  return FLOAT.test(text) || INTEGER.test(text) ? sign * Number(magnitude) : undefined;
}

/** What an argument of type `type` looks like, for an error message. */
export function argumentHint(type: ValType): string {
  switch (type) {
    case I32:
      return "an i32 (an integer from -2147483648 to 4294967295)";
    case I64:
      return "an i64 (an integer from -9223372036854775808 to 18446744073709551615)";
    case F32:
      return "an f32 (a number, inf or nan)";
    case F64:
      return "an f64 (a number, inf or nan)";
    default:
      return isRef(type) && isNullable(type)
        ? `${valTypeText(type)} (only null can be written here)`
        : valTypeText(type);
  }
}

/** A result of type `type`, as `run` prints it. */
export function formatValue(value: unknown, type: ValType): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return type === F32 || type === F64 ? formatFloat(value, type) : String(value);
  if (value === null) return "null";
  if (isRef(type))
    return typeof value === "string" ? value : `<${valTypeText(type)}${heapOf(type) >= 0 ? " type" : ""}>`;
  return String(value);
}

/** The shortest decimal that reads back as the same f32 or f64. */
export function formatFloat(value: number, type: ValType): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  if (type === F64) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
