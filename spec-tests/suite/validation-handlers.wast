;; Validation of the handler clauses of resume, resume_throw and resume_throw_ref. Each rule is broken once.

;; resume: an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume $k (on 99 $h) (ref.null $k)) (unreachable)) (unreachable)))
  "unknown tag")

;; resume: an unknown label
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (on $t 9) (ref.null $k))))
  "unknown label")

;; resume: a label without a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a label with a number instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32) (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a label with a function instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $f)) (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "non-continuation type")

;; resume: a label with any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result contref) (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $ki)) (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a payload the tag does not have
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume $k (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: no place for the payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume $k (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a payload of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume $k (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: the continuation is not last
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k) i64) (resume $k (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: a tag with results, a continuation without parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume $k (on $r $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: the second clause is wrong
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume $k (on $t $h) (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume: an unknown tag to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (on 99 switch) (ref.null $k))))
  "unknown tag")

;; resume: a tag with parameters to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (on $p switch) (ref.null $k))))
  "type mismatch")

;; resume: a tag with other results to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume $k (on $r switch) (ref.null $k))))
  "type mismatch")

;; resume_throw: an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw $k $t (on 99 $h) (ref.null $k)) (unreachable)) (unreachable)))
  "unknown tag")

;; resume_throw: an unknown label
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (on $t 9) (ref.null $k))))
  "unknown label")

;; resume_throw: a label without a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a label with a number instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32) (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a label with a function instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $f)) (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "non-continuation type")

;; resume_throw: a label with any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result contref) (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $ki)) (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a payload the tag does not have
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume_throw $k $t (on $t $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: no place for the payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw $k $t (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a payload of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume_throw $k $t (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: the continuation is not last
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k) i64) (resume_throw $k $t (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: a tag with results, a continuation without parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw $k $t (on $r $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: the second clause is wrong
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw $k $t (on $t $h) (on $p $h) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw: an unknown tag to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (on 99 switch) (ref.null $k))))
  "unknown tag")

;; resume_throw: a tag with parameters to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (on $p switch) (ref.null $k))))
  "type mismatch")

;; resume_throw: a tag with other results to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw $k $t (on $r switch) (ref.null $k))))
  "type mismatch")

;; resume_throw_ref: an unknown tag
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw_ref $k (on 99 $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "unknown tag")

;; resume_throw_ref: an unknown label
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (on $t 9) (ref.null exn) (ref.null $k))))
  "unknown label")

;; resume_throw_ref: a label without a continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a label with a number instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32) (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a label with a function instead
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $f)) (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "non-continuation type")

;; resume_throw_ref: a label with any continuation
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result contref) (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a continuation of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $ki)) (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a payload the tag does not have
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume_throw_ref $k (on $t $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: no place for the payload
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw_ref $k (on $p $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a payload of another type
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result i32 (ref $k)) (resume_throw_ref $k (on $p $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: the continuation is not last
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k) i64) (resume_throw_ref $k (on $p $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: a tag with results, a continuation without parameters
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw_ref $k (on $r $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: the second clause is wrong
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (block $h (result (ref $k)) (resume_throw_ref $k (on $t $h) (on $p $h) (ref.null exn) (ref.null $k)) (unreachable)) (unreachable)))
  "type mismatch")

;; resume_throw_ref: an unknown tag to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (on 99 switch) (ref.null exn) (ref.null $k))))
  "unknown tag")

;; resume_throw_ref: a tag with parameters to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (on $p switch) (ref.null exn) (ref.null $k))))
  "type mismatch")

;; resume_throw_ref: a tag with other results to switch with
(assert_invalid
  (module
    (type $f (func)) (type $k (cont $f))
    (type $fi (func (param i32) (result i64))) (type $ki (cont $fi))
    (type $s (struct)) (type $a (array i8))
    (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
    (tag $t) (tag $ti (param i32) (result i64)) (tag $r (result i32)) (tag $p (param i64))
    (func (resume_throw_ref $k (on $r switch) (ref.null exn) (ref.null $k))))
  "type mismatch")
