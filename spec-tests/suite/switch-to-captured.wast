;; A switch to a continuation that was captured together with the one that had resumed it, which then suspends again and is
;; resumed from where the switch was handled.

(module
  (rec
    (type $f0 (func))
    (type $c0 (cont $f0)))
  (type $f1 (func (param (ref null $c0))))
  (type $c1 (cont $f1))
  (tag $out (param i32) (result (ref null $c0)))
  (tag $swap)

  (global $target (mut (ref null $c1)) (ref.null $c1))
  (global $left (mut (ref null $c0)) (ref.null $c0))
  (global $log (mut i32) (i32.const 0))
  (func $log (param i32)
    (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))

  (func $inner (type $f0)
    (global.set $left (suspend $out (i32.const 1)))
    (global.set $left (suspend $out (i32.const 2)))
    (drop (suspend $out (i32.const 3))))
  ;; Handles nothing: what suspends in it is captured with it.
  (func $outer (type $f0)
    (resume $c0 (cont.new $c0 (ref.func $inner)))
    (drop (suspend $out (i32.const 4))))
  (func $switcher (type $f0)
    (switch $c1 $swap (global.get $target))
    (call $log (i32.const 9)))
  (elem declare func $inner $outer $switcher)

  (func $run (param $k (ref $c0)) (result (ref null $c1))
    (block $on_out (result i32 (ref $c1))
      (resume $c0 (on $out $on_out) (on $swap switch) (local.get $k))
      (return (ref.null $c1)))
    (global.set $target)
    (call $log)
    (global.get $target))

  ;; Goes on with the target, from the same place as $run's, until it has returned.
  (func (export "switch") (result i32)
    (local $k (ref null $c0))
    (local $target (ref null $c1))
    (global.set $log (i32.const 0))
    (local.set $k (cont.new $c0 (ref.func $outer)))
    (loop $next
      (block $on_out (result i32 (ref $c1))
        (if (ref.is_null (local.get $target))
          (then (resume $c0 (on $out $on_out) (on $swap switch) (local.get $k)))
          (else (resume $c1 (on $out $on_out) (on $swap switch) (global.get $left) (local.get $target))))
        (return (global.get $log)))
      (local.set $target)
      (call $log)
      ;; After the first suspension, another one switches to what was captured.
      (if (i32.eq (global.get $log) (i32.const 1))
        (then
          (global.set $target (local.get $target))
          (local.set $target (ref.null $c1))
          (local.set $k (cont.new $c0 (ref.func $switcher)))))
      (br $next))
    (unreachable))

  ;; The same, and then what was switched away from is resumed.
  (func (export "switch, then back") (result i32)
    (global.set $log (i32.const 0))
    (drop (call $run (cont.new $c0 (ref.func $outer))))
    (drop (call $run (cont.new $c0 (ref.func $switcher))))
    (drop (call $run (ref.as_non_null (global.get $left))))
    (block $on_out (result i32 (ref $c1))
      (resume $c1 (on $out $on_out) (ref.null $c0) (global.get $target))
      (return (i32.const -1)))
    (drop)
    (call $log)
    (global.get $log))
)

(assert_return (invoke "switch") (i32.const 1234))
(assert_return (invoke "switch, then back") (i32.const 1293))
