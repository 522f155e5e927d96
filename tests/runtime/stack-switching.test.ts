/** Modules that switch stacks, seen from JavaScript: through a namespace, normally and under chaos. */
import { describe, expect, test } from "@jest/globals";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { parseText } from "../../wasm/text.ts";
import type { Namespace } from "./jsapi-outcomes.ts";

/** A generator of 0, 1, 2, ... and a consumer that asks the host what to do with each. */
const GENERATOR = `(module
  (type $f (func)) (type $c (cont $f))
  (import "m" "use" (func $use (param i32)))
  (tag $yield (export "yield") (param i32) (result i32))
  (func $count (type $f) (local $i i32)
    (loop $l (local.set $i (i32.add (local.get $i) (suspend $yield (local.get $i)))) (br_if $l (i32.lt_s (local.get $i) (i32.const 100)))))
  (elem declare func $count)
  (func (export "sum") (result i32) (local $c (ref null $c)) (local $sum i32) (local $v i32)
    (local.set $c (cont.new $c (ref.func $count)))
    (return (call $drain (local.get $c))))
  (type $cn (func (param i32))) (type $cc (cont $cn))
  (func $drain (param $c (ref null $c)) (result i32) (local $n (ref null $cc)) (local $v i32) (local $sum i32)
    (block $done
      (block $h (result i32 (ref $cc))
        (resume $c (on $yield $h) (local.get $c)) (br $done))
      (local.set $n) (local.set $v)
      (loop $l
        (call $use (local.get $v))
        (local.set $sum (i32.add (local.get $sum) (local.get $v)))
        (block $h (result i32 (ref $cc))
          (resume $cc (on $yield $h) (i32.const 7) (local.get $n)) (br $done))
        (local.set $n) (local.set $v)
        (br $l)))
    (local.get $sum)))`;

/** Suspends with an imported tag; knows nothing else of continuations. */
const SUSPENDER = `(module
  (import "m" "ask" (tag $ask (param i32) (result i32)))
  (func (export "ask") (param i32) (result i32) (i32.add (i32.const 1) (suspend $ask (local.get 0)))))`;

/** Calls an imported function: nothing of stack switching in it at all. */
const MIDDLE = `(module
  (import "m" "f" (func $f (param i32) (result i32)))
  (func (export "f") (param i32) (result i32) (i32.mul (i32.const 10) (call $f (local.get 0)))))`;

/** Runs an imported function in a continuation and answers its questions with the question plus 100. */
const ANSWERER = `(module
  (type $f (func (param i32) (result i32))) (type $c (cont $f))
  (import "m" "ask" (tag $ask (param i32) (result i32)))
  (import "m" "f" (func $f (type $f)))
  (elem declare func $f)
  (func (export "run") (param i32) (result i32) (local $c (ref null $c)) (local $q i32)
    (local.set $q (local.get 0))
    (local.set $c (cont.new $c (ref.func $f)))
    (loop $l (result i32)
      (block $h (result i32 (ref $c))
        (return (resume $c (on $ask $h) (local.get $q) (local.get $c))))
      (local.set $c)
      (local.set $q (i32.add (i32.const 100)))
      (br $l))))`;

const BOUNDARY = `(module
  (type $f (func (result i32))) (type $c (cont $f))
  (func $one (type $f) (i32.const 1)) (elem declare func $one)
  (global (export "g") (mut (ref null $c)) (ref.null $c))
  (table (export "t") 2 (ref null $c))
  (func (export "give") (result (ref null $c)) (ref.null $c))
  (func (export "take") (param (ref null $c)))
  (func (export "make") (global.set 0 (cont.new $c (ref.func $one))))
  (func (export "run") (result i32) (resume $c (global.get 0))))`;

const HOLDER = `(module
  (type $f (func (result i32))) (type $c (cont $f))
  (import "m" "g" (global $g (mut (ref null $c)))) (import "m" "t" (table 2 (ref null $c)))
  (func (export "run") (result i32) (resume $c (global.get $g)))
  (export "g" (global $g)) (export "t" (table 0)))`;

