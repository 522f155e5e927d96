import { expect, test } from "@jest/globals";
import { Reader } from "../../wasm/reader.ts";
import { Writer } from "../../wasm/writer.ts";

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(1);
  write(writer);
  return writer.toBytes();
}

test.each([0, 1, 127, 128, 16383, 16384, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])("u32 %d comes back", (value) => {
  expect(new Reader(bytesOf((w) => w.u32(value))).u32()).toBe(value);
});

test.each([0, 1, -1, 63, 64, -64, -65, 8191, -8193, 0x7fff_ffff, -0x8000_0000])("s32 %d comes back", (value) => {
  expect(new Reader(bytesOf((w) => w.s32(value))).s32()).toBe(value);
  expect(new Reader(bytesOf((w) => w.s32(value))).s33()).toBe(value);
});

test.each([0x8000_0000, 0xffff_ffff, -0x8000_0001, -0x1_0000_0000])("s33 %d comes back", (value) => {
  expect(new Reader(bytesOf((w) => w.s32(value))).s33()).toBe(value);
});

test.each([0n, 1n, 127n, 128n, 0xffff_ffffn, 1n << 35n, (1n << 64n) - 1n])("u64 %d comes back", (value) => {
  expect(new Reader(bytesOf((w) => w.u64(value))).u64()).toBe(value);
});

test.each([0n, -1n, 63n, 64n, -64n, -65n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)])("s64 %d comes back", (value) => {
  expect(new Reader(bytesOf((w) => w.s64(value))).s64()).toBe(value);
});

test("integers may be padded up to their width", () => {
  expect(new Reader(Uint8Array.of(0x83, 0x80, 0x80, 0x80, 0x00)).u32()).toBe(3);
  expect(new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)).s32()).toBe(-1);
  expect(new Reader(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)).s64()).toBe(-2n);
  expect(new Reader(Uint8Array.of(0xf0, 0xff, 0xff, 0xff, 0x7f)).s33()).toBe(-16);
});

test.each([
  ["u32", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "integer representation too long (at offset 0x0)"],
  ["u32", [0x80, 0x80, 0x80, 0x80, 0x10], "integer too large (at offset 0x0)"],
  ["u32", [0x80], "unexpected end of section or function (at offset 0x1)"],
  ["s32", [0x80, 0x80, 0x80, 0x80, 0x08], "integer too large (at offset 0x0)"],
  ["s32", [0xff, 0xff, 0xff, 0xff, 0x77], "integer too large (at offset 0x0)"],
  ["s33", [0x80, 0x80, 0x80, 0x80, 0x10], "integer too large (at offset 0x0)"],
  ["u64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], "integer too large (at offset 0x0)"],
  ["s64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "integer too large (at offset 0x0)"],
  ["length", [0x05, 0x00], "length out of bounds (at offset 0x0)"],
  ["name", [0x02, 0xc3, 0x28], "malformed UTF-8 encoding (at offset 0x1)"],
  ["u8", [], "unexpected end of section or function (at offset 0x0)"],
] as const)("%s of %j is refused", (method, bytes, message) => {
  expect(() => new Reader(Uint8Array.from(bytes))[method]()).toThrow(
    expect.objectContaining({ name: "DecodeError", message }),
  );
});

test("names keep a byte order mark", () => {
  expect(new Reader(bytesOf((w) => w.name("\ufeffé😀"))).name()).toBe("\ufeffé😀");
});
