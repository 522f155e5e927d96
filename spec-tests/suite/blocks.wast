;; Suspends inside nested blocks with parameters and results, and branches of every kind that leave
;; a block after the re-entry: br, br_if, br_table, br_on_null, br_on_non_null, br_on_cast(_fail), return.

(module
  (type $i (func (result i32)))               (type $ki (cont $i))
  (type $ii (func (param i32) (result i32)))  (type $kii (cont $ii))
  (type $i2i2 (func (param i32 i32) (result i32 i32)))
  (type $node (struct (field $v i32) (field $next (mut (ref null $node)))))
  (type $leaf (sub (struct (field i32))))
  (type $leaf2 (sub $leaf (struct (field i32) (field i32))))

  ;; Every suspend hands out a number; the driver gives back its double.
  (tag $ask (param i32) (result i32))

  (func $drive (param $k (ref null $ki)) (result i32)
    (local $n i32) (local $k2 (ref null $kii))
    (loop $again (result i32)
      (block $asked (result i32 (ref $kii))
        (resume $ki (on $ask $asked) (local.get $k))
        (return))
      (local.set $k2)
      (local.set $n)
      (local.set $k (cont.bind $kii $ki (i32.mul (local.get $n) (i32.const 2)) (local.get $k2)))
      (br $again)))
  (func $run (param $x i32) (param $f (ref $ii)) (result i32)
    (call $drive (cont.bind $kii $ki (local.get $x) (cont.new $kii (local.get $f)))))

  (elem declare func $straight $nested $deep $params $br $br_if $br_table $br_null $br_cast $returns $between $dead-after $empty $value-br_if $multi $nested-labels $drops)

  ;; One after the other in a straight line.
  (func $straight (param $x i32) (result i32)
    (suspend $ask (local.get $x))
    (suspend $ask)
    (suspend $ask)
    (i32.add (suspend $ask (i32.const 1)))
    (i32.sub (suspend $ask (i32.const 3)) (suspend $ask (i32.const 4)))
    (i32.add))
  (func (export "straight") (param i32) (result i32) (call $run (local.get 0) (ref.func $straight)))

  ;; Before, inside and after a block, with operands beneath it.
  (func $nested (param $x i32) (result i32)
    (suspend $ask (i32.const 1))
    (block (result i32)
      (suspend $ask (i32.const 10))
      (block (result i32)
        (suspend $ask (i32.const 100))
        (block (result i32)
          (suspend $ask (local.get $x)))
        (i32.add)
        (suspend $ask (i32.const 1000))
        (i32.add))
      (i32.add))
    (i32.add)
    (i32.add (suspend $ask (i32.const 10000))))
  (func (export "nested") (param i32) (result i32) (call $run (local.get 0) (ref.func $nested)))

  ;; Sixteen blocks deep.
  (func $deep (param $x i32) (result i32)
    (block (block (block (block (block (block (block (block
      (block (block (block (block (block (block (block (block
        (local.set $x (suspend $ask (local.get $x)))))))))))
      (local.set $x (suspend $ask (local.get $x)))))))))))
    (suspend $ask (local.get $x)))
  (func (export "deep") (param i32) (result i32) (call $run (local.get 0) (ref.func $deep)))

  ;; Block parameters that wait beneath a suspend.
  (func $params (param $x i32) (result i32)
    (local.get $x)
    (i32.const 5)
    (block (param i32 i32) (result i32 i32)
      (suspend $ask (i32.const 7))
      (block (param i32 i32) (result i32)
        (i32.sub)
        (suspend $ask))
      (block (param i32 i32) (result i32 i32)
        (suspend $ask)))
    (i32.mul))
  (func (export "params") (param i32) (result i32) (call $run (local.get 0) (ref.func $params)))

  ;; Branches out of blocks after they were re-entered.
  (func $br (param $x i32) (result i32)
    (block $a (result i32)
      (i32.const 99)
      (block $b
        (block $c
          (drop (suspend $ask (i32.const 0)))
          (br_if $c (i32.eq (local.get $x) (i32.const 1)))
          (drop (suspend $ask (i32.const 0)))
          (br_if $b (i32.eq (local.get $x) (i32.const 2)))
          (br $a (suspend $ask (i32.const 50))))
        (return (suspend $ask (i32.const 10))))
      (drop)
      (suspend $ask (i32.const 20))))
  (func (export "br") (param i32) (result i32) (call $run (local.get 0) (ref.func $br)))

  ;; The condition of a br_if comes from a suspend; the branch carries values.
  (func $br_if (param $x i32) (result i32)
    (block $out (result i32)
      (local.get $x)
      (br_if $out (suspend $ask (i32.sub (local.get $x) (i32.const 1))))
      (i32.add (i32.const 100))
      (br_if $out (suspend $ask (i32.sub (local.get $x) (i32.const 2))))
      (i32.add (i32.const 1000))))
  (func (export "br_if") (param i32) (result i32) (call $run (local.get 0) (ref.func $br_if)))

  (func $value-br_if (param $x i32) (result i32)
    (block $out (result i32 i32)
      (suspend $ask (i32.const 3))
      (suspend $ask (i32.const 4))
      (br_if $out (suspend $ask (local.get $x)))
      (drop)
      (suspend $ask (i32.const 5)))
    (i32.mul))
  (func (export "br_if, two values") (param i32) (result i32) (call $run (local.get 0) (ref.func $value-br_if)))

  ;; The index of a br_table comes from a suspend.
  (func $br_table (param $x i32) (result i32)
    (block $default (result i32)
      (block $two (result i32)
        (block $one (result i32)
          (block $zero (result i32)
            (suspend $ask (i32.const 1))
            (br_table $zero $one $two $default (suspend $ask (local.get $x))))
          (return (i32.add (suspend $ask (i32.const 10)))))
        (return (i32.add (suspend $ask (i32.const 20)))))
      (return (i32.add (suspend $ask (i32.const 30)))))
    (i32.add (suspend $ask (i32.const 40))))
  (func (export "br_table") (param i32) (result i32) (call $run (local.get 0) (ref.func $br_table)))

  ;; A list walked with br_on_null and br_on_non_null around suspends.
  (func $br_null (param $x i32) (result i32)
    (local $list (ref null $node)) (local $sum i32)
    (loop $grow
      (if (local.get $x)
        (then
          (local.set $list (struct.new $node (suspend $ask (local.get $x)) (local.get $list)))
          (local.set $x (i32.sub (local.get $x) (i32.const 1)))
          (br $grow))))
    (block $end
      (loop $walk
        (br_on_null $end (local.get $list))
        (drop (suspend $ask (i32.const 0)))
        (struct.get $node $v)
        (local.set $sum (i32.add (local.get $sum)))
        (local.set $list (struct.get $node $next (local.get $list)))
        (br $walk)))
    (block $some (result (ref $node))
      (i32.const 1)
      (br_on_non_null $some (local.get $list))
      (drop (suspend $ask (i32.const 0)))
      (return (i32.add (local.get $sum))))
    (drop)
    (i32.const -1))
  (func (export "br_on_null") (param i32) (result i32) (call $run (local.get 0) (ref.func $br_null)))

  (func $br_cast (param $x i32) (result i32)
    (block $small (result (ref $leaf))
      (block $big (result (ref $leaf2))
        (if (result (ref $leaf)) (suspend $ask (local.get $x))
          (then (struct.new $leaf2 (suspend $ask (i32.const 3)) (suspend $ask (i32.const 4))))
          (else (struct.new $leaf (suspend $ask (i32.const 5)))))
        (br_on_cast $big (ref $leaf) (ref $leaf2))
        (drop (suspend $ask (i32.const 0)))
        (br_on_cast_fail $small (ref $leaf) (ref $leaf2))
        (unreachable))
      (drop (suspend $ask (i32.const 0)))
      (struct.get $leaf2 1)
      (return))
    (struct.get $leaf 0))
  (func (export "br_on_cast") (param i32) (result i32) (call $run (local.get 0) (ref.func $br_cast)))

  ;; return out of nested blocks, with operands left behind.
  (func $returns (param $x i32) (result i32)
    (i64.const 1)
    (block
      (f64.const 2)
      (block
        (if (suspend $ask (local.get $x))
          (then
            (i32.const 7)
            (return (suspend $ask (local.get $x))))))
      (drop))
    (drop)
    (suspend $ask (i32.const 3)))
  (func (export "return") (param i32) (result i32) (call $run (local.get 0) (ref.func $returns)))

  ;; A suspend between two halves of a computation whose left half is on the operand stack.
  (func $between (param $x i32) (result i32)
    (i32.sub
      (i32.mul (local.get $x) (i32.const 3))
      (i32.add
        (i32.mul (suspend $ask (local.get $x)) (block (result i32) (suspend $ask (i32.const 5))))
        (block (result i32) (i32.mul (i32.const 2) (suspend $ask (local.tee $x (i32.const 6))))))))
  (func (export "between") (param i32) (result i32) (call $run (local.get 0) (ref.func $between)))

  ;; Code after a suspend that cannot be reached, and a suspend that cannot be reached.
  (func $dead-after (param $x i32) (result i32)
    (block $out (result i32)
      (br $out (suspend $ask (local.get $x)))
      (suspend $ask)
      (suspend $ask (unreachable))
      (block (param i32) (result i32) (suspend $ask))))
  (func (export "dead after") (param i32) (result i32) (call $run (local.get 0) (ref.func $dead-after)))

  ;; Blocks with nothing but the suspend, and empty blocks.
  (func $empty (param $x i32) (result i32)
    (block) (block (block) (nop))
    (local.get $x)
    (block (param i32) (result i32) (suspend $ask))
    (block (param i32) (result i32))
    (loop (param i32) (result i32) (suspend $ask))
    (block) (loop))
  (func (export "empty") (param i32) (result i32) (call $run (local.get 0) (ref.func $empty)))

  ;; Blocks with two parameters and two results.
  (func $multi (param $x i32) (result i32)
    (local.get $x)
    (i32.const 1)
    (block (type $i2i2) (block (type $i2i2) (suspend $ask)) (br 0))
    (i32.mul (i32.const 10))
    (i32.add))
  (func (export "two results") (param i32) (result i32)
    (call $run (local.get 0) (ref.func $multi)))

  ;; A label that is a target from several depths.
  (func $nested-labels (param $x i32) (result i32)
    (local $n i32)
    (block $out
      (loop $in
        (local.set $n (i32.add (local.get $n) (suspend $ask (i32.const 1))))
        (block
          (block
            (br_if $in (i32.lt_u (local.get $n) (local.get $x)))
            (br_if 1 (suspend $ask (i32.const 0)))
            (br_if $out (i32.and (local.get $n) (i32.const 8))))
          (local.set $n (i32.add (local.get $n) (suspend $ask (i32.const 1)))))
        (br $in)))
    (local.get $n))
  (func (export "nested labels") (param i32) (result i32) (call $run (local.get 0) (ref.func $nested-labels)))

  ;; br leaves operands of several kinds behind.
  (func $drops (param $x i32) (result i32)
    (block $out (result i32)
      (i64.const 1)
      (f32.const 2)
      (ref.null any)
      (v128.const i64x2 3 4)
      (br_if $out (suspend $ask (local.get $x)) (suspend $ask (i32.const 1)))
      (return)))
  (func (export "operands left") (param i32) (result i32) (call $run (local.get 0) (ref.func $drops)))
)

