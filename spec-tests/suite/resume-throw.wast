;; resume_throw and resume_throw_ref: into fresh, bound and suspended continuations; suspended in a straight line,
;; in blocks, loops, ifs, callees, try_tables of every catch form; caught inside, thrown on, replaced by another
;; exception; with handlers of their own; caught by the resumer. The continuation is dead afterwards or goes on.

(module
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (type $v (func))                            (type $kv (cont $v))
  (tag $pause)
  (tag $ask (param i32) (result i32))
  (tag $e (param i32))
  (tag $e0)
  (tag $two (param i64 i32))
  (tag $other)

  (global $ran (mut i32) (i32.const 0))
  (elem declare func
    $never $never1 $line $block $loop $if $operands $callee $indirect $ref-call $tail $catch $catch_ref $catch_all
    $catch_all_ref $wrong-tag $nested-catch $loop-catch $rethrow $replace $after-try $in-handler $suspends-in-catch
    $asks $catch-two $catch-none $resumer $resumer-catch $deep-resumer $keeps)

  ;; A continuation of $f that has suspended with $pause.
  (func $paused (param $f (ref $i)) (result (ref $ki))
    (block $h (result (ref $ki))
      (resume $ki (on $pause $h) (cont.new $ki (local.get $f)))
      (unreachable)))
  (func $make-exn (param $x i32) (result (ref exn))
    (block $h (result (ref exn))
      (try_table (catch_all_ref $h) (throw $e (local.get $x)))
      (unreachable)))
  ;; Throws $e with the number into the continuation; 1000 more if the exception comes out again.
  (func $into (param $k (ref $ki)) (param $x i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h)
        (return (resume_throw $ki $e (local.get $x) (local.get $k))))
      (unreachable))
    (i32.add (i32.const 1000)))
  (func $into-ref (param $k (ref $ki)) (param $x i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h)
        (return (resume_throw_ref $ki (call $make-exn (local.get $x)) (local.get $k))))
      (unreachable))
    (i32.add (i32.const 1000)))

  ;; Fresh and bound continuations do not run.
  (func $never (type $i) (global.set $ran (i32.const 1)) (i32.const 5))
  (func $never1 (type $ii) (global.set $ran (i32.const 1)) (i32.const 5))
  (func (export "fresh") (param i32) (result i32) (call $into (cont.new $ki (ref.func $never)) (local.get 0)))
  (func (export "fresh, ref") (param i32) (result i32) (call $into-ref (cont.new $ki (ref.func $never)) (local.get 0)))
  (func (export "bound") (param i32) (result i32)
    (call $into (cont.bind $kii $ki (i32.const 1) (cont.new $kii (ref.func $never1))) (local.get 0)))
  (func (export "bound, ref") (param i32) (result i32)
    (call $into-ref (cont.bind $kii $ki (i32.const 1) (cont.new $kii (ref.func $never1))) (local.get 0)))
  (func (export "ran") (result i32) (global.get $ran))
  ;; The arguments the continuation still waits for are not needed.
  (func (export "fresh with parameter") (param $x i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h)
        (return (resume_throw $kii $e (local.get $x) (cont.new $kii (ref.func $never1)))))
      (unreachable)))

  ;; Suspended where nothing catches.
  (func $line (type $i) (suspend $pause) (global.set $ran (i32.const 1)) (i32.const 5))
  (func $block (type $i) (block (block (suspend $pause) (global.set $ran (i32.const 1)))) (i32.const 5))
  (func $loop (type $i)
    (local $n i32)
    (loop $l
      (if (local.get $n) (then (suspend $pause) (global.set $ran (i32.const 1))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $n) (i32.const 3))))
    (i32.const 5))
  (func $if (type $i)
    (if (result i32) (i32.const 0)
      (then (i32.const 1))
      (else (suspend $pause) (global.set $ran (i32.const 1)) (i32.const 2))))
  (func $operands (type $i)
    (i32.const 1) (f64.const 2) (ref.null any) (suspend $pause) (drop) (drop) (global.set $ran (i32.const 1)))
  (func $callee (type $i) (i32.add (i32.const 1) (call $line)))
  (func $indirect (type $i) (i32.add (i32.const 1) (call_indirect $t (type $i) (i32.const 0))))
  (table $t funcref (elem (ref.func $callee)))
  (func $ref-call (type $i) (i32.add (i32.const 1) (call_ref $i (ref.func $indirect))))
  (func $tail (type $i) (return_call $callee))
  ;; Suspended where something catches.
  (func $catch (type $i)
    (block $h (result i32)
      (try_table (catch $e $h) (suspend $pause))
      (return (i32.const -1)))
    (i32.add (i32.const 1)))
  (func $catch_ref (type $i)
    (local $x exnref)
    (block $h (result i32 exnref)
      (try_table (catch_ref $e $h) (suspend $pause))
      (return (i32.const -1)))
    (local.set $x)
    (block $h2 (result i32)
      (try_table (catch $e $h2) (throw_ref (local.get $x)))
      (unreachable))
    (i32.add))
  (func $catch_all (type $i)
    (block $h
      (try_table (catch_all $h) (suspend $pause))
      (return (i32.const -1)))
    (i32.const 33))
  (func $catch_all_ref (type $i)
    (block $h2 (result i32)
      (block $h (result exnref)
        (try_table (catch_all_ref $h) (suspend $pause))
        (return (i32.const -1)))
      (try_table (param exnref) (catch $e $h2) (throw_ref))
      (unreachable))
    (i32.mul (i32.const 2)))
  (func $wrong-tag (type $i)
    (block $h (try_table (catch $other $h) (catch $e0 $h) (suspend $pause)))
    (i32.const -1))
  ;; The inner try_table has the wrong tag, the outer one the right one, two calls up.
  (func $nested-catch (type $i)
    (block $h (result i32)
      (try_table (result i32) (catch $e $h) (call $wrong-tag)))
    (i32.add (i32.const 2)))
  (func $loop-catch (type $i)
    (local $sum i32) (local $n i32)
    (loop $l
      (block $next
        (block $h (result i32)
          (try_table (catch $e $h) (suspend $pause))
          (br $next))
        (local.set $sum (i32.add (local.get $sum))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
    (local.get $sum))
  ;; Caught, and thrown on.
  (func $rethrow (type $i)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (suspend $pause))
      (return (i32.const -1)))
    (throw_ref))
  (func $replace (type $i)
    (block $h (result i32)
      (try_table (catch $e $h) (suspend $pause))
      (return (i32.const -1)))
    (throw $e (i32.mul (i32.const 3))))
  ;; The suspend is after a try_table, or in the code a handler runs: neither is covered.
  (func $after-try (type $i)
    (block $h (result i32)
      (try_table (catch $e $h))
      (suspend $pause)
      (i32.const -1)))
  (func $in-handler (type $i)
    (block $h (result i32)
      (try_table (catch $e $h) (throw $e (i32.const 5)))
      (unreachable))
    (suspend $pause))

  (table $into-table (ref null $i)
    (elem
      (ref.func $line) (ref.func $block) (ref.func $loop) (ref.func $if) (ref.func $operands) (ref.func $callee)
      (ref.func $indirect) (ref.func $ref-call) (ref.func $tail) (ref.func $wrong-tag) (ref.func $rethrow)
      (ref.func $after-try) (ref.func $in-handler) (ref.func $replace)
      (ref.func $catch) (ref.func $catch_ref) (ref.func $catch_all) (ref.func $catch_all_ref) (ref.func $nested-catch)))
  (func (export "into") (param $f i32) (param $x i32) (result i32)
    (call $into (call $paused (ref.as_non_null (table.get $into-table (local.get $f)))) (local.get $x)))
  (func (export "into, ref") (param $f i32) (param $x i32) (result i32)
    (call $into-ref (call $paused (ref.as_non_null (table.get $into-table (local.get $f)))) (local.get $x)))

  ;; Thrown into three times: in a loop that catches each time.
  (func $step-throw (param $k (ref $ki)) (param $x i32) (result (ref $ki))
    (block $h (result (ref $ki))
      (resume_throw $ki $e (on $pause $h) (local.get $x) (local.get $k))
      (unreachable)))
  (func (export "three times") (result i32)
    (call $into
      (call $step-throw (call $step-throw (call $paused (ref.func $loop-catch)) (i32.const 100)) (i32.const 20))
      (i32.const 3)))
  (func (export "throw, resume, throw") (result i32)
    (local $k (ref $ki))
    (local.set $k (call $step-throw (call $paused (ref.func $loop-catch)) (i32.const 100)))
    (block $h (result (ref $ki))
      (resume $ki (on $pause $h) (local.get $k))
      (unreachable))
    (local.set $k)
    (call $into (local.get $k) (i32.const 3)))

  ;; The handlers of resume_throw serve what the continuation does after it caught the exception.
  (func $suspends-in-catch (type $i)
    (block $h (result i32)
      (try_table (catch $e $h) (suspend $pause))
      (return (i32.const -1)))
    (suspend $ask)
    (i32.add (i32.const 1)))
  (func (export "handlers") (param $x i32) (result i32 i32)
    (local $k (ref null $kii))
    (block $h (result i32 (ref $kii))
      (resume_throw $ki $e (on $ask $h) (local.get $x) (call $paused (ref.func $suspends-in-catch)))
      (unreachable))
    (local.set $k)
    (resume $kii (i32.const 50) (local.get $k)))
  (func (export "handlers, ref") (param $x i32) (result i32 i32)
    (local $k (ref null $kii))
    (block $h (result i32 (ref $kii))
      (resume_throw_ref $ki (on $ask $h) (call $make-exn (local.get $x)) (call $paused (ref.func $suspends-in-catch)))
      (unreachable))
    (local.set $k)
    (resume $kii (i32.const 50) (local.get $k)))
  (func (export "no handlers") (param $x i32) (result i32)
    (resume_throw $ki $e (local.get $x) (call $paused (ref.func $suspends-in-catch))))

  ;; A continuation that waits for values is thrown into without them.
  (func $asks (type $i)
    (block $h (result i32)
      (try_table (catch $e $h) (return (suspend $ask (i32.const 1))))
      (unreachable))
    (i32.add (i32.const 7)))
  (func (export "waiting for a value") (param $x i32) (result i32)
    (local $k (ref null $kii))
    (block $h (result i32 (ref $kii))
      (resume $ki (on $ask $h) (cont.new $ki (ref.func $asks)))
      (return))
    (local.set $k)
    (i32.add (resume_throw $kii $e (local.get $x) (local.get $k))))

  ;; Two payload values; none.
  (func (export "two values") (param i64 i32) (result i32)
    (resume_throw $ki $two (local.get 0) (local.get 1) (call $paused (ref.func $catch-two))))
  (func $catch-two (type $i)
    (local $x i32)
    (block $h (result i64 i32)
      (try_table (catch $two $h) (suspend $pause))
      (unreachable))
    (local.set $x)
    (i32.sub (i32.wrap_i64) (local.get $x)))
  (func $catch-none (type $i)
    (block $h (try_table (catch $e0 $h) (suspend $pause)))
    (i32.const 9))
  (func (export "no value") (result i32) (resume_throw $ki $e0 (call $paused (ref.func $catch-none))))

  ;; Through levels of resume: caught by the innermost that catches.
  (func $resumer (type $i) (i32.add (i32.const 10) (resume $ki (cont.new $ki (ref.func $line)))))
  (func $resumer-catch (type $i)
    (block $h (result i32)
      (try_table (result i32) (catch $e $h) (resume $ki (cont.new $ki (ref.func $resumer)))))
    (i32.add (i32.const 20)))
  (func $deep-resumer (type $i) (i32.add (i32.const 300) (resume $ki (cont.new $ki (ref.func $resumer-catch)))))
  (func (export "levels, caught by the thrower") (param i32) (result i32)
    (call $into (call $paused (ref.func $resumer)) (local.get 0)))
  (func (export "levels, caught in between") (param i32) (result i32)
    (call $into (call $paused (ref.func $deep-resumer)) (local.get 0)))

  ;; Dead after the exception came out; alive after it was caught inside and suspended again.
  (func (export "dead") (param $how i32)
    (local $k (ref $ki))
    (local.set $k (call $paused (ref.func $line)))
    (drop (call $into (local.get $k) (i32.const 1)))
    (if (local.get $how)
      (then (drop (resume $ki (local.get $k))))
      (else (drop (resume_throw $ki $e (i32.const 1) (local.get $k))))))
  (func (export "dead, fresh")
    (local $k (ref $ki))
    (local.set $k (cont.new $ki (ref.func $never)))
    (drop (call $into-ref (local.get $k) (i32.const 1)))
    (drop (resume $ki (local.get $k))))

  ;; Nobody catches.
  (func (export "uncaught") (drop (resume_throw $ki $e (i32.const 1) (call $paused (ref.func $line)))))
  (func (export "uncaught, fresh") (drop (resume_throw $ki $e (i32.const 1) (cont.new $ki (ref.func $never)))))
  (func (export "uncaught, ref") (drop (resume_throw_ref $ki (call $make-exn (i32.const 1)) (call $paused (ref.func $line)))))

  ;; Null operands.
  (func (export "null") (drop (resume_throw $ki $e (i32.const 1) (ref.null $ki))))
  (func (export "null, ref") (drop (resume_throw_ref $ki (call $make-exn (i32.const 1)) (ref.null $ki))))
  (func (export "null exception")
    (drop (resume_throw_ref $ki (ref.null exn) (call $paused (ref.func $catch_all)))))
  (func (export "null exception, fresh")
    (drop (resume_throw_ref $ki (ref.null noexn) (cont.new $ki (ref.func $never)))))

  ;; The identity of the exception survives: what is thrown in by reference is what is caught inside and comes out.
  (global $seen (mut exnref) (ref.null exn))
  (func $keeps (type $i)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (suspend $pause))
      (unreachable))
    (global.set $seen)
    (suspend $pause)
    (throw_ref (global.get $seen)))
  (func (export "identity") (param $x i32) (result i32)
    (local $k (ref $ki))
    (local.set $k (call $paused (ref.func $keeps)))
    (block $h (result (ref $ki))
      (resume_throw_ref $ki (on $pause $h) (call $make-exn (local.get $x)) (local.get $k))
      (unreachable))
    (local.set $k)
    (block $out (result i32)
      (try_table (catch $e $out) (drop (resume $ki (local.get $k))))
      (unreachable))
    (block $out (result i32)
      (try_table (catch $e $out) (throw_ref (global.get $seen)))
      (unreachable))
    (i32.add))
)

