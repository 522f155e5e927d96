import { expect, test } from "@jest/globals";
import { parseF32Bits, parseF64Bits, parseInteger, parseIntegerBits } from "../../spec-tests/numbers.ts";

test.each([
  ["0", 0n],
  ["-1", -1n],
  ["+0x_f", undefined],
  ["0xF_f", 255n],
  ["1__0", undefined],
  ["1_000", 1000n],
  ["1.0", undefined],
  ["", undefined],
])("integer %s", (literal, expected) => {
  expect(parseInteger(literal)).toBe(expected);
});

test.each([
  ["255", 8, 255n],
  ["-128", 8, 128n],
  ["-129", 8, undefined],
  ["256", 8, undefined],
  ["0xffffffffffffffff", 64, 0xffff_ffff_ffff_ffffn],
  ["-0x8000000000000000", 64, 0x8000_0000_0000_0000n],
])("%s in %i bits", (literal, width, expected) => {
  expect(parseIntegerBits(literal, width)).toBe(expected);
});

test.each([
  ["0", 0],
  ["-0.0", 0x8000_0000],
  ["1", 0x3f80_0000],
  ["-1.5e0", 0xbfc0_0000],
  ["0x1p-149", 1],
  ["0x1p-150", 0],
  ["0x1.000001p-150", 1],
  ["0x1.8p-149", 2],
  ["0x1.fffffep127", 0x7f7f_ffff],
  ["0x1.fffffefffffp127", 0x7f7f_ffff],
  ["0x1.ffffffp127", undefined],
  ["1e39", undefined],
  ["1e99999", undefined],
  ["1e-99999", 0],
  ["inf", 0x7f80_0000],
  ["-inf", 0xff80_0000],
  ["nan", 0x7fc0_0000],
  ["-nan:0x1", 0xff80_0001],
  ["nan:0x800000", undefined],
  ["nan:0x0", undefined],
  ["0x0.0000_01p0", 0x3380_0000],
  ["1_0.2_5", 0x4124_0000],
  // Rounding to f64 first would make these ties, and break them the wrong way.
  ["0x1.00000100000000001p0", 0x3f80_0001],
  ["1.00000005960464477540", 0x3f80_0001],
  ["0x1.000001p0", 0x3f80_0000],
  ["0x1.000003p0", 0x3f80_0002],
  ["1.1754943508222875e-38", 0x0080_0000],
  ["zero", undefined],
])("f32 %s", (literal, expected) => {
  expect(parseF32Bits(literal)).toBe(expected);
});

test.each([
  ["0x1p-1074", 1n],
  ["0x1.fffffffffffffp1023", 0x7fef_ffff_ffff_ffffn],
  ["0x1.fffffffffffff8p1023", undefined],
  ["-nan:0xfffffffffffff", 0xffff_ffff_ffff_ffffn],
  ["nan", 0x7ff8_0000_0000_0000n],
])("f64 %s", (literal, expected) => {
  expect(parseF64Bits(literal)).toBe(expected);
});

test("agrees with JavaScript on decimals", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (const literal of [
    "0.1",
    "123456789.125",
    "2.2250738585072014e-308",
    "4.9e-324",
    "1.7976931348623157e308",
    "1e23",
  ]) {
    view.setFloat64(0, Number(literal));
    expect(parseF64Bits(literal)).toBe(view.getBigUint64(0));
  }
});
