;; The state effect: a computation that reads and writes a cell which only its handler has.
;;
;; Each turn of the loop is one $get and one $put. The result is what the cell holds at the end.
(module
  (type $task (func (param $turns i32)))
  (type $got (func (param i32)))
  (type $put_done (func))
  (type $fresh (cont $task))
  (type $wants (cont $got))         ;; waits in $get for the cell's value
  (type $waits (cont $put_done))    ;; waits in $put
  (tag $get (result i32))
  (tag $put (param i32))

  (func $count_up (param $turns i32)
    (loop $more
      (if (i32.eqz (local.get $turns)) (then (return)))
      (suspend $put (i32.add (suspend $get) (i32.const 1)))
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br $more)))
  (elem declare func $count_up)

  ;; `count` operations: half as many turns.
  (func (export "run") (param $count i32) (result i64)
    (local $cell i32)
    (local $wants (ref null $wants))
    (local $waits (ref null $waits))
    (local.set $waits
      (cont.bind $fresh $waits
        (i32.shr_u (local.get $count) (i32.const 1)) (cont.new $fresh (ref.func $count_up))))
    (loop $more
      (block $put (result i32 (ref $waits))
        (block $get (result (ref $wants))
          (if (ref.is_null (local.get $wants))
            (then (resume $waits (on $get $get) (on $put $put) (local.get $waits)))
            (else (resume $wants (on $get $get) (on $put $put) (local.get $cell) (local.get $wants))))
          (return (i64.extend_i32_u (local.get $cell))))
        (local.set $wants)
        (br $more))
      (local.set $waits)
      (local.set $cell)
      (local.set $wants (ref.null $wants))
      (br $more))
    (unreachable))
)
