;; ../lifecycle.wat with fibers.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $finish $pause_and_finish))

  (func $finish (export "fiber0") (param $id i32) (param $value i32) (result i32)
    (i32.add (local.get $id) (i32.const 1)))
  (func $pause_and_finish (export "fiber1") (param $id i32) (param $value i32) (result i32)
    (drop (call $fiber.suspend (i32.const 0)))
    (i32.add (local.get $id) (i32.const 1)))

  (func (export "run") (param $count i32) (param $suspends i32) (result i64)
    (local $sum i64)
    (local $fiber i32)
    (local $value i32)
    (loop $more
      (if (local.get $count)
        (then
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (local.set $fiber (call $fiber.new (local.get $suspends) (local.get $count)))
          (local.set $value (call $fiber.resume (local.get $fiber) (i32.const 0)))
          (if (local.get $suspends)
            (then (local.set $value (call $fiber.resume (local.get $fiber) (i32.const 0)))))
          (call $fiber.free (local.get $fiber))
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $value))))
          (br $more))))
    (local.get $sum))
)
