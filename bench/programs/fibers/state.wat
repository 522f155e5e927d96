;; ../state.wat with fibers: -1 is $get, any other value a $put of it.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $count_up))

  (func $count_up (export "fiber0") (param $turns i32) (param $value i32) (result i32)
    (loop $more
      (if (i32.eqz (local.get $turns)) (then (return (i32.const 0))))
      (drop (call $fiber.suspend (i32.add (call $fiber.suspend (i32.const -1)) (i32.const 1))))
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br $more))
    (unreachable))

  (func (export "run") (param $count i32) (result i64)
    (local $fiber i32)
    (local $cell i32)
    (local $request i32)
    (local.set $fiber (call $fiber.new (i32.const 0) (i32.shr_u (local.get $count) (i32.const 1))))
    (local.set $request (call $fiber.resume (local.get $fiber) (i32.const 0)))
    (loop $answer
      (if (i32.eqz (call $fiber.done (local.get $fiber)))
        (then
          (if (i32.ne (local.get $request) (i32.const -1)) (then (local.set $cell (local.get $request))))
          (local.set $request (call $fiber.resume (local.get $fiber) (local.get $cell)))
          (br $answer))))
    (call $fiber.free (local.get $fiber))
    (i64.extend_i32_u (local.get $cell)))
)
