;; Suspensions among the operands of calls, branches, selects, conditions and blocks with parameters.

(module
  (type $v (func)) (type $k (cont $v)) (type $i (func (param i32) (result i32))) (type $ki (cont $i)) (type $r (func (result i32))) (type $kr (cont $r))
  (tag $y (param i32) (result i32)) (tag $m (param i32 i64) (result i64 i32)) (tag $stop (param i32))
  (table $tab 4 funcref) (elem (table $tab) (i32.const 0) func $a0 $a1 $sus)
  (func $a0 (type $i) (i32.add (local.get 0) (i32.const 1)))
  (func $a1 (type $i) (i32.mul (local.get 0) (i32.const 2)))
  (func $sus (type $i) (suspend $y (local.get 0)))
  
  (func $three (param i32 i32 i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 100)) (i32.add (i32.mul (local.get 1) (i32.const 10)) (local.get 2))))
  (func $body (type $i) (local $x i32)
    ;; each suspend answers with payload + 1
    (local.set $x (call $three (suspend $y (i32.const 0)) (call_indirect $tab (type $i) (suspend $y (i32.const 4)) (suspend $y (i32.const 1))) (suspend $y (i32.const 2)))) ;; 1, sus(5)=6, 3 -> 100+60+3
    (block $b2 (block $b1 (block $b0 (br_table $b0 $b1 $b2 (suspend $y (i32.const 0)))) (return (i32.const -1))) ;; 1 -> b1
      (local.set $x (i32.add (local.get $x) (i32.const 1000))) (br $b2) )
    (local.set $x (i32.add (local.get $x) (select (suspend $y (i32.const 6)) (suspend $y (i32.const 7)) (suspend $y (i32.const -1)))))  ;; cond 0 -> 8
    (local.get $x)
    (if (param i32) (result i32) (suspend $y (i32.const -1)) (then (i32.const 1) (i32.add)) (else (suspend $y) )) ;; x+1
    (loop $l (param i32) (result i32) (suspend $y) (local.tee $x) (br_if $l (i32.lt_s (local.get $x) (i32.const 1180))))
  )
  (func $multi (type $i) (local $a i64) (local $b i32)
    (i32.const 3) (i64.const 4)
    (block (param i32 i64) (result i64 i32) (suspend $m)) (local.set $b) (local.set $a)
    (i32.add (i32.wrap_i64 (local.get $a)) (i32.mul (local.get $b) (i32.const 10))))
  (func $run (param $f (ref $i)) (result i32) (local $k (ref null $ki)) (local $p i32) (local $n i32)
    (local $mk (ref null $kmm)) (local $q i64)
    (local.set $k (cont.new $ki (local.get $f)))
    (loop $next
      (block $on_m (result i32 i64 (ref $kmm))
        (block $on_y (result i32 (ref $ki))
          (return (resume $ki (on $y $on_y) (on $m $on_m) (local.get $p) (local.get $k))))
        (local.set $k) (local.set $p (i32.add (i32.const 1))) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))
      (local.set $mk) (local.set $q) (local.set $p)
      (return (resume $kmm (i64.add (local.get $q) (i64.const 1)) (i32.add (local.get $p) (i32.const 1)) (local.get $mk))))
    (unreachable))
  (type $mm (func (param i64 i32) (result i32))) (type $kmm (cont $mm))
  (elem declare func $body $multi)
  (func (export "body") (result i32) (call $run (ref.func $body)))
  (func (export "multi") (result i32) (call $run (ref.func $multi)))
)
(assert_return (invoke "multi") (i32.const 45))
(assert_return (invoke "body") (i32.const 1180))
