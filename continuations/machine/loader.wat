;; Gives a host function the type that lowered code calls to ask for a resume copy.
(module
  ;; types.wat is spliced in here
  (import "host" "load" (func $load (type $trap_fn)))
  (export "load" (func $load))
)
