/** Checks of the namespace, of modules, and of functions that compile. */
import { WRONG_BYTES, WRONG_IMPORTS, attempt, attributes, describe, importsWith, settleAll } from "./jsapi-outcomes.ts";
import type { Check, Namespace } from "./jsapi-outcomes.ts";

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

export const NAMESPACE_CHECKS: Readonly<Record<string, Check>> = {
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
};
