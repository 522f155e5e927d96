import { expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { checkWellFormed } from "../../wasm/well-formed.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A section with its size. */
function section(id: number, ...contents: number[]): number[] {
  return [id, contents.length, ...contents];
}

/** Sections that define one function without parameters and results, whose body is `body`. */
function withBody(...body: number[]): number[] {
  return [
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(10, 1, body.length + 1, 0, ...body),
    // Something behind it, so that a body cannot end because the module does.
    ...section(0, 1, 0x78),
  ];
}

function module(...sections: number[][]): number[] {
  return [...HEADER, ...sections.flat()];
}

/** What is malformed, the bytes, and what is said of them. */
const MALFORMED: readonly (readonly [what: string, bytes: readonly number[], message: string])[] = [
  ["nothing", [], "unexpected end"],
  ["half a magic", [0x00, 0x61], "unexpected end"],
  ["another magic", [0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0], "magic header not detected (at offset 0x0)"],
  ["another version", [0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], "unknown binary version (at offset 0x4)"],
  ["a section id", module([14, 0]), "malformed section id (at offset 0x8)"],
  ["a section without a size", module([1]), "unexpected end"],
  ["a section larger than the module", module([1, 5, 0]), "length out of bounds (at offset 0x9)"],
  ["a section larger than its contents", module([1, 2, 0, 0]), "section size mismatch"],
  ["a section smaller than its contents", module([3, 1, 1, 0], section(1, 0)), "section size mismatch"],
  ["a section twice", module(section(1, 0), section(1, 0)), "unexpected content after last section"],
  ["sections out of order", module(section(2, 0), section(1, 0)), "unexpected content after last section"],
  ["a tag section behind the globals", module(section(6, 0), section(13, 0)), "unexpected content after last section"],
  ["a custom section without a name", module([0, 0]), "unexpected end"],
  ["a custom section's name", module(section(0, 1, 0xff)), "malformed UTF-8 encoding"],
  ["a custom section smaller than its name", module([0, 1, 1, 0x78]), "unexpected end"],
  ["a definition type", module(section(1, 1, 0x61)), "malformed definition type"],
  ["a definition type in two bytes", module(section(1, 1, 0xe0, 0x7f, 0, 0)), "integer representation too long"],
  ["a value type", module(section(1, 1, 0x60, 1, 0x40, 0)), "malformed value type"],
  ["a heap type", module(section(1, 1, 0x60, 1, 0x63, 0x40, 0)), "malformed heap type"],
  ["a heap type in two bytes", module(section(1, 1, 0x60, 1, 0x63, 0xf0, 0x7f, 0)), "integer representation too long"],
  ["a continuation of an abstract type", module(section(1, 1, 0x5d, 0x70)), "malformed type index"],
  ["a field's mutability", module(section(1, 1, 0x5e, 0x78, 2)), "malformed mutability"],
  ["a vector's length", module(section(1, 0xff, 0xff, 0xff, 0xff, 0x0f)), "length out of bounds"],
  ["an import kind", module(section(2, 1, 0, 0, 5)), "malformed import kind"],
  ["an imported name", module(section(2, 1, 1, 0xc0, 0, 0, 0)), "malformed UTF-8 encoding"],
  ["an export kind", module(section(7, 1, 0, 5, 0)), "malformed export kind"],
  ["a global's mutability", module(section(6, 1, 0x7f, 2, 0x41, 0, 0x0b)), "malformed mutability"],
  ["a table's type", module(section(4, 1, 0x7f, 0, 0)), "malformed reference type"],
  ["a shared table", module(section(4, 1, 0x70, 3, 0, 1)), "malformed limits flags"],
  ["a memory's limits", module(section(5, 1, 8, 0)), "malformed limits flags"],
  ["a table's initializer", module(section(4, 1, 0x40, 1, 0x70, 0, 0, 0x0b)), "zero byte expected"],
  ["a tag's attribute", module(section(13, 1, 1, 0)), "zero byte expected"],
  ["an element segment", module(section(9, 1, 8)), "malformed elements segment kind"],
  ["an element kind", module(section(9, 1, 1, 1, 0)), "malformed element kind"],
  ["a data segment", module(section(11, 1, 3)), "malformed data segment kind"],
  ["functions without code", module(section(1, 1, 0x60, 0, 0), section(3, 1, 0)), "function and code section have"],
  ["code without functions", module(section(10, 1, 2, 0, 0x0b)), "function and code section have inconsistent lengths"],
  ["data that was not counted", module(section(12, 0), section(11, 1, 1, 0)), "data count and data section have"],
  ["data that was counted", module(section(12, 1)), "data count and data section have inconsistent lengths"],
  ["a constant expression without end", module(section(6, 1, 0x7f, 0, 0x41, 0)), "unexpected end"],
  ["an else in a constant expression", module(section(6, 1, 0x7f, 0, 0x05, 0x0b)), "END opcode expected"],
  ["an opcode", module(withBody(0x27, 0x0b)), "illegal opcode 27"],
  ["an opcode behind a prefix", module(withBody(0xfb, 0x1f, 0x0b)), "illegal opcode fb 1f"],
  ["an opcode that would be another prefix's", module(withBody(0xfb, 0x80, 0x02, 0x0b)), "illegal opcode fb 80 02"],
  ["an opcode beyond all", module(withBody(0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b)), "illegal opcode fe ff ff"],
  ["a body without end", module(withBody(0x01)), "END opcode expected"],
  ["a body that goes on", module(withBody(0x0b, 0x01)), "section size mismatch"],
  ["a block without end", module(withBody(0x02, 0x40, 0x0b)), "END opcode expected"],
  ["an else without if", module(withBody(0x05, 0x0b)), "misplaced ELSE opcode"],
  ["a second else", module(withBody(0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b, 0x0b)), "misplaced ELSE opcode"],
  ["a catch without try", module(withBody(0x07, 0, 0x0b)), "misplaced CATCH opcode"],
  ["a catch behind catch_all", module(withBody(0x06, 0x40, 0x19, 0x07, 0, 0x0b, 0x0b)), "misplaced CATCH opcode"],
  ["a delegate without try", module(withBody(0x18, 0, 0x0b)), "misplaced DELEGATE opcode"],
  ["an instruction that does not end with its body", module(withBody(0x0b, 0x41)), "section size mismatch"],
  ["an i32", module(withBody(0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x0b)), "integer too large"],
  ["an i64", module(withBody(0x42, ...Array<number>(10).fill(0x80), 0, 0x0b)), "integer representation too long"],
  ["a block type", module(withBody(0x02, 0xc0, 0x7f, 0x0b, 0x0b)), "malformed block type"],
  ["memory flags", module(withBody(0x28, 0x80, 0x01, 0, 0x0b)), "malformed memop flags"],
  ["a catch clause", module(withBody(0x1f, 0x40, 1, 4, 0, 0x0b, 0x0b)), "malformed catch clause"],
  ["a handler", module(withBody(0xe3, 0, 1, 2, 0, 0x0b)), "malformed handler clause"],
  ["cast flags", module(withBody(0xfb, 0x18, 4, 0, 0x6e, 0x6e, 0x0b)), "malformed br_on_cast flags"],
  ["a fence", module(withBody(0xfe, 0x03, 1, 0x0b)), "zero byte expected"],
  ["a br_table larger than the module", module(withBody(0x0e, 0xff, 0xff, 0x03, 0x0b)), "length out of bounds"],
  ["data without count", module(withBody(0xfc, 0x09, 0, 0x0b)), "data count section required"],
];

test.each(MALFORMED)("%s", (_what, bytes, message) => {
  let found: unknown;
  try {
    checkWellFormed(decodeModule(Uint8Array.from(bytes)));
  } catch (error) {
    found = error;
  }
  expect(found).toMatchObject({ name: "DecodeError" });
  expect((found as Error).message.slice(0, message.length)).toBe(message);
});

test("a module smaller than its claims costs no memory", () => {
  const claims = module(section(3, 0x80, 0x80, 0x80, 0x80, 0x08));
  expect(() => decodeModule(Uint8Array.from(claims))).toThrow("length out of bounds");
});
