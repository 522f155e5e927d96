/** Number literals of the text format as exact bits (spec 3.0, "Text Format: Values"). */

/** An IEEE 754 binary interchange format. */
interface FloatFormat {
  /** Stored bits of the significand. */
  readonly fraction: number;
  readonly exponent: number;
}

const F32_FORMAT: FloatFormat = Object.freeze({ fraction: 23, exponent: 8 });
const F64_FORMAT: FloatFormat = Object.freeze({ fraction: 52, exponent: 11 });

/** An integer literal as a bigint; undefined if it is none. */
export function parseInteger(literal: string): bigint | undefined {
  const match = /^([+-]?)(0x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|[0-9]+(?:_[0-9]+)*)$/.exec(literal);
  if (match === null) return undefined;
  const magnitude = BigInt((match[2] ?? "").replaceAll("_", ""));
  return match[1] === "-" ? -magnitude : magnitude;
}

/** An integer literal of `width` bits, signed or unsigned, as an unsigned number; undefined if it does not fit. */
export function parseIntegerBits(literal: string, width: number): bigint | undefined {
  const value = parseInteger(literal);
  if (value === undefined) return undefined;
  const limit = 1n << BigInt(width);
  return value < limit && value >= -(limit >> 1n) ? BigInt.asUintN(width, value) : undefined;
}

/** The bits of an f32 literal; undefined if it is none or out of range. */
export function parseF32Bits(literal: string): number | undefined {
  const bits = parseFloatBits(literal, F32_FORMAT);
  return bits === undefined ? undefined : Number(bits);
}

/** The bits of an f64 literal; undefined if it is none or out of range. */
export function parseF64Bits(literal: string): bigint | undefined {
  return parseFloatBits(literal, F64_FORMAT);
}

function parseFloatBits(literal: string, format: FloatFormat): bigint | undefined {
  const match = /^([+-]?)(.*)$/.exec(literal.replaceAll("_", ""));
  const sign = match?.[1] === "-" ? 1n << BigInt(format.fraction + format.exponent) : 0n;
  const magnitude = parseMagnitude(match?.[2] ?? "", format);
  return magnitude === undefined ? undefined : sign | magnitude;
}

function parseMagnitude(text: string, format: FloatFormat): bigint | undefined {
  const infinity = ((1n << BigInt(format.exponent)) - 1n) << BigInt(format.fraction);
  if (text === "inf") return infinity;
  if (text === "nan") return infinity | (1n << BigInt(format.fraction - 1));
  const nan = /^nan:(0x[0-9a-fA-F]+)$/.exec(text);
  if (nan !== null) {
    const payload = BigInt(nan[1] ?? "0");
    return payload > 0n && payload < 1n << BigInt(format.fraction) ? infinity | payload : undefined;
  }
  const hex = /^0x([0-9a-fA-F]+)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]+))?$/.exec(text);
  if (hex !== null) {
    const [, whole = "", fraction = "", exponent = "0"] = hex;
    return round(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length, 2n, format, infinity);
  }
  const decimal = /^([0-9]+)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (decimal !== null) {
    const [, whole = "", fraction = "", exponent = "0"] = decimal;
    return round(BigInt(whole + fraction), Number(exponent) - fraction.length, 10n, format, infinity);
  }
  return undefined;
}

/**
 * `digits * base ** scale` rounded to nearest, ties to even, exactly: going through a JavaScript number would round an f32
 * twice.
 */
function round(digits: bigint, scale: number, base: bigint, format: FloatFormat, infinity: bigint): bigint | undefined {
  if (digits === 0n) return 0n;
  // Beyond any f64: answer without computing a huge power.
  if (scale > 5000) return undefined;
  const numerator = scale > 0 ? digits * base ** BigInt(scale) : digits;
  const denominator = scale < 0 ? base ** BigInt(-scale) : 1n;
  const bias = 2 ** (format.exponent - 1) - 1;
  // floor(log2) is one of two neighbours, told apart by a comparison.
  let exponent = bitLength(numerator) - bitLength(denominator);
  const below =
    exponent >= 0 ? numerator < denominator << BigInt(exponent) : numerator << BigInt(-exponent) < denominator;
  if (below) exponent--;
  // Subnormal numbers share the exponent of the smallest normal one.
  const unit = Math.max(exponent, 1 - bias) - format.fraction;
  const top = unit < 0 ? numerator << BigInt(-unit) : numerator;
  const bottom = unit > 0 ? denominator << BigInt(unit) : denominator;
  let significand = top / bottom;
  const rest = (top - significand * bottom) * 2n;
  if (rest > bottom || (rest === bottom && (significand & 1n) === 1n)) significand++;
  // A carry out of the significand moves into the exponent field by itself.
  const field = exponent < 1 - bias ? 0n : BigInt(Math.max(exponent, 1 - bias) + bias - 1);
  const bits = (field << BigInt(format.fraction)) + significand;
  return bits < infinity ? bits : undefined;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 + 28 - Math.clz32(Number.parseInt(hex[0] ?? "0", 16));
}
