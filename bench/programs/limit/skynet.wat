;; ../skynet.wat with state machines for actors.
(module
  (rec
    (type $step (func (param (ref $actor)) (result i64)))
    (type $actor (struct
      (field $step (ref $step))
      (field $reported (mut i32))
      (field $number i32)
      (field $leaves i32))))
  (type $children (array (mut (ref null $actor))))

  ;; Reports, the first time; ends, the second time.
  (func $act (type $step) (param $self (ref $actor)) (result i64)
    (if (struct.get $actor $reported (local.get $self)) (then (return (i64.const 0))))
    (struct.set $actor $reported (local.get $self) (i32.const 1))
    (if (i32.eq (struct.get $actor $leaves (local.get $self)) (i32.const 1))
      (then (return (i64.extend_i32_u (struct.get $actor $number (local.get $self))))))
    (call $sum_of_children
      (struct.get $actor $number (local.get $self))
      (i32.div_u (struct.get $actor $leaves (local.get $self)) (i32.const 10))))
  (elem declare func $act)

  (func $sum_of_children (param $number i32) (param $leaves i32) (result i64)
    (local $i i32)
    (local $sum i64)
    (local $child (ref $actor))
    (local $children (ref $children))
    (local.set $children (array.new_default $children (i32.const 10)))
    (loop $next
      (local.set $child
        (struct.new $actor
          (ref.func $act)
          (i32.const 0)
          (i32.add (local.get $number) (i32.mul (local.get $i) (local.get $leaves)))
          (local.get $leaves)))
      (local.set $sum
        (i64.add (local.get $sum)
          (call_ref $step (local.get $child) (struct.get $actor $step (local.get $child)))))
      (array.set $children (local.get $children) (local.get $i) (local.get $child))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 10))))
    (loop $next
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (local.set $child
        (ref.as_non_null (array.get $children (local.get $children) (local.get $i))))
      (drop (call_ref $step (local.get $child) (struct.get $actor $step (local.get $child))))
      (br_if $next (local.get $i)))
    (local.get $sum))

  (func (export "run") (param $leaves i32) (result i64)
    (call $act (struct.new $actor (ref.func $act) (i32.const 0) (i32.const 0) (local.get $leaves))))
)
