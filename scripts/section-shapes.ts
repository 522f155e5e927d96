/** Expensive shapes of what is around functions: types, imports, exports, tags, segments, names and other custom sections. */
import { OP } from "../wasm/instructions.ts";
import { Writer } from "../wasm/writer.ts";
import {
  type Bytes,
  constant,
  contType,
  drop,
  end,
  FUNCREF,
  funcType,
  index,
  list,
  MANY_VALUES,
  moduleOf,
  NO_LOCALS,
  oneBody,
  open,
  suspend,
  times,
  type Write,
} from "./module-parts.ts";
import type { Shape } from "./shapes.ts";

const LONG_NAME = 10_000;
/** Bytes of a block with a branch, and where in it the branch is. */
const HINTED_SIZE = 7;
const HINTED_AT = 4;

function nameMap(entries: number, name: (i: number) => string, at: (i: number) => number): Writer {
  const map = new Writer();
  map.u32(entries);
  times(entries, (i) => {
    map.u32(at(i));
    map.name(name(i));
  });
  return map;
}

/** A chain of structure types, each with so many references to the next that cannot be null; a function returns the first. */
function structChain(length: number, width: number): Bytes {
  const types = list(
    length,
    (i): Write =>
      (w) => {
        w.u8(0x5f);
        w.u32(i === 0 ? 0 : width);
        // The first refers to nothing, each to the one before it.
        times(i === 0 ? 0 : width, () => {
          w.u8(0x64);
          w.s32(i);
          w.u8(0);
        });
      },
  );
  const returns: Write = (w) => {
    w.u8(0x60);
    w.u8(0);
    w.u8(1);
    w.u8(0x64);
    w.s32(length);
  };
  const body: Write = (w) => {
    suspend(w);
    w.u8(OP.unreachable);
  };
  const caller: Write = (w) => {
    index(w, OP.call, 0);
    drop(w);
  };
  return moduleOf({
    types: [...types, returns],
    functions: [
      [length + 1, NO_LOCALS, body],
      [0, NO_LOCALS, caller],
    ],
  });
}