const UNHANDLED = `(module
  (type $f (func)) (type $c (cont $f)) (tag $t)
  (import "m" "js" (func $js))
  (func $suspend (export "suspend") (suspend $t))
  (func $call_js (call $js)) (elem declare func $suspend $call_js)
  (func (export "handled") (result i32) (block $h (result (ref $c)) (resume $c (on $t $h) (cont.new $c (ref.func $suspend))) (return (i32.const 0))) (drop) (i32.const 1))
  (func (export "across") (result i32) (block $h (result (ref $c)) (resume $c (on $t $h) (cont.new $c (ref.func $call_js))) (return (i32.const 0))) (drop) (i32.const 1))
  (func (export "catching") (result i32) (block $h (try_table (catch_all $h) (call $suspend)) (return (i32.const 0))) (i32.const 1))
  (func (export "twice") (local $c (ref $c)) (local.set $c (cont.new $c (ref.func $nothing))) (resume $c (local.get $c)) (resume $c (local.get $c)))
  (func (export "null") (resume $c (ref.null $c)))
  (func $nothing) (elem declare func $nothing))`;

async function instantiate(wasm: Namespace, text: string, m: object = {}): Promise<Namespace> {
  return new wasm["Instance"](new wasm["Module"](await parseText(text)), { m }).exports as Namespace;
}

