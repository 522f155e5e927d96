;; Exceptions that pass through continuations.
;;
;; With `levels` > 0: that many continuations run inside each other, the innermost throws, and all of them end.
;; With `levels` = 0: an exception is thrown into a suspended continuation, which catches it and goes on.
(module
  (type $task (func (param $id i32) (param $levels i32)))
  (type $fresh (cont $task))
  (type $step (func))
  (type $waiting (cont $step))
  (tag $wait)
  (tag $error (param i32))

  (func $fail (param $id i32) (param $levels i32)
    (if (i32.eq (local.get $levels) (i32.const 1)) (then (throw $error (local.get $id))))
    (resume $fresh
      (local.get $id) (i32.sub (local.get $levels) (i32.const 1)) (cont.new $fresh (ref.func $fail))))

  ;; Counts the exceptions that it has been told of.
  (global $caught (mut i64) (i64.const 0))
  (func $endure
    (local $id i32)
    (loop $forever
      (block $caught (result i32)
        (try_table (catch $error $caught) (suspend $wait))
        (br $forever))
      (local.set $id)
      (global.set $caught (i64.add (global.get $caught) (i64.extend_i32_u (local.get $id))))
      (br $forever)))
  (elem declare func $fail $endure)

  ;; Adds up the values of `count` exceptions, whoever caught them.
  (func (export "run") (param $count i32) (param $levels i32) (result i64)
    (if (result i64) (local.get $levels)
      (then (call $throw_out (local.get $count) (local.get $levels)))
      (else (call $throw_in (local.get $count)))))

  (func $throw_out (param $count i32) (param $levels i32) (result i64)
    (local $sum i64)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (block $caught (result i32)
        (try_table (catch $error $caught)
          (resume $fresh (local.get $count) (local.get $levels) (cont.new $fresh (ref.func $fail))))
        (unreachable))
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))

  (func $throw_in (param $count i32) (result i64)
    (local $next (ref null $waiting))
    (global.set $caught (i64.const 0))
    (block $waits (result (ref $waiting))
      (resume $waiting (on $wait $waits) (cont.new $waiting (ref.func $endure)))
      (unreachable))
    (local.set $next)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (global.get $caught))))
      (block $waits (result (ref $waiting))
        (resume_throw $waiting $error (on $wait $waits) (local.get $count) (local.get $next))
        (unreachable))
      (local.set $next)
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
