;; Skynet: an actor starts ten actors, each of those ten more, and so on down to `leaves` leaves (a power of ten), which report
;; their numbers to their parents; these add them up and report the sum.
;;
;; A parent starts all ten before it lets the first one finish.
(module
  (type $start (func (param $number i32) (param $leaves i32)))
  (type $step (func))
  (type $fresh (cont $start))
  (type $reported (cont $step))
  (type $children (array (mut (ref null $reported))))
  (tag $report (param i64))

  (func $actor (param $number i32) (param $leaves i32)
    (if (i32.eq (local.get $leaves) (i32.const 1))
      (then (suspend $report (i64.extend_i32_u (local.get $number))))
      (else (suspend $report (call $sum_of_children (local.get $number) (local.get $leaves))))))
  (elem declare func $actor)

  (func $sum_of_children (param $number i32) (param $leaves i32) (result i64)
    (local $i i32)
    (local $sum i64)
    (local $child (ref null $reported))
    (local $children (ref $children))
    (local.set $children (array.new_default $children (i32.const 10)))
    (local.set $leaves (i32.div_u (local.get $leaves) (i32.const 10)))
    (loop $next
      (block $reports (result i64 (ref $reported))
        (resume $fresh (on $report $reports)
          (i32.add (local.get $number) (i32.mul (local.get $i) (local.get $leaves)))
          (local.get $leaves)
          (cont.new $fresh (ref.func $actor)))
        (unreachable))
      (local.set $child)
      (local.set $sum (i64.add (local.get $sum)))
      (array.set $children (local.get $children) (local.get $i) (local.get $child))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 10))))
    (loop $next
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (resume $reported (array.get $children (local.get $children) (local.get $i)))
      (br_if $next (local.get $i)))
    (local.get $sum))

  (func (export "run") (param $leaves i32) (result i64)
    (block $reports (result i64 (ref $reported))
      (resume $fresh (on $report $reports) (i32.const 0) (local.get $leaves) (cont.new $fresh (ref.func $actor)))
      (unreachable))
    (drop))
)
