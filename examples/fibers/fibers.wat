;; What C cannot say: the half of the fibers library that switches stacks. The other half is fiber.c.
;;
;; A fiber is a continuation. C cannot hold a reference to one, so it holds a number instead: a slot in the table $fibers,
;; where the continuation is while the fiber is not running.
;;
;;   slot of a fiber that ...   holds
;;     is fresh or suspended    its continuation
;;     is running               null: resuming it again would trap
;;     has returned             null
;;
;; Each fiber has two stacks. The one with its calls and local variables is WebAssembly's, and is what the continuation keeps.
;; The other is C's own, in linear memory, for variables that have an address; `__stack_pointer` says how much of it is in
;; use. Whoever leaves a fiber keeps that pointer in a local variable, and puts it back when the fiber goes on.

(module
  ;; From the C program, which exports them: its stack pointer, and the table in which its function pointers are indices.
  (import "program" "__stack_pointer" (global $stack_pointer (mut i32)))
  (import "program" "__indirect_function_table" (table $functions 0 funcref))

  ;; void *(*)(void *)
  (type $function (func (param i32) (result i32)))

  ;; A fiber that goes on takes a value, and the fiber from which it was switched to, if it was; it returns a value.
  (rec
    (type $body (func (param i32 (ref null $fiber)) (result i32)))
    (type $fiber (cont $body)))

  ;; A fiber that has not begun takes, before these, its C function, its C stack and its slot.
  (type $fresh_body (func (param i32 i32 i32 i32 (ref null $fiber)) (result i32)))
  (type $fresh (cont $fresh_body))

  ;; Leaves a fiber with a value for its resumer.
  (tag $suspend (param i32) (result i32 (ref null $fiber)))
  ;; Leaves a fiber for another. The result is that of the fiber that in the end returns to the resumer.
  (tag $switch (result i32))

  (table $fibers 0 (ref null $fiber))
  ;; Slot of the fiber that is running; -1 outside of fibers.
  (global $running (mut i32) (i32.const -1))

  (elem declare func $run)

  ;; A slot for one more fiber.
  (func (export "new_slot") (result i32)
    (table.grow $fibers (ref.null $fiber) (i32.const 1)))

  ;; Puts a fresh fiber into a slot.
  (func (export "start") (param $slot i32) (param $function i32) (param $stack i32)
    (table.set $fibers (local.get $slot)
      (cont.bind $fresh $fiber
        (local.get $function) (local.get $stack) (local.get $slot)
        (cont.new $fresh (ref.func $run)))))

  ;; Drops the fiber in a slot. Its frames are garbage then; its C stack is for C to free.
  (func (export "drop") (param $slot i32)
    (table.set $fibers (local.get $slot) (ref.null $fiber)))

  (func (export "is_empty") (param $slot i32) (result i32)
    (ref.is_null (table.get $fibers (local.get $slot))))

  (func (export "resume") (param $slot i32) (param $value i32) (result i32)
    (local $caller i32) (local $stack i32) (local $left (ref null $fiber))
    (local.set $caller (global.get $running))
    (local.set $stack (global.get $stack_pointer))
    (block $returned (result i32)
      (block $suspended (result i32 (ref $fiber))
        (resume $fiber (on $suspend $suspended) (on $switch switch)
          (local.get $value)
          (ref.null $fiber)
          (call $take (local.get $slot)))
        (br $returned))
      ;; It need not be the fiber that was resumed: that one may have switched to another.
      (local.set $left)
      (table.set $fibers (global.get $running) (local.get $left)))
    (global.set $running (local.get $caller))
    (global.set $stack_pointer (local.get $stack)))

  (func (export "suspend") (param $value i32) (result i32)
    (local $self i32) (local $stack i32)
    (local.set $self (global.get $running))
    (local.set $stack (global.get $stack_pointer))
    (suspend $suspend (local.get $value))
    (call $arrive (local.get $self) (local.get $stack)))

  (func (export "switch") (param $slot i32) (param $value i32) (result i32)
    (local $self i32) (local $stack i32)
    (local.set $self (global.get $running))
    (local.set $stack (global.get $stack_pointer))
    (switch $fiber $switch (local.get $value) (call $take (local.get $slot)))
    (call $arrive (local.get $self) (local.get $stack)))

  ;; The body of a fresh fiber.
  (func $run (type $fresh_body)
    (param $function i32) (param $stack i32) (param $self i32) (param $value i32) (param $left (ref null $fiber))
    (result i32)
    (call $arrive (local.get $value) (local.get $left) (local.get $self) (local.get $stack))
    (call_indirect $functions (type $function) (local.get $function)))

  ;; What each fiber does first when it is run: it puts away the fiber that it comes from, and says that it is running.
  (func $arrive
    (param $value i32) (param $left (ref null $fiber)) (param $self i32) (param $stack i32) (result i32)
    (if (i32.eqz (ref.is_null (local.get $left)))
      (then (table.set $fibers (global.get $running) (local.get $left))))
    (global.set $running (local.get $self))
    (global.set $stack_pointer (local.get $stack))
    (local.get $value))

  ;; Takes a fiber out of its slot, to run it.
  (func $take (param $slot i32) (result (ref null $fiber))
    (table.get $fibers (local.get $slot))
    (table.set $fibers (local.get $slot) (ref.null $fiber))))
