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
  nullOf,
  oneBody,
  open,
  readLocals,
  REF,
  suspend,
  times,
  type Write,
} from "./module-parts.ts";
import type { Shape } from "./shapes.ts";

/** As many as there may be, but for some that a lowered function adds. */
const MANY_LOCALS = 49_900;
/** As many as a lowered function can save, and some room. */
const SAVED_LOCALS = 9000;

/** One function, which `write` fills with so many. */
function body(megabyte: number, locals: Write, write: (w: Writer, count: number) => void): Shape {
  return { megabyte, make: (count) => oneBody((w) => write(w, count), locals) };
}

/** So many functions that are the same. */
function functions(megabyte: number, locals: Write, write: Write): Shape {
  return { megabyte, make: (count) => moduleOf({ functions: list(count, () => [0, locals, write] as const) }) };
}

/** Many locals of type (ref func), which have no default. */
function nonNullLocals(w: Writer): void {
  w.u8(1);
  w.u32(MANY_LOCALS);
  w.u8(REF);
  w.u8(FUNCREF);
}

/** A `try_table` that has everything branch to the label around it. */
function openTryTable(w: Writer): void {
  open(w, OP.try_table);
  w.u8(1);
  w.u8(2);
  w.u8(0);
}

export const BODY_SHAPES: Readonly<Record<string, Shape>> = Object.freeze({
  "blocks around nothing": body(330_000, NO_LOCALS, (w, n) => {
    times(n, () => open(w, OP.block));
    times(n, () => end(w));
  }),
  "blocks around a suspend": body(330_000, NO_LOCALS, (w, n) => {
    times(n, () => open(w, OP.block));
    suspend(w);
    times(n, () => end(w));
  }),
  "blocks, in each a suspend": body(200_000, NO_LOCALS, (w, n) => {
    times(n, () => {
      open(w, OP.block);
      suspend(w);
    });
    times(n, () => end(w));
  }),
  "suspends in blocks": body(200_000, NO_LOCALS, (w, n) => {
    times(n, () => open(w, OP.block));
    times(n, () => suspend(w));
    times(n, () => end(w));
  }),
  "operands below blocks, in each a suspend": body(125_000, NO_LOCALS, (w, n) => {
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
  "blocks one after the other above operands": body(200_000, NO_LOCALS, (w, n) => {
    times(MANY_VALUES - 1, () => constant(w));
    times(n, () => {
      open(w, OP.block);
      suspend(w);
      end(w);
    });
    times(MANY_VALUES - 1, () => drop(w));
  }),
  "suspends above as many operands": body(200_000, NO_LOCALS, (w, n) => {
    times(n, () => constant(w));
    times(n, () => suspend(w));
    times(n, () => drop(w));
  }),
  "suspends above a thousand operands": body(500_000, NO_LOCALS, (w, n) => {
    times(MANY_VALUES, () => constant(w));
    times(n, () => suspend(w));
    times(MANY_VALUES, () => drop(w));
  }),
  "suspends while many locals live": body(500_000, i32Locals(MANY_LOCALS), (w, n) => {
    times(n, () => suspend(w));
    readLocals(w, SAVED_LOCALS);
  }),
  "suspends while too many locals live": body(500_000, i32Locals(MANY_LOCALS), (w, n) => {
    times(n, () => suspend(w));
    readLocals(w, MANY_LOCALS);
  }),
  "suspends between changes of what lives": body(90_000, i32Locals(MANY_LOCALS), (w, n) => {
    times(n, (i) => {
      suspend(w);
      times(2, (k) => {
        index(w, OP["local.get"], (i * 7919 + k * 4001) % SAVED_LOCALS);
        index(w, OP["local.set"], (i * 104_729 + k) % SAVED_LOCALS);
      });
    });
    readLocals(w, SAVED_LOCALS);
  }),
  "suspends before locals are initialised": body(500_000, nonNullLocals, (w, n) => {
    times(n, () => suspend(w));
  }),
  "branches while many locals live": body(200_000, i32Locals(MANY_LOCALS), (w, n) => {
    open(w, OP.block);
    suspend(w);
    times(n, () => {
      constant(w);
      index(w, OP.br_if, 0);
    });
    end(w);
    readLocals(w, SAVED_LOCALS);
  }),
  "branch tables while many locals live": body(16, i32Locals(MANY_LOCALS), (w, n) => {
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
  }),
  "blocks while many locals live": body(200_000, i32Locals(MANY_LOCALS), (w, n) => {
    suspend(w);
    times(n, () => open(w, OP.block));
    times(n, () => end(w));
    readLocals(w, SAVED_LOCALS);
  }),
  "loops that branch outwards": body(120_000, i32Locals(1), (w, n) => {
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
  }),
  "try_tables, in each a suspend": body(110_000, NO_LOCALS, (w, n) => {
    times(n, () => {
      openTryTable(w);
      suspend(w);
    });
    times(n, () => end(w));
  }),
  "suspends in blocks in a try_table": body(200_000, i32Locals(SAVED_LOCALS), (w, n) => {
    openTryTable(w);
    times(n, () => open(w, OP.block));
    times(n, () => suspend(w));
    times(n, () => end(w));
    end(w);
    readLocals(w, SAVED_LOCALS);
  }),
  "legacy tries": body(125_000, NO_LOCALS, (w, n) => {
    times(n, () => open(w, OP.try));
    suspend(w);
    times(n, () => {
      w.u8(OP.catch_all);
      suspend(w);
      end(w);
    });
  }),
  "legacy tries that rethrow": body(120_000, NO_LOCALS, (w, n) => {
    times(n, () => {
      open(w, OP.try);
      w.u8(OP.catch_all);
      suspend(w);
    });
    index(w, OP.rethrow, 0);
    times(n, () => end(w));
  }),
  "legacy tries that delegate past each other": body(110_000, NO_LOCALS, (w, n) => {
    times(n, () => open(w, OP.try));
    suspend(w);
    times(n, (i) => index(w, OP.delegate, Math.min(2, n - 1 - i)));
  }),
  "ifs in else arms": body(140_000, NO_LOCALS, (w, n) => {
    times(n, () => {
      constant(w);
      open(w, OP.if);
      suspend(w);
      w.u8(OP.else);
    });
    times(n, () => end(w));
  }),
  "functions with many locals": functions(90_000, i32Locals(MANY_LOCALS), suspend),
  "functions that never end": functions(180_000, NO_LOCALS, (w) => w.u8(OP.unreachable)),
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
            nullOf(w, 2);
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
  "functions that save a thousand operands": functions(400, NO_LOCALS, (w) => {
    times(MANY_VALUES, () => constant(w));
    times(20, () => suspend(w));
    times(MANY_VALUES, () => drop(w));
  }),
  "branch tables, behind each a suspend": body(1000, NO_LOCALS, (w, n) => {
    times(n, () => {
      open(w, OP.block);
      constant(w);
      index(w, OP.br_table, MANY_VALUES);
      times(MANY_VALUES + 1, () => w.u8(0));
      end(w);
      suspend(w);
    });
  }),
});

/** A function that could suspend, returns a thousand values and does not. */
function wideSuspend(w: Writer): void {
  suspend(w);
  w.u8(OP.unreachable);
}