(assert_return (invoke "fresh" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "fresh, ref" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "bound" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "bound, ref" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "fresh with parameter" (i32.const 5)) (i32.const 5))
(assert_return (invoke "ran") (i32.const 0))
(assert_return (invoke "into" (i32.const 0) (i32.const 5)) (i32.const 1005)) ;; line
(assert_return (invoke "into, ref" (i32.const 0) (i32.const 5)) (i32.const 1005)) ;; line
(assert_return (invoke "into" (i32.const 1) (i32.const 5)) (i32.const 1005)) ;; block
(assert_return (invoke "into, ref" (i32.const 1) (i32.const 5)) (i32.const 1005)) ;; block
(assert_return (invoke "into" (i32.const 2) (i32.const 5)) (i32.const 1005)) ;; loop
(assert_return (invoke "into, ref" (i32.const 2) (i32.const 5)) (i32.const 1005)) ;; loop
(assert_return (invoke "into" (i32.const 3) (i32.const 5)) (i32.const 1005)) ;; if
(assert_return (invoke "into, ref" (i32.const 3) (i32.const 5)) (i32.const 1005)) ;; if
(assert_return (invoke "into" (i32.const 4) (i32.const 5)) (i32.const 1005)) ;; operands
(assert_return (invoke "into, ref" (i32.const 4) (i32.const 5)) (i32.const 1005)) ;; operands
(assert_return (invoke "into" (i32.const 5) (i32.const 5)) (i32.const 1005)) ;; callee
(assert_return (invoke "into, ref" (i32.const 5) (i32.const 5)) (i32.const 1005)) ;; callee
(assert_return (invoke "into" (i32.const 6) (i32.const 5)) (i32.const 1005)) ;; indirect
(assert_return (invoke "into, ref" (i32.const 6) (i32.const 5)) (i32.const 1005)) ;; indirect
(assert_return (invoke "into" (i32.const 7) (i32.const 5)) (i32.const 1005)) ;; ref-call
(assert_return (invoke "into, ref" (i32.const 7) (i32.const 5)) (i32.const 1005)) ;; ref-call
(assert_return (invoke "into" (i32.const 8) (i32.const 5)) (i32.const 1005)) ;; tail
(assert_return (invoke "into, ref" (i32.const 8) (i32.const 5)) (i32.const 1005)) ;; tail
(assert_return (invoke "into" (i32.const 9) (i32.const 5)) (i32.const 1005)) ;; wrong-tag
(assert_return (invoke "into, ref" (i32.const 9) (i32.const 5)) (i32.const 1005)) ;; wrong-tag
(assert_return (invoke "into" (i32.const 10) (i32.const 5)) (i32.const 1005)) ;; rethrow
(assert_return (invoke "into, ref" (i32.const 10) (i32.const 5)) (i32.const 1005)) ;; rethrow
(assert_return (invoke "into" (i32.const 11) (i32.const 5)) (i32.const 1005)) ;; after-try
(assert_return (invoke "into, ref" (i32.const 11) (i32.const 5)) (i32.const 1005)) ;; after-try
(assert_return (invoke "into" (i32.const 12) (i32.const 5)) (i32.const 1005)) ;; in-handler
(assert_return (invoke "into, ref" (i32.const 12) (i32.const 5)) (i32.const 1005)) ;; in-handler
(assert_return (invoke "into" (i32.const 13) (i32.const 5)) (i32.const 1015)) ;; replace
(assert_return (invoke "into, ref" (i32.const 13) (i32.const 5)) (i32.const 1015)) ;; replace
(assert_return (invoke "into" (i32.const 14) (i32.const 5)) (i32.const 6)) ;; catch
(assert_return (invoke "into, ref" (i32.const 14) (i32.const 5)) (i32.const 6)) ;; catch
(assert_return (invoke "into" (i32.const 15) (i32.const 5)) (i32.const 10)) ;; catch_ref
(assert_return (invoke "into, ref" (i32.const 15) (i32.const 5)) (i32.const 10)) ;; catch_ref
(assert_return (invoke "into" (i32.const 16) (i32.const 5)) (i32.const 33)) ;; catch_all
(assert_return (invoke "into, ref" (i32.const 16) (i32.const 5)) (i32.const 33)) ;; catch_all
(assert_return (invoke "into" (i32.const 17) (i32.const 5)) (i32.const 10)) ;; catch_all_ref
(assert_return (invoke "into, ref" (i32.const 17) (i32.const 5)) (i32.const 10)) ;; catch_all_ref
(assert_return (invoke "into" (i32.const 18) (i32.const 5)) (i32.const 7)) ;; nested-catch
(assert_return (invoke "into, ref" (i32.const 18) (i32.const 5)) (i32.const 7)) ;; nested-catch
(assert_return (invoke "ran") (i32.const 0))
(assert_return (invoke "three times") (i32.const 123))
(assert_return (invoke "throw, resume, throw") (i32.const 103))
(assert_return (invoke "handlers" (i32.const 5)) (i32.const 5) (i32.const 51))
(assert_return (invoke "handlers, ref" (i32.const 5)) (i32.const 5) (i32.const 51))
(assert_suspension (invoke "no handlers" (i32.const 5)) "unhandled tag")
(assert_return (invoke "waiting for a value" (i32.const 5)) (i32.const 13))
(assert_return (invoke "two values" (i64.const 50) (i32.const 8)) (i32.const 42))
(assert_return (invoke "no value") (i32.const 9))
(assert_return (invoke "levels, caught by the thrower" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "levels, caught in between" (i32.const 5)) (i32.const 325))
(assert_trap (invoke "dead" (i32.const 0)) "continuation already consumed")
(assert_trap (invoke "dead" (i32.const 1)) "continuation already consumed")
(assert_trap (invoke "dead, fresh") "continuation already consumed")
(assert_exception (invoke "uncaught"))
(assert_exception (invoke "uncaught, fresh"))
(assert_exception (invoke "uncaught, ref"))
(assert_trap (invoke "null") "null continuation reference")
(assert_trap (invoke "null, ref") "null continuation reference")
(assert_trap (invoke "null exception") "null exception reference")
(assert_trap (invoke "null exception, fresh") "null exception reference")
(assert_return (invoke "identity" (i32.const 21)) (i32.const 42))
(assert_return (invoke "three times") (i32.const 123))
