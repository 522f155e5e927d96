;; Suspends around the legacy exception instructions: try, catch, catch_all, rethrow and delegate, in functions that
;; are left in the body, in a handler, and in nested ones. (Engines refuse modules that use both forms of exception
;; handling, so there is no try_table here.)

(module
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (tag $ask (param i32) (result i32))
  (tag $pause)
  (tag $e (param i32))
  (tag $e0)
  (tag $two (param i32 i64))

  ;; Gives back each number asked with.
  (func $drive (param $k (ref null $ki)) (result i32)
    (local $n i32) (local $k2 (ref null $kii))
    (loop $again (result i32)
      (block $h (result i32 (ref $kii))
        (resume $ki (on $ask $h) (local.get $k))
        (return))
      (local.set $k2)
      (local.set $n)
      (local.set $k (cont.bind $kii $ki (local.get $n) (local.get $k2)))
      (br $again)))
  (func $run (param $x i32) (param $f (ref $ii)) (result i32)
    (call $drive (cont.bind $kii $ki (local.get $x) (cont.new $kii (local.get $f)))))
  (elem declare func
    $body $handler $both $catch-all $rethrow $rethrow-outer $delegate $delegate-out $nested $loop
    $no-throw $thrown-into)

  (func $throw-if (param i32) (if (suspend $ask (local.get 0)) (then (throw $e (local.get 0)))))

  (func $no-throw (type $ii)
    try (result i32)
      (suspend $ask (local.get 0))
    catch $e
    end)
  (func (export "no throw") (param i32) (result i32) (call $run (local.get 0) (ref.func $no-throw)))

  (func $body (type $ii)
    try (result i32)
      (throw $e (suspend $ask (local.get 0)))
    catch $e
      (i32.add (i32.const 1))
    end)
  (func (export "body") (param i32) (result i32) (call $run (local.get 0) (ref.func $body)))

  (func $handler (type $ii)
    try (result i32)
      (throw $e (local.get 0))
    catch $e
      (suspend $ask)
      (i32.add (suspend $ask (i32.const 10)))
    end)
  (func (export "handler") (param i32) (result i32) (call $run (local.get 0) (ref.func $handler)))

  (func $both (type $ii)
    (i32.const 1000)
    try (result i32)
      (call $throw-if (local.get 0))
      (suspend $ask (i32.const 5))
    catch $e
      (suspend $ask)
      (i32.mul (suspend $ask (i32.const 3)))
    catch $e0
      (i32.const -1)
    end
    (i32.add)
    (i32.add (suspend $ask (i32.const 20000))))
  (func (export "both") (param i32) (result i32) (call $run (local.get 0) (ref.func $both)))

  (func $catch-all (type $ii)
    try (result i32)
      (call $throw-if (local.get 0))
      (if (suspend $ask (i32.const 1)) (then (throw $e0)))
      (i32.const -1)
    catch $e
      (i32.add (suspend $ask (i32.const 100)))
    catch_all
      (suspend $ask (i32.const 7))
    end)
  (func (export "catch_all") (param i32) (result i32) (call $run (local.get 0) (ref.func $catch-all)))

  ;; rethrow after a suspend in the handler: the exception must have survived.
  (func $rethrow (type $ii)
    try (result i32)
      try (result i32)
        (throw $e (suspend $ask (local.get 0)))
      catch $e
        (drop)
        (drop (suspend $ask (i32.const 0)))
        rethrow 0
      end
    catch $e
      (suspend $ask)
      (i32.mul (i32.const 2))
    end)
  (func (export "rethrow") (param i32) (result i32) (call $run (local.get 0) (ref.func $rethrow)))
  ;; rethrow of the outer exception from inside an inner handler.
  (func $rethrow-outer (type $ii)
    try (result i32)
      try (result i32)
        (throw $e (local.get 0))
      catch $e
        (drop)
        try (result i32)
          (drop (suspend $ask (i32.const 0)))
          (throw $e0)
        catch_all
          (drop (suspend $ask (i32.const 0)))
          rethrow 1
        end
      end
    catch $e
    catch_all
      (i32.const -1)
    end)
  (func (export "rethrow outer") (param i32) (result i32) (call $run (local.get 0) (ref.func $rethrow-outer)))

  (func $delegate (type $ii)
    try $outer (result i32)
      try (result i32)
        try (result i32)
          (call $throw-if (local.get 0))
          (suspend $ask (i32.const 3))
        delegate $outer
      catch_all
        (i32.const -1)
      end
    catch $e
      (i32.add (suspend $ask (i32.const 100)))
    end)
  (func (export "delegate") (param i32) (result i32) (call $run (local.get 0) (ref.func $delegate)))
  (func $delegate-out (type $ii)
    try (result i32)
      (call $throw-if (local.get 0))
      (i32.const 4)
    delegate 0)
  (func (export "delegate to the caller") (param i32) (result i32)
    try (result i32)
      (call $run (local.get 0) (ref.func $delegate-out))
    catch $e
    end)

  (func $nested (type $ii)
    try (result i32)
      try (result i32)
        (call $throw-if (local.get 0))
        (suspend $ask (i32.const 1))
      catch $e
        (drop)
        (throw $two (suspend $ask (i32.const 5)) (i64.const 6))
      end
    catch $two
      (i32.wrap_i64)
      (drop (suspend $ask (i32.const 0)))
      (i32.mul)
    end)
  (func (export "nested") (param i32) (result i32) (call $run (local.get 0) (ref.func $nested)))

  (func $loop (type $ii)
    (local $sum i32)
    loop $l
      try
        (call $throw-if (i32.and (local.get 0) (i32.const 1)))
        (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 10))))
      catch $e
        (local.set $sum (i32.add (local.get $sum)))
        (local.set $sum (i32.add (local.get $sum) (suspend $ask (i32.const 100))))
      end
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
    end
    (local.get $sum))
  (func (export "loop") (param i32) (result i32) (call $run (local.get 0) (ref.func $loop)))

  ;; Thrown into a suspended body, and into a suspended handler.
  (func $thrown-into (type $ii)
    try (result i32)
      try (result i32)
        (suspend $pause)
        (i32.const -1)
      catch $e
        (suspend $pause)
        (i32.add (local.get 0))
      end
    catch $e
      (i32.mul (i32.const 10))
    end)
  (func (export "thrown into") (param $x i32) (result i32)
    (local $k (ref null $ki))
    (block $h (result (ref $ki))
      (resume $kii (on $pause $h) (local.get $x) (cont.new $kii (ref.func $thrown-into))) (return))
    (local.set $k)
    (block $h (result (ref $ki))
      (resume_throw $ki $e (on $pause $h) (i32.const 5) (local.get $k)) (return))
    (local.set $k)
    (resume $ki (local.get $k)))
  (func (export "thrown into twice") (param $x i32) (result i32)
    (local $k (ref null $ki))
    (block $h (result (ref $ki))
      (resume $kii (on $pause $h) (local.get $x) (cont.new $kii (ref.func $thrown-into))) (return))
    (local.set $k)
    (block $h (result (ref $ki))
      (resume_throw $ki $e (on $pause $h) (i32.const 5) (local.get $k)) (return))
    (local.set $k)
    (resume_throw $ki $e (i32.const 8) (local.get $k)))
)

