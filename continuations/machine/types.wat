  ;; The types of the continuation machine: one recursion group, the same in every lowered module, so that the host's type
  ;; canonicalisation makes them one type across all modules of a store. Names follow Wasmtime's runtime.
  (rec
    ;; One saved activation. Every function that may suspend extends it with its live values (the lowering chooses the
    ;; layout). `resume` re-enters the activation at `block`, the number of the call site at which it was left. `parent` is
    ;; the activation that called this one: the next to run when this one returns. `function` is the number of the function
    ;; among those of its module that may suspend, -1 for start and bind frames.
    (type $VMFrame (sub (struct
      (field $resume (mut (ref $resume_fn)))
      (field $parent (mut (ref null $VMFrame)))
      (field $block (mut i32))
      (field $function i32))))

    ;; Re-enters a frame. `mode` says what arrives at the call site: 0 its results (they wait in the transfer area),
    ;; -1 an exception (it waits in the store context), k > 0, only for a resume site, a suspension for its clause k - 1.
    ;; Result: -1 the activation has returned (results are in the transfer area), -2 it was left again and its frame is as it
    ;; was linked, -3 it was left by a callee that it had tail-called, so that its frame is gone, k >= 0 like -2 by its own
    ;; suspend to the nearest handler's clause k (then the control effect is not even set).
    (type $resume_fn (func (param $frame (ref $VMFrame)) (param $mode i32) (result i32)))

    ;; The outermost frame saved so far, while frames are being left. In an object that is as young as the frames, since
    ;; engines have to note each reference to a young object that they store in an old one.
    (type $VMTail (struct (field $frame (mut (ref $VMFrame)))))

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

    ;; A continuation.
    ;;
    ;;   field           live while
    ;;   revision        always; counts the uses, so that a VMContObj with an older one is a consumed continuation
    ;;   frames          all but Returned: innermost saved frame; while Running, the frame that is being run
    ;;   parent          Running, Parent: the continuation that resumed this one, null if that was the initial stack.
    ;;                   Also while captured together with its parent.
    ;;   handlers        Running, Parent: clauses of the resume site that resumed this one; null only while Fresh
    ;;                   and of an initial stack that was unwound to the host, which nobody resumes.
    ;;   last_ancestor   Suspended: outermost continuation captured with this one, null if that is this one itself.
    ;;                   Also of the innermost continuation that a driver runs: the outermost that the same driver runs.
    (type $VMContRef (struct
      (field $revision (mut i64))
      (field $frames (mut (ref null $VMFrame)))
      (field $parent (mut (ref null $VMContRef)))
      (field $handlers (mut (ref null $VMHandlers)))
      (field $last_ancestor (mut (ref null $VMContRef)))))

    ;; What the guest holds: a fat pointer. Each continuation type of the guest is a subtype with one more field that
    ;; carries the function type, so that distinct guest types stay distinct.
    (type $VMContObj (sub (struct
      (field $contref (ref $VMContRef))
      (field $revision i64))))

    ;; Raises a trap with a code of traps.ts; does not return.
    (type $trap_fn (func (param $code i32)))

    (type $host_fn (func))

    ;; Asks whether a memory ($kind 0) or table (1) of size $current may grow by $delta pages or elements.
    (type $grow_fn (func (param $kind i32) (param $current i64) (param $delta i64) (result i32)))

    ;; The part of a store that lowered code reads and writes.
    (type $VMStoreContext (struct
      ;; The stack chain: whether a continuation runs, and which, from which `parent` leads outwards. While none runs, `current`
      ;; is null or the one that suspended last: it need not be stored again if it is resumed next.
      (field $inside (mut i32))
      (field $current (mut (ref null $VMContRef)))
      ;; While frames are being left: how many were saved so far of the current stack (0, 1, 2 for more), and the outermost if
      ;; it is not the first.
      (field $saved (mut i32))
      (field $tail (mut (ref null $VMTail)))
      ;; Suspend, Switch: the continuation whose resume site handles the effect, and its clause, counted from 0.
      (field $target (mut (ref null $VMContRef)))
      (field $clause (mut i32))
      ;; The innermost continuation that is being captured, once an inner driver has passed the effect on.
      (field $suspended (mut (ref null $VMContRef)))
      ;; Switch: the continuation to go on with.
      (field $next (mut (ref null $VMContRef)))
      ;; Yield: innermost saved frame of the initial stack.
      (field $initial (mut (ref null $VMFrame)))
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
