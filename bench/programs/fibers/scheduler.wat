;; ../scheduler.wat with fibers.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 128))
  (table $entries funcref (elem $work))
  (global $done (mut i64) (i64.const 0))

  ;; The queue is a ring of $size addresses, in memory: the fibers from $first on, $waiting of them.
  (global $size (mut i32) (i32.const 0))
  (global $first (mut i32) (i32.const 0))
  (global $waiting (mut i32) (i32.const 0))

  (func $push (param $fiber i32)
    (local $at i32)
    (local.set $at (i32.add (global.get $first) (global.get $waiting)))
    (if (i32.ge_u (local.get $at) (global.get $size))
      (then (local.set $at (i32.sub (local.get $at) (global.get $size)))))
    (i32.store offset=1024 (i32.shl (local.get $at) (i32.const 2)) (local.get $fiber))
    (global.set $waiting (i32.add (global.get $waiting) (i32.const 1))))

  (func $pop (result i32)
    (local $fiber i32)
    (local.set $fiber (i32.load offset=1024 (i32.shl (global.get $first) (i32.const 2))))
    (global.set $first (i32.add (global.get $first) (i32.const 1)))
    (if (i32.eq (global.get $first) (global.get $size)) (then (global.set $first (i32.const 0))))
    (global.set $waiting (i32.sub (global.get $waiting) (i32.const 1)))
    (local.get $fiber))

  (func $work (export "fiber0") (param $turns i32) (param $value i32) (result i32)
    (loop $more
      (if (i32.eqz (local.get $turns)) (then (return (i32.const 0))))
      (global.set $done (i64.add (global.get $done) (i64.const 1)))
      (drop (call $fiber.suspend (i32.const 0)))
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br $more))
    (unreachable))

  (func (export "run") (param $count i32) (param $tasks i32) (result i64)
    (local $i i32)
    (local $fiber i32)
    (global.set $done (i64.const 0))
    (global.set $size (local.get $tasks))
    (global.set $first (i32.const 0))
    (loop $next
      (call $push (call $fiber.new (i32.const 0) (i32.div_u (local.get $count) (local.get $tasks))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $tasks))))
    (loop $next
      (if (global.get $waiting)
        (then
          (local.set $fiber (call $pop))
          (drop (call $fiber.resume (local.get $fiber) (i32.const 0)))
          (if (call $fiber.done (local.get $fiber))
            (then (call $fiber.free (local.get $fiber)))
            (else (call $push (local.get $fiber))))
          (br $next))))
    (global.get $done))
)
