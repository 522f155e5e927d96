;; ../clauses.wat with fibers: a fiber says which clause a value is for, and the handler compares with one after the other.
(module
  ;; fibers
  (memory $memory (export "memory") 2 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x10000))
  (global $stack_size (export "stack_size") i32 (i32.const 256))
  (table $entries funcref (elem $produce))
  (global $tag (mut i32) (i32.const 0))

  (func $produce (export "fiber0") (param $tag i32) (param $value i32) (result i32)
    (loop $forever
      (global.set $tag (local.get $tag))
      (drop (call $fiber.suspend (local.get $value)))
      (local.set $value (i32.add (local.get $value) (i32.const 1)))
      (br $forever))
    (unreachable))

  (func (export "run") (param $count i32) (param $clauses i32) (result i64)
    (local $sum i64)
    (local $fiber i32)
    (local $value i32)
    (local $clause i32)
    (local.set $fiber (call $fiber.new (i32.const 0) (local.get $clauses)))
    (loop $more
      (if (local.get $count)
        (then
          (local.set $value (call $fiber.resume (local.get $fiber) (i32.const 0)))
          (local.set $clause (i32.const 1))
          (block $found
            (loop $next
              (br_if $found (i32.eq (local.get $clause) (global.get $tag)))
              (local.set $clause (i32.add (local.get $clause) (i32.const 1)))
              (br_if $next (i32.le_u (local.get $clause) (local.get $clauses))))
            (unreachable))
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $value))))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more))))
    (call $fiber.free (local.get $fiber))
    (local.get $sum))
)
