;; Suspends under calls of every kind: call, call_indirect, call_ref and their tail calls, from functions
;; that run for the first time and from functions that were re-entered; multi-value callees; mutual recursion.

(module
  (type $v (func))                                (type $kv (cont $v))
  (type $i (func (result i32)))                   (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))      (type $kii (cont $ii))
  (type $iii (func (param i32 i32) (result i32)))
  (type $i-ii (func (param i32) (result i32 i32)))
  (tag $ask (param i32) (result i32))

  ;; Gives back each number asked with, plus one.
  (func $drive (param $k (ref null $ki)) (result i32)
    (local $n i32) (local $k2 (ref null $kii))
    (loop $again (result i32)
      (block $asked (result i32 (ref $kii))
        (resume $ki (on $ask $asked) (local.get $k))
        (return))
      (local.set $k2)
      (local.set $n)
      (local.set $k (cont.bind $kii $ki (i32.add (local.get $n) (i32.const 1)) (local.get $k2)))
      (br $again)))
  (func $run (param $x i32) (param $f (ref $ii)) (result i32)
    (call $drive (cont.bind $kii $ki (local.get $x) (cont.new $kii (local.get $f)))))

  (table $t 5 funcref)
  (elem (table $t) (i32.const 0) func $one $twice $pair)
  (elem declare func
    $direct $indirect $ref $null-ref $args $multi $between $tail $tail-indirect $tail-ref $tail-late
    $tail-loop $tail-even $recursive $fib $ackermann $three-ways $void-calls $loop-calls
    $one $twice $pair $tail-of-callee $tail-into-if $indirect-index $tail-null)

  (func $one (type $ii) (suspend $ask (local.get 0)))
  (func $twice (type $ii) (suspend $ask (suspend $ask (local.get 0))))
  (func $pair (type $i-ii) (suspend $ask (local.get 0)) (suspend $ask (i32.mul (local.get 0) (i32.const 2))))
  (func $two (type $iii) (i32.sub (suspend $ask (local.get 0)) (local.get 1)))
  (func $nothing (param i32) (drop (suspend $ask (local.get 0))))
  (func $pure (param i32) (result i32) (i32.mul (local.get 0) (i32.const 10)))

  (func $direct (type $ii) (call $one (call $pure (call $twice (local.get 0)))))
  (func (export "call") (param i32) (result i32) (call $run (local.get 0) (ref.func $direct)))

  (func $indirect (type $ii)
    (i32.add
      (call_indirect $t (type $ii) (local.get 0) (i32.const 0))
      (call_indirect $t (type $ii) (local.get 0) (i32.const 1))))
  (func (export "call_indirect") (param i32) (result i32) (call $run (local.get 0) (ref.func $indirect)))

  ;; The index, and whether there is a function at all, come from suspends.
  (func $indirect-index (type $ii)
    (call_indirect $t (type $ii) (suspend $ask (i32.const 40)) (suspend $ask (local.get 0))))
  (func (export "call_indirect, index") (param i32) (result i32) (call $run (local.get 0) (ref.func $indirect-index)))

  (func $ref (type $ii)
    (local $f (ref $ii))
    (local.set $f (ref.func $one))
    (drop (suspend $ask (i32.const 0)))
    (call_ref $ii (call_ref $ii (local.get 0) (local.get $f)) (ref.func $twice)))
  (func (export "call_ref") (param i32) (result i32) (call $run (local.get 0) (ref.func $ref)))
  (func $null-ref (type $ii)
    (call_ref $ii (suspend $ask (local.get 0)) (ref.null $ii)))
  (func (export "call_ref, null") (param i32) (result i32) (call $run (local.get 0) (ref.func $null-ref)))

  ;; Arguments that are suspends and calls themselves.
  (func $args (type $ii)
    (call $two
      (call $two (suspend $ask (local.get 0)) (suspend $ask (i32.const 2)))
      (call $two (i32.const 100) (call $one (i32.const 30)))))
  (func (export "arguments") (param i32) (result i32) (call $run (local.get 0) (ref.func $args)))

  ;; Two results of a callee, one of them waiting while the function is left again.
  (func $multi (type $ii)
    (call $pair (local.get 0))
    (call $pair)
    (call $two)
    (i32.add))
  (func (export "two results") (param i32) (result i32) (call $run (local.get 0) (ref.func $multi)))

  ;; Calls that cannot suspend between calls that do.
  (func $between (type $ii)
    (i32.add
      (call $pure (local.get 0))
      (i32.add (call $one (call $pure (i32.const 5))) (call $pure (call $one (i32.const 6))))))
  (func (export "between") (param i32) (result i32) (call $run (local.get 0) (ref.func $between)))

  (func $void-calls (type $ii)
    (local.get 0)
    (call $nothing (i32.const 1))
    (i32.const 5)
    (call $nothing (i32.const 2))
    (i32.add)
    (call $nothing (i32.const 3)))
  (func (export "no result") (param i32) (result i32) (call $run (local.get 0) (ref.func $void-calls)))

  (func $loop-calls (type $ii)
    (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (call_indirect $t (type $ii) (local.get 0) (i32.and (local.get 0) (i32.const 1)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))
  (func (export "in a loop") (param i32) (result i32) (call $run (local.get 0) (ref.func $loop-calls)))

  ;; Tail calls to functions that suspend.
  (func $tail (type $ii) (return_call $one (suspend $ask (local.get 0))))
  (func (export "return_call") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail)))
  (func $tail-indirect (type $ii) (return_call_indirect $t (type $ii) (suspend $ask (local.get 0)) (i32.const 1)))
  (func (export "return_call_indirect") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-indirect)))
  (func $tail-ref (type $ii) (return_call_ref $ii (suspend $ask (local.get 0)) (ref.func $twice)))
  (func (export "return_call_ref") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-ref)))
  (func $tail-null (type $ii) (return_call_ref $ii (suspend $ask (local.get 0)) (ref.null $ii)))
  (func (export "return_call_ref, null") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-null)))
  ;; The tail call has operands beneath it, is inside blocks, and its callee ends in a tail call.
  (func $tail-late (type $ii)
    (f64.const 1)
    (block
      (i64.const 2)
      (block
        (br_if 0 (suspend $ask (local.get 0)))
        (return_call $tail-ref (suspend $ask (i32.const 10))))
      (drop))
    (drop)
    (return_call $tail-indirect (suspend $ask (i32.const 20))))
  (func (export "return_call, from blocks") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-late)))
  ;; What a tail call returns goes to the caller of the function that made it.
  (func $tail-of-callee (type $ii)
    (i32.mul (i32.const 3) (call $tail-late (suspend $ask (local.get 0)))))
  (func (export "return_call, in a callee") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-of-callee)))
  (func $tail-into-if (type $ii)
    (if (suspend $ask (local.get 0))
      (then (return_call $tail-of-callee (i32.const 1)))
      (else (return_call $pure (suspend $ask (i32.const 1)))))
    (unreachable))
  (func (export "return_call, in arms") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-into-if)))
  ;; A loop made of tail calls, with one suspend in each turn.
  (func $turn (param $n i32) (param $sum i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
    (return_call $turn
      (i32.sub (local.get $n) (i32.const 1))
      (i32.add (local.get $sum) (suspend $ask (i32.const 1)))))
  (func $tail-loop (type $ii) (return_call $turn (local.get 0) (i32.const 0)))
  (func (export "return_call, loop") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-loop)))
  ;; Two functions that call each other in tail position, one of them with call_ref.
  (func $tail-even (type $ii)
    (if (i32.eqz (local.get 0)) (then (return (suspend $ask (i32.const 100)))))
    (return_call $tail-odd (i32.sub (suspend $ask (local.get 0)) (i32.const 2))))
  (func $tail-odd (type $ii)
    (if (i32.eqz (local.get 0)) (then (return (suspend $ask (i32.const 200)))))
    (return_call_ref $ii (i32.sub (local.get 0) (i32.const 1)) (ref.func $tail-even)))
  (func (export "return_call, even and odd") (param i32) (result i32) (call $run (local.get 0) (ref.func $tail-even)))

  ;; Recursion: before, after and on both sides of the recursive call.
  (func $recursive (type $ii)
    (if (i32.eqz (local.get 0)) (then (return (suspend $ask (i32.const 0)))))
    (drop (suspend $ask (i32.const 0)))
    (i32.add
      (i32.mul (local.get 0) (suspend $ask (i32.const 1)))
      (i32.add (call $recursive (i32.sub (local.get 0) (i32.const 1))) (suspend $ask (i32.const -1)))))
  (func (export "recursive") (param i32) (result i32) (call $run (local.get 0) (ref.func $recursive)))
  (func $fib (type $ii)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (suspend $ask (i32.sub (local.get 0) (i32.const 1))))))
    (i32.add
      (call $fib (i32.sub (local.get 0) (i32.const 1)))
      (call_indirect $rt (type $ii) (i32.sub (local.get 0) (i32.const 2)) (i32.const 0))))
  (table $rt (ref null $ii) (elem (ref.func $fib)))
  (func (export "fib") (param i32) (result i32) (call $run (local.get 0) (ref.func $fib)))
  (func $ack (param $m i32) (param $n i32) (result i32)
    (if (i32.eqz (local.get $m)) (then (return (suspend $ask (local.get $n)))))
    (if (i32.eqz (local.get $n)) (then (return_call $ack (i32.sub (local.get $m) (i32.const 1)) (i32.const 1))))
    (return_call $ack
      (i32.sub (local.get $m) (i32.const 1))
      (call $ack (local.get $m) (i32.sub (local.get $n) (i32.const 1)))))
  (func $ackermann (type $ii) (call $ack (i32.const 2) (local.get 0)))
  (func (export "ackermann") (param i32) (result i32) (call $run (local.get 0) (ref.func $ackermann)))

  ;; The same callee reached in three ways from one function.
  (func $three-ways (type $ii)
    (local $sum i32)
    (local.set $sum (call $twice (local.get 0)))
    (local.set $sum (i32.add (local.get $sum) (call_indirect $t (type $ii) (local.get $sum) (i32.const 1))))
    (return_call_ref $ii (i32.add (local.get $sum) (call_ref $ii (local.get $sum) (ref.func $twice))) (ref.func $twice)))
  (func (export "three ways") (param i32) (result i32) (call $run (local.get 0) (ref.func $three-ways)))

  ;; The same functions without a suspend on the way: called outside any continuation.
  (func (export "outside") (param i32) (result i32)
    (if (local.get 0) (then (return (call $pure (local.get 0)))))
    (call $turn (i32.const 0) (i32.const 7)))
)

