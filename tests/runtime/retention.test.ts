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
    (call $is_garbage))

  ;; What has switched away, or was switched to and has suspended, and is dropped then.
  (rec (type $q (func (param (ref null $kq)) (result i32))) (type $kq (cont $q)))
  (tag $swap (result i32))
  (tag $wait (result (ref null $kq)))
  (elem declare func $switches $there $takes-turns $turns $waits $suspends $partner $other)
  (func $use (param externref))
  (func $run-q (param $f (ref $q)) (result i32)
    (resume $kq (on $swap switch) (ref.null $kq) (cont.new $kq (local.get $f))))
  (func $there (type $q) (local.set 0 (ref.null $kq)) (call $is_garbage))
  (func $switches (type $q) (local $x externref)
    (local.set $x (call $take))
    (drop (switch $kq $swap (cont.new $kq (ref.func $there))))
    (call $use (local.get $x))
    (unreachable))
  (func (export "switched away") (result i32) (call $run-q (ref.func $switches)))

  (func $takes-turns (type $q) (local $x externref) (local $k (ref null $kq)) (local $n i32)
    (local.set $x (call $take))
    (local.set $k (cont.new $kq (ref.func $turns)))
    (loop $next
      (switch $kq $swap (local.get $k))
      (local.set $k)
      (br_if $next (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9))))
    (call $use (local.get $x))
    (unreachable))
  (func $turns (type $q) (local $n i32)
    (loop $next
      (switch $kq $swap (local.get 0))
      (local.set 0)
      (br_if $next (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
    (local.set 0 (ref.null $kq))
    (call $is_garbage))
  (func (export "switched away again") (result i32) (call $run-q (ref.func $takes-turns)))

  (func $waits (type $q) (local $x externref)
    (local.set $x (call $take))
    (drop (suspend $wait))
    (drop (switch $kq $swap (cont.new $kq (ref.func $there))))
    (call $use (local.get $x))
    (unreachable))
  (func (export "resumed, then switched away") (result i32)
    (block $on_wait (result (ref $kq))
      (resume $kq (on $wait $on_wait) (ref.null $kq) (cont.new $kq (ref.func $waits)))
      (return))
    (return_call $go-on))
  (func $go-on (param $k (ref null $kq)) (result i32)
    (resume $kq (on $swap switch) (ref.null $kq) (local.get $k)))

  (func $suspends (type $q) (local $x externref)
    (local.set 0 (switch $kq $swap (local.get 0)))
    (local.set $x (call $take))
    (drop (suspend $wait))
    (call $use (local.get $x))
    (unreachable))
  (func $partner (type $q) (local $k (ref null $kq))
    (switch $kq $swap (cont.new $kq (ref.func $suspends)))
    (local.set $k)
    (drop (switch $kq $swap (local.get $k)))
    (unreachable))
  (func $other (type $q) (call $is_garbage))
  (func $drops-it
    (block $on_wait (result (ref $kq))
      (resume $kq (on $wait $on_wait) (on $swap switch) (ref.null $kq) (cont.new $kq (ref.func $partner)))
      (unreachable))
    (drop))
  (func (export "switched to, then suspended") (result i32)
    (call $drops-it)
    ;; A stack keeps what was suspended on it last.
    (call $run-q (ref.func $other))))`;

const NAMES = [
  "local",
  "operand",
  "argument",
  "overflow",
  "payload",
  "switched away",
  "switched away again",
  "resumed, then switched away",
  "switched to, then suspended",
];

test.each(NAMES)("%s", async (name) => {
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
