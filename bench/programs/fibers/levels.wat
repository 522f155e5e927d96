;; ../levels.wat with fibers: a fiber in between passes on what is not for it, both ways.
;;
;; A value that a fiber suspends with is 0 for "ask"; its result, the sum, is in $sum.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $nest))
  (global $sum (mut i64) (i64.const 0))

  (func $work (param $count i32)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return)))
      (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_u (call $fiber.suspend (i32.const 0)))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more)))

  (func $nest (export "fiber0") (param $levels i32) (param $count i32) (result i32)
    (local $fiber i32)
    (local $value i32)
    (if (i32.eqz (local.get $levels)) (then (call $work (local.get $count)) (return (i32.const 0))))
    (local.set $fiber (call $fiber.new (i32.const 0) (i32.sub (local.get $levels) (i32.const 1))))
    (local.set $value (call $fiber.resume (local.get $fiber) (local.get $count)))
    (loop $forward
      (if (i32.eqz (call $fiber.done (local.get $fiber)))
        (then
          (if (local.get $value) (then (unreachable)))
          (local.set $value (call $fiber.resume (local.get $fiber) (call $fiber.suspend (local.get $value))))
          (br $forward))))
    (call $fiber.free (local.get $fiber))
    (i32.const 0))

  (func (export "run") (param $count i32) (param $levels i32) (result i64)
    (local $fiber i32)
    (local $left i32)
    (global.set $sum (i64.const 0))
    (local.set $left (local.get $count))
    (local.set $fiber (call $fiber.new (i32.const 0) (local.get $levels)))
    (drop (call $fiber.resume (local.get $fiber) (local.get $count)))
    (loop $more
      (if (i32.eqz (call $fiber.done (local.get $fiber)))
        (then
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (drop (call $fiber.resume (local.get $fiber) (local.get $left)))
          (br $more))))
    (call $fiber.free (local.get $fiber))
    (global.get $sum))
)
