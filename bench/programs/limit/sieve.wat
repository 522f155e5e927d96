;; ../sieve.wat as a chain of state machines.
(module
  (rec
    (type $next (func (param (ref $generator)) (result i32)))
    (type $generator (sub (struct (field $next (ref $next)))))
    (type $numbers (sub $generator (struct (field $next (ref $next)) (field $n (mut i32)))))
    (type $sieve (sub $generator (struct
      (field $next (ref $next))
      (field $prime i32)
      (field $from (ref $generator))))))

  (func $count (type $next) (param $generator (ref $generator)) (result i32)
    (local $self (ref $numbers))
    (local $n i32)
    (local.set $self (ref.cast (ref $numbers) (local.get $generator)))
    (local.set $n (struct.get $numbers $n (local.get $self)))
    (struct.set $numbers $n (local.get $self) (i32.add (local.get $n) (i32.const 1)))
    (local.get $n))

  (func $sift (type $next) (param $generator (ref $generator)) (result i32)
    (local $self (ref $sieve))
    (local $from (ref $generator))
    (local $n i32)
    (local.set $self (ref.cast (ref $sieve) (local.get $generator)))
    (local.set $from (struct.get $sieve $from (local.get $self)))
    (loop $again
      (local.set $n (call_ref $next (local.get $from) (struct.get $generator $next (local.get $from))))
      (br_if $again
        (i32.eqz (i32.rem_u (local.get $n) (struct.get $sieve $prime (local.get $self))))))
    (local.get $n))
  (elem declare func $count $sift)

  (func (export "run") (param $count i32) (result i64)
    (local $sum i64)
    (local $prime i32)
    (local $chain (ref $generator))
    (local.set $chain (struct.new $numbers (ref.func $count) (i32.const 2)))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $prime
        (call_ref $next (local.get $chain) (struct.get $generator $next (local.get $chain))))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $prime))))
      (local.set $chain (struct.new $sieve (ref.func $sift) (local.get $prime) (local.get $chain)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
