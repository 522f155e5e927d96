/** Expensive shapes of functions: their locals, constructs, sites and operands. */
import { OP } from "../wasm/instructions.ts";
import type { Writer } from "../wasm/writer.ts";
import {
  constant,
  contType,
  drop,
  end,
  FUNCREF,
  funcType,
  i32Locals,
  index,
  list,
  MANY_VALUES,
  moduleOf,
  NO_LOCALS,
  oneBody,
  open,
  readLocals,
  suspend,
  times,
} from "./module-parts.ts";
import type { Shape } from "./shapes.ts";

/** As many as there may be, but for some that a lowered function adds. */
const MANY_LOCALS = 49_900;
/** As many as a lowered function can save, and some room. */
const SAVED_LOCALS = 9000;

/** A `try_table` that has everything branch to the label around it. */
function openTryTable(w: Writer): void {
  open(w, OP.try_table);
  w.u8(1);
  w.u8(2);
  w.u8(0);
}

export const BODY_SHAPES: Readonly<Record<string, Shape>> = Object.freeze({
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
});

/** A function that could suspend, returns a thousand values and does not. */
function wideSuspend(w: Writer): void {
  suspend(w);
  w.u8(OP.unreachable);
}
