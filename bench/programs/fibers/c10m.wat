;; ../c10m.wat with fibers. The slots are in memory, for up to 1,000,000 requests.
(module
  ;; fibers
  (memory $memory (export "memory") 64 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x400000))
  (global $stack_size (export "stack_size") i32 (i32.const 64))
  (table $entries funcref (elem $serve))

  (func $serve (export "fiber0") (param $id i32) (param $value i32) (result i32)
    (drop (call $fiber.suspend (i32.const 0)))
    (i32.add (local.get $id) (i32.const 1)))

  (func (export "run") (param $count i32) (param $live i32) (result i64)
    (local $id i32)
    (local $slot i32)
    (local $sum i64)
    (local $waiting i32)
    (loop $next
      (local.set $waiting (i32.load offset=1024 (i32.shl (local.get $slot) (i32.const 2))))
      (if (local.get $waiting)
        (then
          (local.set $sum
            (i64.add (local.get $sum)
              (i64.extend_i32_u (call $fiber.resume (local.get $waiting) (i32.const 0)))))
          (call $fiber.free (local.get $waiting))))
      (local.set $waiting (i32.const 0))
      (if (i32.lt_u (local.get $id) (local.get $count))
        (then
          (local.set $waiting (call $fiber.new (i32.const 0) (local.get $id)))
          (drop (call $fiber.resume (local.get $waiting) (i32.const 0)))))
      (i32.store offset=1024 (i32.shl (local.get $slot) (i32.const 2)) (local.get $waiting))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (if (i32.eq (local.get $slot) (local.get $live)) (then (local.set $slot (i32.const 0))))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $id) (i32.add (local.get $count) (local.get $live)))))
    (local.get $sum))
)
