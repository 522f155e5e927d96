;; Suspends and switches that no resume handles: at the top level, in a start function, under exports called by
;; other instances, in a nested resume, in a function the host calls. They trap with "unhandled tag" where they
;; are; the trap is not caught by catch_all; nothing else is disturbed.

(module $m
  (type $v (func))                            (type $kv (cont $v))
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (rec
    (type $q (func (param (ref null $kq))))
    (type $kq (cont $q)))
  (tag $t (export "t"))
  (tag $u)
  (tag $v (param i32 i64) (result f32))
  (tag $exn)
  (global $n (mut i32) (i32.const 0))
  (elem declare func $suspends $in-try $level $exits $other $catches $late)

  (func $suspends (export "suspend") (suspend $t))
  (func (export "suspend, values") (result f32) (suspend $v (i32.const 1) (i64.const 2)))
  (func $down (export "suspend, deep") (param i32)
    (if (i32.eqz (local.get 0)) (then (suspend $t)))
    (call $down (i32.sub (local.get 0) (i32.const 1))))
  (func $in-try (export "in a try")
    (block $h (try_table (catch_all $h) (suspend $t)))
    (global.set $n (i32.const -1)))
  (func (export "in a try, ref")
    (block $h (result exnref) (try_table (catch_all_ref $h) (suspend $t)) (return))
    (global.set $n (i32.const -1))
    (drop))
  (func (export "in a try, tag")
    (block $h (try_table (catch $t $h) (suspend $t)))
    (global.set $n (i32.const -1)))
  (func (export "tail call") (return_call $suspends))
  (func (export "switch") (drop (switch $kq $u (cont.new $kq (ref.func $other)))))
  (func $other (type $q))

  (func (export "no clause") (resume $kv (cont.new $kv (ref.func $suspends))))
  (func (export "other clause")
    (block $h (result (ref $kv))
      (resume $kv (on $u $h) (cont.new $kv (ref.func $suspends)))
      (return))
    (drop))
  (func (export "clause of a dead resume")
    (block $h (result (ref $kv))
      (resume $kv (on $t $h) (cont.new $kv (ref.func $exits)))
      (suspend $t)
      (return))
    (drop))
  (func $exits)
  (func (export "try around the resume")
    (block $h
      (try_table (catch_all $h) (resume $kv (cont.new $kv (ref.func $in-try)))))
    (global.set $n (i32.const -1)))

  ;; Ten levels without a clause for it.
  (func $level (param i32)
    (if (i32.eqz (local.get 0)) (then (suspend $t) (return)))
    (block $h (result (ref $kv))
      (resume $kiv (on $u $h) (i32.sub (local.get 0) (i32.const 1)) (cont.new $kiv (ref.func $level)))
      (return))
    (drop))
  (type $iv (func (param i32)))
  (type $kiv (cont $iv))
  (func (export "levels") (param i32) (resume $kiv (local.get 0) (cont.new $kiv (ref.func $level))))

  ;; In a handler's code, after the continuation was taken off.
  (func (export "in the handler")
    (block $h (result (ref $kv))
      (resume $kv (on $t $h) (cont.new $kv (ref.func $suspends)))
      (unreachable))
    (suspend $t)
    (drop))

  ;; In a continuation resumed a second time without handlers.
  (func $late (suspend $t) (global.set $n (i32.add (global.get $n) (i32.const 1))) (suspend $t))
  (func (export "second resume")
    (block $h (result (ref $kv))
      (resume $kv (on $t $h) (cont.new $kv (ref.func $late)))
      (unreachable))
    (resume $kv))

  ;; In what an exception handler runs, inside a continuation that was thrown into.
  (func $catches
    (block $h (try_table (catch $exn $h) (suspend $t)))
    (suspend $u))
  (func (export "after resume_throw")
    (block $h (result (ref $kv))
      (resume $kv (on $t $h) (cont.new $kv (ref.func $catches)))
      (unreachable))
    (resume_throw $kv $exn))

  ;; The continuation is consumed by the trap.
  (global $k (mut (ref null $kv)) (ref.null $kv))
  (func (export "keep") (global.set $k (cont.new $kv (ref.func $suspends))) (resume $kv (global.get $k)))
  (func (export "use") (resume $kv (global.get $k)))

  (func (export "n") (result i32) (global.get $n))
  (func (export "handled") (result i32)
    (block $h (result (ref $kv))
      (resume $kv (on $t $h) (cont.new $kv (ref.func $suspends)))
      (return (i32.const 0)))
    (drop)
    (i32.const 1))
)

