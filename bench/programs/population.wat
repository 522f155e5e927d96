;; Many continuations: alive at once, and created only to be abandoned.
;;
;; Each is a counter that has suspended once: it holds one i32 and waits to be told to go on.
(module
  (type $start (func (param $id i32)))
  (type $step (func))
  (type $fresh (cont $start))
  (type $counter (cont $step))
  (type $population (array (mut (ref null $counter))))
  (tag $here (param i32))

  (global $alive (mut (ref null $population)) (ref.null $population))

  (func $count (param $id i32)
    (loop $forever
      (suspend $here (local.get $id))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br $forever)))

  (elem declare func $count)

  ;; A new counter that has run to its first suspension, and the number it reported.
  (func $spawn (param $id i32) (result i32 (ref $counter))
    (block $suspended (result i32 (ref $counter))
      (resume $fresh (on $here $suspended) (local.get $id) (cont.new $fresh (ref.func $count)))
      (unreachable)))

  ;; Makes the population: counters 0 to $size - 1, all suspended, all reachable from $alive.
  (func (export "fill") (param $size i32)
    (local $id i32)
    (local $made (ref null $counter))
    (global.set $alive (array.new_default $population (local.get $size)))
    (loop $next
      (if (i32.eq (local.get $id) (local.get $size)) (then (return)))
      (local.set $made (call $spawn (local.get $id)))
      (drop)
      (array.set $population (global.get $alive) (local.get $id) (local.get $made))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br $next)))

  ;; Resumes every one of them once and adds up what they report: 1 + 2 + ... + size the first time.
  (func (export "step") (result i64)
    (local $index i32)
    (local $sum i64)
    (local $waiting (ref null $counter))
    (loop $next
      (if (i32.eq (local.get $index) (array.len (global.get $alive))) (then (return (local.get $sum))))
      (block $suspended (result i32 (ref $counter))
        (resume $counter (on $here $suspended) (array.get $population (global.get $alive) (local.get $index)))
        (unreachable))
      (local.set $waiting)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (array.set $population (global.get $alive) (local.get $index) (local.get $waiting))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Lets go of the population.
  (func (export "clear") (global.set $alive (ref.null $population)))

  ;; Makes $count counters, one after the other, and drops each while it is suspended. Adds up what they reported.
  (func (export "abandon") (param $count i32) (result i64)
    (local $sum i64)
    (loop $next
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (call $spawn (local.get $count))
      (drop)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))
    (unreachable))
)
