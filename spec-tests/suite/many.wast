;; Many continuations alive at once: 5,000 suspended ones in a table, resumed in order, backwards and in steps;
;; some thrown into, some dropped; each has state of its own.

(module
  (type $v (func))                            (type $kv (cont $v))
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (type $cell (struct (field (mut i32))))
  (tag $pause)
  (tag $exn)
  (table $t 5000 (ref null $ki))
  (elem declare func $body $deep)

  (func $body (type $ii)
    (local $cell (ref $cell)) (local $d f64)
    (local.set $cell (struct.new $cell (local.get 0)))
    (local.set $d (f64.convert_i32_s (local.get 0)))
    (block $h
      (try_table (catch $exn $h)
        (suspend $pause)
        (struct.set $cell 0 (local.get $cell) (i32.mul (struct.get $cell 0 (local.get $cell)) (i32.const 2)))
        (suspend $pause)
        (return (i32.add (struct.get $cell 0 (local.get $cell)) (i32.trunc_f64_s (local.get $d))))))
    (i32.const -1))
  (func $deep-body (param $n i32) (param $x i32) (result i32)
    (if (local.get $n)
      (then (return (i32.add (i32.const 0) (call $deep-body (i32.sub (local.get $n) (i32.const 1)) (local.get $x))))))
    (call $body (local.get $x)))
  (func $deep (type $ii) (call $deep-body (i32.const 10) (local.get 0)))

  (func $step (param $k (ref null $ki)) (result (ref null $ki))
    (block $h (result (ref $ki))
      (resume $ki (on $pause $h) (local.get $k))
      (unreachable)))
  ;; Makes n, each suspended once.
  (func $make (param $n i32) (param $f (ref $ii))
    (local $i i32)
    (loop $l
      (table.set $t (local.get $i)
        (call $step (cont.bind $kii $ki (local.get $i) (cont.new $kii (local.get $f)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  (func $advance (param $n i32)
    (local $i i32)
    (loop $l
      (table.set $t (local.get $i) (call $step (table.get $t (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  (func $finish (param $at i32) (result i32) (resume $ki (table.get $t (local.get $at))))

  (func (export "in order") (param $n i32) (result i64)
    (local $i i32) (local $sum i64)
    (call $make (local.get $n) (ref.func $body))
    (call $advance (local.get $n))
    (loop $l
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s (call $finish (local.get $i)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func (export "backwards, deep") (param $n i32) (result i64)
    (local $sum i64)
    (call $make (local.get $n) (ref.func $deep))
    (call $advance (local.get $n))
    (loop $l
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s (call $finish (local.get $n)))))
      (br_if $l (local.get $n)))
    (local.get $sum))
  ;; Every third is finished, every third thrown into, every third dropped.
  (func (export "thirds") (param $n i32) (result i64)
    (local $i i32) (local $sum i64)
    (call $make (local.get $n) (ref.func $body))
    (call $advance (local.get $n))
    (loop $l
      (if (i32.eq (i32.rem_u (local.get $i) (i32.const 3)) (i32.const 0))
        (then (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s (call $finish (local.get $i)))))))
      (if (i32.eq (i32.rem_u (local.get $i) (i32.const 3)) (i32.const 1))
        (then
          (local.set $sum
            (i64.add (local.get $sum) (i64.extend_i32_s (resume_throw $ki $exn (table.get $t (local.get $i))))))))
      (table.set $t (local.get $i) (ref.null $ki))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  ;; Made and finished at once, n times.
  (func (export "one at a time") (param $n i32) (result i64)
    (local $sum i64)
    (loop $l
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_s
            (resume $ki (call $step (call $step (cont.bind $kii $ki (local.get $n) (cont.new $kii (ref.func $body)))))))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
)

(assert_return (invoke "in order" (i32.const 5000)) (i64.const 37492500))
(assert_return (invoke "backwards, deep" (i32.const 1000)) (i64.const 1498500))
(assert_return (invoke "thirds" (i32.const 3000)) (i64.const 4494500))
(assert_return (invoke "one at a time" (i32.const 5000)) (i64.const 37507500))
