;; ../c10m.wat with state machines for requests.
(module
  (rec
    (type $step (func (param (ref $request)) (result i32)))
    (type $request (struct (field $step (ref $step)) (field $waited (mut i32)) (field $id i32))))
  (table $slots 1 (ref null $request))

  (func $serve (type $step) (param $self (ref $request)) (result i32)
    (if (struct.get $request $waited (local.get $self))
      (then (return (i32.add (struct.get $request $id (local.get $self)) (i32.const 1)))))
    (struct.set $request $waited (local.get $self) (i32.const 1))
    (i32.const 0))
  (elem declare func $serve)

  (func (export "run") (param $count i32) (param $live i32) (result i64)
    (local $id i32)
    (local $slot i32)
    (local $sum i64)
    (local $request (ref null $request))
    (if (i32.lt_u (table.size $slots) (local.get $live))
      (then (drop (table.grow $slots (ref.null $request) (i32.sub (local.get $live) (table.size $slots))))))
    (loop $next
      (block $none
        (local.set $request (br_on_null $none (table.get $slots (local.get $slot))))
        (local.set $sum
          (i64.add (local.get $sum)
            (i64.extend_i32_u
              (call_ref $step
                (ref.as_non_null (local.get $request))
                (struct.get $request $step (local.get $request)))))))
      (local.set $request (ref.null $request))
      (if (i32.lt_u (local.get $id) (local.get $count))
        (then
          (local.set $request (struct.new $request (ref.func $serve) (i32.const 0) (local.get $id)))
          (drop
            (call_ref $step
              (ref.as_non_null (local.get $request))
              (struct.get $request $step (local.get $request))))))
      (table.set $slots (local.get $slot) (local.get $request))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (if (i32.eq (local.get $slot) (local.get $live)) (then (local.set $slot (i32.const 0))))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $id) (i32.add (local.get $count) (local.get $live)))))
    (local.get $sum))
)