(assert_return (invoke "no throw" (i32.const 5)) (i32.const 5))
(assert_return (invoke "body" (i32.const 5)) (i32.const 6))
(assert_return (invoke "handler" (i32.const 5)) (i32.const 15))
(assert_return (invoke "both" (i32.const 0)) (i32.const 21005))
(assert_return (invoke "both" (i32.const 5)) (i32.const 21015))
(assert_return (invoke "catch_all" (i32.const 0)) (i32.const 7))
(assert_return (invoke "catch_all" (i32.const 5)) (i32.const 105))
(assert_return (invoke "rethrow" (i32.const 5)) (i32.const 10))
(assert_return (invoke "rethrow outer" (i32.const 5)) (i32.const 5))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 3))
(assert_return (invoke "delegate" (i32.const 5)) (i32.const 105))
(assert_return (invoke "delegate to the caller" (i32.const 0)) (i32.const 4))
(assert_return (invoke "delegate to the caller" (i32.const 5)) (i32.const 5))
(assert_return (invoke "nested" (i32.const 0)) (i32.const 1))
(assert_return (invoke "nested" (i32.const 5)) (i32.const 30))
(assert_return (invoke "loop" (i32.const 5)) (i32.const 323))
(assert_return (invoke "thrown into" (i32.const 7)) (i32.const 12))
(assert_return (invoke "thrown into twice" (i32.const 7)) (i32.const 80))
