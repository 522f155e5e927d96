;; A generator loop: the smallest program that does nothing but switch stacks.
;;
;; The producer suspends with 0, 1, 2, ... for ever, from the bottom of `depth` nested calls. The consumer takes `count` values,
;; adds them up and drops the producer. One value is one round trip: a resume and a suspend.
(module
  (type $start (func (param $depth i32)))
  (type $step (func))
  (type $fresh (cont $start))       ;; a producer that has not run yet
  (type $producer (cont $step))     ;; a producer that waits in $yield
  (tag $yield (param i32))

  ;; $depth frames in all. The addition after the call keeps the frames from being tail calls.
  (func $produce (param $depth i32)
    (drop (call $nest (local.get $depth))))

  (func $nest (param $depth i32) (result i32)
    (local $value i32)
    (if (i32.gt_s (local.get $depth) (i32.const 1))
      (then
        (return (i32.add (call $nest (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))))
    (loop $forever
      (suspend $yield (local.get $value))
      (local.set $value (i32.add (local.get $value) (i32.const 1)))
      (br $forever))
    (unreachable))

  (elem declare func $produce)

  (func (export "run") (param $count i32) (param $depth i32) (result i64)
    (local $sum i64)
    (local $next (ref null $producer))
    ;; The first value comes from a fresh continuation, which takes the depth as its argument.
    (block $first (result i32 (ref $producer))
      (resume $fresh (on $yield $first) (local.get $depth) (cont.new $fresh (ref.func $produce)))
      (unreachable))
    (local.set $next)
    (local.set $sum (i64.extend_i32_u))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (block $yielded (result i32 (ref $producer))
        (resume $producer (on $yield $yielded) (local.get $next))
        (unreachable))
      (local.set $next)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
