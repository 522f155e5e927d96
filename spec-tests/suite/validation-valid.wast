;; Valid modules that are neighbours of the invalid ones: stack-switching instructions in unreachable code, with null
;; bottoms, with labels of every construct; continuation references in every place a reference can be.

(module
  (type $f (func))                                   (type $k (cont $f))
  (type $fi (func (param i32) (result i64)))         (type $ki (cont $fi))
  (type $fl (func (result i64)))                     (type $kl (cont $fl))
  (rec (type $fp (func (param i32 (ref null $kp)) (result i32))) (type $kp (cont $fp)))
  (tag $t) (tag $r (result i32)) (tag $p (param i64)) (tag $l (result i64))

  ;; Operands of unreachable code.
  (func (unreachable) (cont.new $k) (drop))
  (func (unreachable) (cont.bind $ki $kl) (drop))
  (func (unreachable) (cont.bind $ki $kl (ref.null $ki)) (drop))
  (func (unreachable) (suspend $p))
  (func (result i64) (unreachable) (resume $ki))
  (func (result i64) (unreachable) (resume $ki (ref.null $ki)))
  (func (unreachable) (resume_throw $k $p))
  (func (unreachable) (resume_throw_ref $k))
  (func (unreachable) (resume_throw_ref $k (ref.null $k)))
  (func (result i32 (ref null $kp)) (unreachable) (switch $kp $r))
  (func (result (ref $k)) (unreachable) (resume $k (on $t 0)) (unreachable))

  ;; Null bottoms as operands.
  (func (drop (cont.new $k (ref.null nofunc))))
  (func (drop (cont.bind $ki $kl (i32.const 1) (ref.null nocont))))
  (func (resume $k (ref.null nocont)))
  (func (resume_throw $k $t (ref.null nocont)))
  (func (resume_throw_ref $k (ref.null noexn) (ref.null nocont)))
  (func (drop (switch $kp $r (i32.const 1) (ref.null nocont))) (drop))

  ;; Labels: of loops and the function, several times, with nullable and non-null continuations.
  (func (param (ref $k)) (local.get 0) (loop $l (param (ref $k)) (resume $k (on $t $l)) (return)) (unreachable))
  (func (param $k (ref null $k)) (local.get $k) (loop $l (param (ref null $k)) (resume $k (on $t $l) (on $t $l))))
  (func (result (ref null $k)) (resume $k (on $t 0) (ref.null $k)) (ref.null $k))
  (func (result i64 (ref $k)) (block (resume $k (on $p 1) (ref.null $k))) (unreachable))
  (func (drop (resume $kl (on $l switch) (on $l switch) (ref.null $kl))))
  (func (drop (resume $kp (on $r switch) (i32.const 1) (ref.null $kp) (ref.null $kp))))
  (func (resume $k (on $t switch) (ref.null $k)))

  ;; Where continuation references can be.
  (global contref (ref.null cont))
  (global (mut (ref null $k)) (ref.null nocont))
  (global nullcontref (ref.null nocont))
  (table 1 (ref null $k))
  (table 1 contref)
  (type $s (struct (field (ref null $k)) (field (mut contref))))
  (type $a (array (mut (ref $k))))
  (elem (ref null $k) (ref.null $k) (ref.null nocont))
  (func (param (ref $k) contref nullcontref) (result (ref cont)) (local.get 0))
  (func (param contref) (result i32) (ref.is_null (local.get 0)))
  (func (param (ref null $k)) (result (ref $k)) (ref.as_non_null (local.get 0)))
  (func (param (ref null $k)) (block $n (resume $k (br_on_null $n (local.get 0)))))
  (func (param (ref null $k)) (block $n (result (ref $k)) (br_on_non_null $n (local.get 0)) (return)) (resume $k))
  (func (param i32) (drop (select (result contref) (ref.null $k) (ref.null nocont) (local.get 0))))
  (func (export "valid"))
)
(assert_return (invoke "valid"))
