;; Validation of cont.new and cont.bind. Each rule is broken once.

;; ---- cont.new ----

;; the immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $f (ref.null $f)))))
  "non-continuation type")

;; a struct type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $s (ref.null $f)))))
  "non-continuation type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new 99 (ref.null $f)))))
  "unknown type")

;; a function of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k (ref.null $fi)))))
  "type mismatch")

;; any function
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k (ref.null func)))))
  "type mismatch")

;; a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k (ref.null $k)))))
  "type mismatch")

;; null of another hierarchy
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k (ref.null none)))))
  "type mismatch")

;; a number
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k (i32.const 0)))))
  "type mismatch")

;; no operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.new $k))))
  "type mismatch")

;; the result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (cont.new $k (ref.null $f))))
  "type mismatch")

;; an undeclared function reference
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func $f) (func (drop (cont.new $k (ref.func $f)))))
  "undeclared function reference")

;; the result is of the immediate's type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x (ref $ki)) (local.set $x (cont.new $k (ref.null $f)))))
  "type mismatch")

;; the result is not nocont
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x (ref nocont)) (local.set $x (cont.new $k (ref.null $f)))))
  "type mismatch")

;; the result is no anyref
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x anyref) (local.set $x (cont.new $k (ref.null $f)))))
  "type mismatch")

;; the result is no funcref
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (local $x funcref) (local.set $x (cont.new $k (ref.null $f)))))
  "type mismatch")

;; ---- cont.bind ----

;; the first immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.bind $f $k (ref.null $k)))))
  "non-continuation type")

;; the second immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.bind $k $f (ref.null $k)))))
  "non-continuation type")

;; struct types
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.bind $s $s (ref.null $k)))))
  "non-continuation type")

;; an unknown first type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.bind 99 $k (ref.null $k)))))
  "unknown type")

;; an unknown second type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (cont.bind $k 99 (ref.null $k)))))
  "unknown type")

;; more parameters than before
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k $ki (ref.null $k)))))
  "type mismatch")

;; other results
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $kx (i64.const 1) (ref.null $k2)))))
  "type mismatch")

;; other parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $kp (ref.null $k2)))))
  "type mismatch")

;; an argument of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $ki (i32.const 1) (ref.null $k2)))))
  "type mismatch")

;; too few arguments
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $k0 (i64.const 1) (ref.null $k2)))))
  "type mismatch")

;; too many arguments
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $ki (i64.const 1) (i64.const 1) (ref.null $k2)))))
  "type mismatch")

;; a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $ki (i64.const 1) (ref.null $ki)))))
  "type mismatch")

;; the continuation is the last operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (drop (cont.bind $k2 $ki (ref.null $k2) (i64.const 1)))))
  "type mismatch")

;; any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (param contref) (drop (cont.bind $k $k (local.get 0)))))
  "type mismatch")

;; the result is of the second type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f2 (func (param i64 i32) (result i64))) (type $k2 (cont $f2))
    (type $f0 (func (result i64))) (type $k0 (cont $f0))
    (type $fx (func (param i32) (result i32))) (type $kx (cont $fx))
    (func (local $x (ref $k2)) (local.set $x (cont.bind $k2 $ki (i64.const 1) (ref.null $k2)))))
  "type mismatch")
