;; Creates the store context of one store, from host functions:
;;
;;   trap          raises a trap of the given code
;;   throw         throws the exception that a rewind is to deliver
;;   out_of_fuel   refuels, yields or traps
;;   may_grow      whether a memory or table may grow
(module $stackyard.context
  ;; types.wat is spliced in here
  (import "host" "trap" (func $trap (type $trap_fn)))
  (import "host" "throw" (func $throw))
  (import "host" "out_of_fuel" (func $out_of_fuel (type $host_fn)))
  (import "host" "may_grow" (func $may_grow (type $grow_fn)))
  (elem declare func $trap $out_of_fuel $may_grow)
  ;; What leaves a function whose result type has no values, with the control effect set.
  (tag (export "unwind"))
  ;; The control effect in progress (see machine.wat); not 0 only while frames are being left.
  (global $effect (export "effect") (mut i32) (i32.const 0))
  (global $context (export "context") (ref $VMStoreContext) (struct.new_default $VMStoreContext))
  (func (export "init")
    (struct.set $VMStoreContext $trap (global.get $context) (ref.func $trap))
    (struct.set $VMStoreContext $out_of_fuel (global.get $context) (ref.func $out_of_fuel))
    (struct.set $VMStoreContext $may_grow (global.get $context) (ref.func $may_grow)))

  ;; Makes what the host throws the exception to be delivered. JavaScript has no other way to hand an exnref over.
  (func (export "take_exception")
    (local $exception exnref)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught)
        (call $throw))
      (unreachable))
    (local.set $exception)
    (struct.set $VMStoreContext $exception (global.get $context) (local.get $exception)))
)
