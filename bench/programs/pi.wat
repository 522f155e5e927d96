;; Pi, as the sum of a series each term of which is computed by a task of its own.
;;
;; All tasks are started, each waits to hand over its term (4 / 1, -4 / 3, 4 / 5, ...), and the main program then receives the
;; terms one after the other, and lets each task finish. So `count` tasks are alive at once.
(module
  (type $task (func (param $k i32)))
  (type $step (func))
  (type $fresh (cont $task))
  (type $sending (cont $step))
  (tag $send (param f64))
  (table $tasks 1 (ref null $sending))

  (func $term (param $k i32)
    (suspend $send
      (f64.div
        (select (f64.const -4) (f64.const 4) (i32.and (local.get $k) (i32.const 1)))
        (f64.convert_i32_u (i32.add (i32.shl (local.get $k) (i32.const 1)) (i32.const 1))))))
  (elem declare func $term)

  ;; Rounded, in units of 10^-9.
  (func (export "run") (param $count i32) (result i64)
    (local $k i32)
    (local $sum f64)
    (local $task (ref null $sending))
    (if (i32.lt_u (table.size $tasks) (local.get $count))
      (then (drop (table.grow $tasks (ref.null $sending) (i32.sub (local.get $count) (table.size $tasks))))))
    (loop $next
      (block $sends (result f64 (ref $sending))
        (resume $fresh (on $send $sends) (local.get $k) (cont.new $fresh (ref.func $term)))
        (unreachable))
      (local.set $task)
      (local.set $sum (f64.add (local.get $sum)))
      (table.set $tasks (local.get $k) (local.get $task))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (local.get $count))))
    (loop $next
      (local.set $k (i32.sub (local.get $k) (i32.const 1)))
      (resume $sending (table.get $tasks (local.get $k)))
      (table.set $tasks (local.get $k) (ref.null $sending))
      (br_if $next (local.get $k)))
    (i64.trunc_f64_s (f64.nearest (f64.mul (local.get $sum) (f64.const 1e9)))))
)
