;; Many values of different kinds at once: twenty parameters, results, payloads, operands and locals,
;; packed fields, and values that sit between others of their kind.

(module
  (type $v (func))
  (type $kv (cont $v))
  (type $i (func (result i32)))
  (type $ki (cont $i))

  (type $point (struct (field i32)))
  (type $bytes (array i8))

  ;; Twenty parameters of all kinds; $many checks them all.
  (type $many (func
    (param i32 i64 f32 f64 v128 funcref (ref $i) externref (ref extern) anyref)
    (param (ref i31) (ref $point) (ref null $bytes) exnref contref (ref $ki) nullref i32 f64 i64)
    (result i32)))
  (type $kmany (cont $many))
  (type $many2 (func
    (param i32 i64 f32 f64 v128 funcref (ref $i) externref (ref extern) anyref)
    (param (ref i31) (ref $point) (ref null $bytes) exnref contref (ref $ki) nullref i32 f64 i64)
    (result (ref $ki) i64 (ref $point) f32 v128 i32 externref)))
  (type $kmany2 (cont $many2))
  (type $rest (func (result (ref $ki) i64 (ref $point) f32 v128 i32 externref)))
  (type $krest (cont $rest))
  (type $last3 (func (param i32 f64 i64) (result i32)))
  (type $klast3 (cont $last3))

  (tag $pause)
  (tag $number (param i32))
  (tag $offer
    (param i32 i64 f32 f64 v128 (ref $i) externref (ref $point) (ref exn) (ref null $ki))
    (result (ref null $ki) (ref exn) (ref $point) externref (ref $i) v128 f64 f32 i64 i32))

  (elem declare func $seven $eight $check $check-late $produce $operands $offers $sixty)

  (func $seven (result i32) (i32.const 7))
  (func $eight (result i32) (suspend $pause) (i32.const 8))
  (func $exn (param $x i32) (result (ref exn))
    (block $caught (result (ref exn))
      (try_table (catch_all_ref $caught) (throw $number (local.get $x)))
      (unreachable)))
  (func $exn-number (param $e exnref) (result i32)
    (block $caught (result i32)
      (try_table (catch $number $caught) (throw_ref (local.get $e)))
      (unreachable)))

  (func $run (param $k (ref $ki)) (result i32)
    (loop $again (result i32)
      (block $paused (result (ref $ki))
        (resume $ki (on $pause $paused) (local.get $k))
        (return))
      (local.set $k)
      (br $again)))

  (func $check (type $many)
    (local $sum i32)
    (local.get 0)
    (i32.add (i32.wrap_i64 (local.get 1)))
    (i32.add (i32.trunc_f32_s (local.get 2)))
    (i32.add (i32.trunc_f64_s (local.get 3)))
    (i32.add (i32x4.extract_lane 2 (local.get 4)))
    (i32.add (call_ref $i (ref.cast (ref $i) (local.get 5))))
    (i32.add (call_ref $i (local.get 6)))
    (i32.add (ref.is_null (local.get 7)))
    (i32.add (i31.get_s (ref.cast i31ref (any.convert_extern (local.get 8)))))
    (i32.add (struct.get $point 0 (ref.cast (ref $point) (local.get 9))))
    (i32.add (i31.get_u (local.get 10)))
    (i32.add (struct.get $point 0 (local.get 11)))
    (i32.add (array.get_s $bytes (local.get 12) (i32.const 1)))
    (i32.add (call $exn-number (local.get 13)))
    (i32.add (ref.is_null (local.get 14)))
    (i32.add (call $run (local.get 15)))
    (i32.add (ref.is_null (local.get 16)))
    (i32.add (local.get 17))
    (i32.add (i32.trunc_f64_s (local.get 18)))
    (i32.add (i32.wrap_i64 (local.get 19))))
  (func $check-late (type $many)
    (suspend $pause)
    (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
    (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9)
    (suspend $pause)
    (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14)
    (suspend $pause)
    (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19)
    (call $check))

  (func $values
      (result i32 i64 f32 f64 v128 funcref (ref $i) externref (ref extern) anyref)
      (result (ref i31) (ref $point) (ref null $bytes) exnref contref (ref $ki) nullref i32 f64 i64)
    (i32.const 1)
    (i64.const 0x1_0000_0002)
    (f32.const 4)
    (f64.const 8)
    (v128.const i32x4 -1 -2 16 -4)
    (ref.func $seven)                                          ;; 7
    (ref.func $seven)                                          ;; 7
    (ref.null extern)                                          ;; 1
    (extern.convert_any (ref.i31 (i32.const -20)))
    (struct.new $point (i32.const 300))
    (ref.i31 (i32.const 1000))
    (struct.new $point (i32.const 4000))
    (array.new_fixed $bytes 3 (i32.const 1) (i32.const -3) (i32.const 3))
    (call $exn (i32.const 20000))
    (cont.new $ki (ref.func $seven))                           ;; not null: 0
    (cont.new $ki (ref.func $eight))                           ;; 8
    (ref.null none)                                            ;; 1
    (i32.const 100000)
    (f64.const 1000000)
    (i64.const -10000000))

  (func (export "twenty arguments") (result i32)
    (resume $kmany (call $values) (cont.new $kmany (ref.func $check))))
  (func (export "twenty arguments, late") (result i32)
    (local $k (ref null $ki))
    (block $paused (result (ref $ki))
      (resume $kmany (on $pause $paused) (call $values) (cont.new $kmany (ref.func $check-late)))
      (return))
    (call $run))
  (func (export "twenty arguments, bound") (result i32)
    (call $run (cont.bind $kmany $ki (call $values) (cont.new $kmany (ref.func $check-late)))))

  ;; Results of seven kinds, in another order.
  (func $produce (type $many2)
    (local.get 15) (local.get 19) (suspend $pause) (local.get 11) (local.get 2)
    (local.get 4) (local.get 17) (suspend $pause) (local.get 8))
  (func (export "seven results") (result i32)
    (local $e externref) (local $n i32) (local $v v128) (local $f f32) (local $p (ref null $point)) (local $l i64)
    (block $done (result (ref $ki) i64 (ref $point) f32 v128 i32 externref)
      (block $paused2 (result (ref $krest))
        (block $paused (result (ref $krest))
          (resume $kmany2 (on $pause $paused) (call $values) (cont.new $kmany2 (ref.func $produce)))
          (unreachable))
        (resume $krest (on $pause $paused2))
        (unreachable))
      (resume $krest))
    (local.set $e) (local.set $n) (local.set $v) (local.set $f) (local.set $p) (local.set $l)
    (call $run)
    (i32.add (i31.get_s (ref.cast i31ref (any.convert_extern (local.get $e)))))
    (i32.add (local.get $n))
    (i32.add (i32x4.extract_lane 3 (local.get $v)))
    (i32.add (i32.trunc_f32_s (local.get $f)))
    (i32.add (struct.get $point 0 (local.get $p)))
    (i32.add (i32.wrap_i64 (local.get $l))))

  ;; Operands of all kinds beneath a suspend, and between two.
  (func $operands (result i32)
    (call $values)
    (suspend $pause)
    (drop (call $eight))
    (call $check))
  (func (export "twenty operands") (result i32)
    (call $run (cont.new $ki (ref.func $operands))))

  ;; Ten payload values, ten values given back in reverse order.
  (func $offers (result i32)
    (local $numbers i32)
    (suspend $offer
      (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i32x4 5 0 0 0) (ref.func $seven)
      (extern.convert_any (ref.i31 (i32.const 6))) (struct.new $point (i32.const 8)) (call $exn (i32.const 9))
      (cont.new $ki (ref.func $eight)))
    (drop)                                                     ;; i32
    (drop)                                                     ;; i64
    (i32.trunc_f32_s)
    (local.set $numbers (call $times-hundred-plus))
    (drop)                                                     ;; v128
    (drop)                                                     ;; (ref $i)
    (drop)                                                     ;; externref
    (struct.get $point 0)
    (i32.add (call $combine) (local.get $numbers)))
  (func $times-hundred-plus (param f64 i32) (result i32)
    (i32.add (i32.mul (i32.trunc_f64_s (local.get 0)) (i32.const 100)) (local.get 1)))
  (func $combine
      (param $k (ref null $ki)) (param $e (ref exn)) (param $p i32)
      (result i32)
    (call $exn-number (local.get $e))
    (i32.mul (i32.const 10000))
    (i32.add (local.get $p)))
  (func (export "ten traded") (result i32)
    (local $k (ref null $koffered))
    (local $c (ref null $ki)) (local $e exnref) (local $p (ref null $point)) (local $x externref) (local $f (ref null $i))
    (local $v v128) (local $d f64) (local $s f32) (local $l i64) (local $n i32)
    (block $offered
        (result i32 i64 f32 f64 v128 (ref $i) externref (ref $point) (ref exn) (ref null $ki))
        (result (ref $koffered))
      (resume $ki (on $offer $offered) (cont.new $ki (ref.func $offers)))
      (return))
    (local.set $k)
    (local.set $c) (local.set $e) (local.set $p) (local.set $x) (local.set $f)
    (local.set $v) (local.set $d) (local.set $s) (local.set $l) (local.set $n)
    (if (i32.ne (local.get $n) (i32.const 1)) (then (return (i32.const -1))))
    (if (i64.ne (local.get $l) (i64.const 2)) (then (return (i32.const -2))))
    (if (i32.ne (i32x4.extract_lane 0 (local.get $v)) (i32.const 5)) (then (return (i32.const -3))))
    (if (i32.ne (call_ref $i (local.get $f)) (i32.const 7)) (then (return (i32.const -4))))
    (if (i32.ne (call $run (ref.as_non_null (local.get $c))) (i32.const 8)) (then (return (i32.const -5))))
    (resume $koffered
      (ref.null $ki) (ref.as_non_null (local.get $e)) (ref.as_non_null (local.get $p)) (local.get $x)
      (ref.as_non_null (local.get $f)) (local.get $v) (local.get $d) (local.get $s) (local.get $l) (local.get $n)
      (local.get $k)))
  (type $offered (func
    (param (ref null $ki) (ref exn) (ref $point) externref (ref $i) v128 f64 f32 i64 i32)
    (result i32)))
  (type $koffered (cont $offered))

  ;; Sixty locals of ten kinds, six each, all live across suspends.
  (func $sixty (result i32)
    (local $a0 i32) (local $a1 i32) (local $a2 i32) (local $a3 i32) (local $a4 i32) (local $a5 i32)
    (local $b0 i64) (local $b1 i64) (local $b2 i64) (local $b3 i64) (local $b4 i64) (local $b5 i64)
    (local $c0 f32) (local $c1 f32) (local $c2 f32) (local $c3 f32) (local $c4 f32) (local $c5 f32)
    (local $d0 f64) (local $d1 f64) (local $d2 f64) (local $d3 f64) (local $d4 f64) (local $d5 f64)
    (local $e0 v128) (local $e1 v128) (local $e2 v128) (local $e3 v128) (local $e4 v128) (local $e5 v128)
    (local $f0 (ref $i)) (local $f1 (ref $i)) (local $f2 (ref $i)) (local $f3 (ref $i)) (local $f4 funcref) (local $f5 funcref)
    (local $g0 (ref i31)) (local $g1 (ref i31)) (local $g2 (ref i31)) (local $g3 i31ref) (local $g4 anyref) (local $g5 eqref)
    (local $h0 (ref $point)) (local $h1 (ref $point)) (local $h2 (ref $point)) (local $h3 structref) (local $h4 anyref) (local $h5 anyref)
    (local $i0 externref) (local $i1 externref) (local $i2 (ref extern)) (local $i3 externref) (local $i4 externref) (local $i5 externref)
    (local $j0 (ref $ki)) (local $j1 contref) (local $j2 exnref) (local $j3 (ref exn)) (local $j4 (ref null $ki)) (local $j5 nullref)
    (local $sum i32)
    (local.set $a0 (i32.const 1)) (local.set $a3 (i32.const 2)) (local.set $a5 (i32.const 3))
    (local.set $b0 (i64.const 4)) (local.set $b3 (i64.const 5)) (local.set $b5 (i64.const 6))
    (local.set $c0 (f32.const 7)) (local.set $c3 (f32.const 8)) (local.set $c5 (f32.const 9))
    (local.set $d0 (f64.const 10)) (local.set $d3 (f64.const 11)) (local.set $d5 (f64.const 12))
    (suspend $pause)
    (local.set $e0 (i32x4.splat (i32.const 13))) (local.set $e3 (i32x4.splat (i32.const 14))) (local.set $e5 (i32x4.splat (i32.const 15)))
    (local.set $f0 (ref.func $seven)) (local.set $f3 (ref.func $seven)) (local.set $f5 (ref.func $seven))
    (local.set $g0 (ref.i31 (i32.const 16))) (local.set $g3 (ref.i31 (i32.const 17))) (local.set $g5 (ref.i31 (i32.const 18)))
    (local.set $h0 (struct.new $point (i32.const 19))) (local.set $h3 (local.get $h0)) (local.set $h5 (local.get $h0))
    (local.set $i2 (extern.convert_any (local.get $h0)))
    (local.set $j0 (cont.new $ki (ref.func $eight))) (local.set $j3 (call $exn (i32.const 20)))
    (suspend $pause)
    (local.set $a1 (i32.const 21)) (local.set $b1 (i64.const 22)) (local.set $c1 (f32.const 23)) (local.set $d1 (f64.const 24))
    (drop (call $eight))
    (i32.add (i32.add (local.get $a0) (local.get $a1)) (i32.add (local.get $a3) (local.get $a5)))         ;; 27
    (i32.add (i32.wrap_i64 (i64.add (i64.add (local.get $b0) (local.get $b1)) (i64.add (local.get $b3) (local.get $b5)))))          ;; 37
    (i32.add (i32.trunc_f32_s (f32.add (f32.add (local.get $c0) (local.get $c1)) (f32.add (local.get $c3) (local.get $c5)))))      ;; 47
    (i32.add (i32.trunc_f64_s (f64.add (f64.add (local.get $d0) (local.get $d1)) (f64.add (local.get $d3) (local.get $d5)))))      ;; 57
    (i32.add (i32x4.extract_lane 1 (i32x4.add (local.get $e0) (i32x4.add (local.get $e3) (local.get $e5)))))   ;; 42
    (i32.add (call_ref $i (local.get $f0)))                                                                     ;; 7
    (i32.add (call_ref $i (local.get $f3)))                                                                     ;; 7
    (i32.add (call_ref $i (ref.cast (ref $i) (local.get $f5))))                                                 ;; 7
    (i32.add (i31.get_s (local.get $g0)))                                                                       ;; 16
    (i32.add (i31.get_s (local.get $g3)))                                                                       ;; 17
    (i32.add (ref.eq (local.get $h0) (local.get $h3)))                                                          ;; 1
    (i32.add (ref.eq (local.get $h0) (ref.cast eqref (any.convert_extern (local.get $i2)))))                    ;; 1
    (i32.add (call $run (local.get $j0)))                                                                       ;; 8
    (i32.add (call $exn-number (local.get $j3)))                                                                ;; 20
    ;; those never set have their default still
    (i32.add (i32.add (local.get $a2) (i32.wrap_i64 (local.get $b2))))
    (i32.add (i32.add (i32.trunc_f32_s (local.get $c2)) (i32.trunc_f64_s (local.get $d2))))
    (i32.add (v128.any_true (local.get $e2)))
    (i32.add (ref.is_null (local.get $f4))) (i32.add (ref.is_null (local.get $g4))) (i32.add (ref.is_null (local.get $h4)))
    (i32.add (ref.is_null (local.get $i4))) (i32.add (ref.is_null (local.get $j1))) (i32.add (ref.is_null (local.get $j2)))
    (i32.add (ref.is_null (local.get $j4))) (i32.add (ref.is_null (local.get $j5))))
  (func (export "sixty locals") (result i32)
    (call $run (cont.new $ki (ref.func $sixty))))
)

(assert_return (invoke "twenty arguments") (i32.const -8874668))
(assert_return (invoke "twenty arguments, late") (i32.const -8874668))
(assert_return (invoke "twenty arguments, bound") (i32.const -8874668))
(assert_return (invoke "seven results") (i32.const -9896012))
(assert_return (invoke "twenty operands") (i32.const -8874668))
(assert_return (invoke "ten traded") (i32.const 90411))
(assert_return (invoke "sixty locals") (i32.const 302))

;; Packed fields and elements keep their width, sign extension and neighbours.
(module
  (type $v (func))
  (type $kv (cont $v))
  (type $packed (struct (field $a (mut i8)) (field $b (mut i16)) (field $c (mut i32)) (field $d (mut i8))))
  (type $shorts (array (mut i16)))
  (tag $show (param (ref $packed) (ref $shorts)))
  (elem declare func $f)

  (global $p (mut (ref null $packed)) (ref.null $packed))
  (global $s (mut (ref null $shorts)) (ref.null $shorts))

  (func $f
    (local $p (ref $packed)) (local $s (ref $shorts))
    (local.set $p (struct.new $packed (i32.const 0x180) (i32.const 0x18000) (i32.const -1) (i32.const 0x7f)))
    (local.set $s (array.new_fixed $shorts 3 (i32.const 1) (i32.const 0xffff) (i32.const 3)))
    (global.set $p (local.get $p))
    (global.set $s (local.get $s))
    (suspend $show (local.get $p) (local.get $s))
    (struct.set $packed $b (local.get $p)
      (i32.add (struct.get_s $packed $a (local.get $p)) (struct.get_u $packed $a (local.get $p))))
    (array.set $shorts (local.get $s) (i32.const 0) (array.get_s $shorts (local.get $s) (i32.const 1))))

  (func (export "packed") (result i32 i32 i32 i32 i32 i32)
    (local $k (ref null $kv)) (local $p (ref null $packed)) (local $s (ref null $shorts))
    (block $shown (result (ref $packed) (ref $shorts) (ref $kv))
      (resume $kv (on $show $shown) (cont.new $kv (ref.func $f)))
      (unreachable))
    (local.set $k)
    (local.set $s)
    (local.set $p)
    (struct.get_u $packed $b (local.get $p))
    (struct.get_s $packed $b (local.get $p))
    (array.get_u $shorts (local.get $s) (i32.const 1))
    (resume $kv (local.get $k))
    (struct.get_s $packed $b (global.get $p))
    (array.get_u $shorts (global.get $s) (i32.const 0))
    (struct.get_u $packed $d (global.get $p)))
)

(assert_return (invoke "packed")
  (i32.const 0x8000) (i32.const -32768) (i32.const 0xffff) (i32.const 0) (i32.const 0xffff) (i32.const 127))
