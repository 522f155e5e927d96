/**
 * Modules made to be expensive, as small as their shape allows: what takes more than linear time or memory in anything that
 * reads them. Each grows with a number, which says how many there are of what its name speaks of.
 */
import { OP } from "../wasm/instructions.ts";
import { HEADER, SECTION } from "../wasm/sections.ts";
import { Writer } from "../wasm/writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Write = (w: Writer) => void;

const I32 = 0x7f;
const FUNCREF = 0x70;
const EMPTY = 0x40;

interface Parts {
  /** Recursion groups. Type 0 is always () -> (). */
  readonly types?: readonly Write[];
  readonly imports?: readonly Write[];
  /** Types of functions, each with its locals and instructions, without the last `end`. */
  readonly functions?: readonly (readonly [type: number, locals: Write, body: Write])[];
  /** Types of tags; tag 0 is always () -> (). */
  readonly tags?: readonly number[];
  readonly tables?: readonly Write[];
  readonly globals?: readonly Write[];
  readonly exports?: readonly Write[];
  readonly elements?: readonly Write[];
  readonly data?: readonly Write[];
  readonly customs?: readonly (readonly [name: string, contents: Write])[];
  /** Where custom sections stand: before all others, as a rule behind them. */
  readonly customsFirst?: boolean;
}

const NO_LOCALS: Write = (w) => w.u8(0);

function section(out: Writer, id: number, entries: readonly Write[]): void {
  if (entries.length === 0) return;
  const contents = new Writer(4096);
  contents.u32(entries.length);
  for (const write of entries) write(contents);
  out.u8(id);
  out.appendSized(contents);
}

function moduleOf(parts: Parts): Bytes {
  const out = new Writer(65536);
  for (const byte of HEADER) out.u8(byte);
  const functions = parts.functions ?? [];
  const customs = (): void => {
    for (const [name, write] of parts.customs ?? []) {
      const contents = new Writer();
      contents.name(name);
      write(contents);
      out.u8(SECTION.custom);
      out.appendSized(contents);
    }
  };
  if (parts.customsFirst === true) customs();
  section(out, SECTION.type, [funcType(0, 0), ...(parts.types ?? [])]);
  section(out, SECTION.import, parts.imports ?? []);
  section(
    out,
    SECTION.function,
    functions.map(
      ([type]) =>
        (w) =>
          w.u32(type),
    ),
  );
  section(out, SECTION.table, parts.tables ?? []);
  section(
    out,
    SECTION.tag,
    [0, ...(parts.tags ?? [])].map((type) => (w) => {
      w.u8(0);
      w.u32(type);
    }),
  );
  section(out, SECTION.global, parts.globals ?? []);
  section(out, SECTION.export, parts.exports ?? []);
  section(out, SECTION.element, parts.elements ?? []);
  section(
    out,
    SECTION.code,
    functions.map(([, locals, body]) => (w) => {
      const code = new Writer(1024);
      locals(code);
      body(code);
      code.u8(OP.end);
      w.appendSized(code);
    }),
  );
  section(out, SECTION.data, parts.data ?? []);
  if (parts.customsFirst !== true) customs();
  return out.toBytes();
}

function funcType(params: number, results: number): Write {
  return (w) => {
    w.u8(0x60);
    for (const count of [params, results]) {
      w.u32(count);
      times(count, () => w.u8(I32));
    }
  };
}

function contType(func: number): Write {
  return (w) => {
    w.u8(0x5d);
    w.s32(func);
  };
}

function times(count: number, act: (i: number) => void): void {
  for (let i = 0; i < count; i++) act(i);
}

function list<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function constant(w: Writer): void {
  w.u8(OP["i32.const"]);
  w.u8(0);
}

function drop(w: Writer): void {
  w.u8(OP.drop);
}

function open(w: Writer, opcode: number): void {
  w.u8(opcode);
  w.u8(EMPTY);
}

function end(w: Writer): void {
  w.u8(OP.end);
}

function suspend(w: Writer): void {
  w.u8(OP.suspend);
  w.u8(0);
}

function index(w: Writer, opcode: number, x: number): void {
  w.u8(opcode);
  w.u32(x);
}

function i32Locals(count: number): Write {
  return (w) => {
    w.u8(1);
    w.u32(count);
    w.u8(I32);
  };
}

/** A module with one function of type () -> (). */
function oneBody(body: Write, locals: Write = NO_LOCALS, parts: Parts = {}): Bytes {
  return moduleOf({ ...parts, functions: [[0, locals, body], ...(parts.functions ?? [])] });
}

