/** Programs with legacy exceptions, and what they do. */

export interface Program {
  readonly name: string;
  /** Fields of a module; the export `run` takes an i32. */
  readonly text: string;
  /** For each argument from 0 on the outcome of `run` (exception-runs.ts), followed by what was logged. */
  readonly calls: readonly string[];
}

/** `throw`: 0 returns, 1 throws $e(10), 2 $f(20, 2.5), 3 $n, 4 an object of JavaScript's, 5 traps. */
const PRELUDE = `
  (import "js" "log" (func $log (param i32)))
  (import "js" "throw" (func $js))
  (tag $e (export "$e") (param i32))
  (tag $f (export "$f") (param i64 f64))
  (tag $n (export "$n"))
  (func $throw (param i32)
    block block block block block block
      local.get 0 br_table 0 1 2 3 4 5
    end return
    end (throw $e (i32.const 10))
    end (throw $f (i64.const 20) (f64.const 2.5))
    end (throw $n)
    end (call $js) return
    end unreachable)`;

export const THROW = "(call $throw (local.get $k))";
export const TRAP = "trap: unreachable";

/** The text of a program's module; what it imports besides the prelude's comes first. */
export function withPrelude(text: string, imports = ""): string {
  return `(module ${imports} ${PRELUDE} ${text})`;
}

/** A function `run` with this body; its parameter is `$k`. */
export function run(body: string): string {
  return `(func (export "run") (param $k i32) (result i32) ${body})`;
}

