;; A handler that is `levels` resumes further out: the handlers in between are for another tag.
;;
;; The worker asks its handler for `count` numbers and returns their sum; the handler counts down.
(module
  (type $task (func (param $count i32) (param $levels i32) (result i64)))
  (type $answer (func (param i32) (result i64)))
  (type $fresh (cont $task))
  (type $waiting (cont $answer))
  (tag $ask (result i32))
  (tag $other)

  (func $work (param $count i32) (result i64)
    (local $sum i64)
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (suspend $ask))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))

  (func $nest (param $count i32) (param $levels i32) (result i64)
    (if (i32.eqz (local.get $levels)) (then (return (call $work (local.get $count)))))
    (block $other (result (ref $waiting_other))
      (return
        (resume $fresh (on $other $other)
          (local.get $count) (i32.sub (local.get $levels) (i32.const 1)) (cont.new $fresh (ref.func $nest)))))
    (unreachable))
  (type $answer_other (func (result i64)))
  (type $waiting_other (cont $answer_other))
  (elem declare func $nest)

  (func (export "run") (param $count i32) (param $levels i32) (result i64)
    (local $left i32)
    (local $next (ref null $waiting))
    (local.set $left (local.get $count))
    (block $asked (result (ref $waiting))
      (return
        (resume $fresh (on $ask $asked)
          (local.get $count) (local.get $levels) (cont.new $fresh (ref.func $nest)))))
    (loop $more (param (ref $waiting)) (result i64)
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (block $again (param (ref $waiting)) (result (ref $waiting))
        (local.set $next)
        (return (resume $waiting (on $ask $again) (local.get $left) (local.get $next))))
      (br $more)))
)
