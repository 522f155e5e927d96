;; ../deep.wat with fibers.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 0x100000))
  (table $entries funcref (elem $start))

  (func $descend (param $depth i32) (result i32)
    (if (i32.eqz (local.get $depth))
      (then
        (drop (call $fiber.suspend (i32.const 0)))
        (return (i32.const 0))))
    (i32.add (call $descend (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))
  (func $start (export "fiber0") (param $depth i32) (param $value i32) (result i32)
    (call $descend (local.get $depth)))

  (func (export "run") (param $count i32) (param $depth i32) (result i64)
    (local $sum i64)
    (local $fiber i32)
    (loop $more
      (if (local.get $count)
        (then
          (local.set $fiber (call $fiber.new (i32.const 0) (local.get $depth)))
          (drop (call $fiber.resume (local.get $fiber) (i32.const 0)))
          (local.set $sum
            (i64.add (local.get $sum) (i64.extend_i32_u (call $fiber.resume (local.get $fiber) (i32.const 0)))))
          (call $fiber.free (local.get $fiber))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more))))
    (local.get $sum))
)
