;; resume and resume_throw at a declared supertype of the type the continuation was made at.
;;
;; Execution looks at no types: the operand of resume is a continuation reference that validation has matched
;; against the type immediate, by subsumption where need be. (V8 15 compares the signatures when it resumes a
;; continuation and traps in all four of these with "function signature mismatch".)

(module
  (type $f0 (sub (func (param (ref i31)) (result anyref))))
  (type $f1 (sub $f0 (func (param (ref eq)) (result (ref i31)))))
  (type $k0 (sub (cont $f0)))
  (type $k1 (sub $k0 (cont $f1)))
  (type $r0 (sub (func (result anyref))))
  (type $r1 (sub $r0 (func (result (ref i31)))))
  (type $kr0 (sub (cont $r0)))
  (type $kr1 (sub $kr0 (cont $r1)))
  (tag $pause)
  (tag $exn)
  (elem declare func $same $later)
  (func $same (type $f1) (ref.cast (ref i31) (local.get 0)))
  (func $later (type $r1)
    (block $h
      (try_table (catch $exn $h)
        (suspend $pause)
        (return (ref.i31 (i32.const 8)))))
    (ref.i31 (i32.const 9)))
  (func $number (param $x anyref) (result i32) (i31.get_u (ref.cast (ref i31) (local.get $x))))
  (func $resume (param $k (ref $k0)) (result i32)
    (call $number (resume $k0 (ref.i31 (i32.const 7)) (local.get $k))))
  (func $finish (param $k (ref $kr0)) (result i32) (call $number (resume $kr0 (local.get $k))))
  (func $kill (param $k (ref $kr0)) (result i32) (call $number (resume_throw $kr0 $exn (local.get $k))))
  (func $paused (result (ref $kr1))
    (block $h (result (ref $kr1))
      (resume $kr1 (on $pause $h) (cont.new $kr1 (ref.func $later)))
      (unreachable)))

  (func (export "fresh") (result i32) (call $resume (cont.new $k1 (ref.func $same))))
  (func (export "suspended") (result i32) (call $finish (call $paused)))
  (func (export "bound") (result i32)
    (call $finish (cont.bind $k1 $kr1 (ref.i31 (i32.const 6)) (cont.new $k1 (ref.func $same)))))
  (func (export "thrown into") (result i32) (call $kill (call $paused)))
)

(assert_return (invoke "fresh") (i32.const 7))
(assert_return (invoke "suspended") (i32.const 8))
(assert_return (invoke "bound") (i32.const 6))
(assert_return (invoke "thrown into") (i32.const 9))