(assert_return (invoke "call" (i32.const 5)) (i32.const 71))
(assert_return (invoke "call_indirect" (i32.const 5)) (i32.const 13))
(assert_return (invoke "call_indirect, index" (i32.const -1)) (i32.const 42))
(assert_return (invoke "call_indirect, index" (i32.const 0)) (i32.const 43))
(assert_trap (invoke "call_indirect, index" (i32.const 1)) "indirect call type mismatch")
(assert_trap (invoke "call_indirect, index" (i32.const 2)) "uninitialized element")
(assert_trap (invoke "call_indirect, index" (i32.const 4)) "undefined element")
(assert_return (invoke "call_indirect, index" (i32.const 0)) (i32.const 43))
(assert_return (invoke "call_ref" (i32.const 5)) (i32.const 8))
(assert_trap (invoke "call_ref, null" (i32.const 5)) "null function reference")
(assert_return (invoke "arguments" (i32.const 5)) (i32.const -65))
(assert_return (invoke "two results" (i32.const 5)) (i32.const -4))
(assert_return (invoke "between" (i32.const 5)) (i32.const 171))
(assert_return (invoke "no result" (i32.const 5)) (i32.const 10))
(assert_return (invoke "in a loop" (i32.const 5)) (i32.const 23))
(assert_return (invoke "return_call" (i32.const 5)) (i32.const 7))
(assert_return (invoke "return_call_indirect" (i32.const 5)) (i32.const 8))
(assert_return (invoke "return_call_ref" (i32.const 5)) (i32.const 8))
(assert_trap (invoke "return_call_ref, null" (i32.const 5)) "null function reference")
(assert_return (invoke "return_call, from blocks" (i32.const 5)) (i32.const 24))
(assert_return (invoke "return_call, from blocks" (i32.const -1)) (i32.const 14))
(assert_return (invoke "return_call, in a callee" (i32.const 5)) (i32.const 72))
(assert_return (invoke "return_call, in a callee" (i32.const -2)) (i32.const 42))
(assert_return (invoke "return_call, in arms" (i32.const 5)) (i32.const 72))
(assert_return (invoke "return_call, in arms" (i32.const -1)) (i32.const 20))
(assert_return (invoke "return_call, loop" (i32.const 1000)) (i32.const 2000))
(assert_return (invoke "return_call, even and odd" (i32.const 10)) (i32.const 101))
(assert_return (invoke "return_call, even and odd" (i32.const 11)) (i32.const 201))
(assert_return (invoke "recursive" (i32.const 0)) (i32.const 1))
(assert_return (invoke "recursive" (i32.const 10)) (i32.const 111))
(assert_return (invoke "fib" (i32.const 12)) (i32.const 144))
(assert_return (invoke "ackermann" (i32.const 4)) (i32.const 11))
(assert_return (invoke "three ways" (i32.const 5)) (i32.const 36))
(assert_return (invoke "outside" (i32.const 5)) (i32.const 50))
(assert_return (invoke "outside" (i32.const 0)) (i32.const 7))
