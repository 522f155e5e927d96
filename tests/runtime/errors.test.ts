import { expect, test } from "@jest/globals";
import { TRAPS } from "../../continuations/index.ts";
import {
  Engine,
  Instance,
  LinkError,
  Module,
  Store,
  TRAP_TEXTS,
  Trap,
  UnsupportedHostError,
  missingHostFeatures,
  trapCodes,
} from "../../runtime/index.ts";
import { parseText } from "../../wasm/text.ts";

const TRAPPING = `(module
  (type $f (func)) (type $i (func (result i32))) (type $s (struct (field i32))) (type $a (array i32)) (type $c (cont $f))
  (tag $t) (memory 1) (table $t 2 funcref) (elem (table $t) (i32.const 1) func $deep)
  (func $deep (export "call stack exhausted") (call $deep))
  (func (export "unreachable") unreachable)
  (func (export "integer divide by zero") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "integer overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "invalid conversion to integer") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "out of bounds memory access") (drop (i32.load (i32.const -1))))
  (func (export "undefined element") (call_indirect $t (type $f) (i32.const 7)))
  (func (export "out of bounds table access") (drop (table.get $t (i32.const 7))))
  (func (export "uninitialized element") (call_indirect $t (type $f) (i32.const 0)))
  (func (export "indirect call type mismatch") (drop (call_indirect $t (type $i) (i32.const 1))))
  (func (export "null reference") (drop (struct.get $s 0 (ref.null $s))))
  (func (export "cast failure") (drop (ref.cast (ref $s) (array.new_default $a (i32.const 1)))))
  (func (export "out of bounds array access") (drop (array.get $a (array.new_default $a (i32.const 1)) (i32.const 3))))
  (func (export "unhandled tag") (suspend $t))
  (func (export "null continuation reference") (resume $c (ref.null $c)))
  (func (export "continuation already consumed") (local $c (ref $c)) (local.set $c (cont.new $c (ref.func $nothing)))
    (resume $c (local.get $c)) (resume $c (local.get $c)))
  (func $nothing) (elem declare func $nothing))`;

const engine = new Engine();

async function instantiate(text: string, imports = {}): Promise<Instance> {
  return new Instance(new Store(engine), new Module(engine, await parseText(text)), imports);
}

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("every trap has its code among those of the host's message", async () => {
  const instance = await instantiate(TRAPPING);
  for (const text of Object.keys(instance.exports)) {
    const trap = caught(() => instance.call(text));
    expect(trap).toBeInstanceOf(Trap);
    const { code, message, hostMessage } = trap as Trap;
    expect(trapCodes(new WebAssembly.RuntimeError(hostMessage)).map((c) => TRAP_TEXTS[c])).toContain(text);
    expect(message).toBe(TRAP_TEXTS[code]);
  }
});

test("the machine's traps are in the table", () => {
  const texts = Object.values(TRAP_TEXTS);
  for (const text of Object.values(TRAPS)) expect(texts).toContain(text);
});

test.each([
  ["a message of no trap", new WebAssembly.RuntimeError("something else"), ["unknown"]],
  ["an error of JavaScript", new Error("unreachable"), []],
  ["no error", "unreachable", []],
  ["a RangeError of another kind", new RangeError("Invalid array length"), []],
  ["V8's full stack", new RangeError("Maximum call stack size exceeded"), ["call-stack-exhausted"]],
  [
    "JavaScriptCore's words",
    new WebAssembly.RuntimeError("Division by zero (evaluating 'f()')"),
    ["integer-divide-by-zero"],
  ],
  ["SpiderMonkey's words", new WebAssembly.RuntimeError("indirect call to null"), ["uninitialized-element"]],
])("trap codes: %s", (_, error, codes) => {
  expect(trapCodes(error)).toEqual(codes);
});

test("a trap of unknown words keeps them", () => {
  const trap = Trap.from(new WebAssembly.RuntimeError("something else"));
  expect([trap?.code, trap?.message]).toEqual(["unknown", "something else"]);
  expect(Trap.from(new Error("x"))).toBeUndefined();
  expect(Trap.from(trap)).toBe(trap);
});

test("exceptions are no traps", async () => {
  const instance = await instantiate(`(module (import "m" "f" (func $f)) (func (export "g") (call $f)))`, {
    m: {
      f: () => {
        throw new SyntaxError("mine");
      },
    },
  });
  expect(caught(() => instance.call("g"))).toBeInstanceOf(SyntaxError);
  expect(caught(() => instance.call("h"))).toBeInstanceOf(TypeError);
});

test("a missing import is named", async () => {
  const text = `(module (import "m" "f" (func)) (import "m" "g" (global i32)))`;
  const module = new Module(engine, await parseText(text));
  for (const [imports, field] of [
    [{}, "f"],
    [{ m: {} }, "f"],
    [{ m: { f: () => 0 } }, "g"],
  ] as const) {
    const error = caught(() => new Instance(new Store(engine), module, imports));
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ module: "m", field });
    expect((error as Error).message).toMatch(/^unknown import "m"/);
  }
  const wrong = caught(() => new Instance(new Store(engine), module, { m: { f: 1, g: 1 } }));
  expect((wrong as Error).message).toMatch(/^incompatible import type/);
});

test("a trap in the start function", async () => {
  await expect(instantiate("(module (func $s unreachable) (start $s))")).rejects.toMatchObject({ code: "unreachable" });
  await expect(instantiate('(module (memory 1) (data (i32.const 65536) "a"))')).rejects.toMatchObject({
    code: "memory-out-of-bounds",
  });
});

test("a module of another engine", async () => {
  const module = new Module(engine, await parseText("(module)"));
  expect(() => new Instance(new Store(new Engine()), module)).toThrow(TypeError);
});

test("a host below the floor", () => {
  expect(missingHostFeatures()).toEqual([]);
  const missing = missingHostFeatures(() => false);
  expect(missing).toHaveLength(4);
  const { message } = new UnsupportedHostError(missing);
  for (const feature of missing) expect(message).toContain(feature);
});
