/**
 * Checks of the JavaScript API, run against the host's namespace and ours; the outcomes have to be equal (webassembly.test.ts).
 *
 * A check returns a value or throws; what counts is described by {@link describe}: the value, or the error's class.
 */
import { parseText } from "../../wasm/text.ts";

/** A namespace, whichever it is, as loosely typed as the misuse that is tried on it. */
// oxlint-disable-next-line typescript/no-explicit-any -- wrong arguments are the point
export type Namespace = Record<string, any>;

export type Check = (wasm: Namespace, modules: TestModules) => unknown;

const TEXTS = {
  empty: "(module)",
  functions: `(module
    (func $f (export "f") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
    (func (export "many") (result i32 f64 i64) (i32.const 1) (f64.const 2.5) (i64.const 3))
    (func (export "nothing"))
    (func (export "floats") (param f32 f64) (result f32) (f32.add (local.get 0) (f32.demote_f64 (local.get 1))))
    (func (export "ext") (param externref) (result externref) (local.get 0))
    (func (export "v") (param v128))
    (func (export "vr") (result v128) (v128.const i32x4 0 0 0 0))
    (func (export "trap") unreachable)
    (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $r (export "recurse") (call $r))
    (export "g" (func $f)))`,
  imports: `(module
    (import "m" "f" (func $f (param i32) (result i32)))
    (import "m" "t" (table 1 funcref))
    (import "m" "mem" (memory 1))
    (import "m" "g" (global i32))
    (import "m" "mg" (global (mut i64)))
    (import "m" "tag" (tag (param i32)))
    (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
    (export "f" (func $f)) (export "t" (table 0)) (export "mem" (memory 0)) (export "g" (global 0))
    (export "mg" (global 1)) (export "tag" (tag 0)))`,
  importFunction: `(module (import "m" "f" (func $f (param i32) (result i32)))
    (func (export "call") (param i32) (result i32) (call $f (local.get 0))) (export "again" (func $f)))`,
  importTwice: `(module (import "m" "f" (func $a (result i32))) (import "m" "f" (func $b (result i32)))
    (func (export "call") (result i32) (i32.sub (call $a) (call $b))))`,
  importMany: `(module (import "m" "f" (func $f (result i32 i64 externref)))
    (func (export "call") (result i32 i64 externref) (call $f)))`,
  importGlobals: `(module (import "m" "i32" (global i32)) (import "m" "i64" (global i64)) (import "m" "f32" (global f32))
    (import "m" "ext" (global externref))
    (export "i32" (global 0)) (export "i64" (global 1)) (export "f32" (global 2)) (export "ext" (global 3)))`,
  tables: `(module
    (func $f (export "f") (result i32) (i32.const 42)) (func $g (result i32) (i32.const 43))
    (table (export "t") 4 8 funcref) (elem (i32.const 0) $f $g $f)
    (table (export "e") 2 externref)
    (table $private 2 funcref) (elem (table $private) (i32.const 0) func $f $g)
    (type $i (func (result i32)))
    (func (export "indirect") (param i32) (result i32) (call_indirect $private (type $i) (local.get 0))))`,
  globals: `(module
    (global (export "i32") i32 (i32.const 7)) (global (export "mi32") (mut i32) (i32.const 8))
    (global (export "i64") (mut i64) (i64.const 9)) (global (export "f64") (mut f64) (f64.const 1.5))
    (global (export "v128") (mut v128) (v128.const i32x4 0 0 0 0))
    (func $f (export "f")) (global (export "fr") (mut funcref) (ref.func $f))
    (global (export "xr") (mut externref) (ref.null extern)))`,
  memory: `(module (memory (export "mem") 1 3) (data (i32.const 0) "abc"))`,
  exceptions: `(module
    (tag $e (export "e") (param i32 f64)) (tag $n (export "n"))
    (func (export "throw") (throw $e (i32.const 3) (f64.const 4.5)))
    (func (export "none") (throw $n)))`,
  importTag: `(module (import "m" "e" (tag $e (param i32))) (import "m" "f" (func $f))
    (func (export "catch") (result i32) (block $h (result i32) (try_table (catch $e $h) (call $f)) (i32.const -1)))
    (func (export "throw") (param i32) (throw $e (local.get 0)))
    (export "e" (tag $e)))`,
  start: `(module (import "m" "f" (func $f)) (func $s (call $f)) (start $s) (export "s" (func $s)))`,
  startTraps: `(module (func $s unreachable) (start $s))`,
  segmentTraps: `(module (memory 1) (data (i32.const 65535) "ab"))`,
  functionReferences: `(module
    (type $i (func (result i32)))
    (import "m" "choose" (func $choose (param funcref funcref) (result funcref)))
    (func $f (export "f") (result i32) (i32.const 1))
    (func (export "id") (param funcref) (result funcref) (local.get 0))
    (func (export "get") (result funcref) (ref.func $f))
    (func (export "call") (param funcref) (result i32) (call_ref $i (ref.cast (ref $i) (local.get 0))))
    (func $g (result i32) (i32.const 2)) (elem declare func $f $g)
    (func (export "chosen") (result i32) (call_ref $i (ref.cast (ref $i) (call $choose (ref.func $f) (ref.func $g))))))`,
  sharedTable: `(module (import "m" "t" (table 2 funcref)) (type $i (func (result i32)))
    (func (export "indirect") (param i32) (result i32) (call_indirect (type $i) (local.get 0))))`,
  gc: `(module (type $s (struct (field i32)))
    (func (export "make") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
    (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
    (func (export "any") (param anyref) (result anyref) (local.get 0))
    (func (export "i31") (param i32) (result anyref) (ref.i31 (local.get 0))))`,
  builtins: `(module (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
    (import "'" "hello" (global $hello (ref extern))) (import "m" "f" (func $f (param i32)))
    (func (export "go") (result externref) (call $f (call $length (global.get $hello))) (global.get $hello)))`,
  sections: `(module (@custom "a" "xyz") (func) (@custom "b" "1") (@custom "a" "second"))`,
} as const;

