;; Subtyping at run time: continuations of declared subtypes used as their supertypes, handlers that take the
;; continuation at another type than it has, payloads and results passed at supertypes, casts afterwards.

(module
  (type $f0 (sub (func (result anyref))))
  (type $f1 (sub $f0 (func (result (ref i31)))))
  (type $k0 (sub (cont $f0)))
  (type $k1 (sub $k0 (cont $f1)))
  (type $f0' (func (result anyref)))
  (type $k0' (cont $f0'))
  (type $take-i31 (func (param (ref i31)) (result anyref)))
  (type $k-take-i31 (cont $take-i31))

  (tag $pause)
  (tag $give (param (ref i31)))
  (tag $ask (result anyref))
  (tag $ask-any (param i31ref) (result (ref null eq)))

  (elem declare func $at-once $later $gives $asks)
  (func $at-once (type $f1) (ref.i31 (i32.const 7)))
  (func $later (type $f1) (suspend $pause) (ref.i31 (i32.const 8)))
  (func $gives (type $f1) (suspend $give (ref.i31 (i32.const 9))) (ref.i31 (i32.const 10)))
  (func $asks (type $f0) (ref.as_non_null (suspend $ask)))

  (func $number (param $x anyref) (result i32) (i31.get_u (ref.cast (ref i31) (local.get $x))))
  (func $finish (param $k (ref $k0)) (result i32) (call $number (resume $k0 (local.get $k))))

  ;; cont.new takes a function of a subtype.
  (func (export "function of a subtype") (result i32) (call $finish (cont.new $k0 (ref.func $at-once))))

  ;; cont.bind needs no declared subtyping between the continuation types, only between what is left of them.
  (func (export "bind to supertype") (result i32)
    (call $finish (cont.bind $k1 $k0 (cont.new $k1 (ref.func $at-once)))))
  (func (export "bind to undeclared supertype") (result i32)
    (call $number (resume $k0' (cont.bind $k1 $k0' (cont.new $k1 (ref.func $at-once))))))

  ;; A handler may take the continuation at a supertype, at an undeclared one too.
  (func (export "handler at supertype") (result i32)
    (block $h (result (ref $k0))
      (resume $k1 (on $pause $h) (cont.new $k1 (ref.func $later)))
      (unreachable))
    (call $finish))
  (func (export "handler at undeclared supertype") (result i32)
    (block $h (result (ref $k0'))
      (resume $k1 (on $pause $h) (cont.new $k1 (ref.func $later)))
      (unreachable))
    (resume $k0')
    (call $number))
  (func (export "handler, nullable") (result i32)
    (local $k (ref null $k0'))
    (block $h (result (ref null $k0'))
      (resume $k1 (on $pause $h) (cont.new $k1 (ref.func $later)))
      (unreachable))
    (local.set $k)
    (i32.add (ref.is_null (local.get $k)) (call $number (resume $k0' (local.get $k)))))

  ;; Payload at a supertype; the values asked for at a subtype.
  (func (export "payload at supertype") (result i32)
    (local $r anyref)
    (block $h (result anyref (ref null $k0))
      (resume $k1 (on $give $h) (cont.new $k1 (ref.func $gives)))
      (unreachable))
    (resume $k0)
    (local.set $r)
    (i32.add (call $number) (i32.mul (call $number (local.get $r)) (i32.const 100))))
  (func (export "value at subtype") (result i32)
    (local $k (ref null $k-take-i31))
    (block $h (result (ref $k-take-i31))
      (resume $k0 (on $ask $h) (cont.new $k0 (ref.func $asks)))
      (unreachable))
    (local.set $k)
    (call $number (resume $k-take-i31 (ref.i31 (i32.const 11)) (local.get $k))))

  ;; Abstract and bottom types: a typed continuation as contref; nocont where any continuation is wanted.
  (global $c (mut contref) (ref.null nocont))
  (func (export "as contref") (result i32)
    (global.set $c (cont.new $k1 (ref.func $at-once)))
    (i32.eqz (ref.is_null (global.get $c))))
  (func (export "nocont") (result i32) (call $finish-null (ref.null nocont)))
  (func $finish-null (param $k (ref null $k0)) (result i32) (call $number (resume $k0 (local.get $k))))
)

(assert_return (invoke "function of a subtype") (i32.const 7))
(assert_return (invoke "bind to supertype") (i32.const 7))
(assert_return (invoke "bind to undeclared supertype") (i32.const 7))
(assert_return (invoke "handler at supertype") (i32.const 8))
(assert_return (invoke "handler at undeclared supertype") (i32.const 8))
(assert_return (invoke "handler, nullable") (i32.const 8))
(assert_return (invoke "payload at supertype") (i32.const 1009))
(assert_return (invoke "value at subtype") (i32.const 11))
(assert_return (invoke "as contref") (i32.const 1))
(assert_trap (invoke "nocont") "null continuation reference")