(register "m" $m)

(assert_suspension (invoke "suspend") "unhandled tag")
(assert_suspension (invoke "suspend, values") "unhandled tag")
(assert_suspension (invoke "suspend, deep" (i32.const 0)) "unhandled tag")
(assert_suspension (invoke "suspend, deep" (i32.const 100)) "unhandled tag")
(assert_suspension (invoke "in a try") "unhandled tag")
(assert_suspension (invoke "in a try, ref") "unhandled tag")
(assert_suspension (invoke "in a try, tag") "unhandled tag")
(assert_suspension (invoke "tail call") "unhandled tag")
(assert_suspension (invoke "switch") "unhandled tag")
(assert_return (invoke "handled") (i32.const 1))
(assert_suspension (invoke "no clause") "unhandled tag")
(assert_suspension (invoke "other clause") "unhandled tag")
(assert_suspension (invoke "clause of a dead resume") "unhandled tag")
(assert_suspension (invoke "try around the resume") "unhandled tag")
(assert_suspension (invoke "levels" (i32.const 1)) "unhandled tag")
(assert_suspension (invoke "levels" (i32.const 10)) "unhandled tag")
(assert_suspension (invoke "in the handler") "unhandled tag")
(assert_return (invoke "n") (i32.const 0))
(assert_suspension (invoke "second resume") "unhandled tag")
(assert_return (invoke "n") (i32.const 1))
(assert_suspension (invoke "after resume_throw") "unhandled tag")
(assert_suspension (invoke "keep") "unhandled tag")
(assert_trap (invoke "use") "continuation already consumed")
(assert_return (invoke "handled") (i32.const 1))

;; In a start function; of a module that imports the tag; the failed instantiation disturbs nothing.
(assert_suspension
  (module
    (tag $t)
    (func $start (suspend $t))
    (start $start))
  "unhandled tag")
(assert_suspension
  (module
    (import "m" "t" (tag $t))
    (import "m" "suspend" (func $suspend))
    (func $start (call $suspend))
    (start $start))
  "unhandled tag")
(assert_return (invoke $m "handled") (i32.const 1))

;; A start function that resumes and handles, in the same way as any other.
(module
  (type $v (func)) (type $kv (cont $v))
  (import "m" "t" (tag $t))
  (import "m" "suspend" (func $suspend (type $v)))
  (global $n (mut i32) (i32.const 0))
  (func $body (call $suspend) (global.set $n (i32.add (global.get $n) (i32.const 10))) (call $suspend))
  (elem declare func $body)
  (func $start
    (block $h2 (result (ref $kv))
      (block $h (result (ref $kv))
        (resume $kv (on $t $h) (cont.new $kv (ref.func $body)))
        (unreachable))
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (resume $kv (on $t $h2))
      (unreachable))
    (global.set $n (i32.add (global.get $n) (i32.const 100)))
    (resume $kv))
  (start $start)
  (func (export "n") (result i32) (global.get $n))
)
(assert_return (invoke "n") (i32.const 111))

;; Scripts may call it a trap, too.
(module (tag $t) (func (export "lost") (suspend $t)))
(assert_suspension (invoke "lost") "unhandled tag")
(assert_trap (invoke "lost") "unhandled tag")
(assert_trap (invoke "lost") "unhandled")
