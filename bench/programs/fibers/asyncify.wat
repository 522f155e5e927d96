  ;; Fibers on Binaryen's --asyncify, without JavaScript: what programs of this folder import as "fiber" where promises
  ;; do it, spliced in in its place. The program provides $memory (addresses below $fibers_start are its own), $entries,
  ;; the table of the functions of fibers, and $stack_size, in bytes.
  ;;
  ;; A fiber is an address. There, what --asyncify asks for: where its stack ends now, and where it has to end; then the table
  ;; index of its function, its argument, its state (0 fresh, 1 suspended, 2 done), and the stack.
  (import "asyncify" "start_unwind" (func $asyncify.start_unwind (param i32)))
  (import "asyncify" "stop_unwind" (func $asyncify.stop_unwind))
  (import "asyncify" "start_rewind" (func $asyncify.start_rewind (param i32)))
  (import "asyncify" "stop_rewind" (func $asyncify.stop_rewind))

  (type $entry (func (param $argument i32) (param $value i32) (result i32)))
  (global $fiber.running (mut i32) (i32.const 0))
  (global $fiber.value (mut i32) (i32.const 0))
  ;; 0 running, 1 unwinding, 2 rewinding.
  (global $fiber.effect (mut i32) (i32.const 0))
  ;; The fiber to go on with, after a switch.
  (global $fiber.target (mut i32) (i32.const 0))
  ;; Where the next fiber goes, once there has been one.
  (global $fiber.top (mut i32) (i32.const 0))
  (global $fiber.unused (mut i32) (i32.const 0))

  (func $fiber.new (param $entry i32) (param $argument i32) (result i32)
    (local $fiber i32)
    (if (local.tee $fiber (global.get $fiber.unused))
      (then (global.set $fiber.unused (i32.load (local.get $fiber))))
      (else
        (if (i32.eqz (global.get $fiber.top)) (then (global.set $fiber.top (global.get $fibers_start))))
        (local.set $fiber (global.get $fiber.top))
        (global.set $fiber.top
          (i32.add (global.get $fiber.top) (i32.add (global.get $stack_size) (i32.const 24))))
        (if (i32.gt_u (global.get $fiber.top) (i32.shl (memory.size $memory) (i32.const 16)))
          (then
            ;; By a quarter: a program that wants many will want more.
            (drop (memory.grow $memory
              (i32.add (i32.shr_u (memory.size $memory) (i32.const 2))
                (i32.add (i32.shr_u (global.get $stack_size) (i32.const 16)) (i32.const 1)))))))))
    (i32.store (local.get $fiber) (i32.add (local.get $fiber) (i32.const 24)))
    (i32.store offset=4 (local.get $fiber)
      (i32.add (local.get $fiber) (i32.add (global.get $stack_size) (i32.const 24))))
    (i32.store offset=8 (local.get $fiber) (local.get $entry))
    (i32.store offset=12 (local.get $fiber) (local.get $argument))
    (i32.store offset=16 (local.get $fiber) (i32.const 0))
    (local.get $fiber))

  (func $fiber.free (param $fiber i32)
    (i32.store (local.get $fiber) (global.get $fiber.unused))
    (global.set $fiber.unused (local.get $fiber)))

  (func $fiber.done (param $fiber i32) (result i32)
    (i32.eq (i32.load offset=16 (local.get $fiber)) (i32.const 2)))

  (func $fiber.current (result i32) (global.get $fiber.running))

  ;; Runs a fiber until it suspends or is done; the result is the value that it suspends with, or its result.
  (func $fiber.resume (param $fiber i32) (param $value i32) (result i32)
    (local $resumer i32)
    (local $result i32)
    (local.set $resumer (global.get $fiber.running))
    (loop $go_on
      (global.set $fiber.running (local.get $fiber))
      (global.set $fiber.value (local.get $value))
      (if (i32.load offset=16 (local.get $fiber))
        (then
          (global.set $fiber.effect (i32.const 2))
          (call $asyncify.start_rewind (local.get $fiber)))
        (else (i32.store offset=16 (local.get $fiber) (i32.const 1))))
      (local.set $result
        (call_indirect $entries (type $entry)
          (i32.load offset=12 (local.get $fiber)) (local.get $value) (i32.load offset=8 (local.get $fiber))))
      (if (global.get $fiber.effect)
        (then
          (call $asyncify.stop_unwind)
          (global.set $fiber.effect (i32.const 0))
          (local.set $result (global.get $fiber.value))
          (if (global.get $fiber.target)
            (then
              (local.set $fiber (global.get $fiber.target))
              (local.set $value (local.get $result))
              (global.set $fiber.target (i32.const 0))
              (br $go_on))))
        (else (i32.store offset=16 (global.get $fiber.running) (i32.const 2)))))
    (global.set $fiber.running (local.get $resumer))
    (local.get $result))

  ;; Suspends the running fiber; the result is the value that it is resumed with.
  (func $fiber.suspend (param $value i32) (result i32)
    (if (global.get $fiber.effect)
      (then
        (global.set $fiber.effect (i32.const 0))
        (call $asyncify.stop_rewind)
        (return (global.get $fiber.value))))
    (global.set $fiber.effect (i32.const 1))
    (global.set $fiber.value (local.get $value))
    (call $asyncify.start_unwind (global.get $fiber.running))
    (i32.const 0))

  ;; Suspends the running fiber and goes on with another in its place.
  (func $fiber.switch (param $fiber i32) (param $value i32) (result i32)
    (if (i32.eqz (global.get $fiber.effect)) (then (global.set $fiber.target (local.get $fiber))))
    (call $fiber.suspend (local.get $value)))
