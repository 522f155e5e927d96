/** Checks of tables, globals, memories, tags, exceptions and GC objects. */
import { attempt, describe, run } from "./jsapi-outcomes.ts";
import type { Check, Namespace } from "./jsapi-outcomes.ts";

export const OBJECT_CHECKS: Readonly<Record<string, Check>> = {
  // ---- Table ----
  "Table: descriptors": (w) =>
    [
      { element: "anyfunc", initial: 1 },
      { element: "externref", initial: 2, maximum: 3 },
      { element: "anyfunc" },
      { initial: 1 },
      { element: "x", initial: 1 },
      { element: "anyfunc", initial: -1 },
      { element: "anyfunc", initial: 2 ** 32 },
      { element: "anyfunc", initial: 2, maximum: 1 },
      { element: "anyfunc", initial: "3" },
      { element: "anyfunc", initial: 1.7 },
      { element: { toString: () => "externref" }, initial: 1 },
      { element: "anyfunc", initial: Number.NaN },
      { element: Symbol.iterator, initial: 1 },
      { element: "i32", initial: 1 },
      undefined,
      null,
      1,
      "x",
    ].map((descriptor) =>
      attempt(() => {
        const t = new w["Table"](descriptor);
        return [t.length, t.get(0), String(t)];
      }),
    ),
  "Table: reads its descriptor": (w) => {
    const log: string[] = [];
    const t = new w["Table"]({
      get element() {
        log.push("element");
        return "anyfunc";
      },
      get initial() {
        log.push("initial");
        return 1;
      },
    });
    return [t.length, log.filter((name) => name === "element").length];
  },
  "Table: initial values": (w, m) => {
    const { f } = run(w, m.tables);
    return [
      attempt(() => new w["Table"]({ element: "anyfunc", initial: 2 }, f).get(1) === f),
      attempt(() => new w["Table"]({ element: "anyfunc", initial: 2 }, () => 0)),
      attempt(() => new w["Table"]({ element: "externref", initial: 2 }, 5).get(1)),
      attempt(() => new w["Table"]({ element: "externref", initial: 2 }, undefined).get(1)),
      attempt(() => new w["Table"]({ element: "externref", initial: 2 }).get(1)),
      attempt(() => new w["Table"]({ element: "externref", initial: 2 }, f).get(1) === f),
      attempt(() => new w["Table"]({ element: "anyfunc", initial: 2 }, null).get(1)),
    ];
  },
  "Table: get, set, grow": (w, m) => {
    const { f, t, e } = run(w, m.tables);
    return [
      t.get(0) === f,
      t.get(2) === f,
      t.get(1)(),
      t.get(1) === t.get(1),
      describe(t.get(1)),
      t.get(3),
      t.length,
      attempt(() => t.get(4)),
      attempt(() => t.get(-1)),
      attempt(() => t.get()),
      attempt(() => t.get("0") === f),
      attempt(() => t.get(2 ** 32)),
      attempt(() => t.set(3, f)),
      t.get(3) === f,
      attempt(() => t.set(3)),
      t.get(3),
      attempt(() => t.set(3, () => 0)),
      attempt(() => t.set(9, f)),
      attempt(() => t.set()),
      attempt(() => t.set(0, 1)),
      attempt(() => t.grow(2)),
      attempt(() => t.grow(1, f)),
      t.get(6) === f,
      t.get(5),
      attempt(() => t.grow(9)),
      attempt(() => t.grow(-1)),
      attempt(() => t.grow()),
      e.get(0),
      attempt(() => e.set(0, "x")),
      e.get(0),
      attempt(() => e.set(1)),
      e.get(1),
      attempt(() => e.set(1, undefined)),
      e.get(1),
      attempt(() => {
        t.length = 3;
      }),
      t.length,
    ];
  },
  "Table: same object for the same table": (w, m) => {
    const exports = run(w, m.tables);
    return [
      exports["t"] === exports["t"],
      exports["t"] instanceof w["Table"],
      exports["t"].constructor === w["Table"],
      Object.getPrototypeOf(exports["t"]) === w["Table"].prototype,
    ];
  },
  "Table: private tables stay private": (w, m) => [run(w, m.tables)["indirect"](0), run(w, m.tables)["indirect"](1)],

  // ---- Global ----
  "Global: descriptors": (w) =>
    [
      [{ value: "i32" }],
      [{ value: "i32", mutable: true }, 5],
      [{ value: "i64" }],
      [{ value: "i64" }, 5],
      [{ value: "i64" }, 5n],
      [{ value: "f32" }, 0.1],
      [{ value: "f64" }, "1.5"],
      [{ value: "externref" }],
      [{ value: "externref" }, undefined],
      [{ value: "externref" }, "x"],
      [{ value: "anyfunc" }],
      [{ value: "anyfunc" }, () => 0],
      [{ value: "anyfunc" }, null],
      [{ value: "v128" }],
      [{ value: "x" }],
      [{}],
      [],
      [null],
      [1],
      [{ value: "i32" }, 1n],
      [{ value: "i32" }, undefined],
      [{ value: { toString: () => "f64" } }, 2],
      [{ value: Symbol.iterator }],
    ].map((args) =>
      attempt(() => {
        const g = new w["Global"](...args);
        return [g.value, g.valueOf(), String(g)];
      }),
    ),
  "Global: set": (w) => {
    const fixed = new w["Global"]({ value: "i32" }, 1);
    const variable = new w["Global"]({ value: "i32", mutable: true }, 1);
    return [
      attempt(() => {
        fixed.value = 2;
      }),
      fixed.value,
      attempt(() => {
        variable.value = "7";
      }),
      variable.value,
      attempt(() => {
        variable.value = 1n;
      }),
      variable.value,
      attempt(() => {
        variable.value = undefined;
      }),
      variable.value,
    ];
  },
  "Global: exported": (w, m) => {
    const { i32, mi32, i64, f64, v128, f, fr, xr } = run(w, m.globals);
    return [
      i32.value,
      mi32.value,
      i64.value,
      f64.value,
      attempt(() => v128.value),
      attempt(() => {
        v128.value = 1;
      }),
      fr.value === f,
      attempt(() => {
        fr.value = null;
      }),
      fr.value,
      attempt(() => {
        fr.value = () => 0;
      }),
      attempt(() => {
        fr.value = f;
      }),
      fr.value === f,
      fr.valueOf() === f,
      xr.value,
      attempt(() => {
        xr.value = f;
      }),
      xr.value === f,
      attempt(() => {
        i32.value = 3;
      }),
      i32 instanceof w["Global"],
      i32.constructor === w["Global"],
    ];
  },
  "Global: imported values": (w, m) =>
    [
      { i32: 1, i64: 2n, f32: 0.1, ext: "x" },
      { i32: 1.5, i64: 2n, f32: 1, ext: undefined },
      { i32: "1", i64: 2n, f32: 1, ext: null },
      { i32: 1, i64: 2, f32: 1, ext: 1 },
      { i32: 1, i64: 2n, f32: 1n, ext: 1 },
    ].map((fields) =>
      attempt(() => {
        const e = run(w, m.importGlobals, { m: fields });
        return ["i32", "i64", "f32", "ext"].map((name) => e[name].value);
      }),
    ),

  // ---- Memory ----
  "Memory: descriptors": (w) =>
    [
      { initial: 1 },
      { initial: 1, maximum: 2 },
      { initial: 2, maximum: 1 },
      {},
      { initial: -1 },
      { initial: 65537 },
      { initial: "1" },
      { initial: 1, shared: true },
      null,
      1,
    ].map((descriptor) => attempt(() => new w["Memory"](descriptor).buffer.byteLength)),
  "Memory: exported": (w, m) => {
    const { mem } = run(w, m.memory);
    const before = mem.buffer;
    return [
      new TextDecoder().decode(new Uint8Array(before, 0, 3)),
      mem.grow(1),
      before.byteLength,
      mem.buffer.byteLength,
      attempt(() => mem.grow(5)),
      mem instanceof w["Memory"],
      mem.constructor === w["Memory"],
    ];
  },

  // ---- Tag and Exception ----
  "Tag: descriptors": (w) =>
    [
      { parameters: [] },
      { parameters: ["i32", "externref"] },
      { parameters: ["x"] },
      { parameters: [1] },
      { parameters: "i32" },
      { parameters: new Set(["i32"]) },
      { parameters: 1 },
      {},
      undefined,
      null,
      1,
      { parameters: null },
    ].map((descriptor) => attempt(() => String(new w["Tag"](descriptor)))),
  "Exception: made by JavaScript": (w) => {
    const tag = new w["Tag"]({ parameters: ["i32", "i64", "externref"] });
    const other = new w["Tag"]({ parameters: ["i32"] });
    const exception = new w["Exception"](tag, [1, 2n, "x"]);
    return [
      exception.is(tag),
      exception.is(other),
      exception.getArg(tag, 0),
      exception.getArg(tag, 1),
      exception.getArg(tag, 2),
      attempt(() => exception.getArg(tag, 3)),
      attempt(() => exception.getArg(other, 0)),
      attempt(() => exception.getArg(tag, -1)),
      attempt(() => exception.is({})),
      attempt(() => exception.getArg()),
      exception instanceof w["Exception"],
      exception instanceof Error,
      String(exception),
      exception.stack,
      typeof new w["Exception"](tag, [1, 2n, 3], { traceStack: true }).stack,
      ...[
        [tag, [1]],
        [tag, [1, 2, 3]],
        [tag],
        [{}, []],
        [tag, 5],
        [tag, [1, 2n, 3, 4]],
        [tag, new Set([1, 2n, 3])],
      ].map((args) => attempt(() => describe(new w["Exception"](...args)))),
    ];
  },
  "Exception: thrown by a guest": (w, m) => {
    const exports = run(w, m.exceptions);
    try {
      exports["throw"]();
      return "returned";
    } catch (error) {
      const exception = error as Namespace;
      return [
        exception instanceof w["Exception"],
        exception["is"](exports["e"]),
        exception["is"](exports["n"]),
        exception["getArg"](exports["e"], 0),
        exception["getArg"](exports["e"], 1),
        attempt(() => exception["getArg"](exports["n"], 0)),
      ];
    }
  },
  "Exception: through guests": (w, m) => {
    const tag = new w["Tag"]({ parameters: ["i32"] });
    const thrower = run(w, m.importTag, { m: { e: tag, f: () => 0 } });
    const catcher = (f: unknown, e: unknown = tag) => run(w, m.importTag, { m: { e, f } });
    const mine = new w["Exception"](tag, [9]);
    return [
      thrower["e"] === tag,
      catcher(() => thrower["throw"](5))["catch"](),
      catcher(() => {
        throw mine;
      })["catch"](),
      attempt(() =>
        catcher(() => {
          throw new SyntaxError("x");
        })["catch"](),
      ),
      attempt(() => catcher(() => thrower["throw"](5), new w["Tag"]({ parameters: ["i32"] }))["catch"]()),
      catcher(() => 0)["catch"](),
    ];
  },
  "Exception: identity through a guest": (w, m) => {
    const exception = new w["Exception"](new w["Tag"]({ parameters: [] }), []);
    try {
      run(w, m.importFunction, {
        m: {
          f: () => {
            throw exception;
          },
        },
      })["call"](1);
      return "returned";
    } catch (error) {
      return error === exception;
    }
  },

  // ---- GC objects ----
  "GC: opaque objects": (w, m) => {
    const { make, get, any, i31 } = run(w, m.gc);
    const object = make(7);
    return [
      get(object),
      any(object) === object,
      typeof object,
      Object.getPrototypeOf(object),
      attempt(() => {
        object.x = 1;
      }),
      attempt(() => get({})),
      attempt(() => get(null)),
      i31(-5),
      any(3),
      any("s"),
      any(null),
      get(run(w, m.gc)["make"](8)),
      Object.isFrozen(object),
    ];
  },
};
