;; Two generators that take turns.
;;
;;   stackyard run examples/generator.wat
;;
;; A generator is a function that hands out values from the middle of its work. Here one walks a tree, recursively, and hands
;; out what it finds from any depth; the other counts through the Fibonacci numbers. The consumer asks each for its next
;; value in turn. Neither generator knows of the other, nor that it is being interrupted: each has a stack of its own.

(module
  ;; The only thing asked of the host: print one character.
  (import "env" "print_char" (func $print_char (param i32)))

  ;; A generator takes nothing and returns nothing; what it has to say, it says by suspending.
  (type $generator (func))
  ;; A suspended generator, to be resumed once.
  (type $suspended (cont $generator))

  ;; What a generator suspends with: the next value.
  (tag $yield (param i32))

  ;; Functions that become continuations have to be declared, as for ref.func in general.
  (elem declare func $walk_tree $fibonacci)

  ;; ---- Two generators ----

  ;; A binary tree in which every node holds a number, and everything on the left is smaller.
  (type $tree (struct
    (field $left (ref null $tree))
    (field $value i32)
    (field $right (ref null $tree))))

  ;; In order: left, self, right. The suspend happens at the depth of the node in the tree, and keeps that whole stack.
  (func $walk (param $node (ref null $tree))
    (if (ref.is_null (local.get $node)) (then (return)))
    (call $walk (struct.get $tree $left (local.get $node)))
    (suspend $yield (struct.get $tree $value (local.get $node)))
    (call $walk (struct.get $tree $right (local.get $node))))

  (func $walk_tree (type $generator)
    (call $walk (call $build (i32.const 1) (i32.const 15))))

  ;; All Fibonacci numbers below 1000.
  (func $fibonacci (type $generator)
    (local $a i32) (local $b i32)
    (local.set $b (i32.const 1))
    (loop $again
      (suspend $yield (local.get $a))
      ;; a, b = b, a + b
      (local.get $b)
      (local.set $b (i32.add (local.get $a) (local.get $b)))
      (local.set $a)
      (br_if $again (i32.lt_u (local.get $a) (i32.const 1000)))))

  ;; ---- The consumer ----

  ;; Prints the next value of a generator, in a column; returns the rest of the generator, or null if it has ended.
  (func $print_next (param $rest (ref null $suspended)) (result (ref null $suspended))
    (local $value i32)
    (if (ref.is_null (local.get $rest))
      (then (call $print_number (i32.const -1)) (return (ref.null $suspended))))
    (block $on_yield (result i32 (ref $suspended))
      ;; Run it until it suspends with $yield, which branches out of the block with the value and the rest ...
      (resume $suspended (on $yield $on_yield) (local.get $rest))
      ;; ... or until it returns, which arrives here.
      (call $print_number (i32.const -1))
      (return (ref.null $suspended)))
    (local.set $rest)
    (local.set $value)
    (call $print_number (local.get $value))
    (local.get $rest))

  (func (export "_start")
    (local $tree (ref null $suspended))
    (local $fibonacci (ref null $suspended))
    (call $print_text (array.new_data $text $header (i32.const 0) (i32.const 17)))
    ;; New continuations have not begun to run: nothing has been built or computed yet.
    (local.set $tree (cont.new $suspended (ref.func $walk_tree)))
    (local.set $fibonacci (cont.new $suspended (ref.func $fibonacci)))
    (loop $again
      (local.set $tree (call $print_next (local.get $tree)))
      (local.set $fibonacci (call $print_next (local.get $fibonacci)))
      (call $print_char (i32.const 10))
      ;; Until both have ended.
      (br_if $again (i32.eqz (ref.is_null (local.get $tree))))
      (br_if $again (i32.eqz (ref.is_null (local.get $fibonacci))))))

  ;; ---- Helpers ----

  ;; A balanced tree of the numbers from $low to $high.
  (func $build (param $low i32) (param $high i32) (result (ref null $tree))
    (local $middle i32)
    (if (i32.gt_s (local.get $low) (local.get $high)) (then (return (ref.null $tree))))
    (local.set $middle (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)))
    (struct.new $tree
      (call $build (local.get $low) (i32.sub (local.get $middle) (i32.const 1)))
      (local.get $middle)
      (call $build (i32.add (local.get $middle) (i32.const 1)) (local.get $high))))

  ;; Right-aligned in eight columns; -1, which stands for nothing, as a dash.
  (func $print_number (param $number i32)
    (local $limit i32) (local $digits i32)
    (local.set $digits (i32.const 1))
    (local.set $limit (i32.const 10))
    (block $counted
      (loop $count
        (br_if $counted (i32.lt_s (local.get $number) (local.get $limit)))
        (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
        (local.set $limit (i32.mul (local.get $limit) (i32.const 10)))
        (br $count)))
    (loop $pad
      (call $print_char (i32.const 32))
      (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
      (br_if $pad (i32.lt_s (local.get $digits) (i32.const 8))))
    (if (i32.lt_s (local.get $number) (i32.const 0))
      (then (call $print_char (i32.const 45)))
      (else (call $print_digits (local.get $number)))))

  (func $print_digits (param $number i32)
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then (call $print_digits (i32.div_u (local.get $number) (i32.const 10)))))
    (call $print_char (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10)))))

  (type $text (array i8))
  (data $header "    tree     fib\n")

  (func $print_text (param $text (ref $text))
    (local $i i32)
    (loop $next
      (call $print_char (array.get_u $text (local.get $text) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (array.len (local.get $text)))))))
