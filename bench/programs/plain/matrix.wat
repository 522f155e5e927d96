;; Multiplication of two matrices of 128 by 128 numbers in memory, with one call for each of the results.
(module
  (memory 4)
  ;; Where a, b and their product are.
  (global $a i32 (i32.const 0))
  (global $b i32 (i32.const 0x10000))
  (global $product i32 (i32.const 0x20000))

  ;; Fills both with small numbers.
  (func $fill (param $seed i32)
    (local $i i32)
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (i32.add (global.get $a) (i32.shl (local.get $i) (i32.const 2)))
        (i32.shr_u (local.get $seed) (i32.const 24)))
      (i32.store (i32.add (global.get $b) (i32.shl (local.get $i) (i32.const 2)))
        (i32.and (i32.shr_u (local.get $seed) (i32.const 16)) (i32.const 255)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 16384)))))

  ;; The product of a row of the one and a column of the other, given their addresses.
  (func $multiply (param $row i32) (param $column i32) (result i32)
    (local $k i32)
    (local $sum i32)
    (loop $next
      (local.set $sum
        (i32.add (local.get $sum) (i32.mul (i32.load (local.get $row)) (i32.load (local.get $column)))))
      (local.set $row (i32.add (local.get $row) (i32.const 4)))
      (local.set $column (i32.add (local.get $column) (i32.const 512)))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $k) (i32.const 128))))
    (local.get $sum))

  ;; Does it `count` times; the sum of all results, wrapped.
  (func (export "run") (param $count i32) (result i64)
    (local $i i32)
    (local $j i32)
    (local $result i32)
    (local $sum i32)
    (loop $again
      (call $fill (local.get $count))
      (local.set $i (i32.const 0))
      (loop $rows
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $result
            (call $multiply
              (i32.add (global.get $a) (i32.shl (local.get $i) (i32.const 9)))
              (i32.add (global.get $b) (i32.shl (local.get $j) (i32.const 2)))))
          (i32.store
            (i32.add (global.get $product)
              (i32.add (i32.shl (local.get $i) (i32.const 9)) (i32.shl (local.get $j) (i32.const 2))))
            (local.get $result))
          (local.set $sum (i32.add (local.get $sum) (local.get $result)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $columns (i32.lt_u (local.get $j) (i32.const 128))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $rows (i32.lt_u (local.get $i) (i32.const 128))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $again (local.get $count)))
    (i64.extend_i32_u (local.get $sum)))
)
