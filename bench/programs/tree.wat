;; A recursive tree walk that suspends at every node: the stack behind a suspension is as deep as the node.
;;
;; `run` walks a complete binary tree of `nodes` nodes (a power of two less one) in order, `walks` times, and adds up what it
;; is given. The tree is in memory, as heap-ordered numbers: node i has children 2i and 2i + 1.
(module
  (type $start (func (param $nodes i32)))
  (type $step (func))
  (type $fresh (cont $start))
  (type $walker (cont $step))
  (tag $yield (param i32))
  (memory 16)

  ;; Node i is at address 4i and holds i.
  (func $build (param $nodes i32)
    (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $i) (local.get $nodes)))))

  (func $walk (param $node i32) (param $nodes i32)
    (if (i32.gt_u (local.get $node) (local.get $nodes)) (then (return)))
    (call $walk (i32.shl (local.get $node) (i32.const 1)) (local.get $nodes))
    (suspend $yield (i32.load (i32.shl (local.get $node) (i32.const 2))))
    (call $walk (i32.add (i32.shl (local.get $node) (i32.const 1)) (i32.const 1)) (local.get $nodes)))

  (func $walk_all (param $nodes i32) (call $walk (i32.const 1) (local.get $nodes)))
  (elem declare func $walk_all)

  (func (export "run") (param $walks i32) (param $nodes i32) (result i64)
    (local $sum i64)
    (local $next (ref null $walker))
    (call $build (local.get $nodes))
    (loop $again
      (if (i32.eqz (local.get $walks)) (then (return (local.get $sum))))
      (local.set $walks (i32.sub (local.get $walks) (i32.const 1)))
      (local.set $next (cont.bind $fresh $walker (local.get $nodes) (cont.new $fresh (ref.func $walk_all))))
      (loop $more
        (block $yielded (result i32 (ref $walker))
          (resume $walker (on $yield $yielded) (local.get $next))
          (br $again))
        (local.set $next)
        (local.set $sum (i64.add (i64.extend_i32_u) (local.get $sum)))
        (br $more)))
    (unreachable))
)
