;; ../generator.wat with fibers.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 32768))
  (table $entries funcref (elem $produce))

  (func $produce (export "fiber0") (param $depth i32) (param $value i32) (result i32)
    (call $nest (local.get $depth)))

  (func $nest (param $depth i32) (result i32)
    (local $value i32)
    (if (i32.gt_s (local.get $depth) (i32.const 1))
      (then
        (return (i32.add (call $nest (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))))
    (loop $forever
      (drop (call $fiber.suspend (local.get $value)))
      (local.set $value (i32.add (local.get $value) (i32.const 1)))
      (br $forever))
    (unreachable))

  (func (export "run") (param $count i32) (param $depth i32) (result i64)
    (local $sum i64)
    (local $fiber i32)
    (local.set $fiber (call $fiber.new (i32.const 0) (local.get $depth)))
    (loop $more
      (if (local.get $count)
        (then
          (local.set $sum
            (i64.add (local.get $sum) (i64.extend_i32_u (call $fiber.resume (local.get $fiber) (i32.const 0)))))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more))))
    (call $fiber.free (local.get $fiber))
    (local.get $sum))
)