/** Reads of so many locals. */
function readLocals(w: Writer, count: number): void {
  times(count, (x) => {
    index(w, OP["local.get"], x);
    drop(w);
  });
}

/** As many as there may be, but for some that a lowered function adds. */
const MANY_LOCALS = 49_900;
/** As many as a lowered function can save, and some room. */
const SAVED_LOCALS = 9000;
const MANY_VALUES = 1000;
const LONG_NAME = 10_000;
/** Bytes of a block with a branch, and where in it the branch is. */
const HINTED_SIZE = 7;
const HINTED_AT = 4;

/** A `try_table` that has everything branch to the label around it. */
function openTryTable(w: Writer): void {
  open(w, OP.try_table);
  w.u8(1);
  w.u8(2);
  w.u8(0);
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

/** A shape, with a number that makes a module of about a megabyte. */
export interface Shape {
  readonly megabyte: number;
  readonly make: (count: number) => Bytes;
}

export const SHAPES: Readonly<Record<string, Shape>> = Object.freeze({
  "blocks around nothing": {
    megabyte: 330_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => open(w, OP.block));
        times(n, () => end(w));
      }),
  },
  "blocks around a suspend": {
    megabyte: 330_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => open(w, OP.block));
        suspend(w);
        times(n, () => end(w));
      }),
  },
  "blocks, in each a suspend": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          open(w, OP.block);
          suspend(w);
        });
        times(n, () => end(w));
      }),
  },
  "suspends in blocks": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => open(w, OP.block));
        times(n, () => suspend(w));
        times(n, () => end(w));
      }),
  },
  "operands below blocks, in each a suspend": {
    megabyte: 125_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          constant(w);
          open(w, OP.block);
          suspend(w);
        });
        times(n, () => {
          end(w);
          drop(w);
        });
      }),
  },
  "blocks one after the other above operands": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        times(MANY_VALUES - 1, () => constant(w));
        times(n, () => {
          open(w, OP.block);
          suspend(w);
          end(w);
        });
        times(MANY_VALUES - 1, () => drop(w));
      }),
  },
  "suspends above as many operands": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => constant(w));
        times(n, () => suspend(w));
        times(n, () => drop(w));
      }),
  },
  "suspends above a thousand operands": {
    megabyte: 500_000,
    make: (n) =>
      oneBody((w) => {
        times(MANY_VALUES, () => constant(w));
        times(n, () => suspend(w));
        times(MANY_VALUES, () => drop(w));
      }),
  },
  "suspends while many locals live": {
    megabyte: 500_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => suspend(w));
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "suspends while too many locals live": {
    megabyte: 500_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => suspend(w));
        readLocals(w, MANY_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "suspends between changes of what lives": {
    megabyte: 90_000,
    make: (n) =>
      oneBody((w) => {
        times(n, (i) => {
          suspend(w);
          times(2, (k) => {
            index(w, OP["local.get"], (i * 7919 + k * 4001) % SAVED_LOCALS);
            index(w, OP["local.set"], (i * 104_729 + k) % SAVED_LOCALS);
          });
        });
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "suspends before locals are initialised": {
    megabyte: 500_000,
    make: (n) =>
      oneBody(
        (w) => times(n, () => suspend(w)),
        (w) => {
          w.u8(1);
          w.u32(MANY_LOCALS);
          w.u8(0x64);
          w.u8(FUNCREF);
        },
      ),
  },
  "branches while many locals live": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        open(w, OP.block);
        suspend(w);
        times(n, () => {
          constant(w);
          index(w, OP.br_if, 0);
        });
        end(w);
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "branch tables while many locals live": {
    megabyte: 16,
    make: (n) =>
      oneBody((w) => {
        suspend(w);
        times(n, () => {
          open(w, OP.block);
          constant(w);
          w.u8(OP.br_table);
          w.u32(65_520);
          times(65_521, () => w.u8(0));
          end(w);
        });
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "blocks while many locals live": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        suspend(w);
        times(n, () => open(w, OP.block));
        times(n, () => end(w));
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(MANY_LOCALS)),
  },
  "loops that branch outwards": {
    megabyte: 120_000,
    make: (n) =>
      oneBody((w) => {
        open(w, OP.loop);
        readLocals(w, 1);
        times(n, () => {
          open(w, OP.loop);
          constant(w);
          index(w, OP.br_if, 1);
        });
        suspend(w);
        times(n, () => end(w));
        end(w);
      }, i32Locals(1)),
  },
  "try_tables, in each a suspend": {
    megabyte: 110_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          openTryTable(w);
          suspend(w);
        });
        times(n, () => end(w));
      }),
  },
  "suspends in blocks in a try_table": {
    megabyte: 200_000,
    make: (n) =>
      oneBody((w) => {
        openTryTable(w);
        times(n, () => open(w, OP.block));
        times(n, () => suspend(w));
        times(n, () => end(w));
        end(w);
        readLocals(w, SAVED_LOCALS);
      }, i32Locals(SAVED_LOCALS)),
  },
  "legacy tries": {
    megabyte: 125_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => open(w, OP.try));
        suspend(w);
        times(n, () => {
          w.u8(OP.catch_all);
          suspend(w);
          end(w);
        });
      }),
  },
  "legacy tries that rethrow": {
    megabyte: 120_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          open(w, OP.try);
          w.u8(OP.catch_all);
          suspend(w);
        });
        index(w, OP.rethrow, 0);
        times(n, () => end(w));
      }),
  },
  "legacy tries that delegate past each other": {
    megabyte: 110_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => open(w, OP.try));
        suspend(w);
        times(n, (i) => index(w, OP.delegate, Math.min(2, n - 1 - i)));
      }),
  },
  "ifs in else arms": {
    megabyte: 140_000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          constant(w);
          open(w, OP.if);
          suspend(w);
          w.u8(OP.else);
        });
        times(n, () => end(w));
      }),
  },
  "functions with many locals": {
    megabyte: 90_000,
    make: (n) => moduleOf({ functions: list(n, () => [0, i32Locals(MANY_LOCALS), suspend] as const) }),
  },
  "functions that never end": {
    megabyte: 180_000,
    make: (n) =>
      moduleOf({
        functions: list(
          n,
          () =>
            [
              0,
              NO_LOCALS,
              (w: Writer) => {
                w.u8(OP.unreachable);
              },
            ] as const,
        ),
      }),
  },
  "wide calls": {
    megabyte: 250_000,
    make: (n) =>
      oneBody(
        (w) => {
          times(MANY_VALUES, () => constant(w));
          times(n, () => index(w, OP.call, 1));
          times(MANY_VALUES, () => drop(w));
        },
        NO_LOCALS,
        { types: [funcType(MANY_VALUES, MANY_VALUES)], functions: [[1, NO_LOCALS, wideSuspend]] },
      ),
  },
  "wide resumes": {
    megabyte: 160_000,
    make: (n) =>
      oneBody(
        (w) => {
          times(n, () => {
            index(w, OP.call, 1);
            w.u8(0xd0);
            w.u32(2);
            index(w, OP.resume, 2);
            w.u8(0);
          });
        },
        NO_LOCALS,
        {
          types: [funcType(MANY_VALUES, 0), contType(1), funcType(0, MANY_VALUES)],
          functions: [[3, NO_LOCALS, wideSuspend]],
        },
      ),
  },
  "wide tail calls": {
    megabyte: 120_000,
    make: (n) => {
      const callees = Math.min(n, 60_000);
      return oneBody(
        (w) => {
          suspend(w);
          times(n, (i) => {
            open(w, OP.block);
            index(w, OP.call, callees + 1);
            index(w, OP.return_call, 1 + (i % callees));
            end(w);
          });
        },
        NO_LOCALS,
        {
          types: [funcType(MANY_VALUES, 0), funcType(0, MANY_VALUES)],
          functions: [...list(callees, () => [1, NO_LOCALS, suspend] as const), [2, NO_LOCALS, wideSuspend] as const],
        },
      );
    },
  },
  "functions that save a thousand operands": {
    megabyte: 400,
    make: (n) =>
      moduleOf({
        functions: list(
          n,
          () =>
            [
              0,
              NO_LOCALS,
              (w: Writer) => {
                times(MANY_VALUES, () => constant(w));
                times(20, () => suspend(w));
                times(MANY_VALUES, () => drop(w));
              },
            ] as const,
        ),
      }),
  },
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
  "branch tables, behind each a suspend": {
    megabyte: 1000,
    make: (n) =>
      oneBody((w) => {
        times(n, () => {
          open(w, OP.block);
          constant(w);
          index(w, OP.br_table, MANY_VALUES);
          times(MANY_VALUES + 1, () => w.u8(0));
          end(w);
          suspend(w);
        });
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

/** A function that could suspend, returns a thousand values and does not. */
function wideSuspend(w: Writer): void {
  suspend(w);
  w.u8(OP.unreachable);
}
