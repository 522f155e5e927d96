/**
 * Deliberate faults in the lowering and the machine, each of which the suites or a campaign have to find; and changes that are
 * no faults, with which nothing may be found.
 */

export interface Fault {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const MACHINE = "continuations/machine/machine.wat";
const LIVENESS = "continuations/liveness.ts";
const SCAN = "continuations/scan.ts";
const COPY = "continuations/copy.ts";
const RESUME_COPY = "continuations/resume-copy.ts";
const TRANSFER = "continuations/transfer.ts";
const ANALYSIS = "continuations/analysis.ts";
const OWNED_LOCALS = "continuations/owned-locals.ts";
const OWNED_CODE = "continuations/owned-code.ts";

/** Makes usual in the machine what seldom happens, so that the suites and a campaign are tests of that. */
export const RARE_PATHS: readonly Fault[] = Object.freeze([
  {
    name: "every other continuation has a stack of its own when it is used up, as those have that the host has seen",
    file: MACHINE,
    find: "  ;; Uses the guest's reference up: checks that",
    replace: `  (func $sometimes_kept (param $cont (ref $VMFrame)) (result (ref $VMFrame))
    (local $x i32)
    (local.set $x
      (i32.add
        (i32.mul (struct.get $VMStoreContext $chaos_state (global.get $context)) (i32.const 1664525))
        (i32.const 1013904223)))
    (struct.set $VMStoreContext $chaos_state (global.get $context) (local.get $x))
    (if (i32.or
          (i32.eq (struct.get $VMFrame $function (local.get $cont)) (i32.const -2))
          (i32.and (local.get $x) (i32.const 0x100000)))
      (then (return (local.get $cont))))
    (call $new_stack (call $new_frames (local.get $cont)) (ref.null $VMContRef) (i32.const 1)))

  ;; Uses the guest's reference up: checks that`,
  },
  {
    name: "the same, of those that a guest holds",
    file: MACHINE,
    find: `    (struct.set $VMContObj $frames (local.get $cont) (ref.null $VMFrame))
    (ref.as_non_null (local.get $frames)))`,
    replace: `    (struct.set $VMContObj $frames (local.get $cont) (ref.null $VMFrame))
    (call $sometimes_kept (ref.as_non_null (local.get $frames))))`,
  },
  {
    name: "the same, of those that are not boxed",
    file: MACHINE,
    find: `(then (call $trap (i32.const 2)) (unreachable)))
    (ref.as_non_null (local.get $frames)))

  ;; The same where`,
    replace: `(then (call $trap (i32.const 2)) (unreachable)))
    (call $sometimes_kept (ref.as_non_null (local.get $frames))))

  ;; The same where`,
  },
  {
    name: "the same, of those that may be either",
    file: MACHINE,
    find: `(then (return_call $consume (local.get $cont))))
    (ref.as_non_null (local.get $frames)))`,
    replace: `(then (return_call $consume (local.get $cont))))
    (call $sometimes_kept (ref.as_non_null (local.get $frames))))`,
  },
  {
    name: "the same, of those that are not boxed and switched to",
    file: MACHINE,
    find: `      (else
        (if (i32.eqz (call $switches_nearby (local.get $tag)))`,
    replace: `      (else
        (local.set $next (call $sometimes_kept (ref.as_non_null (local.get $next))))
        (if (i32.eqz (call $switches_nearby (local.get $tag)))`,
  },
  {
    name: "what a stack knows of its frames is made anew after every other use",
    file: MACHINE,
    find: "(struct.new $VMFrames (local.get $innermost) (ref.null $VMFrame) (i32.const 64))",
    replace: "(struct.new $VMFrames (local.get $innermost) (ref.null $VMFrame) (i32.const 2))",
  },
]);

export const FAULTS: readonly Fault[] = Object.freeze([
  {
    name: "a continuation can be used twice",
    file: MACHINE,
    find: "(struct.set $VMContObj $frames (local.get $cont) (ref.null $VMFrame))",
    replace: "(nop)",
  },
  {
    name: "the first handlers of a stack stay its handlers",
    file: MACHINE,
    find: "(if (i32.eqz (ref.eq (struct.get $VMContRef $handlers (local.get $stack)) (local.get $handlers)))",
    replace:
      "(if (ref.eq (struct.get $VMContRef $handlers (local.get $stack)) (struct.get $VMContRef $handlers (struct.get $VMStoreContext $none (global.get $context))))",
  },
  {
    name: "a continuation that is resumed by another forgets which one",
    file: MACHINE,
    find: "(then (struct.set $VMContRef $parent (local.get $base) (local.get $resumer))))",
    replace: "(then (nop)))",
  },
  {
    name: "a frame that returned is thrown into again",
    file: MACHINE,
    find: `            (local.set $mode (i32.const 0))
            (br $next)))
        (return_call $after_frame`,
    replace: `            (br $next)))
        (return_call $after_frame`,
  },
  {
    name: "a frame that threw is run again",
    file: MACHINE,
    find: `    (call $set_innermost (local.get $leaf) (struct.get $VMFrame $parent (local.get $frame)))
    ;; Out of the last frame`,
    replace: "    ;; Out of the last frame",
  },
  {
    name: "a frame whose function made a tail call stays linked",
    file: MACHINE,
    find: "(if (result (ref null $VMFrame)) (i32.eq (local.get $left) (i32.const -3))",
    replace: "(if (result (ref null $VMFrame)) (i32.const 0)",
  },
  {
    name: "unlinking the first frame of several loses the others",
    file: MACHINE,
    find: `(then (struct.get $VMFrame $parent (local.get $frame)))
              (else`,
    replace: `(then (ref.null $VMFrame))
              (else`,
  },
  {
    name: "a frame that is left again is not linked to those saved before",
    file: MACHINE,
    find: "(call $link_frame (local.get $frames) (local.get $frame))",
    replace: "(nop)",
  },
  {
    name: "after a switch away from several stacks the continuation runs under no handlers",
    file: MACHINE,
    find: "(struct.get $VMContRef $handlers (local.get $target))))",
    replace: "(struct.get $VMContRef $handlers (struct.get $VMStoreContext $none (global.get $context)))))",
  },
  {
    name: "a captured continuation forgets the outer ones captured with it",
    file: MACHINE,
    find: "(call $set_last_ancestor (local.get $suspended) (local.get $target))",
    replace: "(nop)",
  },
  {
    name: "a stack that was captured is used again",
    file: MACHINE,
    find: "    (call $detach (local.get $target))\n",
    replace: "",
  },
  {
    name: "captured stacks keep the handlers they had",
    file: MACHINE,
    find: "(if (i32.eqz (ref.eq (struct.get $VMContRef $handlers (local.get $base)) (local.get $handlers)))",
    replace: "(if (i32.const 0)",
  },
  {
    name: "stacks that an effect has passed are not counted",
    file: MACHINE,
    find: `    (struct.set $VMStoreContext $levels (global.get $context) (local.get $levels))
    (ref.null $VMContRef))`,
    replace: "    (ref.null $VMContRef))",
  },
  {
    name: "stacks captured together lose the arguments that they are bound to",
    file: MACHINE,
    find: `    (call $set_innermost (local.get $stack) (local.get $frame))
    (local.get $stack))

  ;; -- What runs`,
    replace: `    (local.get $stack))

  ;; -- What runs`,
  },
  {
    name: "after many switches the continuation handed over is the one that was first",
    file: MACHINE,
    find: `            (then
              (struct.set $VMStoreContext $captured (global.get $context) (local.get $frame))`,
    replace: `            (then
              (if (i32.ne (local.get $mode) (i32.const 1))
                (then (struct.set $VMStoreContext $captured (global.get $context) (local.get $frame))))`,
  },
  {
    name: "a switch is for the nearest handler, whatever its tag",
    file: MACHINE,
    find: `    (ref.eq
      (struct.get $VMTag $clauses (local.get $tag))
      (struct.get $VMHandlers $switch (struct.get $VMContRef $handlers (local.get $current)))))`,
    replace: "    (i32.const 1))",
  },
  {
    name: "a switch to what kept its stacks forgets the frame that is switched away from",
    file: MACHINE,
    find: `          (then
            (if (i32.ne
                  (struct.get $VMFrame $function (struct.get $VMStoreContext $next (global.get $context)))`,
    replace: `          (then
            (local.set $captured (struct.get $VMStoreContext $next (global.get $context)))
            (if (i32.ne
                  (struct.get $VMFrame $function (struct.get $VMStoreContext $next (global.get $context)))`,
  },
  {
    name: "what the host calls uses the stack that is running again",
    file: MACHINE,
    find: "    (call $set_child (ref.null $VMContRef) (ref.null $VMContRef))\n",
    replace: "",
  },
  {
    name: "the last clause of a handler is not found",
    file: MACHINE,
    find: "(br_if $none (i32.ge_u (local.get $i) (array.len (local.get $tags))))",
    replace: "(br_if $none (i32.ge_u (i32.add (local.get $i) (i32.const 1)) (array.len (local.get $tags))))",
  },
  {
    name: "a switch finds the clauses of suspends",
    file: MACHINE,
    find: "(then (struct.get $VMHandlers $switch (local.get $handlers)))",
    replace: "(then (struct.get $VMHandlers $suspend (local.get $handlers)))",
  },
  {
    name: "a resume site on the heap is entered with the wrong clause",
    file: MACHINE,
    find: "(ref.as_non_null (local.get $parent)) (local.get $base) (i32.add (local.get $clause) (i32.const 1)))))",
    replace: "(ref.as_non_null (local.get $parent)) (local.get $base) (i32.const 1))))",
  },
  {
    name: "a tag takes any clauses for those that it was found among last",
    file: MACHINE,
    find: "(if (ref.eq (struct.get $VMTag $clauses (local.get $tag)) (local.get $tags))",
    replace: "(if (i32.eqz (ref.is_null (struct.get $VMTag $clauses (local.get $tag))))",
  },
  {
    name: "calls from the host run on the stack that was running",
    file: MACHINE,
    find: `    (call $start_from (ref.null $VMContRef))
    (local.get $current))`,
    replace: "    (local.get $current))",
  },
  {
    name: "the stack that was running is not put back after a call from the host",
    file: MACHINE,
    find: "(call $start_from (ref.cast (ref null $VMContRef) (local.get $current)))",
    replace: "(drop (ref.cast (ref null $VMContRef) (local.get $current)))",
  },
  {
    name: "branches keep nothing alive",
    file: LIVENESS,
    find: "          this.#merge(0, this.#target(operand));\n          break;\n        case EVENT.leave:",
    replace: "          break;\n        case EVENT.leave:",
  },
  {
    name: "exception handlers keep nothing alive",
    file: LIVENESS,
    find: "if (handlers !== 0) this.#merge(0, handlers);",
    replace: "",
  },
  {
    name: "loops are walked once",
    file: LIVENESS,
    find: "if (this.#merge((2 + operand) * width, 0)) grew = true;",
    replace: "this.#merge((2 + operand) * width, 0);",
  },
  {
    name: "the else arm of an if keeps nothing alive",
    file: LIVENESS,
    find: "    this.#copy(after + this.#width, 0);\n    this.#copy(0, after);",
    replace: "    this.#sets.fill(0, after + this.#width, after + 2 * this.#width);\n    this.#copy(0, after);",
  },
  {
    name: "constructs inside of each other share the places for what is below them",
    file: "continuations/spills.ts",
    find: "return known.locals[known.used++] as number;",
    replace: "return known.locals[known.used] as number;",
  },
  {
    name: "handlers' labels keep nothing alive at a resume",
    file: SCAN,
    find: "      this.#events.add(EVENT.branch, handler.label);\n",
    replace: "",
  },
  {
    name: "operands of one type share a field",
    file: "continuations/frame-layout.ts",
    find: "seen.set(key, ordinal + 1);",
    replace: "seen.set(key, ordinal);",
  },
  {
    name: "sites that share a save label are all taken for the first",
    file: COPY,
    find: "if (group.count < 2 || this.#site === undefined) this.code.i32(group.first.index);",
    replace: "if (group.count >= 2 || this.#site === undefined) this.code.i32(group.first.index);",
  },
  {
    name: "the clauses of a resume are off by one",
    file: "continuations/code.ts",
    find: '        this.i32(k);\n        this.op(OP["i32.eq"]);',
    replace: '        this.i32(k + 1);\n        this.op(OP["i32.eq"]);',
  },
  {
    name: "operands below a construct are not kept",
    file: COPY,
    find: "    if (beneath.length === 0) return;",
    replace: "    if (beneath.length !== 1) return;",
  },
  {
    name: "a loop lands again in its second turn",
    file: RESUME_COPY,
    find: "    code.i32(0);\n    code.set(this.#at);\n",
    replace: "",
  },
  {
    name: "exceptions arrive outside of the handlers around the site",
    file: RESUME_COPY,
    find: "if (!this.#catches) emitRethrow(lowering, code);",
    replace: "emitRethrow(lowering, code);",
  },
  {
    name: "ifs are landed on in the wrong arm",
    file: RESUME_COPY,
    find: `code.op(OP["i32.lt_u"]);`,
    replace: `code.op(OP["i32.ge_u"]);`,
  },
  {
    name: "a dispatch table begins one too late",
    file: RESUME_COPY,
    find: "    code.i32(first);\n",
    replace: "    code.i32(first + 1);\n",
  },
  {
    name: "a function that was left by a tail-called one says that its frame is there",
    file: "continuations/resume-function.ts",
    find: "code.i32(LEFT_WITHOUT_FRAME);",
    replace: "code.i32(LEFT);",
  },
  {
    name: "a second value of a kind takes the place of the first",
    file: TRANSFER,
    find: "used.set(kind, count + 1);",
    replace: "used.set(kind, count);",
  },
  {
    name: "of the values beyond the transfer area's slots only the first arrives",
    file: TRANSFER,
    find: `code.index2(OP["struct.get"], struct, -1 - place);`,
    replace: `code.index2(OP["struct.get"], struct, kinds.indexOf(kind) < 0 ? -1 - place : overflow.indexOf(kind));`,
  },
  {
    name: "functions that call indirectly are taken not to suspend",
    file: ANALYSIS,
    find: "        for (const x of graph.indirect) mark(x);\n",
    replace: "",
  },
  {
    name: "callers of callers are taken not to suspend",
    file: ANALYSIS,
    find: "graph.forEachCaller(x, mark);",
    replace: "if (work.length < 3) graph.forEachCaller(x, mark);",
  },
  {
    name: "bound arguments come behind the others",
    file: "continuations/new-continuations.ts",
    find: "      emitTakeArguments(lowering, code, params.slice(count));\n      emitPut(code, lowering.types, params);",
    replace:
      "      emitTakeArguments(lowering, code, params.slice(count));\n      emitPut(code, lowering.types, params.toReversed());",
  },
  {
    name: "a local that alone holds a continuation keeps it once it is used up",
    file: OWNED_CODE,
    find: "    this.#code.zero(CONTINUATION);\n    this.#set(raw);\n  }",
    replace: "  }",
  },
  {
    name: "a local that held an unboxed continuation is not consumed but as it was before",
    file: OWNED_CODE,
    find: "      this.#consumed(type);\n      this.#set(boxed);\n",
    replace: "",
  },
  {
    name: "frames keep unboxed continuations only",
    file: OWNED_LOCALS,
    find: "const savesBoxed = boxed !== undefined && (isDoubtful || unclear.some((site) => isSaved(site, x)));",
    replace: "const savesBoxed = false;",
  },
  {
    name: "a local counts as set where only one path has set it",
    file: OWNED_LOCALS,
    find: "      if (candidate.setAt >= depth) candidate.setAt = 0;\n",
    replace: "",
  },
  {
    name: "what a local holds at the start of a loop is taken to be what it holds in each turn",
    file: OWNED_LOCALS,
    find: "    for (const candidate of this.#candidates.values()) candidate.rawAt = 0;\n",
    replace: "",
  },
  {
    name: "a continuation that is copied to another local is taken to be moved",
    file: OWNED_LOCALS,
    find: "      if (!isLast(i)) owned.delete(from);\n",
    replace: "",
  },
] satisfies readonly Fault[]);
