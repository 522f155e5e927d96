;; ../tree.wat as a state machine: it keeps the nodes whose left part it is in.
(module
  (rec
    (type $next (func (param (ref $walker)) (result i32)))
    (type $walker (struct
      (field $next (ref $next))
      (field $node (mut i32))                 ;; the next to descend into
      (field $pending (ref $pending))
      (field $height (mut i32))))             ;; how many are pending
    (type $pending (array (mut i32))))
  (memory 16)

  (func $build (param $nodes i32)
    (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $i) (local.get $nodes)))))

  (global $nodes (mut i32) (i32.const 0))

  ;; The next value, or 0 at the end.
  (func $walk (type $next) (param $self (ref $walker)) (result i32)
    (local $node i32)
    (local $height i32)
    (local.set $node (struct.get $walker $node (local.get $self)))
    (local.set $height (struct.get $walker $height (local.get $self)))
    (loop $descend
      (if (i32.le_u (local.get $node) (global.get $nodes))
        (then
          (array.set $pending (struct.get $walker $pending (local.get $self)) (local.get $height) (local.get $node))
          (local.set $height (i32.add (local.get $height) (i32.const 1)))
          (local.set $node (i32.shl (local.get $node) (i32.const 1)))
          (br $descend))))
    (if (i32.eqz (local.get $height)) (then (return (i32.const 0))))
    (local.set $height (i32.sub (local.get $height) (i32.const 1)))
    (local.set $node
      (array.get $pending (struct.get $walker $pending (local.get $self)) (local.get $height)))
    (struct.set $walker $height (local.get $self) (local.get $height))
    (struct.set $walker $node (local.get $self)
      (i32.add (i32.shl (local.get $node) (i32.const 1)) (i32.const 1)))
    (i32.load (i32.shl (local.get $node) (i32.const 2))))
  (elem declare func $walk)

  (func (export "run") (param $walks i32) (param $nodes i32) (result i64)
    (local $sum i64)
    (local $value i32)
    (local $walker (ref $walker))
    (call $build (local.get $nodes))
    (global.set $nodes (local.get $nodes))
    (loop $again
      (if (i32.eqz (local.get $walks)) (then (return (local.get $sum))))
      (local.set $walks (i32.sub (local.get $walks) (i32.const 1)))
      (local.set $walker
        (struct.new $walker
          (ref.func $walk) (i32.const 1) (array.new_default $pending (i32.const 32)) (i32.const 0)))
      (loop $more
        (local.set $value
          (call_ref $next (local.get $walker) (struct.get $walker $next (local.get $walker))))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $value))))
        (br_if $more (local.get $value)))
      (br $again))
    (unreachable))
)
