/** Programs that delegate exceptions. */
import { type Program, run, THROW, TRAP } from "./legacy-programs.ts";

export const DELEGATE_PROGRAMS: readonly Program[] = Object.freeze([
  {
    name: "delegate to the try around it",
    text: run(`try $t (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate past a try",
    text: run(`try $t (result i32)
      try (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch_all (call $log (i32.const -1)) i32.const 2 end
      catch $e catch_all (call $log (local.get $k)) rethrow $t end`),
    calls: ["1", "10", "$f(20,2.5) 2", "$n() 3", "js object 4", TRAP],
  },
  {
    name: "delegate to blocks, loops and ifs means the handler beyond",
    text: run(`try (result i32)
      (if (result i32) (i32.lt_u (local.get $k) (i32.const 9)) (then
        block $b (result i32) loop $l (result i32)
          try (result i32)
            try (result i32) ${THROW} i32.const 1 delegate $l
            drop try (result i32) (call $throw (i32.const 3)) i32.const 2 delegate $b
          catch_all i32.const 3 end
        end end) (else unreachable))
      catch $e catch $n i32.const 4 end`),
    calls: ["4", "10", "$f(20,2.5)", "4", "js object", TRAP],
  },
  {
    name: "delegate to the caller",
    text: `(func $f (param $k i32) (result i32)
        try (result i32) block (result i32)
          try (result i32) ${THROW} i32.const 1 delegate 2 end catch_all (call $log (i32.const -1)) i32.const 2 end)
      ${run("try (result i32) (call $f (local.get $k)) catch $e end")}`,
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate to the caller, results on the stack and branches to the function's label",
    text: run(`try (result i32)
      try (result i32) ${THROW} (i32.const 1) (br_if 2 (i32.const 77) (i32.const 0)) drop delegate 1 drop
      (br_if 1 (i32.const 6) (i32.eqz (local.get $k)))
      catch_all i32.const 2 end`),
    calls: ["6", "$e(10)", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate in a clause goes to the handler beyond its try",
    text: run(`try $outer (result i32)
      try $t (result i32) (throw $n)
      catch $n
        try (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch_all i32.const 2 end
      catch_all i32.const 3 end
      catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate past a delegate, which sees nothing of it",
    text: run(`try $a (result i32)
      try $b (result i32)
        try $c (result i32)
          try (result i32) ${THROW} i32.const 1 delegate $a
        delegate 2
      catch_all i32.const 2 end
      catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate to a delegate, which delegates it further",
    text: run(`try $a (result i32)
      try $b (result i32)
        try $c (result i32)
          try (result i32) try (result i32) ${THROW} i32.const 1 delegate $c catch_all i32.const 3 end
        delegate $a
      catch_all i32.const 2 end
      catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "delegate to a try without clauses means the handler beyond",
    text: run(`try (result i32)
      try $t (result i32)
        try (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch_all i32.const 3 end
      end
      catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "several delegates to one try with parameters, which also throws itself",
    text: run(`i32.const 500 i32.const 7 i64.const 8
      try $t (param i32 i64) (result i32 i32)
        i32.wrap_i64
        try (param i32) (result i32)
          try (param i32) (result i32) i32.const 1 i32.add ${THROW} delegate $t
          try (param i32) (result i32) (call $throw (i32.add (local.get $k) (i32.const 1))) delegate $t
        catch_all i32.const -1 end
      catch $e i32.const 100 catch $f drop i32.wrap_i64 i32.const 200 catch $n i32.const 300 i32.const 0 end
      i32.add i32.add`),
    calls: ["610", "610", "720", "800", "js object", TRAP],
  },
  {
    name: "a delegated exception is rethrown with its identity",
    text: run(`try $t (result i32)
      try (result i32) try (result i32) ${THROW} i32.const 1 delegate $t catch_all i32.const 2 end
      catch_all (call $log (i32.const 0)) try try rethrow $t delegate 1 catch_all (call $log (i32.const -1)) end i32.const 5 end`),
    calls: ["1", "$e(10) 0", "$f(20,2.5) 0", "$n() 0", "js object 0", TRAP],
  },
  {
    name: "delegate in a loop, branches past the target",
    text: run(`(local $i i32)
      block $out (result i32) loop $l (result i32) try $t (result i32)
        (call $log (local.get $i))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        try (result i32)
          try (result i32) (call $throw (local.get $k)) (br $out (i32.const 1)) delegate $t
          (br_if $l (i32.const 0))
        catch_all i32.const 2 end
      catch $e (br_if $out (i32.gt_u (local.get $i) (i32.const 2))) drop (br $l)
      catch_all (br_if $l (i32.lt_u (local.get $i) (local.get $k))) rethrow $t end end end`),
    calls: ["1 0", "10 0 1 2", "$f(20,2.5) 0 1", "$n() 0 1 2", "js object 0 1 2 3", TRAP + " 0"],
  },
  {
    name: "delegates that are not reached",
    text: run(`try $t (result i32) ${THROW} (br $t (i32.const 1))
        try try (result i32) unreachable delegate $t drop catch_all try delegate $t end
      catch $e return try (result i32) try (result i32) unreachable delegate 2 catch_all unreachable end end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
]);
