/** The modules that the JavaScript API checks use. */
import { parseText } from "../../wasm/text.ts";

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
