;; The loop of an interpreter: each instruction of its program is a call through a table.
;;
;; The program is for a machine with registers and instructions of four bytes: operation, register, and a source register or
;; a distance. It counts the steps of all Collatz sequences from r0 down to 1.
;;
;; Operations return the address of the next instruction, 0 for the end.
(module
  (memory 1)
  (type $operation (func (param $pc i32) (result i32)))
  (table $operations funcref (elem $copy $jump_if_one $collatz $increment $jump $decrement $jump_unless_zero $halt))

  ;; The program, from address 1024 on.
  (data (i32.const 1024)
    "\00\01\00\00"      ;; 1024  copy r1 <- r0
    "\01\01\14\00"      ;; 1028  if r1 = 1, go on 20 bytes further on (1048)
    "\02\01\00\00"      ;; 1032  r1 <- r1 / 2, or 3 r1 + 1
    "\03\02\00\00"      ;; 1036  r2 <- r2 + 1
    "\04\00\f4\00"      ;; 1040  go on 12 bytes further back (1028)
    "\07\00\00\00"      ;; 1044  never
    "\05\00\00\00"      ;; 1048  r0 <- r0 - 1
    "\06\00\e4\00"      ;; 1052  unless r0 = 0, go on 28 bytes further back (1024)
    "\07\00\00\00")     ;; 1056  end

  (func $register (param $pc i32) (result i32)
    (i32.shl (i32.load8_u offset=1 (local.get $pc)) (i32.const 2)))

  (func $copy (type $operation) (param $pc i32) (result i32)
    (i32.store (call $register (local.get $pc))
      (i32.load (i32.shl (i32.load8_u offset=2 (local.get $pc)) (i32.const 2))))
    (i32.add (local.get $pc) (i32.const 4)))
  (func $jump_if_one (type $operation) (param $pc i32) (result i32)
    (i32.add (local.get $pc)
      (select (i32.load8_s offset=2 (local.get $pc)) (i32.const 4)
        (i32.eq (i32.load (call $register (local.get $pc))) (i32.const 1)))))
  (func $collatz (type $operation) (param $pc i32) (result i32)
    (local $n i32)
    (local.set $n (i32.load (call $register (local.get $pc))))
    (i32.store (call $register (local.get $pc))
      (select
        (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1))
        (i32.shr_u (local.get $n) (i32.const 1))
        (i32.and (local.get $n) (i32.const 1))))
    (i32.add (local.get $pc) (i32.const 4)))
  (func $increment (type $operation) (param $pc i32) (result i32)
    (i32.store (call $register (local.get $pc))
      (i32.add (i32.load (call $register (local.get $pc))) (i32.const 1)))
    (i32.add (local.get $pc) (i32.const 4)))
  (func $jump (type $operation) (param $pc i32) (result i32)
    (i32.add (local.get $pc) (i32.load8_s offset=2 (local.get $pc))))
  (func $decrement (type $operation) (param $pc i32) (result i32)
    (i32.store (call $register (local.get $pc))
      (i32.sub (i32.load (call $register (local.get $pc))) (i32.const 1)))
    (i32.add (local.get $pc) (i32.const 4)))
  (func $jump_unless_zero (type $operation) (param $pc i32) (result i32)
    (i32.add (local.get $pc)
      (select (i32.load8_s offset=2 (local.get $pc)) (i32.const 4)
        (i32.load (call $register (local.get $pc))))))
  (func $halt (type $operation) (param $pc i32) (result i32) (i32.const 0))

  ;; The steps of all sequences from `count` down.
  (func (export "run") (param $count i32) (result i64)
    (local $pc i32)
    (i32.store (i32.const 0) (local.get $count))
    (i32.store (i32.const 8) (i32.const 0))
    (local.set $pc (i32.const 1024))
    (loop $next
      (local.set $pc
        (call_indirect $operations (type $operation) (local.get $pc) (i32.load8_u (local.get $pc))))
      (br_if $next (local.get $pc)))
    (i64.extend_i32_u (i32.load (i32.const 8))))
)