export type TestModules = Readonly<Record<keyof typeof TEXTS, Uint8Array<ArrayBuffer>>>;

export async function testModules(): Promise<TestModules> {
  const entries = await Promise.all(Object.entries(TEXTS).map(async ([name, text]) => [name, await parseText(text)]));
  return Object.fromEntries(entries) as TestModules;
}

/** An instance of `bytes`. */
function run(wasm: Namespace, bytes: Uint8Array<ArrayBuffer>, imports?: unknown): Namespace {
  return new wasm["Instance"](new wasm["Module"](bytes), imports).exports as Namespace;
}

/** Good imports for `imports`, changed by `changes`. */
function importsWith(wasm: Namespace, changes: Record<string, unknown> = {}): { m: Namespace } {
  return {
    m: {
      f: (x: number) => x * 2,
      t: new wasm["Table"]({ element: "anyfunc", initial: 1 }),
      mem: new wasm["Memory"]({ initial: 1 }),
      g: 5,
      mg: new wasm["Global"]({ value: "i64", mutable: true }, 6n),
      tag: new wasm["Tag"]({ parameters: ["i32"] }),
      ...changes,
    },
  };
}

/** Old versions of V8 give exported functions what sloppy functions have. */
const LEGACY_KEYS: readonly PropertyKey[] = Object.freeze(["arguments", "caller"]);

/** The attributes of the own properties of an object, in the order of their names. */
function attributes(object: object): [name: string, ...rest: unknown[]][] {
  return Reflect.ownKeys(object)
    .filter((key) => key !== Symbol.hasInstance && !LEGACY_KEYS.includes(key))
    .map((key): [string, ...unknown[]] => {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
      const describeFunction = (fn: unknown) =>
        typeof fn === "function" ? [fn.name, fn.length, "prototype" in fn] : typeof fn;
      return [String(key), flags, describeFunction(value), describeFunction(get), describeFunction(set)];
    })
    .sort(([a], [b]) => a.localeCompare(b));
}

function attempt(action: () => unknown): unknown {
  try {
    return describe(action());
  } catch (error) {
    return describeError(error);
  }
}

/** A value as far as it has to be the same on both sides. */
export function describe(value: unknown): unknown {
  if (typeof value === "function") {
    return {
      function: value.name,
      length: value.length,
      constructor: "prototype" in value,
      keys: Reflect.ownKeys(value)
        .filter((key) => !LEGACY_KEYS.includes(key))
        .map(String)
        .sort(),
    };
  }
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
  if (Array.isArray(value)) return value.map(describe);
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Object]")
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, describe(inner)]));
  return { tag, frozen: Object.isFrozen(value) };
}

