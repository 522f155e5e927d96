;; Validation of suspend, resume, resume_throw and resume_throw_ref without handler clauses. Each rule is broken once.

;; ---- suspend ----

;; an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (suspend 99)))
  "unknown tag")

;; no payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (suspend $ti))))
  "type mismatch")

;; a payload of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (suspend $ti (i64.const 1)))))
  "type mismatch")

;; too much payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (suspend $ti (i32.const 1) (i32.const 1)))))
  "type mismatch")

;; the result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (suspend $ti (i32.const 1))))
  "type mismatch")

;; the result taken at another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (param i32) (local.set 0 (suspend $ti (i32.const 1)))))
  "type mismatch")

;; a result taken that does not exist
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (suspend $t) (drop)))
  "type mismatch")

;; ---- resume ----

;; the immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $f (ref.null $k))))
  "non-continuation type")

;; an array type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $a (ref.null $k))))
  "non-continuation type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume 99 (ref.null $k))))
  "unknown type")

;; a function
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (ref.null $f))))
  "type mismatch")

;; a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (ref.null $ki))))
  "type mismatch")

;; any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (param contref) (resume $k (local.get 0))))
  "type mismatch")

;; no operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k)))
  "type mismatch")

;; no argument
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (resume $ki (ref.null $ki)))))
  "type mismatch")

;; an argument of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (resume $ki (i64.const 0) (ref.null $ki)))))
  "type mismatch")

;; the continuation is the last operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (resume $ki (ref.null $ki) (i32.const 0)))))
  "type mismatch")

;; too many arguments
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (resume $ki (i32.const 0) (i32.const 0) (ref.null $ki)))))
  "type mismatch")

;; the result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $ki (i32.const 0) (ref.null $ki))))
  "type mismatch")

;; the result taken at another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (i32.eqz (resume $ki (i32.const 0) (ref.null $ki))))))
  "type mismatch")

;; a result taken that does not exist
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (ref.null $k)) (drop)))
  "type mismatch")

;; ---- resume_throw ----

;; the immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $f $t (ref.null $k))))
  "non-continuation type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw 99 $t (ref.null $k))))
  "unknown type")

;; an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k 99 (ref.null $k))))
  "unknown tag")

;; a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (ref.null $ki))))
  "type mismatch")

;; no payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $p (ref.null $k))))
  "type mismatch")

;; a payload of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $p (i32.const 0) (ref.null $k))))
  "type mismatch")

;; a payload the tag does not have
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (i32.const 0) (ref.null $k))))
  "type mismatch")

;; the continuation is the last operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $p (ref.null $k) (i64.const 0))))
  "type mismatch")

;; arguments of the continuation are not wanted
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (drop (resume_throw $ki $t (i32.const 0) (ref.null $ki)))))
  "type mismatch")

;; the result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $ki $t (ref.null $ki))))
  "type mismatch")

;; ---- resume_throw_ref ----

;; the immediate is a function type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $f (ref.null exn) (ref.null $k))))
  "non-continuation type")

;; an unknown type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref 99 (ref.null exn) (ref.null $k))))
  "unknown type")

;; no exception
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (ref.null $k))))
  "type mismatch")

;; the continuation is the last operand
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (ref.null $k) (ref.null exn))))
  "type mismatch")

;; a number as exception
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (i32.const 0) (ref.null $k))))
  "type mismatch")

;; an externref as exception
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (ref.null extern) (ref.null $k))))
  "type mismatch")

;; a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (ref.null exn) (ref.null $ki))))
  "type mismatch")

;; the result left on the stack
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $ki (ref.null exn) (ref.null $ki))))
  "type mismatch")
