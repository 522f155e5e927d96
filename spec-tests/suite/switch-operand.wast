;; switch looks at its operand before it looks for a handler: null and consumed continuations trap as such where no
;; handler is. (Outside of continuations V8 15 looks for the handler first.)

(module
  (rec
    (type $q (func (param (ref null $kq))))
    (type $kq (cont $q)))
  (type $v (func))
  (type $kv (cont $v))
  (tag $swap)
  (elem declare func $other $null $consumed)
  (func $other (type $q))
  (func $null (export "null") (drop (switch $kq $swap (ref.null $kq))))
  (func $consumed (export "consumed")
    (local $k (ref $kq))
    (local.set $k (cont.new $kq (ref.func $other)))
    (resume $kq (ref.null $kq) (local.get $k))
    (drop (switch $kq $swap (local.get $k))))
  (func (export "null, in a continuation") (resume $kv (cont.new $kv (ref.func $null))))
  (func (export "consumed, in a continuation") (resume $kv (cont.new $kv (ref.func $consumed))))
)

(assert_trap (invoke "null") "null continuation reference")
(assert_trap (invoke "consumed") "continuation already consumed")
(assert_trap (invoke "null, in a continuation") "null continuation reference")
(assert_trap (invoke "consumed, in a continuation") "continuation already consumed")
