;; Many continuations: alive at once, and created only to be abandoned.
;;
;; Each is a counter that holds one i32 in each of its frames and, once it has suspended, waits to be told to go on.
(module
  (type $start (func (param $id i32) (param $frames i32)))
  (type $step (func))
  (type $fresh (cont $start))
  (type $counter (cont $step))
  (type $population (array (mut (ref null $counter))))
  (tag $here (param i32))

  (global $alive (mut (ref null $population)) (ref.null $population))

  (func $count (param $id i32) (param $frames i32)
    (drop (call $nest (local.get $id) (local.get $frames))))

  ;; $frames frames in all; each needs its $id after the call.
  (func $nest (param $id i32) (param $frames i32) (result i32)
    (if (i32.gt_s (local.get $frames) (i32.const 1))
      (then
        (return
          (i32.add
            (call $nest (local.get $id) (i32.sub (local.get $frames) (i32.const 1)))
            (local.get $id)))))
    (loop $forever
      (suspend $here (local.get $id))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br $forever))
    (unreachable))

  ;; One frame in all: what $count and $nest do with $frames = 1 without the second of them.
  (func $count_flat (param $id i32) (param $frames i32)
    (loop $forever
      (suspend $here (local.get $id))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br $forever)))

  (elem declare func $count $count_flat)

  ;; Makes room for a population, in the place of the one before.
  (func (export "prepare") (param $size i32)
    (global.set $alive (array.new_default $population (local.get $size))))

  ;; Fills it with counters 0, 1, 2, ... that have suspended below `frames` frames; with 0 frames, that have not begun to run.
  (func (export "fill") (param $frames i32)
    (local $id i32)
    (local $made (ref null $counter))
    (loop $next
      (if (i32.eq (local.get $id) (array.len (global.get $alive))) (then (return)))
      (if (local.get $frames)
        (then
          (local.set $made (call $spawn (local.get $id) (local.get $frames)))
          (drop))
        (else
          (local.set $made
            (cont.bind $fresh $counter
              (local.get $id) (i32.const 1) (cont.new $fresh (ref.func $count_flat))))))
      (array.set $population (global.get $alive) (local.get $id) (local.get $made))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br $next)))

  ;; A new counter that has run to its first suspension, and the number it reported.
  (func $spawn (param $id i32) (param $frames i32) (result i32 (ref $counter))
    (block $suspended (result i32 (ref $counter))
      (if (i32.eq (local.get $frames) (i32.const 1))
        (then
          (resume $fresh (on $here $suspended)
            (local.get $id) (local.get $frames) (cont.new $fresh (ref.func $count_flat))))
        (else
          (resume $fresh (on $here $suspended)
            (local.get $id) (i32.sub (local.get $frames) (i32.const 1)) (cont.new $fresh (ref.func $count)))))
      (unreachable)))

  ;; Resumes every one of them once and adds up what they report.
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

  ;; Makes $count counters, one after the other, and drops each while it is suspended. Adds up what they reported.
  (func (export "abandon") (param $count i32) (result i64)
    (local $sum i64)
    (loop $next
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (call $spawn (local.get $count) (i32.const 1))
      (drop)
      (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))
    (unreachable))
)
