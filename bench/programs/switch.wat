;; Two continuations that switch to each other, back and forth: no resume and no handler's code in between.
;;
;; The ball is the number of switches that are left. Whoever gets 0 returns how often it has switched itself.
(module
  (rec
    (type $player (func (param $ball i32) (param $other (ref null $waiting)) (result i32)))
    (type $waiting (cont $player)))
  (tag $turn (result i32))

  (func $play (type $player) (param $ball i32) (param $other (ref null $waiting)) (result i32)
    (local $switched i32)
    (loop $again
      (if (i32.eqz (local.get $ball)) (then (return (local.get $switched))))
      (local.set $switched (i32.add (local.get $switched) (i32.const 1)))
      (switch $waiting $turn (i32.sub (local.get $ball) (i32.const 1)) (local.get $other))
      (local.set $other)
      (local.set $ball)
      (br $again))
    (unreachable))
  (elem declare func $play)

  (func (export "run") (param $count i32) (result i64)
    (i64.extend_i32_u
      (resume $waiting (on $turn switch)
        (local.get $count)
        (cont.new $waiting (ref.func $play))
        (cont.new $waiting (ref.func $play)))))
)
