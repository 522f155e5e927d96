/** Modules made to be expensive: bounded time and memory, and no recursion. Each test has a few seconds. */
import { expect, test } from "@jest/globals";
import { decodeModule } from "../../wasm/decode.ts";
import { OP } from "../../wasm/instructions.ts";
import { MAX_BODY_SIZE, MAX_PARAMS } from "../../wasm/limits.ts";
import { HEADER, SECTION } from "../../wasm/sections.ts";
import { validateModule } from "../../wasm/validate.ts";
import { Writer } from "../../wasm/writer.ts";

const I32_BYTE = 0x7f;
const EMPTY_BLOCK = 0x40;

/** A function type of so many i32 parameters and results. */
interface Signature {
  readonly params: number;
  readonly results: number;
}

function section(out: Writer, id: number, write: (contents: Writer) => void): void {
  const contents = new Writer();
  write(contents);
  out.u8(id);
  out.appendSized(contents);
}

/** A module with one function of each signature, and its body. */
function moduleOf(functions: readonly (readonly [Signature, (body: Writer) => void])[]): Uint8Array {
  const out = new Writer();
  for (const byte of HEADER) out.u8(byte);
  section(out, SECTION.type, (w) => {
    w.u32(functions.length);
    for (const [{ params, results }] of functions) {
      w.u8(0x60);
      for (const count of [params, results]) {
        w.u32(count);
        for (let i = 0; i < count; i++) w.u8(I32_BYTE);
      }
    }
  });
  section(out, SECTION.function, (w) => {
    w.u32(functions.length);
    functions.forEach((_, i) => w.u32(i));
  });
  section(out, SECTION.code, (w) => {
    w.u32(functions.length);
    for (const [, write] of functions) {
      const body = new Writer();
      write(body);
      w.appendSized(body);
    }
  });
  return out.toBytes();
}

function unreachableBody(body: Writer): void {
  body.u8(0);
  body.u8(OP.unreachable);
  body.u8(OP.end);
}

const NOTHING: Signature = { params: 0, results: 0 };

test("blocks nested as deeply as a body can", () => {
  const depth = Math.floor(MAX_BODY_SIZE / 3) - 2;
  const bytes = moduleOf([
    [
      NOTHING,
      (body) => {
        body.u8(0);
        for (let i = 0; i < depth; i++) {
          body.u8(OP.block);
          body.u8(EMPTY_BLOCK);
        }
        for (let i = 0; i <= depth; i++) body.u8(OP.end);
      },
    ],
  ]);
  validateModule(decodeModule(bytes));
});

test("calls with a thousand parameters and results", () => {
  const wide: Signature = { params: MAX_PARAMS, results: MAX_PARAMS };
  const bytes = moduleOf([
    [wide, unreachableBody],
    [
      NOTHING,
      (body) => {
        body.u8(0);
        for (let i = 0; i < MAX_PARAMS; i++) {
          body.u8(OP["i32.const"]);
          body.u8(0);
        }
        for (let i = 0; i < 100_000; i++) {
          body.u8(OP.call);
          body.u8(0);
        }
        body.u8(OP.return);
        body.u8(OP.end);
      },
    ],
  ]);
  validateModule(decodeModule(bytes));
});

test("an operand stack larger than any body could push one by one", () => {
  const bytes = moduleOf([
    [{ params: 0, results: MAX_PARAMS }, unreachableBody],
    [
      NOTHING,
      (body) => {
        body.u8(0);
        for (let i = 0; i < 1_000_000; i++) {
          body.u8(OP.call);
          body.u8(0);
        }
        body.u8(OP.end);
      },
    ],
  ]);
  expect(() => validateModule(decodeModule(bytes))).toThrow("too many operands on the stack");
});

test("many functions with many locals", () => {
  const many = Array.from({ length: 50_000 }, (): readonly [Signature, (body: Writer) => void] => [
    NOTHING,
    (body) => {
      body.u8(1);
      body.u32(50_000);
      body.u8(I32_BYTE);
      body.u8(OP["local.get"]);
      body.u32(49_999);
      body.u8(OP.drop);
      body.u8(OP.end);
    },
  ]);
  validateModule(decodeModule(moduleOf(many)));
});

test("large branch tables to labels with a thousand types", () => {
  const wide: Signature = { params: 0, results: MAX_PARAMS };
  const bytes = moduleOf([
    [
      wide,
      (body) => {
        body.u8(0);
        body.u8(OP.unreachable);
        for (let table = 0; table < 20; table++) {
          body.u8(OP.br_table);
          body.u32(60_000);
          for (let i = 0; i <= 60_000; i++) body.u8(0);
        }
        body.u8(OP.end);
      },
    ],
  ]);
  validateModule(decodeModule(bytes));
});
