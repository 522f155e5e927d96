/** What a guest has dropped is garbage, even if it has been in a frame or in the transfer area before. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { createWebAssembly } from "../../runtime/webassembly/index.ts";
import { parseText } from "../../wasm/text.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const GUEST = `(module
  (import "host" "take" (func $take (result externref)))
  (import "host" "is_garbage" (func $is_garbage (result i32)))
  (type $f (func (result i32)))
  (type $k (cont $f))
  (type $g (func (param externref) (result i32)))
  (type $l (cont $g))
  (type $h (func (param externref externref externref externref) (result i32)))
  (type $m (cont $h))
  (tag $t)
  (tag $give (param externref))
  (elem declare func $local $operand $argument $overflow $gives)
  (func $run (param $f (ref $f)) (result i32)
    (block $h (result (ref $k)) (resume $k (on $t $h) (cont.new $k (local.get $f))) (return))
    (resume $k))

  (func $local (type $f)
    (local $x externref)
    (local.set $x (call $take))
    (suspend $t)
    (drop (ref.is_null (local.get $x)))
    (local.set $x (ref.null extern))
    (call $is_garbage))
  (func (export "local") (result i32) (call $run (ref.func $local)))

  (func $operand (type $f)
    (call $take)
    (suspend $t)
    (drop)
    (call $is_garbage))
  (func (export "operand") (result i32) (call $run (ref.func $operand)))

  (func $argument (type $g)
    (local.set 0 (ref.null extern))
    (call $is_garbage))
  (func (export "argument") (result i32) (resume $l (call $take) (cont.new $l (ref.func $argument))))

  (func $overflow (type $h)
    (local.set 3 (ref.null extern))
    (call $is_garbage))
  (func (export "overflow") (result i32)
    (resume $m (ref.null extern) (ref.null extern) (ref.null extern) (call $take) (cont.new $m (ref.func $overflow))))

  (func $gives (type $f) (suspend $give (call $take)) (i32.const 0))
  (func (export "payload") (result i32)
    (block $h (result externref (ref $k))
      (resume $k (on $give $h) (cont.new $k (ref.func $gives)))
      (return))
    (drop)
    (drop)
    (call $is_garbage)))`;

test.each(["local", "operand", "argument", "overflow", "payload"])("%s", async (name) => {
  const wasm = createWebAssembly();
  const box: object[] = [{}];
  const weak = new WeakRef(box[0] as object);
  // A weak reference keeps what it refers to until its job is over.
  await new Promise((resolve) => setImmediate(resolve));
  const { instance } = await wasm.instantiate(await parseText(GUEST), {
    host: {
      take: () => box.pop(),
      is_garbage: () => {
        gc();
        return weak.deref() === undefined ? 1 : 0;
      },
    },
  });
  expect((instance.exports[name] as () => number)()).toBe(1);
});