export const PROGRAMS: readonly Program[] = Object.freeze([
  {
    name: "catch",
    text: run(`try (result i32) ${THROW} i32.const 1 catch $e end`),
    calls: ["1", "10", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "several clauses, of which the first that matches counts",
    text: run(`try (result i32) ${THROW} i32.const 1
      catch $f drop i32.wrap_i64 catch $n i32.const 3 catch $e catch $e drop i32.const 99 end`),
    calls: ["1", "10", "20", "3", "js object", TRAP],
  },
  {
    name: "clauses and catch_all",
    text: run(`try (result i32) ${THROW} i32.const 1 catch $e catch_all i32.const 4 end`),
    calls: ["1", "10", "4", "4", "4", TRAP],
  },
  {
    name: "a try without clauses",
    text: run(`try (result i32) try (result i32) ${THROW} i32.const 1 end catch $e end`),
    calls: ["1", "10", "$f(20,2.5)"],
  },
  {
    name: "parameters, several results, and operands beneath",
    text: run(`i32.const 1000 i32.const 7 i64.const 70
      try (param i32 i64) (result i64 i32) ${THROW} i32.wrap_i64 local.set $k i64.extend_i32_s local.get $k
      catch $e local.set $k i64.const 5 local.get $k
      catch $f drop i32.const 8 end
      local.set $k i32.wrap_i64 i32.add local.get $k i32.add`),
    calls: ["1077", "1015", "1028", "$n()"],
  },
  {
    name: "what a clause throws is not for the same try",
    text: run(`try (result i32)
      try (result i32) ${THROW} i32.const 1
      catch $e (i64.extend_i32_s) (f64.const 0) (throw $f)
      catch $f (throw $n)
      catch_all (throw $e (i32.const 11)) end
      catch $e (i32.add (i32.const 100)) catch $f drop i32.wrap_i64 catch $n i32.const 3 end`),
    calls: ["1", "10", "3", "111", "111", TRAP],
  },
  {
    name: "rethrow from a catch, its payload used before",
    text: run(`try (result i32)
      try (result i32) ${THROW} i32.const 1 catch $e (call $log) (rethrow 0) catch_all (call $log (i32.const -1)) rethrow 0 end
      catch $e catch $n i32.const 3 end`),
    calls: ["1", "10 10", "$f(20,2.5) -1", "3 -1", "js object -1", TRAP],
  },
  {
    name: "rethrow from blocks, loops and ifs of a catch",
    text: run(`try (result i32)
      try $t (result i32) ${THROW} i32.const 1
      catch $e drop block loop (if (local.get $k) (then rethrow $t)) end end i32.const 0
      catch_all (block $b (loop $l (br_if $b (i32.eq (local.get $k) (i32.const 3)))
        (call $log (local.get $k)) (br_if $l (i32.ne (local.tee $k (i32.const 3)) (i32.const 3))) (rethrow $t))) i32.const 5 end
      catch $e (i32.add (i32.const 1)) end`),
    calls: ["1", "11", "$f(20,2.5) 2", "5", "js object 4", TRAP],
  },
  {
    name: "rethrow of the outer of two caught exceptions",
    text: run(`try $outer (result i32) ${THROW} i32.const 1
      catch_all try $inner (result i32) (throw $e (i32.const 50)) catch $e (call $log)
        try (result i32) (throw $n) catch $n (br_if $inner (i32.const 9) (i32.eq (local.get $k) (i32.const 2))) drop
          (if (result i32) (i32.eq (local.get $k) (i32.const 3)) (then rethrow $inner) (else rethrow $outer)) end end end`),
    calls: ["1", "$e(10) 50", "9 50", "$e(50) 50", "js object 50", TRAP],
  },
  {
    name: "rethrow into a try of the same catch",
    text: run(`try $t (result i32) ${THROW} i32.const 1
      catch_all try (result i32) rethrow $t catch $e (i32.add (i32.const 1)) catch $n i32.const 33 end end`),
    calls: ["1", "11", "$f(20,2.5)", "33", "js object", TRAP],
  },
  {
    name: "a catch that is entered again and again",
    text: run(`(local $i i32)
      (loop $next
        try try $t (call $throw (local.get $i)) catch $n (call $log (i32.const 3)) catch_all
          (if (i32.gt_u (local.get $i) (local.get $k)) (then rethrow $t)) (call $log (local.get $i))
        end catch $f drop drop end
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
      local.get $i`),
    calls: ["$e(10)", "js object 1 3", "js object 1 2 3", "js object 1 2 3", "5 1 2 3 4"],
  },
  {
    name: "every activation has its own exception",
    text: `(func $f (param $n i32) (param $k i32)
        try (throw $e (local.get $n)) catch $e (call $log)
          (if (local.get $n) (then try (call $f (i32.sub (local.get $n) (i32.const 1)) (local.get $k)) catch $e (call $log) end))
          (if (i32.le_u (local.get $n) (local.get $k)) (then rethrow 1)) end)
      ${run("(call $f (i32.const 3) (local.get $k)) i32.const 7")}`,
    calls: ["7 3 2 1 0 0", "7 3 2 1 0 0 1", "7 3 2 1 0 0 1 2", "$e(3) 3 2 1 0 0 1 2"],
  },
  {
    name: "branches to a try, from its body and its clauses",
    text: run(`(i32.add (i32.const 1000)
      (block (result i32) try $t (result i32)
        (drop (br_if $t (i32.const 6) (i32.eqz (local.get $k)))) ${THROW} i32.const 1
        catch $e (br_if $t (i32.const 10)) (unreachable)
        catch $f drop drop block (i32.const 20) (br_table 1 1 1 (local.get $k)) end unreachable
        catch_all (loop (br $t (local.get $k))) unreachable end))`),
    calls: ["1006", "1010", "1020", "1003", "1004", TRAP],
  },
  {
    name: "branches out of tries to blocks and loops",
    text: run(`(local $i i32)
      (block $out (result i32) (loop $again (result i32)
        try (result i32) ${THROW} (br $out (i32.add (local.get $i) (i32.const 1)))
        catch $e (call $log) (local.set $k (i32.const 3)) (local.set $i (i32.const 40)) (br $again)
        catch $n (local.set $k (i32.const 0)) (br_if $out (i32.const 2) (i32.eqz (local.get $i))) drop (br $again)
        catch_all (return (i32.const 4)) end))`),
    calls: ["1", "41 10", "4", "2", "4", TRAP],
  },
  {
    name: "tries in clauses",
    text: run(`try (result i32) ${THROW} i32.const 1
      catch $e try (param i32) (result i32) (throw $n) drop i32.const 0 catch $n i32.const 31 end
      catch_all try (result i32) (call $throw (i32.const 1)) i32.const 0 catch $n i32.const 0 catch $e
        try (param i32) (result i32) (call $throw (i32.const 4)) catch_all i32.const 32 end end end`),
    calls: ["1", "31", "32", "32", "32", TRAP],
  },
  {
    name: "tries in the arms of an if, with else",
    text: run(`(if (result i32) (i32.and (local.get $k) (i32.const 1))
      (then try (result i32) ${THROW} i32.const 1 catch $e end)
      (else try (result i32) ${THROW} i32.const 1 catch $f drop i32.wrap_i64 end))`),
    calls: ["1", "10", "20", "$n()", "js object", TRAP],
  },
  {
    name: "code that is not reached",
    text: run(`try (result i32) ${THROW} i32.const 1 return
        try (param i32) throw $e catch $e rethrow 0 catch_all br 0 end
        try br 0 catch_all try rethrow 1 delegate 0 end drop
      catch $e return try $t catch $n rethrow $t end
      catch $n rethrow 0 i32.add try (param i32) (result i32) delegate 0
      catch_all unreachable try unreachable drop delegate 0 end`),
    calls: ["1", "10", TRAP, "$n()", TRAP, TRAP],
  },
  {
    name: "returns and tail calls leave the handlers behind",
    text: `(func $id (param $k i32) (result i32) ${THROW} i32.const 1)
      ${run("try (result i32) (if (local.get $k) (then (return_call $id (local.get $k)))) (return (i32.const 8)) catch_all i32.const 9 end")}`,
    calls: ["8", "$e(10)", "$f(20,2.5)", "$n()", "js object", TRAP],
  },
  {
    name: "locals without a default value",
    text: `(type $s (struct (field i32)))
      ${run(`(local $s (ref $s)) (local.set $s (struct.new $s (i32.const 3)))
        try (local.set $s (struct.new $s (i32.const 4))) ${THROW} (local.set $s (struct.new $s (i32.const 5)))
        catch $n catch $e (local.set $s (struct.new $s)) end (struct.get $s 0 (local.get $s))`)}`,
    calls: ["5", "10", "$f(20,2.5)", "4"],
  },
  {
    name: "payloads of every type",
    text: `(type $s (struct (field i32))) (type $a (array i8)) (type $ft (func (result i32)))
      (tag $all (export "$all") (param i32 i64 f32 f64 v128 funcref (ref $ft) externref (ref extern) anyref (ref $s) (ref null $a) i31ref))
      (func $seven (export "seven") (type $ft) (i32.const 7))
      (func $go
        (throw $all (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i32x4 5 6 7 8)
          (ref.func $seven) (ref.func $seven) (ref.null extern) (ref.as_non_null (extern.convert_any (ref.i31 (i32.const 9))))
          (ref.i31 (i32.const 10)) (struct.new $s (i32.const 11)) (array.new $a (i32.const 12) (i32.const 2)) (ref.i31 (i32.const 13))))
      ${run(`(local $r i32)
        try (call $throw (if (result i32) (i32.eq (local.get $k) (i32.const 4)) (then (i32.const 4)) (else (i32.const 0))))
          try $t (call $go) catch $all
            (call $log (i31.get_s)) (call $log (array.get_u $a (i32.const 1))) (call $log (struct.get $s 0))
            (call $log (i31.get_s (ref.cast i31ref))) (call $log (i31.get_s (ref.cast i31ref (any.convert_extern))))
            (call $log (ref.is_null)) (call $log (call_ref $ft)) (call $log (ref.is_null))
            (call $log (i32x4.extract_lane 3)) (call $log (i32.trunc_f64_s)) (call $log (i32.trunc_f32_s)) (call $log (i32.wrap_i64)) (call $log)
            (if (local.get $k) (then rethrow $t)) end
        catch $all drop drop drop drop drop drop drop drop drop drop drop drop local.set $r
        end local.get $r`)}`,
    calls: [
      "0 13 12 11 10 9 1 7 0 8 4 3 2 1",
      "1 13 12 11 10 9 1 7 0 8 4 3 2 1",
      "1 13 12 11 10 9 1 7 0 8 4 3 2 1",
      "1 13 12 11 10 9 1 7 0 8 4 3 2 1",
      "js object",
    ],
  },
]);
