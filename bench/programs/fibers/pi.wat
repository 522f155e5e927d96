;; ../pi.wat with fibers. Terms are handed over in a global; fibers are kept in memory.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 64))
  (table $entries funcref (elem $term))
  (global $sent (mut f64) (f64.const 0))

  (func $term (export "fiber0") (param $k i32) (param $value i32) (result i32)
    (global.set $sent
      (f64.div
        (select (f64.const -4) (f64.const 4) (i32.and (local.get $k) (i32.const 1)))
        (f64.convert_i32_u (i32.add (i32.shl (local.get $k) (i32.const 1)) (i32.const 1)))))
    (call $fiber.suspend (i32.const 0)))

  (func (export "run") (param $count i32) (result i64)
    (local $k i32)
    (local $sum f64)
    (local $fiber i32)
    (loop $next
      (local.set $fiber (call $fiber.new (i32.const 0) (local.get $k)))
      (drop (call $fiber.resume (local.get $fiber) (i32.const 0)))
      (local.set $sum (f64.add (local.get $sum) (global.get $sent)))
      (i32.store offset=1024 (i32.shl (local.get $k) (i32.const 2)) (local.get $fiber))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (local.get $count))))
    (loop $next
      (local.set $k (i32.sub (local.get $k) (i32.const 1)))
      (local.set $fiber (i32.load offset=1024 (i32.shl (local.get $k) (i32.const 2))))
      (drop (call $fiber.resume (local.get $fiber) (i32.const 0)))
      (call $fiber.free (local.get $fiber))
      (br_if $next (local.get $k)))
    (i64.trunc_f64_s (f64.nearest (f64.mul (local.get $sum) (f64.const 1e9)))))
)
