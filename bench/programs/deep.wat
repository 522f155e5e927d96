;; A deep recursion that suspends once, at the very bottom, and then returns all the way up.
;;
;; `run` does it `count` times with `depth` frames; the result is the number of frames that returned.
(module
  (type $start (func (param $depth i32) (result i32)))
  (type $step (func (result i32)))
  (type $fresh (cont $start))
  (type $waiting (cont $step))
  (tag $bottom)

  (func $descend (param $depth i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (suspend $bottom) (return (i32.const 0))))
    (i32.add (call $descend (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))
  (elem declare func $descend)

  (func (export "run") (param $count i32) (param $depth i32) (result i64)
    (local $sum i64)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (block $at_bottom (result (ref $waiting))
        (resume $fresh (on $bottom $at_bottom) (local.get $depth) (cont.new $fresh (ref.func $descend)))
        (unreachable))
      (resume $waiting)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
