;; ../switch.wat as two state machines and a loop that goes from one to the other.
(module
  (rec
    (type $step (func (param (ref $player)) (param i32) (result i32)))
    (type $player (struct
      (field $step (ref $step))
      (field $switched (mut i32))
      (field $other (mut (ref null $player))))))

  ;; Gets the ball, returns what the other one gets; -1 at the end.
  (func $play (type $step) (param $self (ref $player)) (param $ball i32) (result i32)
    (if (i32.eqz (local.get $ball)) (then (return (i32.const -1))))
    (struct.set $player $switched (local.get $self)
      (i32.add (struct.get $player $switched (local.get $self)) (i32.const 1)))
    (i32.sub (local.get $ball) (i32.const 1)))
  (elem declare func $play)

  (func (export "run") (param $count i32) (result i64)
    (local $player (ref $player))
    (local $switched i32)
    (local.set $player (struct.new $player (ref.func $play) (i32.const 0) (ref.null $player)))
    (struct.set $player $other (local.get $player)
      (struct.new $player (ref.func $play) (i32.const 0) (local.get $player)))
    (loop $more
      (local.set $switched (struct.get $player $switched (local.get $player)))
      (local.set $count
        (call_ref $step
          (local.get $player) (local.get $count) (struct.get $player $step (local.get $player))))
      (local.set $player (ref.as_non_null (struct.get $player $other (local.get $player))))
      (br_if $more (i32.ge_s (local.get $count) (i32.const 0))))
    (i64.extend_i32_u (local.get $switched)))
)
