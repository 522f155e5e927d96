;; The continuation machine: what lowered code calls to create, run, suspend, switch and throw into continuations.
;;
;; What a lowered module uses of it is linked into it, so that the calls stay inside the module. The only state is the store
;; context, with the control effect as a global beside it.
;;
;;   stack chain       initial stack <- A <- B <- C = current         (each arrow is `parent`)
;;
;;   Suspending in C for a handler of the resume site that runs C leaves C's activations as frames on the heap. They are the
;;   captured continuation: VMContObj{innermost frame}. C is used again for what B resumes next: B.child = C.
;;
;;   Suspending in C for a handler of the resume site that runs A leaves C's and B's and A's activations as frames, and
;;   captures the chain C -> B -> A: VMContObj{C}, C.last_ancestor = A. Resuming it hangs A below the new resumer and
;;   re-enters only C's innermost frame. When C has run out of frames, the driver goes on with B's.
;;
;; Control effects: 0 Return, 1 Suspend{clause} to the nearest handler, 2 Suspend{levels, clause}, 3 Switch{levels, next},
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

  ;; -- Consuming and binding -------------------------------------------------------------------------------------

  ;; Uses the guest's reference up: checks that it is neither null nor consumed, and takes the continuation out of it.
  (func $consume (export "consume") (param $cont (ref null $VMContObj)) (result (ref $VMFrame))
    (local $frames (ref null $VMFrame))
    (if (ref.is_null (local.get $cont)) (then (call $trap (i32.const 3)) (unreachable)))
    (local.set $frames (struct.get $VMContObj $frames (local.get $cont)))
    (if (ref.is_null (local.get $frames)) (then (call $trap (i32.const 2)) (unreachable)))
    (struct.set $VMContObj $frames (local.get $cont) (ref.null $VMFrame))
    (ref.as_non_null (local.get $frames)))

  ;; Its checks alone.
  (func $check (param $cont (ref null $VMContObj))
    (if (ref.is_null (local.get $cont)) (then (call $trap (i32.const 3)) (unreachable)))
    (if (ref.is_null (struct.get $VMContObj $frames (local.get $cont))) (then (call $trap (i32.const 2)) (unreachable))))

  ;; $consume for a reference that nobody else has (owned-locals.ts): null if it has been used up.
  (func $take (export "take") (param $frames (ref null $VMFrame)) (result (ref $VMFrame))
    (if (ref.is_null (local.get $frames)) (then (call $trap (i32.const 2)) (unreachable)))
    (ref.as_non_null (local.get $frames)))

  ;; The same where there may be a VMContObj instead.
  (func $take_either (export "take_either")
    (param $frames (ref null $VMFrame)) (param $cont (ref null $VMContObj)) (result (ref $VMFrame))
    (if (ref.is_null (local.get $frames)) (then (return_call $consume (local.get $cont))))
    (ref.as_non_null (local.get $frames)))

  ;; The continuation $cont with one more frame, that is to run first.
  (func $bind (export "bind") (param $frame (ref $VMFrame)) (param $cont (ref $VMFrame)) (result (ref $VMFrame))
    (local $stack (ref $VMContRef))
    (if (i32.ne (struct.get $VMFrame $function (local.get $cont)) (i32.const -2))
      (then
        (struct.set $VMFrame $parent (local.get $frame) (local.get $cont))
        (return (local.get $frame))))
    (local.set $stack (ref.cast (ref $VMContRef) (local.get $cont)))
    (struct.set $VMFrame $parent (local.get $frame) (call $innermost (local.get $stack)))
    (call $set_innermost (local.get $stack) (local.get $frame))
    (local.get $stack))

  ;; -- What runs --------------------------------------------------------------------------------------------------

  ;; The running stack; null: the initial one.
  (func $current (result (ref null $VMContRef))
    (if (result (ref null $VMContRef)) (struct.get $VMStoreContext $inside (global.get $context))
      (then (struct.get $VMStoreContext $current (global.get $context)))
      (else (ref.null $VMContRef))))

  (func $set_current (param $stack (ref null $VMContRef))
    (struct.set $VMStoreContext $current (global.get $context) (call $or_none (local.get $stack)))
    (struct.set $VMStoreContext $inside (global.get $context) (i32.eqz (ref.is_null (local.get $stack)))))

  ;; As the store context has it, where there is no null.
  (func $or_none (param $stack (ref null $VMContRef)) (result (ref $VMContRef))
    (if (ref.is_null (local.get $stack)) (then (return (struct.get $VMStoreContext $none (global.get $context)))))
    (ref.as_non_null (local.get $stack)))

  ;; Makes a stack that is resumed the running one. Often it is the one that ran last, and then there is nothing to store.
  (func $enter (param $stack (ref $VMContRef))
    (if (i32.eqz (ref.eq (struct.get $VMStoreContext $current (global.get $context)) (local.get $stack)))
      (then (struct.set $VMStoreContext $current (global.get $context) (local.get $stack))))
    (struct.set $VMStoreContext $inside (global.get $context) (i32.const 1)))

  ;; Makes the resumer of one that suspends the running one.
  (func $exit_to (param $parent (ref null $VMContRef))
    (if (ref.is_null (local.get $parent))
      (then (struct.set $VMStoreContext $inside (global.get $context) (i32.const 0)))
      (else (struct.set $VMStoreContext $current (global.get $context) (ref.as_non_null (local.get $parent))))))

  ;; -- Stacks ------------------------------------------------------------------------------------------------------

  ;; The stack for what is resumed from $parent; null if there is none yet.
  (func $child_of (param $parent (ref null $VMContRef)) (result (ref null $VMContRef))
    (local $child (ref $VMContRef))
    (if (i32.eqz (ref.is_null (local.get $parent)))
      (then (return (struct.get $VMContRef $child (local.get $parent)))))
    (local.set $child (struct.get $VMStoreContext $child (global.get $context)))
    (if (ref.eq (local.get $child) (struct.get $VMStoreContext $none (global.get $context)))
      (then (return (ref.null $VMContRef))))
    (local.get $child))

  (func $set_child (param $parent (ref null $VMContRef)) (param $child (ref null $VMContRef))
    (if (ref.is_null (local.get $parent))
      (then (struct.set $VMStoreContext $child (global.get $context) (call $or_none (local.get $child))))
      (else (struct.set $VMContRef $child (local.get $parent) (local.get $child)))))

  ;; Makes a stack for what is resumed from $parent.
  (func $new_child (param $parent (ref null $VMContRef)) (result (ref $VMContRef))
    (local $child (ref $VMContRef))
    (local.set $child (call $new_stack (call $new_frames (ref.null $VMFrame)) (local.get $parent) (i32.const 0)))
    (call $set_child (local.get $parent) (local.get $child))
    (local.get $child))

  (func $new_frames (param $innermost (ref null $VMFrame)) (result (ref $VMFrames))
    (struct.new $VMFrames (local.get $innermost) (ref.null $VMFrame) (i32.const 64)))

  (func $new_stack
    (param $frames (ref $VMFrames)) (param $parent (ref null $VMContRef)) (param $kept i32) (result (ref $VMContRef))
    (struct.new $VMContRef
      (ref.func $resume_stack) (ref.null $VMFrame) (local.get $kept) (i32.const -2) (local.get $frames) (local.get $parent)
      (ref.null $VMContRef)
      (struct.get $VMContRef $handlers (struct.get $VMStoreContext $none (global.get $context)))
      (ref.null $VMContRef)))

  ;; Has the place of a frame's resume function in a stack. Nobody calls it.
  (func $resume_stack (export "resume_stack") (type $resume_fn) (param $frame (ref $VMFrame)) (param $mode i32) (result i32)
    (unreachable))

  (func $innermost (param $stack (ref null $VMContRef)) (result (ref null $VMFrame))
    (struct.get $VMFrames $innermost (struct.get $VMContRef $frames (local.get $stack))))
  (func $set_innermost (param $stack (ref null $VMContRef)) (param $frame (ref null $VMFrame))
    (struct.set $VMFrames $innermost (struct.get $VMContRef $frames (local.get $stack)) (local.get $frame)))

  ;; Makes a stack one that is not used for another continuation.
  (func $keep (param $stack (ref null $VMContRef))
    (if (struct.get $VMContRef $kept (local.get $stack)) (then (return)))
    (struct.set $VMContRef $kept (local.get $stack) (i32.const 1))
    (call $detach (local.get $stack)))

  ;; Takes a stack away from where it would be used next.
  (func $detach (param $stack (ref null $VMContRef))
    (local $parent (ref null $VMContRef))
    (local.set $parent (struct.get $VMContRef $parent (local.get $stack)))
    (if (ref.eq (call $child_of (local.get $parent)) (local.get $stack))
      (then (call $set_child (local.get $parent) (ref.null $VMContRef)))))

  ;; The outermost of the stacks captured with this one, or run by the same driver.
  (func $outermost (param $leaf (ref $VMContRef)) (result (ref $VMContRef))
    (local $outermost (ref null $VMContRef))
    (local.set $outermost (struct.get $VMContRef $last_ancestor (local.get $leaf)))
    (if (ref.is_null (local.get $outermost)) (then (return (local.get $leaf))))
    (ref.as_non_null (local.get $outermost)))

  ;; Notes which frame a stack is to run, for those who ask, if it is another than the one that it ran last. What has none
  ;; below it has nothing to tell.
  (func $note_frame (param $stack (ref null $VMContRef)) (param $frame (ref $VMFrame))
    (call $set_innermost (local.get $stack)
      (if (result (ref null $VMFrame)) (ref.is_null (struct.get $VMFrame $parent (local.get $frame)))
        (then (ref.null $VMFrame))
        (else (local.get $frame)))))

  ;; -- Resuming ----------------------------------------------------------------------------------------------------

  ;; Resumes a continuation, whose reference has been used up, under the clauses `handlers`. Arguments wait in the transfer area
  ;; (mode 0), or an exception in `exception` (mode -1). Result: k >= 0 it suspended for clause k (payload in the transfer
  ;; area), with the captured continuation; -1 it returned (results in the transfer area); -2 the effect goes on outwards: save
  ;; the frame and leave.
  (func $resume (export "resume")
    (param $cont (ref $VMFrame)) (param $handlers (ref $VMHandlers)) (param $mode i32)
    (result i32 (ref null $VMFrame))
    (local $stack (ref null $VMContRef))
    (local.set $stack (struct.get $VMStoreContext $child (global.get $context)))
    (if (struct.get $VMStoreContext $inside (global.get $context))
      (then
        (local.set $stack (struct.get $VMContRef $child (struct.get $VMStoreContext $current (global.get $context))))
        (if (ref.is_null (local.get $stack))
          (then (return_call $resume_first (local.get $cont) (local.get $handlers) (local.get $mode))))))
    ;; Usually it is the frame that ran there last.
    (if (i32.eqz (ref.eq (call $innermost (local.get $stack)) (local.get $cont)))
      (then (return_call $resume_other (local.get $cont) (local.get $handlers) (local.get $mode) (local.get $stack))))
    (return_call $resume_on (local.get $cont) (local.get $handlers) (local.get $mode) (local.get $stack)))

  ;; The same for what is nothing but its frames, on a stack.
  (func $resume_on
    (param $cont (ref $VMFrame)) (param $handlers (ref $VMHandlers)) (param $mode i32) (param $stack (ref null $VMContRef))
    (result i32 (ref null $VMFrame))
    (if (i32.eqz (ref.eq (struct.get $VMContRef $handlers (local.get $stack)) (local.get $handlers)))
      (then (struct.set $VMContRef $handlers (local.get $stack) (local.get $handlers))))
    (call $enter (ref.as_non_null (local.get $stack)))
    (return_call $run (ref.as_non_null (local.get $stack)) (local.get $cont) (local.get $mode)))

  ;; The same for what did not run last on the stack that there is for it.
  (func $resume_other
    (param $cont (ref $VMFrame)) (param $handlers (ref $VMHandlers)) (param $mode i32) (param $stack (ref null $VMContRef))
    (result i32 (ref null $VMFrame))
    (if (i32.eq (struct.get $VMFrame $function (local.get $cont)) (i32.const -2))
      (then (return_call $resume_kept (local.get $cont) (local.get $handlers) (local.get $mode))))
    (if (struct.get $VMContRef $kept (local.get $stack))
      (then (return_call $resume_first (local.get $cont) (local.get $handlers) (local.get $mode))))
    (call $note_frame (local.get $stack) (local.get $cont))
    (return_call $resume_on (local.get $cont) (local.get $handlers) (local.get $mode) (local.get $stack)))

  ;; The same for the first one that is resumed from here.
  (func $resume_first
    (param $cont (ref $VMFrame)) (param $handlers (ref $VMHandlers)) (param $mode i32)
    (result i32 (ref null $VMFrame))
    (return_call $resume_other (local.get $cont) (local.get $handlers) (local.get $mode) (call $new_child (call $current))))

  ;; The same for one that has kept its stacks.
  (func $resume_kept
    (param $cont (ref $VMFrame)) (param $handlers (ref $VMHandlers)) (param $mode i32)
    (result i32 (ref null $VMFrame))
    (local $leaf (ref $VMContRef))
    (local $base (ref $VMContRef))
    (local.set $leaf (ref.cast (ref $VMContRef) (local.get $cont)))
    (local.set $base (call $outermost (local.get $leaf)))
    (call $hang (local.get $base) (call $current) (local.get $handlers))
    (call $enter (local.get $leaf))
    (return_call $run_frames (local.get $leaf) (local.get $base) (local.get $mode)))

  ;; Hangs a stack below its resumer, to run under these clauses.
  (func $hang (param $base (ref $VMContRef)) (param $resumer (ref null $VMContRef)) (param $handlers (ref $VMHandlers))
    (if (i32.eqz (ref.eq (struct.get $VMContRef $parent (local.get $base)) (local.get $resumer)))
      (then (struct.set $VMContRef $parent (local.get $base) (local.get $resumer))))
    (if (i32.eqz (ref.eq (struct.get $VMContRef $handlers (local.get $base)) (local.get $handlers)))
      (then (struct.set $VMContRef $handlers (local.get $base) (local.get $handlers)))))

  ;; The driver has two parts. This one runs the innermost frame of a continuation that is nothing but its frames, on a stack
  ;; that is not kept (unless by a switch, which does not come back here); what it does when the frame suspends for the
  ;; nearest handler is a round trip's share, and small enough for engines to inline in resume sites, frame's code and all.
  ;; $run_frames does everything else. Results as for $resume.
  (func $run (export "run")
    (param $stack (ref $VMContRef)) (param $frame (ref $VMFrame)) (param $mode i32)
    (result i32 (ref null $VMFrame))
    (local $left i32)
    (block $thrown (result exnref)
      (local.set $left
        (try_table (result i32) (catch_all_ref $thrown)
          (call_ref $resume_fn
            (local.get $frame) (local.get $mode) (struct.get $VMFrame $resume (local.get $frame)))))
      ;; The first clause apart: its number is a constant, where the frame's code is inlined.
      (if (i32.eqz (local.get $left))
        (then
          (call $exit_to (struct.get $VMContRef $parent (local.get $stack)))
          (return (i32.const 0) (local.get $frame))))
      (if (i32.gt_s (local.get $left) (i32.const 0))
        (then
          (call $exit_to (struct.get $VMContRef $parent (local.get $stack)))
          (return (local.get $left) (local.get $frame))))
      (return_call $after_frame (local.get $stack) (local.get $stack) (local.get $frame) (local.get $left)))
    (return_call $after_throw (local.get $stack) (local.get $stack) (local.get $frame)))

  ;; Takes what suspends in $frame, alone, off its stack, and goes on in the resumer. The result is the captured continuation.
  (func $leave_stack (param $stack (ref $VMContRef)) (param $frame (ref null $VMFrame)) (result (ref null $VMFrame))
    (call $exit_to (struct.get $VMContRef $parent (local.get $stack)))
    (if (struct.get $VMContRef $kept (local.get $stack))
      (then (return_call $leave_kept (local.get $stack) (local.get $frame))))
    (local.get $frame))

  (func $leave_kept (param $stack (ref $VMContRef)) (param $frame (ref null $VMFrame)) (result (ref null $VMFrame))
    (if (i32.eqz (ref.eq (call $innermost (local.get $stack)) (local.get $frame)))
      (then (call $set_innermost (local.get $stack) (local.get $frame))))
    (struct.set $VMContRef $parent (local.get $stack) (ref.null $VMContRef))
    (local.get $stack))

  ;; Runs frames of the chain leaf -> ... -> base until base has returned or thrown, or until an effect goes to base's resume
  ;; site or beyond. While it runs leaf, leaf.last_ancestor is base (null if the same).
  (func $run_frames (export "run_frames")
    (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $mode i32)
    (result i32 (ref null $VMFrame))
    (local $frame (ref null $VMFrame))
    (local $left i32)
    (local $parent (ref null $VMContRef))
    (loop $next
      (local.set $frame (call $innermost (local.get $leaf)))
      (if (ref.is_null (local.get $frame))
        (then
          ;; No frames left: the leaf has returned or thrown.
          (local.set $parent (call $finish (local.get $leaf)))
          (if (ref.eq (local.get $leaf) (local.get $base))
            (then
              (if (local.get $mode) (then (call $rethrow)))
              (return (i32.const -1) (ref.null $VMFrame))))
          ;; Its resumer is on the heap, too: its innermost frame is a resume site that waits for this.
          (local.set $leaf (ref.as_non_null (local.get $parent)))
          (call $set_last_ancestor (local.get $leaf) (local.get $base))
          (br $next)))
      (block $thrown (result exnref)
        (loop $switched
          (local.set $left
            (try_table (result i32) (catch_all_ref $thrown)
              (call_ref $resume_fn
                (ref.as_non_null (local.get $frame)) (local.get $mode)
                (struct.get $VMFrame $resume (local.get $frame)))))
          (if (i32.eq (local.get $left) (i32.const -4))
            (then
              (struct.set $VMStoreContext $captured (global.get $context) (local.get $frame))
              (local.set $frame (struct.get $VMStoreContext $next (global.get $context)))
              ;; Often both are null: then it is noted already.
              (if (i32.eqz (ref.eq (call $innermost (local.get $leaf)) (struct.get $VMFrame $parent (local.get $frame))))
                (then (call $note_frame (local.get $leaf) (ref.as_non_null (local.get $frame)))))
              (local.set $mode (i32.const 1))
              (br $switched))))
        (if (i32.eq (local.get $left) (i32.const -1))
          (then
            (call $set_innermost (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
            (local.set $mode (i32.const 0))
            (br $next)))
        (return_call $after_frame
          (local.get $leaf) (local.get $base) (ref.as_non_null (local.get $frame)) (local.get $left)))
      (return_call $after_throw (local.get $leaf) (local.get $base) (ref.as_non_null (local.get $frame))))
    (unreachable))

  ;; Goes on with the continuation that $captured has switched to, where that is captured alone and what it has switched to is
  ;; nothing but its frames: on the same stack, under the same clauses.
  (func $run_next
    (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $captured (ref null $VMFrame))
    (result i32 (ref null $VMFrame))
    (struct.set $VMStoreContext $captured (global.get $context) (local.get $captured))
    (call $set_innermost (local.get $leaf) (struct.get $VMStoreContext $next (global.get $context)))
    (struct.set $VMStoreContext $next (global.get $context) (ref.null $VMFrame))
    (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const 1)))

  ;; Ends the run of a stack that has no frames left, and goes on in its resumer, which is the result.
  (func $finish (param $stack (ref $VMContRef)) (result (ref null $VMContRef))
    (local $parent (ref null $VMContRef))
    (local.set $parent (struct.get $VMContRef $parent (local.get $stack)))
    (if (struct.get $VMContRef $kept (local.get $stack))
      (then (struct.set $VMContRef $parent (local.get $stack) (ref.null $VMContRef))))
    (struct.set $VMContRef $last_ancestor (local.get $stack) (ref.null $VMContRef))
    (call $forget_next)
    (call $exit_to (local.get $parent))
    (local.get $parent))

  ;; Goes on after an exception came out of a frame. A function whose result type has no values can only be left by throwing
  ;; (the tag is in context.wat); any other exception is delivered to the next frame.
  (func $after_throw
    (param $exception exnref) (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $frame (ref $VMFrame))
    (result i32 (ref null $VMFrame))
    (if (global.get $effect)
      (then (return_call $after_frame (local.get $leaf) (local.get $base) (local.get $frame) (i32.const -3))))
    (call $set_innermost (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
    ;; Out of the last frame it goes straight on to the resume site.
    (if (ref.is_null (struct.get $VMFrame $parent (local.get $frame)))
      (then
        (if (ref.eq (local.get $leaf) (local.get $base))
          (then
            (drop (call $finish (local.get $leaf)))
            (throw_ref (local.get $exception))))))
    (call $set_exception (local.get $exception))
    (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const -1)))

  ;; Goes on after a frame has returned or was left with an effect.
  (func $after_frame
    (param $leaf (ref $VMContRef)) (param $base (ref $VMContRef)) (param $frame (ref $VMFrame)) (param $left i32)
    (result i32 (ref null $VMFrame))
    (local $effect i32)
    (local $clause i32)
    (local $target (ref null $VMContRef))
    (local $suspended (ref null $VMContRef))
    (local $parent (ref null $VMContRef))
    (local $captured (ref null $VMFrame))
    (if (i32.eq (local.get $left) (i32.const -1))
      (then
        (call $set_innermost (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
        (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const 0))))
    (if (i32.eq (local.get $left) (i32.const -4))
      (then (return_call $run_next (local.get $leaf) (local.get $base) (local.get $frame))))
    (if (i32.ge_s (local.get $left) (i32.const 0))
      (then
        (local.set $captured (local.get $frame))
        (local.set $effect (i32.const 1))
        (local.set $clause (local.get $left)))
      (else
        ;; All frames that were saved since are linked to $frame; if that one is gone, to the one below it.
        (local.set $captured
          (call $relink (local.get $leaf)
            (if (result (ref null $VMFrame)) (i32.eq (local.get $left) (i32.const -3))
              (then (struct.get $VMFrame $parent (local.get $frame)))
              (else (local.get $frame)))))
        (local.set $effect (global.get $effect))
        (local.set $clause (struct.get $VMStoreContext $clause (global.get $context)))))

    ;; The usual case: a suspension for the resume site that called this driver.
    (if (i32.and (i32.eq (local.get $effect) (i32.const 1)) (ref.eq (local.get $leaf) (local.get $base)))
      (then
        (global.set $effect (i32.const 0))
        (call $forget_next)
        (return (local.get $clause) (call $leave_stack (local.get $leaf) (local.get $captured)))))

    (local.set $suspended (struct.get $VMStoreContext $suspended (global.get $context)))
    (if (ref.is_null (local.get $suspended)) (then (local.set $suspended (local.get $leaf))))
    (local.set $target
      (if (result (ref null $VMContRef)) (i32.eq (local.get $effect) (i32.const 1))
        (then (local.get $leaf))
        (else (call $find_target (local.get $leaf) (local.get $base)))))

    ;; A switch away from what is captured alone: the next continuation goes on on the same stack.
    (if (i32.eq (local.get $effect) (i32.const 3))
      (then
        (if (call $is_alone (local.get $suspended) (local.get $target))
          (then
            (if (i32.ne
                  (struct.get $VMFrame $function (struct.get $VMStoreContext $next (global.get $context)))
                  (i32.const -2))
              (then
                (global.set $effect (i32.const 0))
                (return_call $run_next (local.get $leaf) (local.get $base) (local.get $captured))))))))

    (if (i32.eqz (ref.eq (call $innermost (local.get $leaf)) (local.get $captured)))
      (then (call $set_innermost (local.get $leaf) (local.get $captured))))

    (if (i32.eqz (ref.is_null (local.get $target)))
      (then
        ;; Handled by the resume site of a stack that this driver runs: capture suspended -> ... -> target.
        (local.set $parent (struct.get $VMContRef $parent (local.get $target)))
        (local.set $captured (call $capture (local.get $suspended) (local.get $target)))
        (if (i32.eq (local.get $effect) (i32.const 3))
          (then
            ;; Switch: the next continuation takes the place of the captured one under the same resume site.
            (local.set $leaf
              (call $put_in_place
                (struct.get $VMStoreContext $next (global.get $context))
                (local.get $parent)
                (struct.get $VMContRef $handlers (local.get $target))))
            (call $clear_effect)
            (if (ref.eq (local.get $target) (local.get $base))
              (then (local.set $base (call $outermost (local.get $leaf))))
              (else (call $set_last_ancestor (local.get $leaf) (local.get $base))))
            (struct.set $VMStoreContext $captured (global.get $context) (local.get $captured))
            (return_call $run_frames (local.get $leaf) (local.get $base) (i32.const 1))))
        (call $exit_to (local.get $parent))
        (call $clear_effect)
        (if (ref.eq (local.get $target) (local.get $base))
          (then (return (local.get $clause) (local.get $captured))))
        ;; The resume site is a frame of $parent: it takes the captured continuation from the context.
        (struct.set $VMStoreContext $captured (global.get $context) (local.get $captured))
        (call $set_last_ancestor (local.get $parent) (local.get $base))
        (return_call $run_frames
          (ref.as_non_null (local.get $parent)) (local.get $base) (i32.add (local.get $clause) (i32.const 1)))))

    ;; Not for anyone in here: the resume site has to save its own frame, as the first of its stack.
    (struct.set $VMStoreContext $suspended (global.get $context) (local.get $suspended))
    (call $exit_to (struct.get $VMContRef $parent (local.get $base)))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (i32.const -2) (ref.null $VMFrame))

  ;; Of the stacks from $leaf to $base, the one that the effect is for; null if that is further out.
  (func $find_target (param $leaf (ref null $VMContRef)) (param $base (ref $VMContRef)) (result (ref null $VMContRef))
    (local $levels i32)
    (local.set $levels (struct.get $VMStoreContext $levels (global.get $context)))
    (loop $outwards
      (if (i32.eqz (local.get $levels)) (then (return (local.get $leaf))))
      (local.set $levels (i32.sub (local.get $levels) (i32.const 1)))
      (if (i32.eqz (ref.eq (local.get $leaf) (local.get $base)))
        (then
          (local.set $leaf (struct.get $VMContRef $parent (local.get $leaf)))
          (br $outwards))))
    (struct.set $VMStoreContext $levels (global.get $context) (local.get $levels))
    (ref.null $VMContRef))

  ;; Whether what is captured from $suspended to $target needs no stack.
  (func $is_alone (param $suspended (ref null $VMContRef)) (param $target (ref null $VMContRef)) (result i32)
    (if (ref.eq (local.get $suspended) (local.get $target))
      (then (return (i32.eqz (struct.get $VMContRef $kept (local.get $suspended))))))
    (i32.const 0))

  ;; Captures the stacks suspended -> ... -> target, whose frames are all saved.
  (func $capture (param $suspended (ref null $VMContRef)) (param $target (ref null $VMContRef)) (result (ref null $VMFrame))
    (call $set_last_ancestor (local.get $suspended) (local.get $target))
    (if (call $is_alone (local.get $suspended) (local.get $target))
      (then (return (call $innermost (local.get $suspended)))))
    (call $keep (local.get $suspended))
    (if (i32.eqz (ref.is_null (struct.get $VMContRef $child (local.get $suspended))))
      (then (struct.set $VMContRef $child (local.get $suspended) (ref.null $VMContRef))))
    (call $detach (local.get $target))
    (if (i32.eqz (ref.is_null (struct.get $VMContRef $parent (local.get $target))))
      (then (struct.set $VMContRef $parent (local.get $target) (ref.null $VMContRef))))
    (local.get $suspended))

  ;; Puts a continuation below $parent, where one was captured. The result is its innermost stack.
  (func $put_in_place
    (param $next (ref null $VMFrame)) (param $parent (ref null $VMContRef)) (param $handlers (ref $VMHandlers))
    (result (ref $VMContRef))
    (local $stack (ref null $VMContRef))
    (block $single
      (local.set $stack
        (block $kept (result (ref $VMContRef))
          (drop (br_on_cast $kept (ref null $VMFrame) (ref $VMContRef) (local.get $next)))
          (br $single)))
      (call $hang (call $outermost (ref.as_non_null (local.get $stack))) (local.get $parent) (local.get $handlers))
      (call $enter (ref.as_non_null (local.get $stack)))
      (return (ref.as_non_null (local.get $stack))))
    (local.set $stack (call $child_of (local.get $parent)))
    (if (ref.is_null (local.get $stack)) (then (local.set $stack (call $new_child (local.get $parent)))))
    (struct.set $VMContRef $handlers (local.get $stack) (local.get $handlers))
    (call $set_innermost (local.get $stack) (local.get $next))
    (call $enter (ref.as_non_null (local.get $stack)))
    (ref.as_non_null (local.get $stack)))

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

  (func $set_last_ancestor (param $leaf (ref null $VMContRef)) (param $ancestor (ref null $VMContRef))
    (if (ref.eq (local.get $leaf) (local.get $ancestor)) (then (local.set $ancestor (ref.null $VMContRef))))
    (if (ref.eq (struct.get $VMContRef $last_ancestor (local.get $leaf)) (local.get $ancestor)) (then (return)))
    (struct.set $VMContRef $last_ancestor (local.get $leaf) (local.get $ancestor)))

  (func $clear_effect
    (global.set $effect (i32.const 0))
    (if (i32.eqz (ref.is_null (struct.get $VMStoreContext $suspended (global.get $context))))
      (then (struct.set $VMStoreContext $suspended (global.get $context) (ref.null $VMContRef))))
    (call $forget_next))

  ;; What was switched to at once is not kept alive once it does not run any more.
  (func $forget_next
    (if (i32.eqz (ref.is_null (struct.get $VMStoreContext $next (global.get $context))))
      (then (struct.set $VMStoreContext $next (global.get $context) (ref.null $VMFrame)))))

  ;; -- Saving frames -----------------------------------------------------------------------------------------------

  ;; Links a new frame below those saved so far of the current stack.
  (func $push (export "push") (param $frame (ref $VMFrame))
    (local $frames (ref $VMFrames))
    (if (i32.ne (struct.get $VMStoreContext $saved (global.get $context)) (i32.const 2))
      (then (return_call $push_early (local.get $frame))))
    (local.set $frames (struct.get $VMStoreContext $several (global.get $context)))
    (struct.set $VMFrame $parent (struct.get $VMFrames $outermost (local.get $frames)) (local.get $frame))
    (struct.set $VMFrames $outermost (local.get $frames) (local.get $frame)))

  ;; The same for the first two frames.
  (func $push_early (param $frame (ref $VMFrame))
    (local $frames (ref $VMFrames))
    (if (struct.get $VMStoreContext $saved (global.get $context))
      (then
        (local.set $frames (call $renewed (call $current_frames) (i32.const 8)))
        (struct.set $VMFrame $parent (struct.get $VMFrames $innermost (local.get $frames)) (local.get $frame))
        (struct.set $VMFrames $outermost (local.get $frames) (local.get $frame))
        (struct.set $VMStoreContext $saved (global.get $context) (i32.const 2))
        (if (i32.eqz (ref.eq (struct.get $VMStoreContext $several (global.get $context)) (local.get $frames)))
          (then (struct.set $VMStoreContext $several (global.get $context) (local.get $frames))))
        (return)))
    (if (struct.get $VMStoreContext $inside (global.get $context)) (then (return_call $push_first (local.get $frame))))
    (struct.set $VMStoreContext $initial (global.get $context) (call $new_frames (local.get $frame)))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 1)))

  ;; Links a new frame as the first of the running stack, which is not the initial one.
  (func $push_first (export "push_first") (param $frame (ref $VMFrame))
    (struct.set $VMFrames $innermost
      (call $renewed
        (struct.get $VMContRef $frames (struct.get $VMStoreContext $current (global.get $context)))
        (i32.const 1))
      (local.get $frame))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 1)))

  ;; Counts uses of the frames of the current stack, and makes a new object of them if there have been too many.
  (func $renewed (param $frames (ref null $VMFrames)) (param $uses i32) (result (ref $VMFrames))
    (local $left i32)
    (local.set $left (i32.sub (struct.get $VMFrames $uses (local.get $frames)) (local.get $uses)))
    (if (i32.lt_s (local.get $left) (i32.const 0)) (then (return_call $renew (local.get $frames))))
    (struct.set $VMFrames $uses (local.get $frames) (local.get $left))
    (ref.as_non_null (local.get $frames)))

  (func $renew (param $old (ref null $VMFrames)) (result (ref $VMFrames))
    (local $frames (ref $VMFrames))
    (local.set $frames (call $new_frames (struct.get $VMFrames $innermost (local.get $old))))
    (if (struct.get $VMStoreContext $inside (global.get $context))
      (then
        (struct.set $VMContRef $frames (struct.get $VMStoreContext $current (global.get $context)) (local.get $frames)))
      (else (struct.set $VMStoreContext $initial (global.get $context) (local.get $frames))))
    (local.get $frames))

  ;; The frames of the current stack that have been saved.
  (func $current_frames (result (ref null $VMFrames))
    (if (result (ref null $VMFrames)) (struct.get $VMStoreContext $inside (global.get $context))
      (then (struct.get $VMContRef $frames (struct.get $VMStoreContext $current (global.get $context))))
      (else (struct.get $VMStoreContext $initial (global.get $context)))))

  ;; Links the frame of an activation that was re-entered, and so has its own parent, below those saved since. The result is the
  ;; innermost frame.
  (func $relink (param $leaf (ref $VMContRef)) (param $frame (ref null $VMFrame)) (result (ref null $VMFrame))
    (local $frames (ref $VMFrames))
    (if (i32.eqz (struct.get $VMStoreContext $saved (global.get $context))) (then (return (local.get $frame))))
    (local.set $frames (struct.get $VMContRef $frames (local.get $leaf)))
    (call $link_frame (local.get $frames) (local.get $frame))
    (struct.set $VMFrames $outermost (local.get $frames) (ref.null $VMFrame))
    (struct.get $VMFrames $innermost (local.get $frames)))

  ;; Makes a frame the parent of the outermost that was saved.
  (func $link_frame (param $frames (ref null $VMFrames)) (param $frame (ref null $VMFrame))
    (struct.set $VMFrame $parent
      (if (result (ref null $VMFrame)) (i32.eq (struct.get $VMStoreContext $saved (global.get $context)) (i32.const 2))
        (then (struct.get $VMFrames $outermost (local.get $frames)))
        (else (struct.get $VMFrames $innermost (local.get $frames))))
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
        (call $find_further (local.get $tag))
        (global.set $effect (i32.const 2)))))

  ;; The same for an activation that was re-entered, which has only its driver above it: what it has to return to that.
  (func $suspend_again (export "suspend_again") (param $tag (ref $VMTag)) (result i32)
    (local $clause i32)
    ;; The first clause of the nearest handler, without a look at the others; nor at whether a stack runs, since a driver runs
    ;; one.
    (if (ref.eq (local.get $tag)
          (struct.get $VMHandlers $first
            (struct.get $VMContRef $handlers (struct.get $VMStoreContext $current (global.get $context)))))
      (then (return (i32.const 0))))
    (local.set $clause (call $nearest_clause (local.get $tag)))
    (if (i32.lt_s (local.get $clause) (i32.const 0)) (then (return_call $suspend_further (local.get $tag))))
    (local.get $clause))

  ;; The same for a handler further out.
  (func $suspend_further (param $tag (ref $VMTag)) (result i32)
    (call $find_further (local.get $tag))
    (global.set $effect (i32.const 2))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (i32.const -2))

  ;; The clause of the nearest handler that a suspension is for, -1 if it is for none.
  (func $nearest_clause (param $tag (ref $VMTag)) (result i32)
    (if (i32.eqz (struct.get $VMStoreContext $inside (global.get $context))) (then (call $trap (i32.const 1)) (unreachable)))
    (return_call $clause_of
      (local.get $tag)
      (struct.get $VMHandlers $suspend
        (struct.get $VMContRef $handlers (struct.get $VMStoreContext $current (global.get $context))))))

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
  ;; wait in the transfer area. The continuation is given as it is, or as a VMContObj if that is null.
  (func $switch (export "switch")
    (param $next (ref null $VMFrame)) (param $cont (ref null $VMContObj)) (param $tag (ref $VMTag))
    (if (ref.is_null (local.get $next)) (then (return_call $switch_boxed (local.get $cont) (local.get $tag))))
    (call $find_switch (local.get $tag))
    (return_call $start_switch (local.get $next)))

  (func $switch_boxed (param $cont (ref null $VMContObj)) (param $tag (ref $VMTag))
    (call $check (local.get $cont))
    (call $find_switch (local.get $tag))
    (return_call $start_switch (call $consume (local.get $cont))))

  (func $start_switch (param $next (ref null $VMFrame))
    (struct.set $VMStoreContext $next (global.get $context) (local.get $next))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0))
    (global.set $effect (i32.const 3)))

  ;; The same for an activation that was re-entered, which has only its driver above it: what it has to return to that. Usually
  ;; that can go on with the next continuation at once.
  (func $switch_again (export "switch_again")
    (param $next (ref null $VMFrame)) (param $cont (ref null $VMContObj)) (param $tag (ref $VMTag)) (result i32)
    (if (ref.is_null (local.get $next))
      (then
        (call $check (local.get $cont))
        (if (i32.eqz (call $switches_nearby (local.get $tag)))
          (then (return_call $switch_away (ref.null $VMFrame) (local.get $cont) (local.get $tag))))
        (local.set $next (call $consume (local.get $cont))))
      (else
        (if (i32.eqz (call $switches_nearby (local.get $tag)))
          (then (return_call $switch_away (local.get $next) (ref.null $VMContObj) (local.get $tag))))))
    (if (i32.eq (struct.get $VMFrame $function (local.get $next)) (i32.const -2))
      (then (return_call $switch_away (local.get $next) (ref.null $VMContObj) (local.get $tag))))
    (struct.set $VMStoreContext $next (global.get $context) (local.get $next))
    (i32.const -4))

  (func $switch_away
    (param $next (ref null $VMFrame)) (param $cont (ref null $VMContObj)) (param $tag (ref $VMTag)) (result i32)
    (call $switch (local.get $next) (local.get $cont) (local.get $tag))
    (i32.const -2))

  ;; Whether a switch is for the nearest handler, and the running continuation is captured alone by it. It is not so before the
  ;; tag has been looked for once.
  (func $switches_nearby (param $tag (ref $VMTag)) (result i32)
    (local $current (ref $VMContRef))
    (local.set $current (struct.get $VMStoreContext $current (global.get $context)))
    (if (struct.get $VMContRef $kept (local.get $current)) (then (return (i32.const 0))))
    (ref.eq
      (struct.get $VMTag $clauses (local.get $tag))
      (struct.get $VMHandlers $switch (struct.get $VMContRef $handlers (local.get $current)))))

  ;; Finds the clause for a switch.
  (func $find_switch (param $tag (ref $VMTag))
    (return_call $find (local.get $tag) (i32.const 1) (i32.const 0) (call $current)))

  ;; Finds the clause for a suspension that is not for the nearest handler.
  (func $find_further (param $tag (ref $VMTag))
    (return_call $find (local.get $tag) (i32.const 0) (i32.const 1)
      (struct.get $VMContRef $parent (struct.get $VMStoreContext $current (global.get $context)))))

  ;; Sets levels and clause to the nearest clause for $tag, of the suspend or the switch form; traps if there is none. $stack is
  ;; the first to be looked at, which is $levels further out than the running one.
  (func $find (param $tag (ref $VMTag)) (param $switch i32) (param $levels i32) (param $stack (ref null $VMContRef))
    (local $handlers (ref $VMHandlers))
    (local $clause i32)
    (loop $outwards
      (if (ref.is_null (local.get $stack)) (then (call $trap (i32.const 1)) (unreachable)))
      (local.set $handlers (struct.get $VMContRef $handlers (local.get $stack)))
      (local.set $clause
        (call $clause_of (local.get $tag)
          (if (result (ref $VMTags)) (local.get $switch)
            (then (struct.get $VMHandlers $switch (local.get $handlers)))
            (else (struct.get $VMHandlers $suspend (local.get $handlers))))))
      (if (i32.ge_s (local.get $clause) (i32.const 0))
        (then
          (struct.set $VMStoreContext $levels (global.get $context) (local.get $levels))
          (struct.set $VMStoreContext $clause (global.get $context) (local.get $clause))
          (return)))
      (local.set $stack (struct.get $VMContRef $parent (local.get $stack)))
      (local.set $levels (i32.add (local.get $levels) (i32.const 1)))
      (br $outwards)))

  ;; The continuation that a re-entered resume site was given.
  (func $take_captured (export "take_captured") (result (ref null $VMFrame))
    (local $captured (ref null $VMFrame))
    (local.set $captured (struct.get $VMStoreContext $captured (global.get $context)))
    (struct.set $VMStoreContext $captured (global.get $context) (ref.null $VMFrame))
    (local.get $captured))

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
    (struct.set $VMStoreContext $levels (global.get $context) (i32.const -1))
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
    (local $stack (ref $VMContRef))
    (local $running (ref null $VMContRef))
    (local $frame (ref null $VMFrame))
    (local.set $stack (call $stack_of (local.get $continuation)))
    (local.set $running (call $current))
    (if (ref.eq (local.get $stack) (local.get $running)) (then (return (i32.const 1))))
    (block $elsewhere
      (loop $outwards
        (br_if $elsewhere (ref.is_null (local.get $running)))
        (local.set $running (struct.get $VMContRef $parent (local.get $running)))
        (br_if $outwards (i32.eqz (ref.eq (local.get $stack) (local.get $running)))))
      (return (i32.const 2)))
    (local.set $frame (call $innermost (local.get $stack)))
    (if (ref.is_null (local.get $frame)) (then (return (i32.const 4))))
    ;; The start frame is gone as soon as it has been entered.
    (loop $outwards
      (if (i32.eqz (ref.is_null (struct.get $VMFrame $parent (local.get $frame))))
        (then
          (local.set $frame (struct.get $VMFrame $parent (local.get $frame)))
          (br $outwards))))
    (if (result i32) (i32.eq (struct.get $VMFrame $function (local.get $frame)) (i32.const -1))
      (then (i32.const 0))
      (else (i32.const 3))))

  (func $host_new_tag (export "host.new_tag") (result (ref $VMTag))
    (struct.new_default $VMTag))

  ;; Sets the running stack aside: what the host calls from here starts a new initial stack.
  ;; Where the host's stack had no room for $host_leave then, whoever called the host would go on with another stack: so there
  ;; has to be more room than that takes now.
  (func $host_enter (export "host.enter") (result anyref)
    (local $current (ref null $VMContRef))
    (call $spare_frames (i32.const 10))
    (local.set $current (call $current))
    (call $start_from (ref.null $VMContRef))
    (local.get $current))

  (func $spare_frames (param $count i32)
    (if (local.get $count)
      (then (call $spare_frames (i32.sub (local.get $count) (i32.const 1))))))

  ;; Makes $current what runs; what the next initial stack resumes gets a stack of its own.
  (func $start_from (param $current (ref null $VMContRef))
    (call $set_current (local.get $current))
    (call $set_child (ref.null $VMContRef) (ref.null $VMContRef))
    (struct.set $VMStoreContext $several (global.get $context)
      (struct.get $VMContRef $frames (struct.get $VMStoreContext $none (global.get $context)))))

  ;; Puts back what $host_enter set aside, after return, exception and trap alike.
  (func $host_leave (export "host.leave") (param $current anyref)
    (call $start_from (ref.cast (ref null $VMContRef) (local.get $current)))
    (struct.set $VMStoreContext $chaos_origin (global.get $context) (i32.const 0))
    (struct.set $VMStoreContext $initial (global.get $context) (ref.null $VMFrames))
    (struct.set $VMStoreContext $captured (global.get $context) (ref.null $VMFrame))
    (struct.set $VMStoreContext $exception (global.get $context) (ref.null exn))
    (struct.set $VMStoreContext $thrower (global.get $context) (ref.null $host_fn))
    (call $clear_effect))

  ;; If the call that the host just made was unwound: the activation (initial stack and all continuations that run on it), as
  ;; its innermost stack; else null.
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
          (call $new_stack
            (ref.as_non_null (struct.get $VMStoreContext $initial (global.get $context)))
            (ref.null $VMContRef) (i32.const 2)))
        (struct.set $VMStoreContext $initial (global.get $context) (ref.null $VMFrames))))
    (if (ref.is_null (local.get $leaf))
      (then
        ;; No frames at all, if all that there was to leave were tail calls of the helper: what it returns is the result.
        (if (ref.is_null (local.get $activation))
          (then
            (local.set $activation (call $new_stack (call $new_frames (ref.null $VMFrame)) (ref.null $VMContRef) (i32.const 2)))))
        (return (local.get $activation))))
    (local.set $outermost (local.get $leaf))
    (block $found
      (loop $outwards
        (br_if $found (ref.is_null (struct.get $VMContRef $parent (local.get $outermost))))
        (local.set $outermost (struct.get $VMContRef $parent (local.get $outermost)))
        (br $outwards)))
    (call $detach (local.get $outermost))
    (if (i32.eqz (ref.is_null (local.get $activation)))
      (then
        (struct.set $VMContRef $parent (local.get $outermost) (local.get $activation))
        (if (i32.eqz (struct.get $VMContRef $kept (local.get $outermost)))
          (then (struct.set $VMContRef $child (local.get $activation) (local.get $outermost))))
        (local.set $outermost (local.get $activation))))
    (call $set_last_ancestor (local.get $leaf) (local.get $outermost))
    (local.get $leaf))

  ;; Lets the helper that calls it leave the guest: all activations down to the host's entry are unwound.
  (func $host_yield (export "host.yield")
    (global.set $effect (i32.const 4))
    (struct.set $VMStoreContext $levels (global.get $context) (i32.const -1))
    (struct.set $VMStoreContext $saved (global.get $context) (i32.const 0)))

  ;; Runs an unwound activation on, with the results of the helper that yielded (mode 0, in the transfer area) or the
  ;; exception that it throws (mode -1). The activation's own results are then in the transfer area, unless it yields again:
  ;; then the result is the activation, as from $host_yielded.
  (func $host_rewind (export "host.rewind") (param $activation anyref) (param $mode i32) (result anyref)
    (local $leaf (ref $VMContRef))
    (local.set $leaf (ref.cast (ref $VMContRef) (local.get $activation)))
    (call $enter (local.get $leaf))
    (call $run_frames (local.get $leaf) (call $outermost (local.get $leaf)) (local.get $mode))
    (drop) (drop)
    (call $host_yielded))

  (func $host_fuel (export "host.fuel") (result i64)
    (struct.get $VMStoreContext $fuel (global.get $context)))
  (func $host_set_fuel (export "host.set_fuel") (param $fuel i64)
    (struct.set $VMStoreContext $fuel (global.get $context) (local.get $fuel)))

  ;; What a debugger asks. A continuation is given as its stack, or as a VMContObj that has not been consumed: then it has its
  ;; stack for itself from now on, so that it can be told what becomes of it.
  (func $stack_of (param $continuation anyref) (result (ref $VMContRef))
    (local $object (ref $VMContObj))
    (local $frames (ref $VMFrame))
    (local $stack (ref $VMContRef))
    (block $known (result (ref $VMContRef))
      (br_on_cast $known anyref (ref $VMContRef) (local.get $continuation))
      (local.set $object (ref.cast (ref $VMContObj)))
      (local.set $frames (ref.as_non_null (struct.get $VMContObj $frames (local.get $object))))
      (br_on_cast $known (ref $VMFrame) (ref $VMContRef) (local.get $frames))
      (drop)
      (local.set $stack (call $new_stack (call $new_frames (local.get $frames)) (ref.null $VMContRef) (i32.const 1)))
      (struct.set $VMContObj $frames (local.get $object) (local.get $stack))
      (local.get $stack)))

  ;; The continuation behind what a guest holds; null if that has been consumed.
  (func $host_contref (export "host.contref") (param $object anyref) (result anyref)
    (if (call $host_is_consumed (local.get $object)) (then (return (ref.null none))))
    (call $stack_of (local.get $object)))

  ;; Whether a VMContObj has been used up.
  (func $host_is_consumed (export "host.is_consumed") (param $object anyref) (result i32)
    (ref.is_null (struct.get $VMContObj $frames (ref.cast (ref $VMContObj) (local.get $object)))))

  ;; The running continuation, and the one that resumed a continuation (null: the initial stack). Those that run are the same
  ;; as long as they run.
  (func $host_current (export "host.current") (result anyref)
    (call $current))
  (func $host_parent (export "host.parent") (param $continuation anyref) (result anyref)
    (struct.get $VMContRef $parent (call $stack_of (local.get $continuation))))

  ;; Whether a stack is an initial one that was unwound.
  (func $host_is_initial (export "host.is_initial") (param $stack anyref) (result i32)
    (i32.eq (struct.get $VMContRef $kept (call $stack_of (local.get $stack))) (i32.const 2)))

  ;; The outermost continuation that was captured with this one, or, if this is the innermost that a driver runs, that is run
  ;; by the same driver.
  (func $host_last_ancestor (export "host.last_ancestor") (param $continuation anyref) (result anyref)
    (call $outermost (call $stack_of (local.get $continuation))))

  ;; The innermost frame of a continuation (of one that runs the frame being run, or null if there is none below that), the
  ;; frame below another, and what a frame consists of.
  (func $host_frames (export "host.frames") (param $continuation anyref) (result anyref)
    (call $innermost (call $stack_of (local.get $continuation))))
  (func $host_frame_parent (export "host.frame_parent") (param $frame anyref) (result anyref)
    (struct.get $VMFrame $parent (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_function (export "host.frame_function") (param $frame anyref) (result funcref)
    (struct.get $VMFrame $resume (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_number (export "host.frame_number") (param $frame anyref) (result i32)
    (struct.get $VMFrame $function (ref.cast (ref $VMFrame) (local.get $frame))))
  (func $host_frame_block (export "host.frame_block") (param $frame anyref) (result i32)
    (struct.get $VMFrame $block (ref.cast (ref $VMFrame) (local.get $frame)))))
