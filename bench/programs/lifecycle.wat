;; Short lives: create a continuation, run it, and let it finish; with a suspension in between if `suspends`.
(module
  (type $task (func (param $id i32) (result i32)))
  (type $step (func (result i32)))
  (type $fresh (cont $task))
  (type $waiting (cont $step))
  (tag $pause)

  (func $finish (param $id i32) (result i32) (i32.add (local.get $id) (i32.const 1)))
  (func $pause_and_finish (param $id i32) (result i32)
    (suspend $pause)
    (i32.add (local.get $id) (i32.const 1)))
  (elem declare func $finish $pause_and_finish)

  ;; Adds up the results of `count` tasks: 1 + 2 + ... + count.
  (func (export "run") (param $count i32) (param $suspends i32) (result i64)
    (if (result i64) (local.get $suspends)
      (then (call $run_suspending (local.get $count)))
      (else (call $run_finishing (local.get $count)))))

  (func $run_finishing (param $count i32) (result i64)
    (local $sum i64)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_u (resume $fresh (local.get $count) (cont.new $fresh (ref.func $finish))))))
      (br $more))
    (unreachable))

  (func $run_suspending (param $count i32) (result i64)
    (local $sum i64)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (block $paused (result (ref $waiting))
        (resume $fresh (on $pause $paused) (local.get $count) (cont.new $fresh (ref.func $pause_and_finish)))
        (unreachable))
      (resume $waiting)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (br $more))
    (unreachable))
)