export const SECTION_SHAPES: Readonly<Record<string, Shape>> = Object.freeze({
  "chain of structures": { megabyte: 160_000, make: (n) => structChain(n, 1) },
  "tree of structures": { megabyte: 110_000, make: (n) => structChain(n, 2) },
  "types in one group": {
    megabyte: 200_000,
    make: (n) =>
      moduleOf({
        types: [
          (w) => {
            w.u8(0x4e);
            w.u32(n);
            times(n, (i) => {
              w.u8(0x5e);
              w.u8(0x63);
              w.s32(1 + ((i + 1) % n));
              w.u8(1);
            });
          },
        ],
      }),
  },
  "groups of the same type": {
    megabyte: 250_000,
    make: (n) =>
      moduleOf({
        types: list(
          n,
          (i): Write =>
            (w) => {
              w.u8(0x5e);
              w.u8(0x63);
              w.s32(i);
              w.u8(1);
            },
        ),
      }),
  },
  "chains of subtypes": {
    megabyte: 150_000,
    make: (n) =>
      moduleOf({
        types: list(
          n,
          (i): Write =>
            (w) => {
              w.u8(0x50);
              w.u8(i % 63 === 0 ? 0 : 1);
              if (i % 63 !== 0) w.u32(i);
              w.u8(0x5f);
              w.u8(0);
            },
        ),
      }),
  },
  "continuation types": {
    megabyte: 400_000,
    make: (n) => moduleOf({ types: list(n, () => contType(0)), functions: [[0, NO_LOCALS, suspend]] }),
  },
  "binds of a thousand values": {
    megabyte: 600,
    make: (n) =>
      oneBody(
        (w) => {
          times(n, (i) => {
            const bound = 1 + (i % MANY_VALUES);
            times(bound, () => constant(w));
            w.u8(0xd0);
            w.s32(MANY_VALUES + 2);
            w.u8(OP["cont.bind"]);
            w.u32(MANY_VALUES + 2);
            w.u32(MANY_VALUES + 2 + bound);
            drop(w);
          });
        },
        NO_LOCALS,
        {
          // 1 + k: so many parameters fewer than a thousand, behind them the continuations of these.
          types: [
            ...list(MANY_VALUES + 1, (k) => funcType(MANY_VALUES - k, 0)),
            ...list(MANY_VALUES + 1, (k) => contType(k + 1)),
          ],
        },
      ),
  },
  "globals and exports": {
    megabyte: 80_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        globals: list(
          n,
          (): Write => (w) => {
            for (const byte of [FUNCREF, 0, 0xd0, FUNCREF, OP.end]) w.u8(byte);
          },
        ),
        exports: list(
          n,
          (i): Write =>
            (w) => {
              w.name(i.toString(36));
              w.u8(0);
              w.u8(0);
            },
        ),
      }),
  },
  imports: {
    megabyte: 90_000,
    make: (n) =>
      moduleOf({
        imports: list(
          n,
          (i): Write =>
            (w) => {
              w.name("m");
              w.name(i.toString(36));
              w.u8(0);
              w.u32(0);
            },
        ),
        functions: [[0, NO_LOCALS, suspend]],
      }),
  },
  "exports with long names": {
    megabyte: 100,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        exports: list(
          n,
          (i): Write =>
            (w) => {
              w.name(String(i).padStart(LONG_NAME, "x"));
              w.u8(0);
              w.u8(0);
            },
        ),
      }),
  },
  "branch hints that hold": {
    megabyte: 90_000,
    make: (n) =>
      oneBody(
        (w) => {
          times(n, () => {
            open(w, OP.block);
            constant(w);
            index(w, OP.br_if, 0);
            end(w);
          });
          suspend(w);
        },
        NO_LOCALS,
        {
          customsFirst: true,
          customs: [
            [
              "metadata.code.branch_hint",
              (w) => {
                w.u32(1);
                w.u32(0);
                w.u32(n);
                // Offsets count from the start of the function: a byte of locals, block, type, constant.
                times(n, (i) => {
                  w.u32(1 + i * HINTED_SIZE + HINTED_AT);
                  w.u8(1);
                  w.u8(i % 2);
                });
              },
            ],
          ],
        },
      ),
  },
  "tags and handlers": {
    megabyte: 100_000,
    make: (n) =>
      oneBody(
        (w) => {
          w.u8(OP.block);
          w.u8(0x63);
          w.u8(1);
          w.u8(0xd0);
          w.u8(1);
          index(w, OP.resume, 1);
          w.u32(n);
          times(n, (i) => {
            w.u8(0);
            w.u32(i);
            w.u8(0);
          });
          w.u8(0xd0);
          w.u8(1);
          end(w);
          drop(w);
        },
        NO_LOCALS,
        { types: [contType(0)], tags: list(n, () => 0) },
      ),
  },
  "elements of functions": {
    megabyte: 1_000_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        tables: [
          (w) => {
            w.u8(FUNCREF);
            w.u8(0);
            w.u32(0);
          },
        ],
        elements: [
          (w) => {
            w.u8(1);
            w.u8(0);
            w.u32(n);
            times(n, () => w.u8(0));
          },
        ],
      }),
  },
  "element segments and expressions": {
    megabyte: 110_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        elements: list(
          n,
          (): Write => (w) => {
            for (const byte of [5, FUNCREF, 2, 0xd2, 0, OP.end, 0xd0, FUNCREF, OP.end]) w.u8(byte);
          },
        ),
      }),
  },
  "data segments": {
    megabyte: 500_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        data: list(
          Math.min(n, 100_000),
          (): Write => (w) => {
            w.u8(1);
            w.u8(0);
          },
        ),
      }),
  },
  "names that lie": {
    megabyte: 40_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        customs: [
          [
            "name",
            (w) => {
              w.u8(1);
              w.appendSized(
                nameMap(
                  n,
                  (i) => `f${i}`,
                  (i) => (i * 7919) % 0xffff_ffff,
                ),
              );
              w.u8(2);
              const locals = new Writer();
              locals.u32(n);
              times(n, (i) => {
                locals.u32(i % 3);
                locals.append(
                  nameMap(
                    1,
                    () => "x",
                    () => i,
                  ),
                );
              });
              w.appendSized(locals);
              w.u8(3);
              w.u32(0x0fff_ffff);
              w.u32(0xffff_ffff);
            },
          ],
        ],
      }),
  },
  "branch hints that lie": {
    megabyte: 200_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        customsFirst: true,
        customs: [
          [
            "metadata.code.branch_hint",
            (w) => {
              w.u32(1);
              w.u32(0);
              w.u32(n);
              times(n, (i) => {
                w.u32((i * 31) % 5000);
                w.u8(1);
                w.u8(i % 2);
              });
            },
          ],
        ],
      }),
  },
  "custom sections": {
    megabyte: 250_000,
    make: (n) => oneBody(suspend, NO_LOCALS, { customs: list(n, () => ["x", () => undefined] as const) }),
  },
});
