;; Validation of switch. Each rule is broken once.

;; the immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $fp $r (i32.const 0) (ref.null $kp)) (drop) (drop)))
  "non-continuation type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch 99 $r (i32.const 0) (ref.null $kp)) (drop) (drop)))
  "unknown type")

;; an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp 99 (i32.const 0) (ref.null $kp)) (drop) (drop)))
  "unknown tag")

;; the target has no parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $k $t (ref.null $k))))
  "type mismatch")

;; the last parameter is no reference
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $ki $t (i32.const 0) (ref.null $ki)) (drop)))
  "type mismatch")

;; the last parameter is any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $fb (func (param contref))) (type $kb (cont $fb))
    (func (switch $kb $t (ref.null $kb))))
  "type mismatch")

;; the last parameter is a function
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $fb (func (param (ref null $f)))) (type $kb (cont $fb))
    (func (switch $kb $t (ref.null $kb))))
  "non-continuation type")

;; a tag with parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $ti (i32.const 0) (ref.null $kp)) (drop) (drop)))
  "type mismatch")

;; a tag with other results
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $t (i32.const 0) (ref.null $kp)) (drop) (drop)))
  "type mismatch")

;; no argument
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (ref.null $kp)) (drop) (drop)))
  "type mismatch")

;; an argument of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (i64.const 0) (ref.null $kp)) (drop) (drop)))
  "type mismatch")

;; the continuation is the last operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (ref.null $kp) (i32.const 0)) (drop) (drop)))
  "type mismatch")

;; a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (i32.const 0) (ref.null $ki)) (drop) (drop)))
  "type mismatch")

;; the switched-to gets the continuation by itself
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (i32.const 0) (ref.null $kp) (ref.null $kp)) (drop) (drop)))
  "type mismatch")

;; a result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (switch $kp $r (i32.const 0) (ref.null $kp)) (drop)))
  "type mismatch")

;; the results of the one left behind are not the tag's
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (type $f9 (func (result i64))) (type $k9 (cont $f9))
    (type $fq (func (param (ref null $k9)) (result i32))) (type $kq (cont $fq))
    (func (switch $kq $r (ref.null $kq))))
  "type mismatch")
