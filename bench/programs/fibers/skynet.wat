;; ../skynet.wat with fibers. A report goes through $reported; a parent keeps its children on a stack of its own in memory.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 128))
  (table $entries funcref (elem $actor))
  (global $reported (mut i64) (i64.const 0))
  (global $children (mut i32) (i32.const 1024))

  (func $actor (export "fiber0") (param $number i32) (param $leaves i32) (result i32)
    (global.set $reported
      (if (result i64) (i32.eq (local.get $leaves) (i32.const 1))
        (then (i64.extend_i32_u (local.get $number)))
        (else (call $sum_of_children (local.get $number) (local.get $leaves)))))
    (call $fiber.suspend (i32.const 0)))

  (func $sum_of_children (param $number i32) (param $leaves i32) (result i64)
    (local $i i32)
    (local $sum i64)
    (local $child i32)
    (local $children i32)
    (local.set $children (global.get $children))
    (global.set $children (i32.add (local.get $children) (i32.const 40)))
    (local.set $leaves (i32.div_u (local.get $leaves) (i32.const 10)))
    (loop $next
      (local.set $child
        (call $fiber.new (i32.const 0)
          (i32.add (local.get $number) (i32.mul (local.get $i) (local.get $leaves)))))
      (drop (call $fiber.resume (local.get $child) (local.get $leaves)))
      (local.set $sum (i64.add (local.get $sum) (global.get $reported)))
      (i32.store (i32.add (local.get $children) (i32.shl (local.get $i) (i32.const 2))) (local.get $child))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 10))))
    (loop $next
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (local.set $child (i32.load (i32.add (local.get $children) (i32.shl (local.get $i) (i32.const 2)))))
      (drop (call $fiber.resume (local.get $child) (i32.const 0)))
      (call $fiber.free (local.get $child))
      (br_if $next (local.get $i)))
    (global.set $children (local.get $children))
    (local.get $sum))

  (func (export "run") (param $leaves i32) (result i64)
    (local $root i32)
    (local $sum i64)
    (local.set $root (call $fiber.new (i32.const 0) (i32.const 0)))
    (drop (call $fiber.resume (local.get $root) (local.get $leaves)))
    (local.set $sum (global.get $reported))
    (drop (call $fiber.resume (local.get $root) (i32.const 0)))
    (call $fiber.free (local.get $root))
    (local.get $sum))
)
