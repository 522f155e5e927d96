;; ../generator.wat as a state machine. However deep the call that suspends: a state machine has no frames.
(module
  (rec
    (type $next (func (param (ref $generator)) (result i32)))
    (type $generator (struct (field $next (ref $next)) (field $value (mut i32)))))

  (func $produce (type $next) (param $self (ref $generator)) (result i32)
    (local $value i32)
    (local.set $value (struct.get $generator $value (local.get $self)))
    (struct.set $generator $value (local.get $self) (i32.add (local.get $value) (i32.const 1)))
    (local.get $value))
  (elem declare func $produce)

  (func (export "run") (param $count i32) (param $depth i32) (result i64)
    (local $sum i64)
    (local $generator (ref $generator))
    (local.set $generator (struct.new $generator (ref.func $produce) (i32.const 0)))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_u
            (call_ref $next (local.get $generator) (struct.get $generator $next (local.get $generator))))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
