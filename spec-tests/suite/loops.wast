;; Suspends inside loops: with and without parameters, nested, left and continued from different depths,
;; and resume instructions whose handlers are loops.

(module
  (type $v (func))                            (type $kv (cont $v))
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))

  (tag $ask (param i32) (result i32))
  (tag $yield (param i32))
  (tag $more (result i32))

  ;; Gives back the double of each number asked with.
  (func $drive (param $k (ref null $ki)) (result i32)
    (local $n i32) (local $k2 (ref null $kii))
    (loop $again (result i32)
      (block $asked (result i32 (ref $kii))
        (resume $ki (on $ask $asked) (local.get $k))
        (return))
      (local.set $k2)
      (local.set $n)
      (local.set $k (cont.bind $kii $ki (i32.mul (local.get $n) (i32.const 2)) (local.get $k2)))
      (br $again)))
  (func $run (param $x i32) (param $f (ref $ii)) (result i32)
    (call $drive (cont.bind $kii $ki (local.get $x) (cont.new $kii (local.get $f)))))

  (elem declare func
    $count $do-while $params $fib $nested $nested-params $continue $leave $in-arms $first-and-last
    $odd-turns $triple $generator $wants-more)

  ;; A counted loop with the suspend in its middle.
  (func $count (param $x i32) (result i32)
    (local $i i32) (local $sum i32)
    (block $done
      (loop $l
        (br_if $done (i32.ge_u (local.get $i) (local.get $x)))
        (local.set $sum (i32.add (local.get $sum) (suspend $ask (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $l)))
    (local.get $sum))
  (func (export "count") (param i32) (result i32) (call $run (local.get 0) (ref.func $count)))

  ;; The condition that continues the loop comes from a suspend.
  (func $do-while (param $x i32) (result i32)
    (local $n i32)
    (loop $l
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (suspend $ask (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))
    (local.get $n))
  (func (export "do-while") (param i32) (result i32) (call $run (local.get 0) (ref.func $do-while)))

  ;; A loop parameter doubled by each turn.
  (func $params (param $x i32) (result i32)
    (i32.const 1)
    (loop $l (param i32) (result i32)
      (suspend $ask)
      (local.set $x (i32.sub (local.get $x) (i32.const 1)))
      (br_if $l (local.get $x))))
  (func (export "parameter") (param i32) (result i32) (call $run (local.get 0) (ref.func $params)))

  ;; Fibonacci numbers in two loop parameters, with a third value beneath the loop.
  (func $fib (param $x i32) (result i32)
    (local $a i64) (local $b i64)
    (i32.const 1000)
    (i64.const 0)
    (i64.const 1)
    (loop $l (param i64 i64) (result i64)
      (drop (suspend $ask (i32.const 0)))
      (local.set $b)
      (local.set $a)
      (local.get $b)
      (drop (suspend $ask (i32.const 0)))
      (i64.add (local.get $a) (local.get $b))
      (local.set $x (i32.sub (local.get $x) (i32.const 1)))
      (br_if $l (local.get $x))
      (drop))
    (i32.wrap_i64)
    (i32.add))
  (func (export "two parameters") (param i32) (result i32) (call $run (local.get 0) (ref.func $fib)))

  ;; A loop in a loop, suspends at four places.
  (func $nested (param $x i32) (result i32)
    (local $i i32) (local $j i32) (local $sum i32)
    (local.set $i (local.get $x))
    (loop $outer
      (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 1))))
      (local.set $j (local.get $i))
      (loop $inner
        (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 10))))
        (local.set $j (i32.sub (local.get $j) (i32.const 1)))
        (drop (suspend $ask (i32.const 0)))
        (br_if $inner (local.get $j)))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 1000))))
      (br_if $outer (local.get $i)))
    (local.get $sum))
  (func (export "nested") (param i32) (result i32) (call $run (local.get 0) (ref.func $nested)))

  ;; Nested loops, both with parameters; the inner one is entered with the outer one's parameter on the stack.
  (func $nested-params (param $x i32) (result i32)
    (local $i i32) (local $j i32)
    (local.set $i (local.get $x))
    (i32.const 1)
    (loop $outer (param i32) (result i32)
      (local.set $j (i32.const 2))
      (i32.const 0)
      (loop $inner (param i32) (result i32)
        (i32.add (suspend $ask (i32.const 1)))
        (local.set $j (i32.sub (local.get $j) (i32.const 1)))
        (br_if $inner (local.get $j)))
      (i32.mul)
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $outer (local.get $i))))
  (func (export "nested, parameters") (param i32) (result i32) (call $run (local.get 0) (ref.func $nested-params)))

  ;; The outer loop continued from inside the inner one.
  (func $continue (param $x i32) (result i32)
    (local $i i32) (local $n i32)
    (block $done
      (loop $outer
        (br_if $done (i32.ge_u (local.get $i) (local.get $x)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (loop $inner
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $outer (i32.rem_u (suspend $ask (local.get $n)) (i32.const 3)))
          (br $inner))))
    (local.get $n))
  (func (export "continue outer") (param i32) (result i32) (call $run (local.get 0) (ref.func $continue)))

  ;; Left from the inner loop with a value and operands of both loops on the stack.
  (func $leave (param $x i32) (result i32)
    (block $out (result i32)
      (i64.const 5)
      (loop $outer (param i64) (result i32)
        (f64.const 6)
        (loop $inner (param f64) (result i32)
          (local.set $x (suspend $ask (local.get $x)))
          (drop (br_if $out (local.get $x) (i32.gt_s (local.get $x) (i32.const 50))))
          (br $inner))
        (br $out))))
  (func (export "leave both") (param i32) (result i32) (call $run (local.get 0) (ref.func $leave)))

  ;; Both arms of an if in a loop suspend; one of them in a loop of its own.
  (func $in-arms (param $x i32) (result i32)
    (local $sum i32) (local $j i32)
    (loop $l
      (if (i32.and (local.get $x) (i32.const 1))
        (then
          (local.set $j (i32.const 3))
          (loop $inner
            (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 1))))
            (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1))))))
        (else
          (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 50))))))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
    (local.get $sum))
  (func (export "arms") (param i32) (result i32) (call $run (local.get 0) (ref.func $in-arms)))

  ;; The suspend is the first instruction of the loop, or the last.
  (func $first-and-last (param $x i32) (result i32)
    (local $sum i32)
    (loop $l
      (suspend $ask (i32.const 1))
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
    (loop (result i32) (suspend $ask (local.get $sum))))
  (func (export "first and last") (param i32) (result i32) (call $run (local.get 0) (ref.func $first-and-last)))

  ;; Only every second turn suspends.
  (func $odd-turns (param $x i32) (result i32)
    (local $sum i32)
    (loop $l
      (if (i32.and (local.get $x) (i32.const 1))
        (then (local.set $sum (i32.add (local.get $sum) (suspend $ask (local.get $x))))))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
    (local.get $sum))
  (func (export "odd turns") (param i32) (result i32) (call $run (local.get 0) (ref.func $odd-turns)))

  ;; Three loops in one function, one after the other, sharing a local.
  (func $triple (param $x i32) (result i32)
    (local $i i32)
    (local.set $i (i32.const 3))
    (loop $a
      (local.set $x (suspend $ask (local.get $x)))
      (br_if $a (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.set $i (i32.const 2))
    (loop $b
      (local.set $x (i32.add (local.get $x) (suspend $ask (i32.const 1))))
      (br_if $b (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (loop $c (result i32)
      (br_if $c (i32.lt_s (local.tee $x (suspend $ask (local.get $x))) (i32.const 500)))
      (local.get $x)))
  (func (export "three loops") (param i32) (result i32) (call $run (local.get 0) (ref.func $triple)))

  ;; The handler label is a loop: each suspend starts its next turn.
  (func $generator (param $x i32)
    (loop $l
      (suspend $yield (local.get $x))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))
  (type $iv (func (param i32)))
  (type $kiv (cont $iv))
  (func (export "handler loop") (param $x i32) (result i32)
    (local $sum i32) (local $k (ref null $kv))
    (block $done
      (i32.const 0)
      (cont.bind $kiv $kv (local.get $x) (cont.new $kiv (ref.func $generator)))
      (loop $yielded (param i32 (ref $kv))
        (local.set $k)
        (local.set $sum (i32.add (local.get $sum)))
        (resume $kv (on $yield $yielded) (local.get $k))))
    (local.get $sum))

  ;; The same with values given back: the loop's parameter is the continuation alone.
  (func $wants-more (param $x i32) (result i32)
    (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (suspend $more)))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
    (local.get $sum))
  (func (export "handler loop, values given") (param $x i32) (result i32)
    (local $n i32) (local $k (ref null $kii))
    (block $first (result (ref $kii))
      (resume $kii (on $more $first) (local.get $x) (cont.new $kii (ref.func $wants-more)))
      (return))
    (loop $l (param (ref $kii)) (result i32)
      (local.set $k)
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (resume $kii (on $more $l) (local.get $n) (local.get $k))))
)

(assert_return (invoke "count" (i32.const 0)) (i32.const 0))
(assert_return (invoke "count" (i32.const 1)) (i32.const 0))
(assert_return (invoke "count" (i32.const 10)) (i32.const 90))
(assert_return (invoke "do-while" (i32.const 1)) (i32.const 1))
(assert_return (invoke "do-while" (i32.const 20)) (i32.const 20))
(assert_return (invoke "parameter" (i32.const 1)) (i32.const 2))
(assert_return (invoke "parameter" (i32.const 20)) (i32.const 0x100000))
(assert_return (invoke "two parameters" (i32.const 1)) (i32.const 1001))
(assert_return (invoke "two parameters" (i32.const 10)) (i32.const 1055))
(assert_return (invoke "nested" (i32.const 3)) (i32.const 6126))
(assert_return (invoke "nested, parameters" (i32.const 5)) (i32.const 1024))
(assert_return (invoke "continue outer" (i32.const 5)) (i32.const 7))
(assert_return (invoke "leave both" (i32.const 3)) (i32.const 96))
(assert_return (invoke "arms" (i32.const 5)) (i32.const 218))
(assert_return (invoke "first and last" (i32.const 7)) (i32.const 28))
(assert_return (invoke "odd turns" (i32.const 7)) (i32.const 32))
(assert_return (invoke "three loops" (i32.const 1)) (i32.const 768))
(assert_return (invoke "handler loop" (i32.const 1)) (i32.const 1))
(assert_return (invoke "handler loop" (i32.const 10)) (i32.const 55))
(assert_return (invoke "handler loop, values given" (i32.const 1)) (i32.const 1))
(assert_return (invoke "handler loop, values given" (i32.const 5)) (i32.const 12345))
