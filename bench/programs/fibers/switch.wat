;; ../switch.wat with fibers.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $play))

  ;; The first argument is the other fiber; the fiber that has been made first does not know it yet.
  (global $second (mut i32) (i32.const 0))
  (func $play (export "fiber0") (param $other i32) (param $ball i32) (result i32)
    (local $switched i32)
    (if (i32.eqz (local.get $other)) (then (local.set $other (global.get $second))))
    (loop $again
      (if (i32.eqz (local.get $ball)) (then (return (local.get $switched))))
      (local.set $switched (i32.add (local.get $switched) (i32.const 1)))
      (local.set $ball (call $fiber.switch (local.get $other) (i32.sub (local.get $ball) (i32.const 1))))
      (br $again))
    (unreachable))

  (func (export "run") (param $count i32) (result i64)
    (local $first i32)
    (local $switched i32)
    (local.set $first (call $fiber.new (i32.const 0) (i32.const 0)))
    (global.set $second (call $fiber.new (i32.const 0) (local.get $first)))
    (local.set $switched (call $fiber.resume (local.get $first) (local.get $count)))
    (call $fiber.free (local.get $first))
    (call $fiber.free (global.get $second))
    (i64.extend_i32_u (local.get $switched)))
)
