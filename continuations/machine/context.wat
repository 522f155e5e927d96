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
  (elem declare func $trap $out_of_fuel $may_grow $resume_stack)
  ;; What leaves a function whose result type has no values, with the control effect set.
  (tag (export "unwind"))
  ;; The control effect in progress (see machine.wat); not 0 only while frames are being left.
  (global $effect (export "effect") (mut i32) (i32.const 0))
  ;; The resume function of stacks, which nobody calls.
  (func $resume_stack (type $resume_fn) (param $frame (ref $VMFrame)) (param $mode i32) (result i32)
    (unreachable))
  (global $no_handlers (ref $VMHandlers)
    (struct.new $VMHandlers (ref.null $VMTag) (array.new_fixed $VMTags 0) (array.new_fixed $VMTags 0)))
  ;; What stands for no stack, and its frames.
  (global $no_frames (ref $VMFrames) (struct.new $VMFrames (ref.null $VMFrame) (ref.null $VMFrame) (i32.const 0)))
  (global $none (ref $VMContRef)
    (struct.new $VMContRef
      (ref.func $resume_stack) (ref.null $VMFrame) (i32.const 1) (i32.const -2) (global.get $no_frames)
      (ref.null $VMContRef) (ref.null $VMContRef) (global.get $no_handlers) (ref.null $VMContRef)))
  ;; The first stack. It is there from the start, so that engines do not see one being made when they decide what to inline.
  (global $first (ref $VMContRef)
    (struct.new $VMContRef
      (ref.func $resume_stack) (ref.null $VMFrame) (i32.const 0) (i32.const -2)
      (struct.new $VMFrames (ref.null $VMFrame) (ref.null $VMFrame) (i32.const 0))
      (ref.null $VMContRef) (ref.null $VMContRef) (global.get $no_handlers) (ref.null $VMContRef)))
  (global $context (export "context") (ref $VMStoreContext)
    (struct.new $VMStoreContext
      (i32.const 0) (global.get $none) (global.get $first) (global.get $none) (i32.const 0) (global.get $no_frames)
      (i32.const 0) (i32.const 0) (ref.null $VMContRef) (ref.null $VMFrame) (ref.null $VMFrame) (ref.null $VMFrames)
      (ref.null exn) (ref.null $host_fn) (ref.null $trap_fn) (i64.const 0) (ref.null $host_fn) (ref.null $grow_fn)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0)
      (i64.const 0) (i64.const 0) (i64.const 0) (f32.const 0) (f32.const 0) (f64.const 0) (f64.const 0) (f64.const 0)
      (f64.const 0) (v128.const i64x2 0 0) (ref.null any) (ref.null any) (ref.null any) (ref.null any) (ref.null func)
      (ref.null extern) (ref.null extern) (ref.null exn) (ref.null any)))
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
