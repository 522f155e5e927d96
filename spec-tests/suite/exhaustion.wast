;; Stack exhaustion in and around continuations: it is no exception that catch_all sees, and the store is usable
;; afterwards.

(module
  (type $v (func))                            (type $kv (cont $v))
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (tag $pause)
  (global $caught (mut i32) (i32.const 0))
  (elem declare func $forever $forever-late $in-try $fine)

  (func $forever (type $ii) (i32.add (i32.const 1) (call $forever (local.get 0))))
  (func $forever-late (type $ii) (suspend $pause) (i32.add (i32.const 1) (call $forever (local.get 0))))
  (func $in-try (type $ii)
    (block $h
      (try_table (catch_all $h) (suspend $pause) (return (call $forever (local.get 0)))))
    (global.set $caught (i32.const 1))
    (i32.const 0))
  (func $fine (type $ii) (suspend $pause) (local.get 0))

  (func $run (param $f (ref $ii)) (result i32)
    (local $k (ref $ki))
    (local.set $k (cont.bind $kii $ki (i32.const 7) (cont.new $kii (local.get $f))))
    (loop $l (result i32)
      (block $h (result (ref $ki))
        (resume $ki (on $pause $h) (local.get $k))
        (return))
      (local.set $k)
      (br $l)))
  (func (export "at once") (result i32) (call $run (ref.func $forever)))
  (func (export "late") (result i32) (call $run (ref.func $forever-late)))
  (func (export "in try") (result i32)
    (block $h
      (try_table (catch_all $h) (return (call $run (ref.func $in-try)))))
    (global.set $caught (i32.const 2))
    (i32.const 0))
  (func (export "caught") (result i32) (global.get $caught))
  (func (export "fine") (result i32) (call $run (ref.func $fine)))
)

(assert_return (invoke "fine") (i32.const 7))
(assert_exhaustion (invoke "at once") "call stack exhausted")
(assert_return (invoke "fine") (i32.const 7))
(assert_exhaustion (invoke "late") "call stack exhausted")
(assert_return (invoke "fine") (i32.const 7))
(assert_exhaustion (invoke "in try") "call stack exhausted")
(assert_return (invoke "caught") (i32.const 0))
(assert_return (invoke "fine") (i32.const 7))