describe.each([
  ["normally", {}],
  ["under chaos", { chaos: 1 }],
  ["under chaos with another seed", { chaos: 77 }],
])("%s", (_, options) => {
  const wasm = createWebAssembly(options) as unknown as Namespace;

  test("a generator", async () => {
    const used: number[] = [];
    const { sum } = await instantiate(wasm, GENERATOR, { use: (value: number) => used.push(value) });
    expect(sum()).toBe(105 * 7);
    expect(used).toEqual(Array.from({ length: 15 }, (_, i) => i * 7));
  });

  test("entering again from an import", async () => {
    let depth = 0;
    const exports: Namespace = await instantiate(wasm, GENERATOR, {
      use: (value: number) => {
        if (value !== 7 || depth === 3) return;
        depth++;
        expect(exports["sum"]()).toBe(735);
      },
    });
    expect(exports["sum"]()).toBe(735);
    expect(depth).toBe(3);
  });

  test("an exception of an import passes through continuations, and the store goes on", async () => {
    let fail = true;
    const { sum } = await instantiate(wasm, GENERATOR, {
      use: () => {
        if (fail) throw new SyntaxError("mine");
      },
    });
    expect(sum).toThrow(SyntaxError);
    fail = false;
    expect(sum()).toBe(735);
  });

  test("a tag with results that JavaScript makes, shared by modules", async () => {
    const ask = new wasm["Tag"]({ parameters: ["i32"], results: ["i32"] });
    expect(ask).toBeInstanceOf(wasm["Tag"]);
    const suspender = await instantiate(wasm, SUSPENDER, { ask });
    const middle = await instantiate(wasm, MIDDLE, { f: suspender["ask"] });
    const direct = await instantiate(wasm, ANSWERER, { ask, f: suspender["ask"] });
    const through = await instantiate(wasm, ANSWERER, { ask, f: middle["f"] });
    expect(direct["run"](5)).toBe(106);
    expect(through["run"](5)).toBe(1060);
  });

  test("a tag with results keeps its identity and its type", async () => {
    const exporter = `(module (tag (export "a") (param i32) (result i32)) (tag (export "b") (param i32) (result i32)) (tag (export "c") (result i32)))`;
    const { a, b, c } = await instantiate(wasm, exporter);
    const again = await instantiate(
      wasm,
      `(module (import "m" "ask" (tag (param i32) (result i32))) (export "a" (tag 0)))`,
      { ask: a },
    );
    expect(again["a"]).toBe(a);
    expect(a).not.toBe(b);
    const suspender = await instantiate(wasm, SUSPENDER, { ask: a });
    const right = await instantiate(wasm, ANSWERER, { ask: a, f: suspender["ask"] });
    expect(right["run"](1)).toBe(102);
    const wrong = await instantiate(wasm, ANSWERER, { ask: b, f: suspender["ask"] });
    expect(() => wrong["run"](1)).toThrow("unhandled tag");
    for (const ask of [
      c,
      new wasm["Tag"]({ parameters: ["i32"] }),
      new wasm["Tag"]({ parameters: ["i32"], results: ["i64"] }),
      {},
      undefined,
    ]) {
      await expect(instantiate(wasm, SUSPENDER, { ask })).rejects.toThrow(wasm["LinkError"]);
    }
    await expect(instantiate(wasm, `(module (import "m" "t" (tag (param i32))))`, { t: a })).rejects.toThrow(
      wasm["LinkError"],
    );
    await expect(instantiate(wasm, `(module (import "m" "t" (tag)))`, { t: c })).rejects.toThrow(wasm["LinkError"]);
    expect(() => new wasm["Exception"](a, [1])).toThrow(TypeError);
    expect(() => new wasm["Tag"]({ parameters: [], results: ["x"] })).toThrow(TypeError);
  });

  test("continuations do not cross, but their globals and tables do", async () => {
    const first = await instantiate(wasm, BOUNDARY);
    const second = await instantiate(wasm, HOLDER, { g: first["g"], t: first["t"] });
    expect(second["g"]).toBe(first["g"]);
    expect(second["t"]).toBe(first["t"]);
    first["make"]();
    expect(second["run"]()).toBe(1);
    expect(first["run"]).toThrow("continuation already consumed");
    const attempts = [
      () => first["give"](),
      () => first["take"](null),
      () => first["g"].value,
      () => first["g"].valueOf(),
      () => {
        first["g"].value = null;
      },
      () => first["t"].get(0),
      () => first["t"].set(0, null),
      () => first["t"].grow(1, null),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TypeError);
    expect(first["t"].length).toBe(2);
    await expect(instantiate(wasm, `(module (import "m" "g" (global contref)))`, { g: null })).rejects.toThrow(
      wasm["LinkError"],
    );
  });

  test("a suspension does not cross JavaScript", async () => {
    const exports: Namespace = await instantiate(wasm, UNHANDLED, { js: () => exports["suspend"]() });
    expect(exports["handled"]()).toBe(1);
    expect(exports["across"]).toThrow("unhandled tag");
    expect(exports["handled"]()).toBe(1);
  });

  test.each([
    ["suspend", "unhandled tag"],
    ["catching", "unhandled tag"],
    ["twice", "continuation already consumed"],
    ["null", "null continuation reference"],
  ])("%s traps: %s", async (name, message) => {
    const exports = await instantiate(wasm, UNHANDLED, { js: () => 0 });
    let error: unknown;
    try {
      exports[name]();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    expect((error as Error).message).toBe(message);
    expect((error as Error).stack).toContain(message);
    expect(exports["handled"]()).toBe(1);
  });

  test("a module shows the guest's imports, exports and sections", async () => {
    const text = `(module (import "m" "t" (tag (result i32))) (func (export "f")) (tag (export "u") (result i32)) (@custom "note" "x") (func $s) (start $s))`;
    const module = new wasm["Module"](await parseText(text));
    expect(wasm["Module"].imports(module)).toEqual([{ module: "m", name: "t", kind: "tag" }]);
    expect(wasm["Module"].exports(module)).toEqual([
      { name: "f", kind: "function" },
      { name: "u", kind: "tag" },
    ]);
    expect(wasm["Module"].customSections(module, "note").map((b: ArrayBuffer) => b.byteLength)).toEqual([1]);
    expect(() => wasm["Module"].customSections(module)).toThrow(TypeError);
    const t = new wasm["Tag"]({ parameters: [], results: ["i32"] });
    const { exports } = new wasm["Instance"](module, { m: { t } });
    expect(Object.keys(exports)).toEqual(["f", "u"]);
    expect(Object.isFrozen(exports)).toBe(true);
    expect([exports.f.name, exports.f.length, "prototype" in exports.f]).toEqual(["0", 0, false]);
  });

  test("a start function may switch stacks", async () => {
    const text = `(module
      (type $f (func)) (type $c (cont $f)) (tag $t) (global $n (export "n") (mut i32) (i32.const 0))
      (func $g (suspend $t) (global.set $n (i32.const 1))) (elem declare func $g)
      (func $s (block $h (result (ref $c)) (resume $c (on $t $h) (cont.new $c (ref.func $g))) (return)) (resume $c))
      (start $s))`;
    expect((await instantiate(wasm, text))["n"].value).toBe(1);
    const suspending = `(module (tag $t (param i32)) (func $s (suspend $t (i32.const 1))) (start $s))`;
    await expect(instantiate(wasm, suspending)).rejects.toThrow("unhandled tag");
  });

  test("functions that only references lead to", async () => {
    const text = `(module
      (type $f (func)) (type $c (cont $f)) (type $i (func (result i32)))
      (func $deep (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
      (func $id (param funcref) (result funcref) (call $nothing) (local.get 0)) (func $nothing)
      (func $cont (param (ref null $c)))
      (table (export "t") 3 funcref) (elem (i32.const 0) $deep $id $cont)
      (global (export "g") funcref (ref.func $deep))
      (func (export "get") (result funcref) (table.get (i32.const 1))))`;
    const { t, g, get } = await instantiate(wasm, text);
    expect(t.get(0)(20)).toBe(20);
    expect(g.value).toBe(t.get(0));
    expect(get()).toBe(t.get(1));
    expect(t.get(1)(t.get(0))).toBe(t.get(0));
    expect(() => t.get(1)(() => 0)).toThrow(TypeError);
    expect(() => t.get(2)(null)).toThrow(TypeError);
    expect(t.get(0).name).toBe("0");
  });

  test("an exception keeps function references in its payload", async () => {
    const text = `(module (type $f (func)) (type $c (cont $f)) (tag $e (export "e") (param funcref externref))
      (func $f (export "f")) (func (export "throw") (param externref) (throw $e (ref.func $f) (local.get 0))))`;
    const exports = await instantiate(wasm, text);
    let caught: Namespace | undefined;
    try {
      exports["throw"](exports["f"]);
    } catch (error) {
      caught = error as Namespace;
    }
    expect(caught).toBeInstanceOf(wasm["Exception"]);
    expect(caught?.["getArg"](exports["e"], 0)).toBe(exports["f"]);
    expect(caught?.["getArg"](exports["e"], 1)).toBe(exports["f"]);
    const mine = new wasm["Exception"](exports["e"], [exports["f"], 1]);
    expect(mine.getArg(exports["e"], 0)).toBe(exports["f"]);
  });
});

describe("namespaces", () => {
  test("do not share stores", async () => {
    const [a, b] = [createWebAssembly(), createWebAssembly()];
    const ask = new a["Tag"]({ parameters: ["i32"], results: ["i32"] });
    await expect(instantiate(b, SUSPENDER, { ask })).rejects.toThrow(b["LinkError"]);
    // A function of the one is a JavaScript function to the other: what it suspends stays on its own side.
    const suspender = await instantiate(a, SUSPENDER, { ask });
    const other = await instantiate(b, ANSWERER, {
      ask: new b["Tag"]({ parameters: ["i32"], results: ["i32"] }),
      f: suspender["ask"],
    });
    expect(() => other["run"](1)).toThrow("unhandled tag");
  });

  test("take the host's modules, instances and objects", async () => {
    const wasm = createWebAssembly() as unknown as Namespace;
    const bytes = await parseText(MIDDLE);
    const hostModule = new WebAssembly.Module(bytes);
    const imports = { m: { f: (x: number) => x + 1 } };
    expect(new wasm["Instance"](hostModule, imports).exports.f(1)).toBe(20);
    expect((await wasm["instantiate"](hostModule, imports)).exports.f(1)).toBe(20);
    expect(hostModule).toBeInstanceOf(wasm["Module"]);
    expect(new wasm["Module"](bytes)).toBeInstanceOf(WebAssembly.Module);
    expect(new WebAssembly.Instance(new wasm["Module"](bytes), imports)).toBeInstanceOf(wasm["Instance"]);
    const ours = new wasm["Table"]({ element: "anyfunc", initial: 1 });
    const theirs = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
    for (const t of [ours, theirs]) {
      const { exports } = new wasm["Instance"](
        new wasm["Module"](await parseText(`(module (import "m" "t" (table 1 funcref)) (export "t" (table 0)))`)),
        { m: { t } },
      );
      expect(exports.t).toBe(t);
    }
    for (const name of ["CompileError", "LinkError", "RuntimeError", "Memory"]) {
      expect(wasm[name]).toBe(Reflect.get(WebAssembly, name));
    }
  });

  test("say what is wrong with a module in the official words first", () => {
    const wasm = createWebAssembly();
    const cases: readonly (readonly [number[], RegExp])[] = [
      [[0x00, 0x61, 0x73, 0x6e], /^magic header not detected/],
      [[0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0], /^unknown binary version/],
      [[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 3, 2, 1, 0], /^unknown type|^function and code section/],
    ];
    for (const [bytes, message] of cases) {
      let error: unknown;
      try {
        new wasm.Module(new Uint8Array(bytes));
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(WebAssembly.CompileError);
      expect((error as Error).message).toMatch(message);
    }
  });

  test("refuse options that contradict each other", () => {
    expect(() => createWebAssembly({ chaos: 1, backend: "native" })).toThrow(TypeError);
    expect(() => createWebAssembly({ chaos: 0.5 })).toThrow(TypeError);
    expect(() => createWebAssembly({ backend: "other" as "native" })).toThrow(TypeError);
  });
});
