;; Creates the store context of one store. `trap` is a host function that raises a trap of the given code.
(module
  ;; types.wat is spliced in here
  (import "host" "trap" (func $trap (type $trap_fn)))
  (elem declare func $trap)
  ;; What leaves a function whose result type has no values, with the control effect set.
  (tag (export "unwind"))
  (global $context (export "context") (ref $VMStoreContext) (struct.new_default $VMStoreContext))
  (func (export "init")
    (struct.set $VMStoreContext $trap (global.get $context) (ref.func $trap)))
)
