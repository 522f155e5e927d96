;; ../scheduler.wat with state machines for tasks.
(module
  (rec
    (type $step (func (param (ref $task)) (result i32)))
    (type $task (struct (field $step (ref $step)) (field $turns (mut i32)))))
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

  (func $pop (result (ref $task))
    (local $task (ref null $task))
    (local.set $task (table.get $queue (global.get $first)))
    (global.set $first (i32.add (global.get $first) (i32.const 1)))
    (if (i32.eq (global.get $first) (table.size $queue)) (then (global.set $first (i32.const 0))))
    (global.set $waiting (i32.sub (global.get $waiting) (i32.const 1)))
    (ref.as_non_null (local.get $task)))

  ;; One turn; 0 at the end.
  (func $work (type $step) (param $self (ref $task)) (result i32)
    (local $turns i32)
    (local.set $turns (struct.get $task $turns (local.get $self)))
    (if (i32.eqz (local.get $turns)) (then (return (i32.const 0))))
    (global.set $done (i64.add (global.get $done) (i64.const 1)))
    (struct.set $task $turns (local.get $self) (i32.sub (local.get $turns) (i32.const 1)))
    (i32.const 1))
  (elem declare func $work)

  (func (export "run") (param $count i32) (param $tasks i32) (result i64)
    (local $i i32)
    (local $task (ref $task))
    (global.set $done (i64.const 0))
    (if (i32.lt_u (table.size $queue) (local.get $tasks))
      (then (drop (table.grow $queue (ref.null $task) (i32.sub (local.get $tasks) (table.size $queue))))))
    (loop $next
      (call $push (struct.new $task (ref.func $work) (i32.div_u (local.get $count) (local.get $tasks))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $tasks))))
    (loop $next
      (if (i32.eqz (global.get $waiting)) (then (return (global.get $done))))
      (local.set $task (call $pop))
      (if (call_ref $step (local.get $task) (struct.get $task $step (local.get $task)))
        (then (call $push (local.get $task))))
      (br $next))
    (unreachable))
)