(assert_return (invoke "straight" (i32.const 5)) (i32.const 40))
(assert_return (invoke "nested" (i32.const 3)) (i32.const 22228))
(assert_return (invoke "deep" (i32.const 1)) (i32.const 8))
(assert_return (invoke "params" (i32.const 9)) (i32.const -324))
(assert_return (invoke "br" (i32.const 1)) (i32.const 20))
(assert_return (invoke "br" (i32.const 2)) (i32.const 40))
(assert_return (invoke "br" (i32.const 3)) (i32.const 100))
(assert_return (invoke "br_if" (i32.const 5)) (i32.const 5))
(assert_return (invoke "br_if" (i32.const 1)) (i32.const 101))
(assert_return (invoke "br_if, two values" (i32.const 1)) (i32.const 48))
(assert_return (invoke "br_if, two values" (i32.const 0)) (i32.const 60))
(assert_return (invoke "br_table" (i32.const 0)) (i32.const 22))
(assert_return (invoke "br_table" (i32.const 1)) (i32.const 62))
(assert_return (invoke "br_table" (i32.const 2)) (i32.const 82))
(assert_return (invoke "br_table" (i32.const -1)) (i32.const 82))
(assert_return (invoke "br_on_null" (i32.const 0)) (i32.const 1))
(assert_return (invoke "br_on_null" (i32.const 10)) (i32.const 111))
(assert_return (invoke "br_on_cast" (i32.const 1)) (i32.const 8))
(assert_return (invoke "br_on_cast" (i32.const 0)) (i32.const 10))
(assert_return (invoke "return" (i32.const 4)) (i32.const 8))
(assert_return (invoke "return" (i32.const 0)) (i32.const 6))
(assert_return (invoke "between" (i32.const 7)) (i32.const -143))
(assert_return (invoke "dead after" (i32.const 6)) (i32.const 12))
(assert_return (invoke "empty" (i32.const 6)) (i32.const 24))
(assert_return (invoke "two results" (i32.const 7)) (i32.const 27))
(assert_return (invoke "nested labels" (i32.const 5)) (i32.const 10))
(assert_return (invoke "nested labels" (i32.const 9)) (i32.const 10))
(assert_return (invoke "operands left" (i32.const 6)) (i32.const 12))
