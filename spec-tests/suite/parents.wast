;; Whoever captures a continuation takes it away from the one that resumed it: afterwards it has the handlers of those who
;; resume it anew, and returns to them. Each time it is not the first clause that captures it.

(module
  (type $f (func)) (type $k (cont $f))
  (tag $x) (tag $y) (tag $z)
  (global $kept (mut (ref null $k)) (ref.null $k))
  (global $steps (export "steps") (mut i32) (i32.const 0))
  (elem declare func $inner $middle $outer $through)

  (func $step (param i32) (global.set $steps (i32.add (i32.mul (global.get $steps) (i32.const 10)) (local.get 0))))

  (func $inner
    (suspend $x)
    (call $step (i32.const 1))
    (suspend $y)
    (call $step (i32.const 2)))

  ;; Runs $inner up to its first suspension and keeps it.
  (func $middle
    (block $on_z (result (ref $k))
      (block $on_x (result (ref $k))
        (resume $k (on $z $on_z) (on $x $on_x) (cont.new $k (ref.func $inner)))
        (return))
      (global.set $kept)
      (return))
    (unreachable))

  ;; $middle handles $y while it runs, but $inner is resumed from elsewhere.
  (func (export "resumed from the initial stack")
    (block $on_y (result (ref $k))
      (resume $k (on $y $on_y) (cont.new $k (ref.func $middle)))
      (resume $k (global.get $kept))
      (return))
    (unreachable))

  ;; Captured together with one that resumed it.
  (func $through
    (resume $k (cont.new $k (ref.func $inner))))
  (func $outer
    (block $on_z (result (ref $k))
      (block $on_x (result (ref $k))
        (resume $k (on $z $on_z) (on $x $on_x) (cont.new $k (ref.func $through)))
        (return))
      (global.set $kept)
      (return))
    (unreachable))
  (func (export "two resumed from the initial stack")
    (block $on_y (result (ref $k))
      (resume $k (on $y $on_y) (cont.new $k (ref.func $outer)))
      (resume $k (global.get $kept))
      (return))
    (unreachable))

  ;; After it has returned, the initial stack runs.
  (func (export "suspend after a return")
    (block $on_y (result (ref $k))
      (resume $k (on $y $on_y) (cont.new $k (ref.func $middle)))
      (block $again (result (ref $k))
        (resume $k (on $z $on_y) (on $y $again) (global.get $kept))
        (unreachable))
      (global.set $kept)
      (resume $k (on $z $on_y) (global.get $kept))
      (call $step (i32.const 3))
      (suspend $y)
      (return))
    (unreachable)))

(assert_suspension (invoke "resumed from the initial stack") "unhandled tag")
(assert_return (get "steps") (i32.const 1))
(assert_suspension (invoke "two resumed from the initial stack") "unhandled tag")
(assert_return (get "steps") (i32.const 11))
(assert_suspension (invoke "suspend after a return") "unhandled tag")
(assert_return (get "steps") (i32.const 11123))
