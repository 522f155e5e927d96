;; Validation of the types, and continuation references in instructions that know nothing of them. Each rule is broken once.

;; ---- continuation types ----

;; the type of a continuation is a function type, not a struct
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $bad (cont $s)))
  "non-function type")

;; not an array
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $bad (cont $a)))
  "non-function type")

;; not a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $bad (cont $k)))
  "non-function type")

;; not itself
(assert_invalid
  (module
    (type (cont 0)))
  "non-function type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $bad (cont 99)))
  "unknown type")

;; the supertype is final
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f' (sub (func))) (type $k' (cont $f')) (type $bad (sub $k' (cont $f'))))
  "sub type")

;; the function type is no declared subtype
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f0 (sub (func))) (type $f1 (func)) (type $k0 (sub (cont $f0))) (type $bad (sub $k0 (cont $f1))))
  "sub type")

;; a struct under a continuation type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $k0 (sub (cont $f))) (type $bad (sub $k0 (struct))))
  "sub type")

;; a continuation under a struct type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $s0 (sub (struct))) (type $bad (sub $s0 (cont $f))))
  "sub type")

;; a continuation under a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f0 (sub (func))) (type $bad (sub $f0 (cont $f))))
  "sub type")

;; ---- continuation references elsewhere ----

;; a non-null global initialised with null
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (global (ref $k) (ref.null $k)))
  "type mismatch")

;; a function as contref
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (global contref (ref.null func)))
  "type mismatch")

;; contref is not under anyref
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (global anyref (ref.null cont)))
  "type mismatch")

;; nocont is not under externref
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (global externref (ref.null nocont)))
  "type mismatch")

;; of the instructions that make continuations, only cont.new is constant
(module
  (type $f (func)) (type $k (cont $f))
  (func $g) (global (ref $k) (cont.new $k (ref.func $g))) (func (drop (ref.func $g))))
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (func $g) (elem declare func $g) (global (ref $k) (cont.bind $k $k (cont.new $k (ref.func $g)))))
  "constant expression required")
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f)) (type $fk (func (param (ref $k))))
    (func $g (type $fk)) (elem declare func $g) (global (ref $k) (cont.new $k (ref.func $g))))
  "type mismatch")

;; a table of non-null references without initialiser
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (table 1 (ref $k)))
  "type mismatch")

;; a non-null local read before it is set
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x (ref $k)) (drop (local.get $x))))
  "uninitialized local")

;; set in a block only
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x (ref $k)) (block (local.set $x (unreachable))) (drop (local.get $x))))
  "uninitialized local")

;; a handler does not set locals
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x (ref $k)) (block $h (result (ref $k)) (resume $k (on $t $h) (ref.null $k)) (return)) (drop) (drop (local.get $x))))
  "uninitialized local")

;; ref.eq of continuations
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (ref.eq (ref.null cont) (ref.null cont)))))
  "type mismatch")

;; call_ref of a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (call_ref $f (ref.null $k)))))
  "type mismatch")

;; call_indirect through a table of continuations
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (call_indirect 0 (type $f) (i32.const 0))) (table 1 contref))
  "type mismatch")

;; select without a type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (select (ref.null $k) (ref.null $k) (i32.const 0)))))
  "type mismatch")

;; any.convert_extern of a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (any.convert_extern (ref.null cont)))))
  "type mismatch")

;; ref.test to a continuation type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (ref.test (ref $k) (ref.null cont)))))
  "invalid cast")

;; ref.cast to a continuation type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (ref.cast (ref null $k) (ref.null cont)))))
  "invalid cast")

;; ref.cast to (ref cont)
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (ref.cast (ref cont) (ref.null cont)))))
  "invalid cast")

;; br_on_cast to a continuation type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (param contref) (drop (block $l (result (ref $k)) (drop (br_on_cast $l contref (ref $k) (local.get 0))) (unreachable)))))
  "invalid cast")

;; br_on_cast_fail to a continuation type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (param contref) (drop (block $l (result contref) (drop (br_on_cast_fail $l contref (ref $k) (local.get 0))) (unreachable)))))
  "invalid cast")

;; throw with a tag that has results
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (throw $r)))
  "non-empty tag result type")

;; resume_throw with one
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $r (ref.null $k))))
  "non-empty tag result type")

;; catch of one
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (try_table (catch $r $h)))))
  "non-empty tag result type")

;; catch_ref of one
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (block $h (result exnref) (try_table (catch_ref $r $h)) (unreachable)))))
  "non-empty tag result type")
