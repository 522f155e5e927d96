;; `count` requests to a server on which `live` requests are being served at any time.
;;
;; Each request is a task that waits once, as for a disk, and then answers with its number plus one. The server goes round
;; its slots: it lets the request in a slot finish and starts the next one there.
(module
  (type $start (func (param $id i32) (result i32)))
  (type $step (func (result i32)))
  (type $fresh (cont $start))
  (type $waiting (cont $step))
  (tag $wait)
  (table $slots 1 (ref null $waiting))

  (func $serve (param $id i32) (result i32)
    (suspend $wait)
    (i32.add (local.get $id) (i32.const 1)))
  (elem declare func $serve)

  (func (export "run") (param $count i32) (param $live i32) (result i64)
    (local $id i32)
    (local $slot i32)
    (local $sum i64)
    (local $waiting (ref null $waiting))
    (if (i32.lt_u (table.size $slots) (local.get $live))
      (then (drop (table.grow $slots (ref.null $waiting) (i32.sub (local.get $live) (table.size $slots))))))
    (loop $next
      (local.set $waiting (table.get $slots (local.get $slot)))
      (if (i32.eqz (ref.is_null (local.get $waiting)))
        (then
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (resume $waiting (local.get $waiting)))))))
      (local.set $waiting (ref.null $waiting))
      (if (i32.lt_u (local.get $id) (local.get $count))
        (then
          (block $waits (result (ref $waiting))
            (resume $fresh (on $wait $waits) (local.get $id) (cont.new $fresh (ref.func $serve)))
            (unreachable))
          (local.set $waiting)))
      (table.set $slots (local.get $slot) (local.get $waiting))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (if (i32.eq (local.get $slot) (local.get $live)) (then (local.set $slot (i32.const 0))))
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $id) (i32.add (local.get $count) (local.get $live)))))
    (local.get $sum))
)
