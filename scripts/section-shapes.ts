/** Expensive shapes of what is around functions: types, imports, exports, tags, segments, names and other custom sections. */
import { OP } from "../wasm/instructions.ts";
import { BRANCH_HINT_SECTION } from "../wasm/branch-hints.ts";
import { TYPE_CODE } from "../wasm/sections.ts";
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
  nullOf,
  oneBody,
  open,
  refTo,
  suspend,
  times,
  type Write,
  writes,
} from "./module-parts.ts";
import type { Shape } from "./shapes.ts";

const LONG_NAME = 10_000;
/** Bytes of a block with a branch, and where in it the branch is. */
const HINTED_SIZE = 7;
const HINTED_AT = 4;

/** A branch hint section about the first function, with so many hints, each for what is at `offset`. */
function branchHints(count: number, offset: (i: number) => number): readonly [string, Write] {
  return [
    BRANCH_HINT_SECTION,
    (w) => {
      w.u32(1);
      w.u32(0);
      w.u32(count);
      times(count, (i) => {
        w.u32(offset(i));
        w.u8(1);
        w.u8(i % 2);
      });
    },
  ];
}

/** An export of the first function. */
function exportOfFirst(w: Writer, name: string): void {
  w.name(name);
  w.u8(0);
  w.u8(0);
}

/** An array type, of references to type `x`. */
function arrayOfRefs(w: Writer, x: number): void {
  w.u8(TYPE_CODE.array);
  refTo(w, x, true);
  w.u8(1);
}

function nameMap(entries: number, name: (i: number) => string, at: (i: number) => number): Writer {
  const map = new Writer();
  map.u32(entries);
  times(entries, (i) => {
    map.u32(at(i));
    map.name(name(i));
  });
  return map;
}

/** A chain of structure types, each with so many references, never null, to the one before it; a function returns the last. */
function structChain(length: number, width: number): Bytes {
  const types = writes(length, (w, i) => {
    w.u8(TYPE_CODE.struct);
    w.u32(i === 0 ? 0 : width);
    times(i === 0 ? 0 : width, () => {
      refTo(w, i, false);
      w.u8(0);
    });
  });
  const returns: Write = (w) => {
    w.u8(TYPE_CODE.func);
    w.u8(0);
    w.u8(1);
    refTo(w, length, false);
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
            w.u8(TYPE_CODE.rec);
            w.u32(n);
            times(n, (i) => arrayOfRefs(w, 1 + ((i + 1) % n)));
          },
        ],
      }),
  },
  "groups of the same type": {
    megabyte: 250_000,
    make: (n) =>
      moduleOf({
        types: writes(n, arrayOfRefs),
      }),
  },
  "chains of subtypes": {
    megabyte: 150_000,
    make: (n) =>
      moduleOf({
        types: writes(n, (w, i) => {
          w.u8(TYPE_CODE.sub);
          w.u8(i % 63 === 0 ? 0 : 1);
          if (i % 63 !== 0) w.u32(i);
          w.u8(TYPE_CODE.struct);
          w.u8(0);
        }),
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
            nullOf(w, MANY_VALUES + 2);
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
        globals: writes(n, (w) => {
          for (const byte of [FUNCREF, 0, OP["ref.null"], FUNCREF, OP.end]) w.u8(byte);
        }),
        exports: writes(n, (w, i) => exportOfFirst(w, i.toString(36))),
      }),
  },
  imports: {
    megabyte: 90_000,
    make: (n) =>
      moduleOf({
        imports: writes(n, (w, i) => {
          w.name("m");
          w.name(i.toString(36));
          w.u8(0);
          w.u32(0);
        }),
        functions: [[0, NO_LOCALS, suspend]],
      }),
  },
  "exports with long names": {
    megabyte: 100,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        exports: writes(n, (w, i) => exportOfFirst(w, String(i).padStart(LONG_NAME, "x"))),
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
            // Offsets count from the start of the function: a byte of locals, block, type, constant.
            branchHints(n, (i) => 1 + i * HINTED_SIZE + HINTED_AT),
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
          refTo(w, 1, true);
          nullOf(w, 1);
          index(w, OP.resume, 1);
          w.u32(n);
          times(n, (i) => {
            w.u8(0);
            w.u32(i);
            w.u8(0);
          });
          nullOf(w, 1);
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
        elements: writes(n, (w) => {
          for (const byte of [5, FUNCREF, 2, OP["ref.func"], 0, OP.end, OP["ref.null"], FUNCREF, OP.end]) w.u8(byte);
        }),
      }),
  },
  "data segments": {
    megabyte: 500_000,
    make: (n) =>
      oneBody(suspend, NO_LOCALS, {
        data: writes(Math.min(n, 100_000), (w) => {
          w.u8(1);
          w.u8(0);
        }),
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
        customs: [branchHints(n, (i) => (i * 31) % 5000)],
      }),
  },
  "custom sections": {
    megabyte: 250_000,
    make: (n) => oneBody(suspend, NO_LOCALS, { customs: list(n, () => ["x", () => undefined] as const) }),
  },
});
