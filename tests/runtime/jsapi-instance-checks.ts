/** Checks of instances, imports, exported functions and function references. */
import {
  WRONG_BYTES,
  WRONG_IMPORTS,
  attempt,
  attemptClass,
  attributes,
  describe,
  importsWith,
  run,
  settleAll,
} from "./jsapi-outcomes.ts";
import type { Check, Namespace } from "./jsapi-outcomes.ts";

export const INSTANCE_CHECKS: Readonly<Record<string, Check>> = {
  // ---- Instance ----
  "Instance: object": (w, m) => {
    const instance = new w["Instance"](new w["Module"](m.functions));
    return [
      instance instanceof w["Instance"],
      Object.getPrototypeOf(instance) === w["Instance"].prototype,
      instance.exports === instance.exports,
      Reflect.ownKeys(instance),
      String(instance),
      attempt(() => {
        instance.exports = 1;
        return instance.exports !== 1;
      }),
    ];
  },
  "Instance: subclass": (w, m) => {
    class Sub extends w["Instance"] {}
    const instance = new (Sub as new (module: object) => Namespace)(new w["Module"](m.functions));
    return [instance instanceof Sub, instance["exports"].f(1, 2n)];
  },
  "Instance: exports object": (w, m) => {
    const exports = run(w, m.functions);
    return [
      Object.getPrototypeOf(exports),
      Object.isFrozen(exports),
      attributes(exports),
      Object.keys(exports),
      attempt(() => {
        exports["f"] = 1;
      }),
    ];
  },
  "Instance: wrong arguments": (w, m) =>
    [
      ...WRONG_BYTES.map((module) => () => new w["Instance"](module)),
      ...WRONG_IMPORTS.map((imports) => () => new w["Instance"](new w["Module"](m.empty), imports)),
      ...WRONG_IMPORTS.map((imports) => () => new w["Instance"](new w["Module"](m.imports), imports)),
      () => new w["Instance"](new w["Module"](m.imports)),
      () => new w["Instance"](new w["Module"](m.imports), {}),
      () => new w["Instance"](new w["Module"](m.imports), () => 0),
      ...[undefined, null, 1, "x", true, Symbol.iterator].map(
        (value) => () => new w["Instance"](new w["Module"](m.imports), { m: value }),
      ),
    ].map(attempt),
  "Instance: wrong imports": (w, m) =>
    Object.entries({
      f: [undefined, null, 1, {}, "f"],
      t: [
        undefined,
        null,
        {},
        [],
        new w["Memory"]({ initial: 1 }),
        new w["Table"]({ element: "externref", initial: 1 }),
        new w["Table"]({ element: "anyfunc", initial: 0 }),
      ],
      mem: [undefined, {}, new ArrayBuffer(65536), new w["Memory"]({ initial: 0 })],
      g: [
        undefined,
        null,
        "5",
        5n,
        {},
        new w["Global"]({ value: "i64" }, 1n),
        new w["Global"]({ value: "i32", mutable: true }, 1),
      ],
      mg: [
        undefined,
        6n,
        6,
        new w["Global"]({ value: "i64" }, 1n),
        new w["Global"]({ value: "i32", mutable: true }, 1),
      ],
      tag: [undefined, {}, new w["Tag"]({ parameters: [] }), new w["Tag"]({ parameters: ["i64"] })],
    }).flatMap(([name, values]) =>
      values.map((value) => attempt(() => run(w, m.imports, importsWith(w, { [name]: value }))["call"](1))),
    ),
  "Instance: good imports": (w, m) => {
    const imports = importsWith(w);
    const exports = run(w, m.imports, imports);
    const same = ["t", "mem", "mg", "tag"].map((name) => exports[name] === imports.m[name]);
    return [exports["call"](21), same, describe(exports["g"]), exports["g"].value, describe(exports["f"])];
  },
  "Instance: import order": (w, m) => {
    const log: string[] = [];
    const logged = (name: string, object: object): object =>
      new Proxy(object, {
        get(target, key) {
          log.push(`${name}.${String(key)}`);
          return Reflect.get(target, key);
        },
      });
    const { m: fields } = importsWith(w);
    run(w, m.imports, logged("imports", { m: logged("m", fields) }));
    return log;
  },
  "Instance: one name, two reads": (w, m) => {
    let reads = 0;
    const imports = {
      m: {
        get f() {
          const value = ++reads * 10;
          return () => value;
        },
      },
    };
    return [run(w, m.importTwice, imports)["call"](), reads];
  },
  "Instance: imports with prototypes, functions as modules": (w, m) => {
    const asFunction = Object.assign(() => 0, { f: (x: number) => x + 1 });
    return [
      run(w, m.importFunction, { m: Object.create({ f: (x: number) => -x }) })["call"](3),
      run(w, m.importFunction, { m: asFunction })["call"](3),
      run(w, m.importFunction, Object.create({ m: asFunction }))["call"](3),
    ];
  },
  "Instance: import of a class, a bound, an async function": (w, m) => [
    attempt(() => run(w, m.importFunction, { m: { f: class {} } })["call"](1)),
    run(w, m.importFunction, { m: { f: Math.max.bind(null, 7) } })["call"](1),
    attempt(() => run(w, m.importFunction, { m: { f: async () => 1 } })["call"](1)),
  ],
  "Instance: start": (w, m) => {
    let calls = 0;
    run(w, m.start, { m: { f: () => calls++ } });
    return calls;
  },
  "Instance: start that throws": (w, m) => [
    attempt(() =>
      run(w, m.start, {
        m: {
          f: () => {
            throw new SyntaxError("x");
          },
        },
      }),
    ),
    attempt(() =>
      run(w, m.start, {
        m: {
          f: () => {
            throw 7;
          },
        },
      }),
    ),
    attempt(() => run(w, m.startTraps)),
    attempt(() => run(w, m.segmentTraps)),
  ],

  "Instance: JS string builtins": async (w, m) => {
    const options = { builtins: ["js-string"], importedStringConstants: "'" };
    const seen: unknown[] = [];
    const imports = { m: { f: (x: number) => seen.push(x) } };
    // Used by hosts that do not know the options.
    const all = { ...imports, "wasm:js-string": { length: (s: string) => s.length }, "'": { hello: "hello" } };
    const module = new w["Module"](m.builtins, options);
    return [
      w["validate"](m.builtins, options),
      w["Module"].imports(module),
      new w["Instance"](module, all).exports.go(),
      attempt(() => new w["Instance"](module, imports).exports.go()),
      await settleAll([
        () => w["instantiate"](m.builtins, imports, options),
        () => w["instantiate"](m.builtins, imports),
      ]),
      seen,
    ];
  },

  // ---- Exported functions ----
  "function: objects": (w, m) => {
    const exports = run(w, m.functions);
    return Object.values(exports).map((fn) => [
      describe(fn),
      Object.getPrototypeOf(fn) === Function.prototype,
      Object.isExtensible(fn),
      attributes(fn as object),
    ]);
  },
  "function: identity": (w, m) => {
    const exports = run(w, m.functions);
    return [exports["f"] === exports["g"], exports["f"] === exports["many"], exports["f"] === run(w, m.functions)["f"]];
  },
  "function: no constructor": (w, m) => new (run(w, m.functions)["f"])(1, 2n),
  "function: arguments": (w, m) => {
    const { f, floats, ext } = run(w, m.functions);
    return [
      ...[
        [1, 2n],
        [1.9, 2n],
        ["3", 2n],
        [2 ** 32 + 5, -1n],
        [1, 2],
        [1],
        [],
        [1, "7"],
        [1, true],
        [Symbol.iterator, 1n],
        [1, 2n ** 64n],
        [1n, 1n],
        [{ valueOf: () => 8 }, 1n, "extra"],
      ].map((args) => attempt(() => f(...args))),
      ...[
        [0.1, 0.2],
        ["x", 1],
        [undefined, undefined],
        [1n, 1],
      ].map((args) => attempt(() => floats(...args))),
      ...[[1], [undefined], [null], [], ["s"], [() => 0]].map((args) => attempt(() => ext(...args))),
    ];
  },
  "function: conversion order": (w, m) => {
    const log: string[] = [];
    const logging = (name: string, value: unknown) => ({ valueOf: () => (log.push(name), value) });
    run(w, m.functions)["f"](logging("first", 1), logging("second", 2n));
    return log;
  },
  "function: results": (w, m) => [run(w, m.functions)["many"](), run(w, m.functions)["nothing"](1, 2)],
  "function: this does not matter": (w, m) => run(w, m.functions)["f"].call({ x: 1 }, 1, 2n),
  "function: v128": (w, m) => ["v", "vr"].map((name) => attempt(() => run(w, m.functions)[name](1))),
  "function: traps": (w, m) => {
    const { trap, div, recurse } = run(w, m.functions);
    return [
      attempt(() => trap()),
      attempt(() => div(0)),
      attempt(() => recurse()),
      attemptClass(w, () => trap()),
      div(1),
    ];
  },
  "import: arguments, this, results": (w, m) => {
    const seen: unknown[] = [];
    const f = function (this: unknown, ...args: unknown[]) {
      seen.push(this === undefined, args);
      return "12";
    };
    return [run(w, m.importFunction, { m: { f } })["call"](5), seen];
  },
  "import: several results": (w, m) =>
    [[1, 2n, "x"], [1, 2n], [1, 2n, 3, 4], new Set([1, 2n, 3]), 5, undefined, "abc", null, [1, 2, 3]].map((value) =>
      attempt(() => run(w, m.importMany, { m: { f: () => value } })["call"]()),
    ),
  "import: exceptions pass": (w, m) =>
    [new TypeError("x"), 1, undefined, "s"].map((value) =>
      attempt(() =>
        run(w, m.importFunction, {
          m: {
            f: () => {
              throw value;
            },
          },
        })["call"](1),
      ),
    ),
  "import: exported functions keep their identity": (w, m) => {
    const { div } = run(w, m.functions);
    const second = run(w, m.importFunction, { m: { f: div } });
    return [
      second["again"] === div,
      second["call"](1),
      attempt(() => second["call"](0)),
      attempt(() => run(w, m.importFunction, { m: { f: run(w, m.functions)["f"] } })),
    ];
  },
  "import: a JavaScript function is not what is exported": (w, m) => {
    const f = (x: number) => x;
    const { again } = run(w, m.importFunction, { m: { f } });
    return [again === f, describe(again), again(3)];
  },

  // ---- Function references ----
  "function references: identity and calls": (w, m) => {
    const exports = run(w, m.functionReferences, { m: { choose: (_: unknown, second: unknown) => second } });
    return [
      exports["get"]() === exports["f"],
      exports["id"](exports["f"]) === exports["f"],
      exports["id"](null),
      exports["call"](exports["f"]),
      exports["chosen"](),
      ...[1, undefined, {}, () => 1, "x"].map((value) => attempt(() => exports["id"](value))),
      attempt(() => exports["call"](null)),
    ];
  },
  "function references: between instances": (w, m) => {
    const first = run(w, m.functionReferences, { m: { choose: () => null } });
    const table = new w["Table"]({ element: "anyfunc", initial: 2 });
    table.set(0, first["f"]);
    const shared = run(w, m.sharedTable, { m: { t: table } });
    table.set(1, shared["indirect"]);
    return [
      shared["indirect"](0),
      table.get(0) === first["f"],
      table.get(1) === shared["indirect"],
      first["call"](table.get(0)),
      attempt(() => shared["indirect"](1)),
      attempt(() => first["chosen"]()),
    ];
  },
  "function references: import gets exported functions": (w, m) => {
    const seen: unknown[] = [];
    const exports = run(w, m.functionReferences, {
      m: { choose: (a: unknown, b: () => number) => (seen.push(a === exports["f"], b()), a) },
    });
    return [exports["chosen"](), seen];
  },
  "function references: wrong results of imports": (w, m) =>
    [1, undefined, () => 1, {}].map((value) =>
      attempt(() => run(w, m.functionReferences, { m: { choose: () => value } })["chosen"]()),
    ),
};