/** An error's class, and for those that carry values in their messages no more: engines word them as they like. */
export function describeError(error: unknown): unknown {
  if (error instanceof Error) return { threw: error.name };
  return { threw: describe(error) };
}

const WRONG_BYTES = [undefined, null, 1, "x", {}, [], Symbol.iterator, () => 0];
const WRONG_IMPORTS = [null, 1, "x", Symbol.iterator, true];

/** The classes that both namespaces have. */
const CLASSES = [
  "Module",
  "Instance",
  "Memory",
  "Table",
  "Global",
  "Tag",
  "Exception",
  "CompileError",
  "LinkError",
  "RuntimeError",
];

export const CHECKS: Readonly<Record<string, Check>> = {
  // ---- The namespace ----
  "namespace: tag, prototype": (w) => [
    String(w),
    Object.getPrototypeOf(w) === Object.prototype,
    Object.isExtensible(w),
  ],
  // SuspendError is ours where the host has no promise integration.
  "namespace: own properties": (w) => attributes(w).filter(([name]) => name !== "SuspendError"),
  ...Object.fromEntries(
    CLASSES.flatMap((name): [string, Check][] => [
      [`${name}: attributes`, (w) => [attributes(w[name]), attributes(w[name].prototype)]],
      [`${name}: only with new`, (w) => w[name]({})],
      [`${name}: no arguments`, (w) => new w[name]()],
      [`${name}: prototype is its prototype's`, (w) => w[name].prototype.constructor === w[name]],
      [`${name}: tag`, (w) => Object.prototype.toString.call(w[name].prototype)],
    ]),
  ),
  "errors: classes": (w) =>
    ["CompileError", "LinkError", "RuntimeError"].map((name) => {
      const error = new w[name]("text", { cause: 1 });
      return [error.name, error.message, error instanceof Error, error instanceof w[name], error.cause, String(error)];
    }),
  "methods on the wrong objects": (w) =>
    [
      () => w["Table"].prototype.get.call({}, 0),
      () => w["Table"].prototype.set.call(1, 0),
      () => w["Table"].prototype.grow.call(null, 0),
      () => Reflect.get(w["Table"].prototype, "length"),
      () => Reflect.get(w["Global"].prototype, "value"),
      () => w["Global"].prototype.valueOf.call({}),
      () => Reflect.get(w["Instance"].prototype, "exports"),
      () => Reflect.get(w["Memory"].prototype, "buffer"),
      () => w["Exception"].prototype.getArg.call({}, null, 0),
      () => w["Exception"].prototype.is.call({}, null),
    ].map(attempt),

  // ---- Module ----
  "Module: from kinds of buffers": (w, m) => {
    const padded = new Uint8Array(m.empty.length + 3);
    padded.set(m.empty, 2);
    return [m.empty.buffer, m.empty, padded.subarray(2, -1), new Uint16Array(m.empty.buffer)].map((bytes) =>
      describe(new w["Module"](bytes)),
    );
  },
  "Module: wrong arguments": (w) => WRONG_BYTES.map((bytes) => attempt(() => new w["Module"](bytes))),
  "Module: malformed": (w, m) =>
    [new Uint8Array(), new Uint8Array(8), m.functions.subarray(0, -1), new Uint8Array([...m.empty, 1])].map((bytes) =>
      attempt(() => new w["Module"](bytes)),
    ),
  "Module: instanceof, keys": (w, m) => {
    const module = new w["Module"](m.empty);
    return [
      module instanceof w["Module"],
      Reflect.ownKeys(module),
      Object.getPrototypeOf(module) === w["Module"].prototype,
    ];
  },
  "Module: subclass": (w, m) => {
    class Sub extends w["Module"] {
      field = 1;
    }
    const module = new (Sub as new (bytes: Uint8Array) => Namespace)(m.empty);
    return [module instanceof Sub, module instanceof w["Module"], module["field"], describe(new w["Instance"](module))];
  },
  "Module: bytes are copied": (w, m) => {
    const bytes = m.importFunction.slice();
    const module = new w["Module"](bytes);
    bytes.fill(0);
    return new w["Instance"](module, { m: { f: (x: number) => x + 1 } }).exports.call(1);
  },
  "Module.exports": (w, m) =>
    [m.functions, m.tables, m.imports, m.exceptions].map((bytes) => w["Module"].exports(new w["Module"](bytes))),
  "Module.imports": (w, m) =>
    [m.functions, m.imports, m.importTwice].map((bytes) => w["Module"].imports(new w["Module"](bytes))),
  "Module.customSections": (w, m) => {
    const module = new w["Module"](m.sections);
    const read = (name: unknown) =>
      w["Module"].customSections(module, name).map((b: ArrayBuffer) => new TextDecoder().decode(b));
    return [
      read("a"),
      read("b"),
      read("c"),
      read(""),
      attempt(() => read(undefined)),
      attempt(() => w["Module"].customSections(module)),
    ];
  },
  "Module statics: wrong arguments": (w) =>
    [undefined, null, {}, 1].flatMap((x) =>
      ["exports", "imports", "customSections"].map((f) => attempt(() => w["Module"][f](x, ""))),
    ),

  // ---- validate, compile, instantiate ----
  validate: (w, m) =>
    [m.empty, m.imports, new Uint8Array(), m.functions.subarray(0, -1), m.gc].map((b) => w["validate"](b)),
  "validate: wrong arguments": (w) => WRONG_BYTES.map((bytes) => attempt(() => w["validate"](bytes))),
  "functions as methods of nothing": async (w, m) => {
    const { validate, compile, instantiate } = w;
    return [validate(m.empty), describe(await compile(m.empty)), describe(await instantiate(m.empty))];
  },
  compile: async (w, m) => {
    const module = await w["compile"](m.functions);
    return [module instanceof w["Module"], describe(module), w["compile"](m.empty) instanceof Promise];
  },
  "compile: wrong arguments": (w) => settleAll(WRONG_BYTES.map((bytes) => () => w["compile"](bytes))),
  "compile: malformed": (w, m) =>
    settleAll([() => w["compile"](new Uint8Array()), () => w["compile"](m.functions.subarray(0, -1))]),
  "instantiate: bytes": async (w, m) => {
    const result = await w["instantiate"](m.imports, importsWith(w));
    return [
      Object.keys(result).sort(),
      result.module instanceof w["Module"],
      result.instance instanceof w["Instance"],
      result.instance.exports.call(4),
    ];
  },
  "instantiate: module": async (w, m) => {
    const instance = await w["instantiate"](new w["Module"](m.imports), importsWith(w));
    return [instance instanceof w["Instance"], Object.keys(instance.exports), instance.exports.call(4)];
  },
  "instantiate: wrong arguments": (w, m) =>
    settleAll([
      ...WRONG_BYTES.map((bytes) => () => w["instantiate"](bytes)),
      ...WRONG_IMPORTS.map((imports) => () => w["instantiate"](m.empty, imports)),
      ...WRONG_IMPORTS.map((imports) => () => w["instantiate"](new w["Module"](m.empty), imports)),
      () => w["instantiate"](m.imports),
      () => w["instantiate"](m.imports, {}),
      () => w["instantiate"](m.imports, { m: 1 }),
      () => w["instantiate"](m.imports, { m: {} }),
      () => w["instantiate"](m.startTraps),
      () => w["instantiate"](m.segmentTraps),
      () => w["instantiate"](new Uint8Array(3), null),
      () => w["instantiate"](new Uint8Array(3)),
    ]),
  "instantiate: exceptions of getters reject": (w, m) =>
    settleAll([
      () =>
        w["instantiate"](m.imports, {
          get m() {
            throw new RangeError("mine");
          },
        }),
    ]),

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

/** Which of the namespace's error classes was thrown, and that the host's class is the same one. */
function attemptClass(wasm: Namespace, action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return ["CompileError", "LinkError", "RuntimeError"].filter((name) => error instanceof wasm[name]);
  }
}

/** The outcomes of promises; a function that throws instead of rejecting is told apart. */
async function settleAll(actions: readonly (() => unknown)[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const action of actions) {
    try {
      outcomes.push(
        await Promise.resolve(action()).then(
          (value: unknown) => ["resolved", describe(value)],
          (error: unknown) => ["rejected", describeError(error)],
        ),
      );
    } catch (error) {
      outcomes.push(["thrown", describeError(error)]);
    }
  }
  return outcomes;
}
