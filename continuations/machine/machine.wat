;; The continuation machine: what lowered code calls to create, run, suspend, switch and throw into continuations.
;;
;; What a lowered module uses of it is linked into it, so that the calls stay inside the module. The only state is the store
;; context, with the control effect as a global beside it.
;;
;;   stack chain       initial stack <- A <- B <- C = current         (each arrow is `parent`)
;;
;;   Suspending in C for a handler of the resume site that runs A leaves C's and B's and A's activations as frames on
;;   the heap and captures the chain C -> B -> A: VMContObj{C}, C.last_ancestor = A. Resuming it hangs A below the new
;;   resumer and re-enters only C's innermost frame. When C has run out of frames, the driver goes on with B's.
;;
;; Control effects: 0 Return, 1 Suspend{clause} to the nearest handler, 2 Suspend{target, clause}, 3 Switch{target, next},
;; 4 Yield to the host.
;; Trap codes are those of traps.ts.
(module $stackyard.machine
  ;; types.wat is spliced in here
  (import "stackyard" "context" (global $context (ref $VMStoreContext)))
  (import "stackyard" "effect" (global $effect (mut i32)))

  ;; Calls are followed by (unreachable), so that engines do not go on with what they hold in registers.
  (func $trap (export "trap") (param $code i32)
    (call_ref $trap_fn (local.get $code) (struct.get $VMStoreContext $trap (global.get $context)))
    (unreachable))

  ;; -- Creating and consuming -------------------------------------------------------------------------------------

  ;; A fresh continuation whose only frame is a start frame.
  (func $new (export "new") (param $start (ref $VMFrame)) (result (ref $VMContRef))
    (struct.new $VMContRef
      (i64.const 0) (local.get $start)
      (ref.null $VMContRef) (ref.null $VMHandlers) (ref.null $VMContRef)))

  ;; Uses the guest's reference up: checks that it is neither null nor consumed, and makes every copy of it stale.
  (func $consume (export "consume") (param $cont (ref null $VMContObj)) (result (ref $VMContRef))
    (local $contref (ref $VMContRef))
    (local $revision i64)
    (if (ref.is_null (local.get $cont)) (then (call $trap (i32.const 3)) (unreachable)))
    (local.set $contref (struct.get $VMContObj $contref (local.get $cont)))
    (local.set $revision (struct.get $VMContObj $revision (local.get $cont)))
    (if (i64.ne (struct.get $VMContRef $revision (local.get $contref)) (local.get $revision))
      (then (call $trap (i32.const 2)) (unreachable)))
    (struct.set $VMContRef $revision (local.get $contref) (i64.add (local.get $revision) (i64.const 1)))
    (local.get $contref))

  ;; The same for a reference that nobody else has (owned-locals.ts): null if it has been used up.
  (func $take (export "take") (param $contref (ref null $VMContRef)) (result (ref $VMContRef))
    (if (ref.is_null (local.get $contref)) (then (call $trap (i32.const 2)) (unreachable)))
    (ref.as_non_null (local.get $contref)))

  ;; The same where there may be a VMContObj instead.
  (func $take_either (export "take_either")
    (param $contref (ref null $VMContRef)) (param $cont (ref null $VMContObj)) (result (ref $VMContRef))
    (if (ref.is_null (local.get $contref)) (then (return_call $consume (local.get $cont))))
    (ref.as_non_null (local.get $contref)))

  ;; -- What runs --------------------------------------------------------------------------------------------------

  ;; The running continuation; null on the initial stack.
  (func $current (result (ref null $VMContRef))
    (if (result (ref null $VMContRef)) (struct.get $VMStoreContext $inside (global.get $context))
      (then (struct.get $VMStoreContext $current (global.get $context)))
      (else (ref.null $VMContRef))))

  (func $set_current (param $contref (ref null $VMContRef))
    (struct.set $VMStoreContext $current (global.get $context) (local.get $contref))
    (struct.set $VMStoreContext $inside (global.get $context) (i32.eqz (ref.is_null (local.get $contref)))))

  ;; The same for one that is resumed. Often that is the one that ran last, and then there is nothing to store.
  (func $enter (param $contref (ref $VMContRef))
    (if (i32.eqz (ref.eq (struct.get $VMStoreContext $current (global.get $context)) (local.get $contref)))
      (then (struct.set $VMStoreContext $current (global.get $context) (local.get $contref))))
    (struct.set $VMStoreContext $inside (global.get $context) (i32.const 1)))

  ;; The same for the resumer of one that suspends.
  (func $exit_to (param $parent (ref null $VMContRef))
    (if (ref.is_null (local.get $parent))
      (then (struct.set $VMStoreContext $inside (global.get $context) (i32.const 0)))
      (else (struct.set $VMStoreContext $current (global.get $context) (local.get $parent)))))

  ;; -- Resuming ----------------------------------------------------------------------------------------------------

  ;; Resumes a continuation, whose reference has been used up, under the clauses `handlers`. Arguments wait in the transfer area
  ;; (mode 0), or an exception in `exception` (mode -1). Result: k >= 0 it suspended for clause k (payload in the transfer
  ;; area), with the captured continuation; -1 it returned (results in the transfer area); -2 the effect goes on outwards: save
  ;; the frame and leave.
  (func $resume (export "resume")
    (param $leaf (ref $VMContRef)) (param $handlers (ref $VMHandlers)) (param $mode i32)
    (result i32 (ref null $VMContRef))
    (if (i32.eqz (ref.is_null (struct.get $VMContRef $last_ancestor (local.get $leaf))))
      (then (return_call $resume_captured (local.get $leaf) (local.get $handlers) (local.get $mode))))
    (call $link (local.get $leaf) (local.get $handlers))
    (call $enter (local.get $leaf))
    (return_call $run (local.get $leaf) (local.get $mode)))

  ;; The same for one that was captured together with those that had resumed it.
  (func $resume_captured
    (param $leaf (ref $VMContRef)) (param $handlers (ref $VMHandlers)) (param $mode i32)
    (result i32 (ref null $VMContRef))
    (local $base (ref $VMContRef))
    (local.set $base (ref.as_non_null (struct.get $VMContRef $last_ancestor (local.get $leaf))))
    (call $link (local.get $base) (local.get $handlers))
    (call $enter (local.get $leaf))
    (return_call $run_frames (local.get $leaf) (local.get $base) (local.get $mode)))

  ;; Hangs a continuation below the running one, to run under these clauses.
  (func $link (param $base (ref $VMContRef)) (param $handlers (ref $VMHandlers))
    (local $resumer (ref null $VMContRef))
    (local.set $resumer (call $current))
    (if (i32.eqz (ref.is_null (local.get $resumer)))
      (then (struct.set $VMContRef $parent (local.get $base) (local.get $resumer))))
    (if (i32.eqz (ref.eq (struct.get $VMContRef $handlers (local.get $base)) (local.get $handlers)))
      (then (struct.set $VMContRef $handlers (local.get $base) (local.get $handlers)))))

  ;; The driver has two parts. This one runs a continuation's innermost frame; what it does when that suspends for the
  ;; nearest handler is a round trip's share, and small enough for engines to inline in resume sites, frame's code and all.
  ;; $run_frames does everything else. Results as for $resume.
  (func $run (export "run") (param $leaf (ref $VMContRef)) (param $mode i32) (result i32 (ref null $VMContRef))
    (local $frame (ref null $VMFrame))
    (local $left i32)
    (local.set $frame (struct.get $VMContRef $frames (local.get $leaf)))
    (block $thrown (result exnref)
      (local.set $left
        (try_table (result i32) (catch_all_ref $thrown)
          (call_ref $resume_fn
            (ref.as_non_null (local.get $frame)) (local.get $mode)
            (struct.get $VMFrame $resume (local.get $frame)))))
      ;; The first clause apart: its number is a constant, where the frame's code is inlined.
      (if (i32.eqz (local.get $left))
        (then
          (call $unlink (local.get $leaf))
          (return (i32.const 0) (local.get $leaf))))
      (if (i32.gt_s (local.get $left) (i32.const 0))
        (then
          (call $unlink (local.get $leaf))
          (return (local.get $left) (local.get $leaf))))
      (return_call $after_frame (local.get $leaf) (local.get $leaf) (ref.as_non_null (local.get $frame)) (local.get $left)))
    (return_call $after_throw (local.get $leaf) (local.get $leaf) (ref.as_non_null (local.get $frame))))

  ;; Takes a continuation that suspends, alone, out of the running chain.
  (func $unlink (param $contref (ref $VMContRef))
    (local $parent (ref null $VMContRef))
    (local.set $parent (struct.get $VMContRef $parent (local.get $contref)))
    (call $exit_to (local.get $parent))
    (if (i32.eqz (ref.is_null (local.get $parent)))
      (then (struct.set $VMContRef $parent (local.get $contref) (ref.null $VMContRef)))))

  ;; Runs frames of the chain leaf -> ... -> base until base has returned or thrown, or until an effect goes to base's resume
  ;; site or beyond. While it runs leaf, leaf.last_ancestor is base (null if the same).
  (func $run_frames (export "run_frames")
    (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $mode i32)
    (result i32 (ref null $VMContRef))
    (local $frame (ref null $VMFrame))
    (local $left i32)
    (local $parent (ref null $VMContRef))
    (loop $next
      (local.set $frame (struct.get $VMContRef $frames (local.get $leaf)))
      (if (ref.is_null (local.get $frame))
        (then
          ;; No frames left: the leaf has returned or thrown.
          (local.set $parent (struct.get $VMContRef $parent (local.get $leaf)))
          (struct.set $VMContRef $parent (local.get $leaf) (ref.null $VMContRef))
          (call $set_current (local.get $parent))
          (if (ref.eq (local.get $leaf) (local.get $base))
            (then
              (if (local.get $mode) (then (call $rethrow)))
              (return (i32.const -1) (ref.null $VMContRef))))
          ;; Its resumer is on the heap, too: its innermost frame is a resume site that waits for this.
          (struct.set $VMContRef $last_ancestor (local.get $leaf) (ref.null $VMContRef))
          (local.set $leaf (ref.as_non_null (local.get $parent)))
          (call $set_last_ancestor (local.get $leaf) (local.get $base))
          (br $next)))
      (block $thrown (result exnref)
        (local.set $left
          (try_table (result i32) (catch_all_ref $thrown)
            (call_ref $resume_fn
              (ref.as_non_null (local.get $frame)) (local.get $mode)
              (struct.get $VMFrame $resume (local.get $frame)))))
        (if (i32.eq (local.get $left) (i32.const -1))
          (then
            (struct.set $VMContRef $frames (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
            (local.set $mode (i32.const 0))
            (br $next)))
        (return_call $after_frame
          (local.get $leaf) (local.get $base) (ref.as_non_null (local.get $frame)) (local.get $left)))
      (return_call $after_throw (local.get $leaf) (local.get $base) (ref.as_non_null (local.get $frame))))
    (unreachable))

  ;; Goes on after an exception came out of a frame. A function whose result type has no values can only be left by throwing
  ;; (the tag is in context.wat); any other exception is delivered to the next frame.
  (func $after_throw
    (param $exception exnref) (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $frame (ref $VMFrame))
    (result i32 (ref null $VMContRef))
    (if (global.get $effect)
      (then (return_call $after_frame (local.get $leaf) (local.get $base) (local.get $frame) (i32.const -3))))
    (struct.set $VMContRef $frames (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
    (call $set_exception (local.get $exception))
    (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const -1)))

  ;; Goes on after a frame has returned or was left with an effect. In the latter case $leaf.frames is the innermost frame,
  ;; and all frames that were saved since are linked down to $frame; if that one is gone, to the one below it.
  (func $after_frame
    (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $frame (ref $VMFrame)) (param $left i32)
    (result i32 (ref null $VMContRef))
    (local $effect i32)
    (local $clause i32)
    (local $target (ref null $VMContRef))
    (local $suspended (ref null $VMContRef))
    (local $parent (ref null $VMContRef))
    (if (i32.eq (local.get $left) (i32.const -1))
      (then
        (struct.set $VMContRef $frames (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
        (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const 0))))
    (if (i32.eq (local.get $left) (i32.const -3))
      (then (call $drop_frame (local.get $leaf) (local.get $frame))))
    (if (i32.ge_s (local.get $left) (i32.const 0))
      (then
        (local.set $effect (i32.const 1))
        (local.set $clause (local.get $left)))
      (else
        (local.set $effect (global.get $effect))
        (local.set $clause (struct.get $VMStoreContext $clause (global.get $context)))))

    ;; The usual case: a suspension for the resume site that called this driver.
    (if (i32.and (i32.eq (local.get $effect) (i32.const 1)) (ref.eq (local.get $leaf) (local.get $base)))
      (then
        (global.set $effect (i32.const 0))
        (call $unlink (local.get $leaf))
        (if (i32.eqz (ref.is_null (struct.get $VMContRef $last_ancestor (local.get $leaf))))
          (then (struct.set $VMContRef $last_ancestor (local.get $leaf) (ref.null $VMContRef))))
        (return (local.get $clause) (local.get $leaf))))

    (local.set $suspended (struct.get $VMStoreContext $suspended (global.get $context)))
    (if (ref.is_null (local.get $suspended)) (then (local.set $suspended (local.get $leaf))))
    (local.set $target
      (if (result (ref null $VMContRef)) (i32.eq (local.get $effect) (i32.const 1))
        (then (local.get $leaf))
        (else (struct.get $VMStoreContext $target (global.get $context)))))

    (if (call $is_ancestor (local.get $target) (local.get $leaf) (local.get $base))
      (then
        ;; Handled by the resume site of a continuation that this driver runs: capture suspended -> ... -> target.
        (global.set $effect (i32.const 0))
        (call $set_last_ancestor (local.get $suspended) (local.get $target))
        (local.set $parent (struct.get $VMContRef $parent (local.get $target)))
        (struct.set $VMContRef $parent (local.get $target) (ref.null $VMContRef))
        (if (i32.eq (local.get $effect) (i32.const 3))
          (then
            ;; Switch: the next continuation takes the place of the captured one under the same resume site.
            (local.set $leaf (ref.as_non_null (struct.get $VMStoreContext $next (global.get $context))))
            (local.set $suspended (struct.get $VMContRef $last_ancestor (local.get $leaf)))
            (if (ref.is_null (local.get $suspended)) (then (local.set $suspended (local.get $leaf))))
            (struct.set $VMContRef $parent (local.get $suspended) (local.get $parent))
            (struct.set $VMContRef $handlers (local.get $suspended)
              (struct.get $VMContRef $handlers (local.get $target)))
            (if (ref.eq (local.get $target) (local.get $base))
              (then (local.set $base (ref.as_non_null (local.get $suspended))))
              (else (call $set_last_ancestor (local.get $leaf) (local.get $base))))
            (call $clear_effect)
            (call $enter (local.get $leaf))
            (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const 0))))
        (call $exit_to (local.get $parent))
        (if (i32.ne (local.get $effect) (i32.const 1)) (then (call $clear_effect)))
        (if (ref.eq (local.get $target) (local.get $base))
          (then (return (local.get $clause) (local.get $suspended))))
        ;; The resume site is a frame of $parent: it takes the captured continuation from the context.
        (struct.set $VMStoreContext $suspended (global.get $context) (local.get $suspended))
        (call $set_last_ancestor (local.get $parent) (local.get $base))
        (return_call $run_frames
          (ref.as_non_null (local.get $parent)) (local.get $base) (i32.add (local.get $clause) (i32.const 1)))))

    ;; Not for anyone in here: the resume site has to save its own frame, as the first of its stack.
    (struct.set $VMStoreContext $suspended (global.get $context) (local.get $suspended))
    (call $exit_to (struct.get $VMContRef $parent (local.get $base)))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (i32.const -2) (ref.null $VMContRef))

  ;; Makes $exception the one to be thrown into the continuation that is resumed next.
  (func $set_thrown (export "set_thrown") (param $exception exnref)
    (if (ref.is_null (local.get $exception)) (then (call $trap (i32.const 5)) (unreachable)))
    (call $set_exception (local.get $exception)))

  (func $set_exception (export "set_exception") (param $exception exnref)
    (struct.set $VMStoreContext $exception (global.get $context) (local.get $exception)))

  ;; Makes what $thrower throws the exception to be delivered: its payload waits in the transfer area. Throwing it only where it
  ;; arrives is half the work of making an exnref first.
  (func $set_thrower (export "set_thrower") (param $thrower (ref $host_fn))
    (struct.set $VMStoreContext $thrower (global.get $context) (local.get $thrower)))

  ;; Throws the exception that waits for the frame just entered.
  (func $rethrow (export "rethrow")
    (local $exception exnref)
    (local $thrower (ref null $host_fn))
    (local.set $thrower (struct.get $VMStoreContext $thrower (global.get $context)))
    (if (i32.eqz (ref.is_null (local.get $thrower)))
      (then
        (struct.set $VMStoreContext $thrower (global.get $context) (ref.null $host_fn))
        (call_ref $host_fn (local.get $thrower))
        (unreachable)))
    (local.set $exception (struct.get $VMStoreContext $exception (global.get $context)))
    (struct.set $VMStoreContext $exception (global.get $context) (ref.null exn))
    (throw_ref (local.get $exception)))

  ;; Whether $target lies on the chain from $leaf to $base, both included.
  (func $is_ancestor
    (param $target (ref null $VMContRef)) (param $leaf (ref null $VMContRef)) (param $base (ref $VMContRef)) (result i32)
    (loop $outwards
      (if (ref.eq (local.get $leaf) (local.get $target)) (then (return (i32.const 1))))
      (if (ref.eq (local.get $leaf) (local.get $base)) (then (return (i32.const 0))))
      (local.set $leaf (struct.get $VMContRef $parent (local.get $leaf)))
      (br $outwards))
    (unreachable))

  (func $set_last_ancestor (param $leaf (ref null $VMContRef)) (param $ancestor (ref null $VMContRef))
    (if (ref.eq (local.get $leaf) (local.get $ancestor))
      (then
        (if (ref.is_null (struct.get $VMContRef $last_ancestor (local.get $leaf))) (then (return)))
        (local.set $ancestor (ref.null $VMContRef))))
    (struct.set $VMContRef $last_ancestor (local.get $leaf) (local.get $ancestor)))

  (func $clear_effect
    (global.set $effect (i32.const 0))
    (struct.set $VMStoreContext $target (global.get $context) (ref.null $VMContRef))
    (struct.set $VMStoreContext $suspended (global.get $context) (ref.null $VMContRef))
    (struct.set $VMStoreContext $next (global.get $context) (ref.null $VMContRef)))

  ;; -- Saving frames -----------------------------------------------------------------------------------------------

  ;; Links a new frame below those saved so far of the current stack.
  (func $push (export "push") (param $frame (ref $VMFrame))
    (local $tail (ref null $VMTail))
    (if (i32.ne (struct.get $VMStoreContext $saved (global.get $context)) (i32.const 2))
      (then (return_call $push_early (local.get $frame))))
    (local.set $tail (struct.get $VMStoreContext $tail (global.get $context)))
    (struct.set $VMFrame $parent (struct.get $VMTail $frame (local.get $tail)) (local.get $frame))
    (struct.set $VMTail $frame (local.get $tail) (local.get $frame)))

  ;; The same for the first two frames.
  (func $push_early (param $frame (ref $VMFrame))
    (local $current (ref null $VMContRef))
    (if (struct.get $VMStoreContext $saved (global.get $context))
      (then
        (call $link_frame (local.get $frame))
        (struct.set $VMStoreContext $tail (global.get $context) (struct.new $VMTail (local.get $frame)))
        (struct.set $VMStoreContext $saved (global.get $context) (i32.const 2))
        (return)))
    (local.set $current (call $current))
    (if (ref.is_null (local.get $current))
      (then (struct.set $VMStoreContext $initial (global.get $context) (local.get $frame)))
      (else (struct.set $VMContRef $frames (local.get $current) (local.get $frame))))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 1)))

  ;; Links a new frame as the first of the running continuation, which suspends in it.
  (func $push_first (export "push_first") (param $frame (ref $VMFrame))
    (struct.set $VMContRef $frames (call $current) (local.get $frame))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 1)))

  ;; Links the frame of a re-entered activation again: its own parent is still right, and if no frame was saved before it,
  ;; it is still the first of its stack.
  (func $repush (export "repush") (param $frame (ref $VMFrame))
    (if (struct.get $VMStoreContext $saved (global.get $context))
      (then (return_call $link_frame (local.get $frame)))))

  ;; Takes a frame that is gone out of the chain of those saved.
  (func $drop_frame (param $contref (ref $VMContRef)) (param $frame (ref $VMFrame))
    (if (struct.get $VMStoreContext $saved (global.get $context))
      (then (return_call $link_frame (struct.get $VMFrame $parent (local.get $frame)))))
    (struct.set $VMContRef $frames (local.get $contref) (struct.get $VMFrame $parent (local.get $frame))))

  ;; Makes a frame the parent of the outermost that was saved of the current stack.
  (func $link_frame (param $frame (ref null $VMFrame))
    (local $current (ref null $VMContRef))
    (if (i32.eq (struct.get $VMStoreContext $saved (global.get $context)) (i32.const 2))
      (then
        (struct.set $VMFrame $parent
          (struct.get $VMTail $frame (struct.get $VMStoreContext $tail (global.get $context)))
          (local.get $frame))
        (return)))
    (local.set $current (call $current))
    (struct.set $VMFrame $parent
      (if (result (ref null $VMFrame)) (ref.is_null (local.get $current))
        (then (struct.get $VMStoreContext $initial (global.get $context)))
        (else (struct.get $VMContRef $frames (local.get $current))))
      (local.get $frame)))

  ;; -- Suspending and switching ------------------------------------------------------------------------------------

  ;; Finds the handler for $tag and starts the Suspend effect; the payload waits in the transfer area.
  (func $suspend (export "suspend") (param $tag (ref $VMTag))
    (local $clause i32)
    (local.set $clause (call $nearest_clause (local.get $tag)))
    (if (i32.ge_s (local.get $clause) (i32.const 0))
      (then
        (struct.set $VMStoreContext $clause (global.get $context) (local.get $clause))
        (global.set $effect (i32.const 1)))
      (else
        (call $find (local.get $tag) (i32.const 0))
        (global.set $effect (i32.const 2)))))

  ;; The same for an activation that was re-entered, which has only its driver above it: what it has to return to that.
  (func $suspend_again (export "suspend_again") (param $tag (ref $VMTag)) (result i32)
    (local $clause i32)
    (if (i32.eqz (struct.get $VMStoreContext $inside (global.get $context))) (then (call $trap (i32.const 1)) (unreachable)))
    ;; The first clause of the nearest handler, without a look at the others.
    (block $none
      (if (ref.eq (local.get $tag)
            (struct.get $VMHandlers $first
              (br_on_null $none
                (struct.get $VMContRef $handlers (struct.get $VMStoreContext $current (global.get $context))))))
        (then (return (i32.const 0)))))
    (local.set $clause (call $nearest_clause (local.get $tag)))
    (if (i32.ge_s (local.get $clause) (i32.const 0)) (then (return (local.get $clause))))
    (call $find (local.get $tag) (i32.const 0))
    (global.set $effect (i32.const 2))
    (i32.const -2))

  ;; The clause of the nearest handler that a suspension is for, -1 if it is for none.
  (func $nearest_clause (param $tag (ref $VMTag)) (result i32)
    (local $contref (ref null $VMContRef))
    (local.set $contref (call $current))
    (if (ref.is_null (local.get $contref)) (then (call $trap (i32.const 1)) (unreachable)))
    ;; An activation that was unwound down to the host has no handlers.
    (block $none
      (return_call $clause_of
        (local.get $tag)
        (struct.get $VMHandlers $suspend
          (br_on_null $none (struct.get $VMContRef $handlers (local.get $contref))))))
    (i32.const -1))

  ;; The clause for $tag among $tags, those of a resume site, all of one form; -1 if there is none. A tag
  ;; remembers where it was found last, so the number of clauses does not matter.
  (func $clause_of (param $tag (ref $VMTag)) (param $tags (ref $VMTags)) (result i32)
    (local $i i32)
    (if (ref.eq (struct.get $VMTag $clauses (local.get $tag)) (local.get $tags))
      (then (return (struct.get $VMTag $clause (local.get $tag)))))
    (block $none
      (loop $clauses
        (br_if $none (i32.ge_u (local.get $i) (array.len (local.get $tags))))
        (if (ref.eq (array.get $VMTags (local.get $tags) (local.get $i)) (local.get $tag))
          (then
            (struct.set $VMTag $clauses (local.get $tag) (local.get $tags))
            (struct.set $VMTag $clause (local.get $tag) (local.get $i))
            (return (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $clauses)))
    (i32.const -1))

  ;; Finds the handler (on $tag switch), uses the continuation to switch to up, and starts the Switch effect; the arguments
  ;; wait in the transfer area. The result is the running continuation, for the guest's new reference to it.
  (func $switch (export "switch")
    (param $cont (ref null $VMContObj)) (param $tag (ref $VMTag)) (result (ref $VMContRef))
    (local $next (ref $VMContRef))
    (if (ref.is_null (local.get $cont)) (then (call $trap (i32.const 3)) (unreachable)))
    (if (i64.ne
          (struct.get $VMContRef $revision (struct.get $VMContObj $contref (local.get $cont)))
          (struct.get $VMContObj $revision (local.get $cont)))
      (then (call $trap (i32.const 2)) (unreachable)))
    (call $find (local.get $tag) (i32.const 1))
    (local.set $next (call $consume (local.get $cont)))
    (struct.set $VMStoreContext $next (global.get $context) (local.get $next))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (global.set $effect (i32.const 3))
    (ref.as_non_null (call $current)))

  ;; Sets target and clause to the nearest clause for $tag, of the suspend or the switch form; traps if there is none.
  (func $find (param $tag (ref $VMTag)) (param $switch i32)
    (local $contref (ref null $VMContRef))
    (local $handlers (ref null $VMHandlers))
    (local $clause i32)
    (local.set $contref (call $current))
    (loop $outwards
      (if (ref.is_null (local.get $contref)) (then (call $trap (i32.const 1)) (unreachable)))
      (local.set $handlers (struct.get $VMContRef $handlers (local.get $contref)))
      (if (i32.eqz (ref.is_null (local.get $handlers)))
        (then
          (local.set $clause
            (call $clause_of (local.get $tag)
              (if (result (ref $VMTags)) (local.get $switch)
                (then (struct.get $VMHandlers $switch (local.get $handlers)))
                (else (struct.get $VMHandlers $suspend (local.get $handlers))))))
          (if (i32.ge_s (local.get $clause) (i32.const 0))
            (then
              (struct.set $VMStoreContext $target (global.get $context) (local.get $contref))
              (struct.set $VMStoreContext $clause (global.get $context) (local.get $clause))
              (return)))))
      (local.set $contref (struct.get $VMContRef $parent (local.get $contref)))
      (br $outwards)))

  ;; The continuation that a re-entered resume site was given.
  (func $take_suspended (export "take_suspended") (result (ref null $VMContRef))
    (local $suspended (ref null $VMContRef))
    (local.set $suspended (struct.get $VMStoreContext $suspended (global.get $context)))
    (struct.set $VMStoreContext $suspended (global.get $context) (ref.null $VMContRef))
    (local.get $suspended))

  ;; -- Metered code ------------------------------------------------------------------------------------------------

  ;; Takes the cost of the code that follows. When there is not enough the host refuels, traps, or yields: whether it did.
  (func $charge (export "charge") (param $cost i64) (result i32)
    (local $fuel i64)
    (local.set $fuel
      (i64.sub (struct.get $VMStoreContext $fuel (global.get $context)) (local.get $cost)))
    (struct.set $VMStoreContext $fuel (global.get $context) (local.get $fuel))
    (if (i64.ge_s (local.get $fuel) (i64.const 0)) (then (return (i32.const 0))))
    (call_ref $host_fn (struct.get $VMStoreContext $out_of_fuel (global.get $context)))
    (global.get $effect))

  ;; -- Limits ------------------------------------------------------------------------------------------------------

  ;; Whether the host lets a memory or table grow.
  (func $may_grow (export "may_grow") (param $kind i32) (param $current i64) (param $delta i64) (result i32)
    (call_ref $grow_fn (local.get $kind) (local.get $current) (local.get $delta)
      (struct.get $VMStoreContext $may_grow (global.get $context))))

  ;; -- Chaos mode --------------------------------------------------------------------------------------------------

  ;; After a call in chaos mode: whether this activation has to be left, because the callee was, or because this call is
  ;; one of those chosen (xorshift32) to be unwound down to the entry.
  (func $chaos (export "chaos") (result i32)
    (local $x i32)
    (if (global.get $effect) (then (return (i32.const 1))))
    (local.set $x (struct.get $VMStoreContext $chaos_state (global.get $context)))
    (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
    (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
    (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
    (struct.set $VMStoreContext $chaos_state (global.get $context) (local.get $x))
    (if (i32.ge_u (local.get $x) (struct.get $VMStoreContext $chaos_rate (global.get $context)))
      (then (return (i32.const 0))))
    (global.set $effect (i32.const 4))
    (struct.set $VMStoreContext $target (global.get $context) (ref.null $VMContRef))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (struct.set $VMStoreContext $chaos_origin (global.get $context) (i32.const 1))
    (i32.const 1))

  ;; Whether the activation being left is the one that was chosen: then it also has to keep the results of its call.
  (func $chaos_origin (export "chaos_origin") (result i32)
    (local $origin i32)
    (local.set $origin (struct.get $VMStoreContext $chaos_origin (global.get $context)))
    (struct.set $VMStoreContext $chaos_origin (global.get $context) (i32.const 0))
    (local.get $origin))

  ;; -- For the host ------------------------------------------------------------------------------------------------

  (func $host_seed (export "host.seed") (param $seed i32) (param $rate i32)
    (struct.set $VMStoreContext $chaos_state (global.get $context) (i32.or (local.get $seed) (i32.const 1)))
    (struct.set $VMStoreContext $chaos_rate (global.get $context) (local.get $rate)))

  ;; VMStackState, which nothing has to keep: 0 Fresh, 1 Running, 2 Parent, 3 Suspended, 4 Returned.
  (func $host_state (export "host.state") (param $continuation anyref) (result i32)
    (local $contref (ref $VMContRef))
    (local $running (ref null $VMContRef))
    (local.set $contref (call $contref (local.get $continuation)))
    (if (ref.is_null (struct.get $VMContRef $frames (local.get $contref))) (then (return (i32.const 4))))
    (if (ref.is_null (struct.get $VMContRef $handlers (local.get $contref))) (then (return (i32.const 0))))
    (local.set $running (call $current))
    (if (ref.eq (local.get $contref) (local.get $running)) (then (return (i32.const 1))))
    (block $elsewhere
      (loop $outwards
        (br_if $elsewhere (ref.is_null (local.get $running)))
        (local.set $running (struct.get $VMContRef $parent (local.get $running)))
        (br_if $outwards (i32.eqz (ref.eq (local.get $contref) (local.get $running)))))
      (return (i32.const 2)))
    (i32.const 3))

  (func $host_new_tag (export "host.new_tag") (result (ref $VMTag))
    (struct.new_default $VMTag))

  ;; Sets the running stack aside: what the host calls from here starts a new initial stack.
  ;; Where the host's stack had no room for $host_leave then, whoever called the host would go on with another stack: so there
  ;; has to be more room than that takes now.
  (func $host_enter (export "host.enter") (result anyref)
    (local $current (ref null $VMContRef))
    (call $spare_frames (i32.const 10))
    (local.set $current (call $current))
    (call $set_current (ref.null $VMContRef))
    (local.get $current))

  (func $spare_frames (param $count i32)
    (if (local.get $count)
      (then (call $spare_frames (i32.sub (local.get $count) (i32.const 1))))))

  ;; Puts back what $host_enter set aside, after return, exception and trap alike.
  (func $host_leave (export "host.leave") (param $current anyref)
    (call $set_current (ref.cast (ref null $VMContRef) (local.get $current)))
    (struct.set $VMStoreContext $chaos_origin (global.get $context) (i32.const 0))
    (struct.set $VMStoreContext $initial (global.get $context) (ref.null $VMFrame))
    (struct.set $VMStoreContext $exception (global.get $context) (ref.null exn))
    (struct.set $VMStoreContext $thrower (global.get $context) (ref.null $host_fn))
    (call $clear_effect))

  ;; If the call that the host just made was unwound: the activation (initial stack and all continuations that run on it)
  ;; as a continuation of its own; else null.
  (func $host_yielded (export "host.yielded") (result anyref)
    (local $leaf (ref null $VMContRef))
    (local $outermost (ref null $VMContRef))
    (local $activation (ref null $VMContRef))
    (if (i32.ne (global.get $effect) (i32.const 4)) (then (return (ref.null none))))
    (local.set $leaf (struct.get $VMStoreContext $suspended (global.get $context)))
    (call $clear_effect)
    (if (i32.eqz (ref.is_null (struct.get $VMStoreContext $initial (global.get $context))))
      (then
        (local.set $activation
          (call $new (ref.as_non_null (struct.get $VMStoreContext $initial (global.get $context)))))
        (struct.set $VMStoreContext $initial (global.get $context) (ref.null $VMFrame))))
    (if (ref.is_null (local.get $leaf))
      (then
        ;; No frames at all, if all that there was to leave were tail calls of the helper: what it returns is the result.
        (if (ref.is_null (local.get $activation))
          (then
            (local.set $activation
              (struct.new $VMContRef
                (i64.const 0) (ref.null $VMFrame)
                (ref.null $VMContRef) (ref.null $VMHandlers) (ref.null $VMContRef)))))
        (return (local.get $activation))))
    (local.set $outermost (local.get $leaf))
    (block $found
      (loop $outwards
        (br_if $found (ref.is_null (struct.get $VMContRef $parent (local.get $outermost))))
        (local.set $outermost (struct.get $VMContRef $parent (local.get $outermost)))
        (br $outwards)))
    (if (i32.eqz (ref.is_null (local.get $activation)))
      (then
        (struct.set $VMContRef $parent (local.get $outermost) (local.get $activation))
        (local.set $outermost (local.get $activation))))
    (call $set_last_ancestor (local.get $leaf) (local.get $outermost))
    (local.get $leaf))

  ;; Lets the helper that calls it leave the guest: all activations down to the host's entry are unwound.
  (func $host_yield (export "host.yield")
    (global.set $effect (i32.const 4))
    (struct.set $VMStoreContext $target (global.get $context) (ref.null $VMContRef))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0)))

  ;; Runs an unwound activation on, with the results of the helper that yielded (mode 0, in the transfer area) or the
  ;; exception that it throws (mode -1). The activation's own results are then in the transfer area, unless it yields again:
  ;; then the result is the activation, as from $host_yielded.
  (func $host_rewind (export "host.rewind") (param $activation anyref) (param $mode i32) (result anyref)
    (local $leaf (ref $VMContRef))
    (local $base (ref null $VMContRef))
    (local.set $leaf (ref.cast (ref $VMContRef) (local.get $activation)))
    (local.set $base (struct.get $VMContRef $last_ancestor (local.get $leaf)))
    (if (ref.is_null (local.get $base)) (then (local.set $base (local.get $leaf))))
    (call $enter (local.get $leaf))
    (call $run_frames (local.get $leaf) (ref.as_non_null (local.get $base)) (local.get $mode))
    (drop) (drop)
    (call $host_yielded))

  (func $host_fuel (export "host.fuel") (result i64)
    (struct.get $VMStoreContext $fuel (global.get $context)))
  (func $host_set_fuel (export "host.set_fuel") (param $fuel i64)
    (struct.set $VMStoreContext $fuel (global.get $context) (local.get $fuel)))

  ;; What a debugger asks. A continuation is given as a VMContObj or a VMContRef.
  (func $contref (param $continuation anyref) (result (ref $VMContRef))
    (block $object (result (ref $VMContObj))
      (br_on_cast $object anyref (ref $VMContObj) (local.get $continuation))
      (return (ref.cast (ref $VMContRef))))
    (struct.get $VMContObj $contref))

  ;; The continuation behind what a guest holds.
  (func $host_contref (export "host.contref") (param $continuation anyref) (result anyref)
    (call $contref (local.get $continuation)))

  ;; Whether a VMContObj has been used up.
  (func $host_is_consumed (export "host.is_consumed") (param $object anyref) (result i32)
    (local $cont (ref $VMContObj))
    (local.set $cont (ref.cast (ref $VMContObj) (local.get $object)))
    (i64.ne
      (struct.get $VMContObj $revision (local.get $cont))
      (struct.get $VMContRef $revision (struct.get $VMContObj $contref (local.get $cont)))))

  ;; The running continuation, and the one that resumed a continuation (null: the initial stack).
  (func $host_current (export "host.current") (result anyref)
    (call $current))
  (func $host_parent (export "host.parent") (param $continuation anyref) (result anyref)
    (struct.get $VMContRef $parent (call $contref (local.get $continuation))))

  ;; The outermost continuation that was captured with this one, or, if this is the innermost that a driver runs, that is run
  ;; by the same driver.
  (func $host_last_ancestor (export "host.last_ancestor") (param $continuation anyref) (result anyref)
    (local $contref (ref $VMContRef))
    (local $ancestor (ref null $VMContRef))
    (local.set $contref (call $contref (local.get $continuation)))
    (local.set $ancestor (struct.get $VMContRef $last_ancestor (local.get $contref)))
    (if (ref.is_null (local.get $ancestor)) (then (return (local.get $contref))))
    (local.get $ancestor))

  ;; The innermost frame of a continuation, the frame below another, and what a frame consists of.
  (func $host_frames (export "host.frames") (param $continuation anyref) (result anyref)
    (struct.get $VMContRef $frames (call $contref (local.get $continuation))))
  (func $host_frame_parent (export "host.frame_parent") (param $frame anyref) (result anyref)
    (struct.get $VMFrame $parent (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_function (export "host.frame_function") (param $frame anyref) (result funcref)
    (struct.get $VMFrame $resume (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_number (export "host.frame_number") (param $frame anyref) (result i32)
    (struct.get $VMFrame $function (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_block (export "host.frame_block") (param $frame anyref) (result i32)
    (struct.get $VMFrame $block (ref.cast (ref $VMFrame) (local.get $frame)))))
