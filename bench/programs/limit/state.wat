;; ../state.wat as a state machine: a request of -1 is $get, of -2 the end, any other value a $put of it.
(module
  (rec
    (type $step (func (param (ref $task)) (param i32) (result i32)))
    (type $task (struct (field $step (ref $step)) (field $getting (mut i32)) (field $turns (mut i32)))))

  (func $count_up (type $step) (param $self (ref $task)) (param $answer i32) (result i32)
    (if (struct.get $task $getting (local.get $self))
      (then
        (struct.set $task $getting (local.get $self) (i32.const 0))
        (return (i32.add (local.get $answer) (i32.const 1)))))
    (if (i32.eqz (struct.get $task $turns (local.get $self))) (then (return (i32.const -2))))
    (struct.set $task $turns (local.get $self)
      (i32.sub (struct.get $task $turns (local.get $self)) (i32.const 1)))
    (struct.set $task $getting (local.get $self) (i32.const 1))
    (i32.const -1))
  (elem declare func $count_up)

  (func (export "run") (param $count i32) (result i64)
    (local $cell i32)
    (local $request i32)
    (local $task (ref $task))
    (local.set $task
      (struct.new $task (ref.func $count_up) (i32.const 0) (i32.shr_u (local.get $count) (i32.const 1))))
    (loop $answer
      (local.set $request
        (call_ref $step (local.get $task) (local.get $cell) (struct.get $task $step (local.get $task))))
      (br_if $answer (i32.eq (local.get $request) (i32.const -1)))
      (if (i32.ne (local.get $request) (i32.const -2))
        (then
          (local.set $cell (local.get $request))
          (br $answer))))
    (i64.extend_i32_u (local.get $cell)))
)
