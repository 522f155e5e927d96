;; ../lifecycle.wat as state machines.
(module
  (rec
    (type $step (func (param (ref $task)) (result i32)))
    (type $task (struct (field $step (ref $step)) (field $state (mut i32)) (field $id i32))))

  (func $finish (type $step) (param $self (ref $task)) (result i32)
    (i32.add (struct.get $task $id (local.get $self)) (i32.const 1)))
  (func $pause_and_finish (type $step) (param $self (ref $task)) (result i32)
    (if (i32.eqz (struct.get $task $state (local.get $self)))
      (then
        (struct.set $task $state (local.get $self) (i32.const 1))
        (return (i32.const 0))))
    (i32.add (struct.get $task $id (local.get $self)) (i32.const 1)))
  (elem declare func $finish $pause_and_finish)

  ;; Kept in a global, so that the struct is really made.
  (global $task (mut (ref null $task)) (ref.null $task))

  (func (export "run") (param $count i32) (param $suspends i32) (result i64)
    (local $sum i64)
    (local $task (ref $task))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $task
        (struct.new $task
          (select (result (ref $step)) (ref.func $pause_and_finish) (ref.func $finish) (local.get $suspends))
          (i32.const 0)
          (local.get $count)))
      (global.set $task (local.get $task))
      (if (local.get $suspends)
        (then (drop (call_ref $step (local.get $task) (struct.get $task $step (local.get $task))))))
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_u (call_ref $step (local.get $task) (struct.get $task $step (local.get $task))))))
      (br $more))
    (unreachable))
)
