  ;; The types of the continuation machine: one recursion group, the same in every lowered module, so that the host's type
  ;; canonicalisation makes them one type across all modules of a store. Names follow Wasmtime's runtime.
  (rec
    ;; One saved activation. Every function that may suspend extends it with its live values (the lowering chooses the
    ;; layout). `resume` re-enters the activation at `block`, the number of the call site at which it was left. `parent` is
    ;; the activation that called this one: the next to run when this one returns. `function` is the number of the function
    ;; among those of its module that may suspend, -1 for start and bind frames, -2 for a VMContRef.
    (type $VMFrame (sub (struct
      (field $resume (mut (ref $resume_fn)))
      (field $parent (mut (ref null $VMFrame)))
      (field $block (mut i32))
      (field $function i32))))

    ;; Re-enters a frame. `mode` says what arrives at the call site: 0 its results (they wait in the transfer area),
    ;; -1 an exception (it waits in the store context), k > 0, for a resume site, a suspension for its clause k - 1; 1, for a site
    ;; that suspended or switched, and for a frame that none was saved for, that it has been switched to: the last of its
    ;; results is the continuation `captured`.
    ;; Result: -1 the activation has returned (results are in the transfer area), -2 it was left again and has put its values
    ;; into its frame, which the driver links, -3 it was left by a callee that it had tail-called, so that its frame is gone,
    ;; -4 like -2 by its own switch to `next`, which the driver can go on with at once; k >= 0 like -2 by its own suspend to the
    ;; nearest handler's clause k (in both cases the control effect is not even set).
    (type $resume_fn (func (param $frame (ref $VMFrame)) (param $mode i32) (result i32)))

    ;; The frames of a stack: the innermost that is saved or, while it runs, the one that is being run (null if there is none
    ;; below that); and, while more than one is being saved, the outermost so far. In an object of its own, which is replaced
    ;; after some `uses`, so that it is as young as the frames: engines have to note each reference to a young object that they
    ;; store in an old one.
    (type $VMFrames (struct
      (field $innermost (mut (ref null $VMFrame)))
      (field $outermost (mut (ref null $VMFrame)))
      (field $uses (mut i32))))

    ;; The identity of a control tag. Two tags are the same when `ref.eq` says so. `clauses` and `clause` say where the tag was
    ;; found last among the clauses of a resume site. The lowering extends it with the tag's function type where the host is
    ;; to check that at linking.
    (type $VMTag (sub (struct
      (field $clauses (mut (ref null $VMTags)))
      (field $clause (mut i32)))))
    (type $VMTags (array (ref $VMTag)))

    ;; The handler clauses of a resume site: constant, made once per instance. `first` repeats `suspend[0]`: most suspensions
    ;; are for the first clause of the nearest handler.
    (type $VMHandlers (struct
      (field $first (ref null $VMTag))
      (field $suspend (ref $VMTags))
      (field $switch (ref $VMTags))))

    ;; A stack that runs, or that was captured.
    ;;
    ;; What is captured alone is nothing but its frames: the stack that they ran on is used again for what is resumed next
    ;; from the same place, the `child` of that. What is captured with the stacks that had resumed it keeps its stacks, and so do
    ;; continuations that the host has asked for. Then the innermost stack takes the frames' place, as one of them.
    ;;
    ;;   field           live while
    ;;   frames          always
    ;;   kept            always: 0 used again, 1 stands for one continuation, 2 an initial stack that was unwound to the host
    ;;   parent          Running, Parent: the stack that resumed this one, null if that was the initial stack. Also while captured
    ;;                   together with its parent, and while it waits to be used again.
    ;;   child           always: the stack for what is resumed from here; null before the first, and if that was kept
    ;;   handlers        Running, Parent: clauses of the resume site that resumed this one. None of one that was never resumed,
    ;;                   which includes initial stacks.
    ;;   last_ancestor   Suspended: outermost stack captured with this one, null if that is this one itself.
    ;;                   Also of the innermost stack that a driver runs: the outermost that the same driver runs.
    (type $VMContRef (sub final $VMFrame (struct
      (field $resume (mut (ref $resume_fn)))
      (field $unused (mut (ref null $VMFrame)))
      (field $kept (mut i32))
      (field $function i32)
      (field $frames (mut (ref $VMFrames)))
      (field $parent (mut (ref null $VMContRef)))
      (field $child (mut (ref null $VMContRef)))
      (field $handlers (mut (ref $VMHandlers)))
      (field $last_ancestor (mut (ref null $VMContRef))))))

    ;; What the guest holds: a continuation's innermost frame, or the stack in its place; null once it has been consumed. Each
    ;; continuation type of the guest is a subtype with one more field that carries the function type, so that distinct guest
    ;; types stay distinct.
    (type $VMContObj (sub (struct
      (field $frames (mut (ref null $VMFrame))))))

    ;; Raises a trap with a code of traps.ts; does not return.
    (type $trap_fn (func (param $code i32)))

    (type $host_fn (func))

    ;; Asks whether a memory ($kind 0) or table (1) of size $current may grow by $delta pages or elements.
    (type $grow_fn (func (param $kind i32) (param $current i64) (param $delta i64) (result i32)))

    ;; The part of a store that lowered code reads and writes.
    (type $VMStoreContext (struct
      ;; The stack chain: whether a stack runs other than the initial one, and which, from which `parent` leads outwards. While none
      ;; does, `current` is `none` or the one that ran last: it need not be stored again if it is resumed next.
      (field $inside (mut i32))
      (field $current (mut (ref $VMContRef)))
      ;; The stack for what is resumed from the initial stack, or `none`.
      (field $child (mut (ref $VMContRef)))
      ;; Stands for no stack, where that saves a check for null: never runs, has no frames and no handlers.
      (field $none (ref $VMContRef))
      ;; While frames are being left: how many were saved so far of the current stack (0, 1, 2 for more), and where, if there
      ;; are several.
      (field $saved (mut i32))
      (field $several (mut (ref $VMFrames)))
      ;; Suspend, Switch: how many stacks out the one is whose resume site handles the effect, and the clause, counted from 0.
      ;; Yield: -1.
      (field $levels (mut i32))
      (field $clause (mut i32))
      ;; The innermost stack that is being captured, once an inner driver has passed the effect on.
      (field $suspended (mut (ref null $VMContRef)))
      ;; Switch: the continuation to go on with, and, if that has been entered at once, the one that runs.
      (field $next (mut (ref null $VMFrame)))
      ;; The captured continuation, for a resume site that is re-entered with it, and for what is switched to.
      (field $captured (mut (ref null $VMFrame)))
      ;; Yield: the saved frames of the initial stack.
      (field $initial (mut (ref null $VMFrames)))
      ;; The exception that waits for the frame about to be entered with mode -1, or what throws it.
      (field $exception (mut exnref))
      (field $thrower (mut (ref null $host_fn)))
      (field $trap (mut (ref null $trap_fn)))
      ;; Metered code: fuel left, and the host function that is called when it is below 0.
      (field $fuel (mut i64))
      (field $out_of_fuel (mut (ref null $host_fn)))
      ;; Code that asks before it grows anything: the host function that it asks.
      (field $may_grow (mut (ref null $grow_fn)))
      ;; Chaos mode: state of the random generator, threshold, and whether the call that just returned was chosen.
      (field $chaos_state (mut i32))
      (field $chaos_rate (mut i32))
      (field $chaos_origin (mut i32))
      ;; The transfer area: payloads, arguments and results on their way between stacks (see transfer.ts).
      (field $i32_0 (mut i32)) (field $i32_1 (mut i32)) (field $i32_2 (mut i32)) (field $i32_3 (mut i32))
      (field $i64_0 (mut i64)) (field $i64_1 (mut i64)) (field $i64_2 (mut i64)) (field $i64_3 (mut i64))
      (field $f32_0 (mut f32)) (field $f32_1 (mut f32))
      (field $f64_0 (mut f64)) (field $f64_1 (mut f64)) (field $f64_2 (mut f64)) (field $f64_3 (mut f64))
      (field $v128_0 (mut v128))
      (field $any_0 (mut anyref)) (field $any_1 (mut anyref)) (field $any_2 (mut anyref)) (field $any_3 (mut anyref))
      (field $func_0 (mut funcref))
      (field $extern_0 (mut externref)) (field $extern_1 (mut externref))
      (field $exn_0 (mut exnref))
      (field $overflow (mut anyref)))))
