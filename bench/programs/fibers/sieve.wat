;; ../sieve.wat with fibers. Those of the chain are kept in memory, to be freed at the end.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $numbers $sift))

  (func $numbers (export "fiber0") (param $argument i32) (param $value i32) (result i32)
    (local $n i32)
    (local.set $n (i32.const 2))
    (loop $forever
      (drop (call $fiber.suspend (local.get $n)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $forever))
    (unreachable))

  (func $sift (export "fiber1") (param $from i32) (param $prime i32) (result i32)
    (local $n i32)
    ;; Its first resume only hands over the prime.
    (drop (call $fiber.suspend (i32.const 0)))
    (loop $forever
      (local.set $n (call $fiber.resume (local.get $from) (i32.const 0)))
      (if (i32.rem_u (local.get $n) (local.get $prime)) (then (drop (call $fiber.suspend (local.get $n)))))
      (br $forever))
    (unreachable))

  (func (export "run") (param $count i32) (result i64)
    (local $sum i64)
    (local $i i32)
    (local $prime i32)
    (local $chain i32)
    (local.set $chain (call $fiber.new (i32.const 0) (i32.const 0)))
    (loop $more
      (i32.store offset=1024 (i32.shl (local.get $i) (i32.const 2)) (local.get $chain))
      (if (i32.lt_u (local.get $i) (local.get $count))
        (then
          (local.set $prime (call $fiber.resume (local.get $chain) (i32.const 0)))
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $prime))))
          (local.set $chain (call $fiber.new (i32.const 1) (local.get $chain)))
          (drop (call $fiber.resume (local.get $chain) (local.get $prime)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $more))))
    (loop $free
      (call $fiber.free (i32.load offset=1024 (i32.shl (local.get $i) (i32.const 2))))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $free (i32.ge_s (local.get $i) (i32.const 0))))
    (local.get $sum))
)
