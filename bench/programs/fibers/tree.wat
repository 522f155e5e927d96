;; ../tree.wat with fibers. Nodes hold no 0, so 0 stands for the end.
(module
  ;; fibers
  (memory $memory (export "memory") 16 65536)
  (global $fibers_start (export "fibers_start") i32 (i32.const 0x100000))
  (global $stack_size (export "stack_size") i32 (i32.const 1024))
  (table $entries funcref (elem $walk_all))

  ;; Node i is at address 4i + 1024 and holds i: the tree has to fit below the fibers, and asyncify-wasm needs the first KiB.
  (func $build (param $nodes i32)
    (local $i i32)
    (loop $next
      (i32.store offset=1024 (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $i) (local.get $nodes)))))

  (func $walk (param $node i32) (param $nodes i32)
    (if (i32.gt_u (local.get $node) (local.get $nodes)) (then (return)))
    (call $walk (i32.shl (local.get $node) (i32.const 1)) (local.get $nodes))
    (drop (call $fiber.suspend (i32.load offset=1024 (i32.shl (local.get $node) (i32.const 2)))))
    (call $walk (i32.add (i32.shl (local.get $node) (i32.const 1)) (i32.const 1)) (local.get $nodes)))

  (func $walk_all (export "fiber0") (param $nodes i32) (param $value i32) (result i32)
    ;; Where each fiber has a memory of its own, it has no tree yet.
    (if (i32.eqz (i32.load offset=1028 (i32.const 0))) (then (call $build (local.get $nodes))))
    (call $walk (i32.const 1) (local.get $nodes))
    (i32.const 0))

  (func (export "run") (param $walks i32) (param $nodes i32) (result i64)
    (local $sum i64)
    (local $fiber i32)
    (local $value i32)
    (call $build (local.get $nodes))
    (loop $again
      (if (local.get $walks)
        (then
          (local.set $walks (i32.sub (local.get $walks) (i32.const 1)))
          (local.set $fiber (call $fiber.new (i32.const 0) (local.get $nodes)))
          (loop $more
            (local.set $value (call $fiber.resume (local.get $fiber) (i32.const 0)))
            (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $value))))
            (br_if $more (i32.eqz (call $fiber.done (local.get $fiber)))))
          (call $fiber.free (local.get $fiber))
          (br $again))))
    (local.get $sum))
)
