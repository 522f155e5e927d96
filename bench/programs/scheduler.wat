;; A round-robin scheduler: tasks suspend to it, and it resumes the one that has waited longest.
;;
;; `tasks` tasks take `count` turns together, and each turn adds one to the result.
(module
  (type $start (func (param $turns i32)))
  (type $step (func))
  (type $fresh (cont $start))
  (type $task (cont $step))
  (tag $yield)
  (global $done (mut i64) (i64.const 0))

  ;; The queue is a ring: the tasks from $first on, $waiting of them.
  (table $queue 1 (ref null $task))
  (global $first (mut i32) (i32.const 0))
  (global $waiting (mut i32) (i32.const 0))

  (func $push (param $task (ref $task))
    (local $at i32)
    (local.set $at (i32.add (global.get $first) (global.get $waiting)))
    (if (i32.ge_u (local.get $at) (table.size $queue))
      (then (local.set $at (i32.sub (local.get $at) (table.size $queue)))))
    (table.set $queue (local.get $at) (local.get $task))
    (global.set $waiting (i32.add (global.get $waiting) (i32.const 1))))

  (func $pop (result (ref null $task))
    (local $task (ref null $task))
    (local.set $task (table.get $queue (global.get $first)))
    (global.set $first (i32.add (global.get $first) (i32.const 1)))
    (if (i32.eq (global.get $first) (table.size $queue)) (then (global.set $first (i32.const 0))))
    (global.set $waiting (i32.sub (global.get $waiting) (i32.const 1)))
    (local.get $task))

  (func $work (param $turns i32)
    (loop $more
      (if (i32.eqz (local.get $turns)) (then (return)))
      (global.set $done (i64.add (global.get $done) (i64.const 1)))
      (suspend $yield)
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br $more)))
  (elem declare func $work)

  (func (export "run") (param $count i32) (param $tasks i32) (result i64)
    (local $i i32)
    (global.set $done (i64.const 0))
    (if (i32.lt_u (table.size $queue) (local.get $tasks))
      (then (drop (table.grow $queue (ref.null $task) (i32.sub (local.get $tasks) (table.size $queue))))))
    (loop $next
      (call $push
        (cont.bind $fresh $task
          (i32.div_u (local.get $count) (local.get $tasks)) (cont.new $fresh (ref.func $work))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $tasks))))
    (loop $next
      (if (i32.eqz (global.get $waiting)) (then (return (global.get $done))))
      (block $yielded (result (ref $task))
        (resume $task (on $yield $yielded) (call $pop))
        (br $next))
      (call $push)
      (br $next))
    (unreachable))
)
