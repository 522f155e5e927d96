/** Arguments and expected results of a script's actions. */
import { type Lexer, ScriptError } from "./lexer.ts";
import { parseF32Bits, parseF64Bits, parseInteger, parseIntegerBits } from "./numbers.ts";
import type { Const, Lane, NanPattern, Pattern, RefKind, VectorShape } from "./script.ts";

/** Lane width in bits and number of lanes. */
export const SHAPES: Readonly<Record<VectorShape, { readonly width: number; readonly count: number }>> = Object.freeze({
  i8x16: { width: 8, count: 16 },
  i16x8: { width: 16, count: 8 },
  i32x4: { width: 32, count: 4 },
  i64x2: { width: 64, count: 2 },
  f32x4: { width: 32, count: 4 },
  f64x2: { width: 64, count: 2 },
});

const REF_KINDS: ReadonlySet<string> = new Set<RefKind>([
  "any",
  "eq",
  "i31",
  "struct",
  "array",
  "func",
  "extern",
  "exn",
  "cont",
  "host",
]);

/** Reads an argument. @throws {ScriptError} if there is none, or it is a pattern */
export function parseConst(lexer: Lexer): Const {
  const start = lexer.start;
  const pattern = parsePattern(lexer);
  switch (pattern.type) {
    case "ref":
    case "either":
      break;
    case "vector":
      if (pattern.lanes.every((lane) => typeof lane === "bigint")) return vectorConst(pattern.shape, pattern.lanes);
      break;
    default:
      if (!("nan" in pattern)) return pattern;
  }
  throw new ScriptError("expected a constant", lexer.source, start);
}

/** Reads an expected result. @throws {ScriptError} if there is none */
export function parsePattern(lexer: Lexer): Pattern {
  const start = lexer.start;
  if (!lexer.at("(")) throw new ScriptError("expected a result", lexer.source, start);
  lexer.next();
  const head = atom(lexer);
  const pattern = patternAfter(head, lexer);
  if (pattern === undefined || !lexer.at(")")) throw new ScriptError("malformed constant", lexer.source, start);
  lexer.next();
  return pattern;
}

function patternAfter(head: string, lexer: Lexer): Pattern | undefined {
  switch (head) {
    case "i32.const": {
      const bits = parseIntegerBits(atom(lexer), 32);
      return bits === undefined ? undefined : { type: "i32", bits: Number(BigInt.asIntN(32, bits)) };
    }
    case "i64.const": {
      const bits = parseIntegerBits(atom(lexer), 64);
      return bits === undefined ? undefined : { type: "i64", bits: BigInt.asIntN(64, bits) };
    }
    case "f32.const": {
      const literal = atom(lexer);
      const nan = nanPattern(literal);
      if (nan !== undefined) return { type: "f32", nan };
      const bits = parseF32Bits(literal);
      return bits === undefined ? undefined : { type: "f32", bits };
    }
    case "f64.const": {
      const literal = atom(lexer);
      const nan = nanPattern(literal);
      if (nan !== undefined) return { type: "f64", nan };
      const bits = parseF64Bits(literal);
      return bits === undefined ? undefined : { type: "f64", bits };
    }
    case "v128.const":
      return vector(lexer);
    case "ref.null":
      return { type: "ref.null", heap: lexer.at("atom") ? atom(lexer) : undefined };
    case "either":
      return either(lexer);
    default:
      return reference(head, lexer);
  }
}

function reference(head: string, lexer: Lexer): Pattern | undefined {
  if (!head.startsWith("ref.")) return undefined;
  const kind = head.slice("ref.".length);
  if (!REF_KINDS.has(kind)) return undefined;
  if (!lexer.at("atom")) return { type: "ref", kind: kind as RefKind };
  const value = parseInteger(atom(lexer));
  if (value === undefined || (kind !== "extern" && kind !== "host")) return undefined;
  return { type: `ref.${kind}`, value: Number(value) };
}

function either(lexer: Lexer): Pattern {
  const alternatives: Pattern[] = [];
  while (lexer.at("(")) alternatives.push(parsePattern(lexer));
  return { type: "either", alternatives };
}

function vector(lexer: Lexer): Pattern | undefined {
  const name = atom(lexer);
  if (!Object.hasOwn(SHAPES, name)) return undefined;
  const shape = name as VectorShape;
  const { width, count } = SHAPES[shape];
  const lanes: Lane[] = [];
  for (let i = 0; i < count; i++) {
    const literal = atom(lexer);
    const lane = shape.startsWith("f") ? floatLane(literal, width) : parseIntegerBits(literal, width);
    if (lane === undefined) return undefined;
    lanes.push(lane);
  }
  return { type: "vector", shape, lanes };
}

function floatLane(literal: string, width: number): Lane | undefined {
  const nan = nanPattern(literal);
  if (nan !== undefined) return nan;
  if (width === 64) return parseF64Bits(literal);
  const bits = parseF32Bits(literal);
  return bits === undefined ? undefined : BigInt(bits);
}

function nanPattern(literal: string): NanPattern | undefined {
  if (literal === "nan:canonical") return "canonical";
  if (literal === "nan:arithmetic") return "arithmetic";
  return undefined;
}

function vectorConst(shape: VectorShape, lanes: readonly bigint[]): Const {
  const width = BigInt(SHAPES[shape].width);
  let bits = 0n;
  for (const [i, lane] of lanes.entries()) bits |= lane << (BigInt(i) * width);
  return { type: "v128", low: BigInt.asUintN(64, bits), high: bits >> 64n };
}

function atom(lexer: Lexer): string {
  if (!lexer.at("atom")) throw new ScriptError("expected a keyword or number", lexer.source, lexer.start);
  const text = lexer.text();
  lexer.next();
  return text;
}
