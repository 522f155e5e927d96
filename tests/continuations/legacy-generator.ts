/**
 * Random programs of nested legacy constructs. All of them are valid, and none runs on without end: loops and functions use
 * up fuel, which is a trap when it is gone. What they do depends on the numbers that the import `next` gives them.
 */

type Type = "i32" | "i64" | "f64" | "externref";

interface Label {
  /** What a branch to it takes. */
  readonly types: readonly Type[];
  /** Whether `rethrow` may name it. */
  readonly isClause: boolean;
}

const TAGS: Readonly<Record<string, readonly Type[]>> = Object.freeze({ $e: ["i32"], $f: ["i64", "f64"], $n: [] });

export const GENERATOR_IMPORTS = `
  (import "js" "next" (func $next (result i32)))
  (import "js" "log64" (func $log64 (param i64)))`;

/** Fields of a module with functions `run0`, `run1`, ..., each of which may call those before it. */
export function randomFunctions(seed: number, count: number): string {
  const random = randomNumbers(seed);
  const functions = Array.from({ length: count }, (_, i) => new Generator(random, i).function());
  return `
    (global $fuel (export "fuel") (mut i32) (i32.const 0))
    (func $tick
      (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
      (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then unreachable)))
    ${functions.join("\n")}`;
}

/** Numbers from 0 up to `limit`, exclusive, always the same for a seed (xorshift). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

class Generator {
  readonly #random: (limit: number) => number;
  readonly #index: number;
  readonly #out: string[] = [];
  readonly #labels: Label[] = [{ types: ["i32"], isClause: false }];
  #nextNote = 0;
  #budget: number;

  constructor(random: (limit: number) => number, index: number) {
    this.#random = random;
    this.#index = index;
    this.#budget = 10 + random(30);
  }

  function(): string {
    const name = `run${this.#index}`;
    this.#emit(`(func $${name} (export "${name}") (param $a i32) (result i32)`);
    this.#emit("(local $b i32) (local $x i64) (local $r externref) call $tick");
    this.#body(["i32"]);
    return `${this.#out.join(" ")})`;
  }

  #emit(text: string): void {
    this.#out.push(text);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)] as T;
  }

  #types(): Type[] {
    const count = this.#pick([0, 0, 0, 1, 1, 2]);
    return Array.from({ length: count }, () => this.#pick(["i32", "i32", "i64", "f64", "externref"]));
  }

  /** Statements, and the results unless the end is not reached. */
  #body(results: readonly Type[]): void {
    for (let count = 1 + this.#random(4); count > 0; count--) {
      if (this.#statement() && this.#random(4) > 0) return;
    }
    this.#produce(results);
  }

  #produce(types: readonly Type[]): void {
    for (const type of types) {
      if (type === "i32") this.#emit(this.#number());
      else if (type === "i64") this.#emit(this.#pick(["(i64.const 64)", "(local.get $x)"]));
      else if (type === "f64") this.#emit("(f64.const 1.5)");
      else this.#emit(this.#pick(["(ref.null extern)", "(local.get $r)"]));
    }
  }

  #number(): string {
    return this.#pick([
      `(i32.const ${this.#random(100)})`,
      "(local.get $a)",
      "(local.get $b)",
      "(i32.wrap_i64 (local.get $x))",
      "(call $next)",
    ]);
  }

  #consume(types: readonly Type[]): void {
    for (const type of types.toReversed()) {
      if (type === "i32") this.#emit(this.#pick(["call $log", "local.set $a", "local.set $b"]));
      else if (type === "i64") this.#emit(this.#pick(["call $log64", "local.set $x"]));
      else this.#emit(type === "f64" ? "drop" : this.#pick(["drop", "local.set $r"]));
    }
  }

  /** Emits a statement; whether what follows is not reached. */
  #statement(): boolean {
    this.#budget--;
    const choice = this.#random(this.#budget > 0 && this.#labels.length < 9 ? 30 : 14);
    if (choice < 2) this.#emit(`(call $log (i32.const ${1000 * this.#index + this.#nextNote++}))`);
    else if (choice < 4) this.#emit(`(call $log ${this.#number()})`);
    else if (choice < 8) this.#emit("(call $throw (call $next))");
    else if (choice < 9 && this.#index > 0)
      this.#emit(`(drop (call $run${this.#random(this.#index)} ${this.#number()}))`);
    else if (choice < 11) return this.#rethrow();
    else if (choice < 14) return this.#branch();
    else if (choice < 26) this.#withOperands(() => this.#try());
    else this.#withOperands(() => this.#block(this.#pick(["block", "loop", "if"])));
    return false;
  }

  /** With operands beneath, which have to be there afterwards. */
  #withOperands(construct: () => void): void {
    const beneath = this.#types();
    this.#produce(beneath);
    construct();
    this.#consume(beneath);
  }

  #rethrow(): boolean {
    const clauses = this.#labels.flatMap(({ isClause }, i) => (isClause ? [this.#labels.length - 1 - i] : []));
    if (clauses.length > 0) this.#emit(`rethrow ${this.#pick(clauses)}`);
    else {
      const [tag, types] = this.#pick(Object.entries(TAGS));
      this.#produce(types);
      this.#emit(`throw ${tag}`);
    }
    return true;
  }

  #branch(): boolean {
    const depth = this.#random(this.#labels.length);
    const { types } = this.#labels[this.#labels.length - 1 - depth] as Label;
    const kind = this.#random(6);
    this.#produce(types);
    if (kind < 4) {
      this.#emit(`${this.#number()} br_if ${depth}`);
      this.#consume(types);
      return false;
    }
    const same = this.#labels.flatMap((label, i) =>
      label.types.join() === types.join() ? [this.#labels.length - 1 - i] : [],
    );
    this.#emit(kind === 4 ? `br ${depth}` : `${this.#number()} br_table ${same.join(" ")}`);
    return true;
  }

  #header(keyword: string, params: readonly Type[], results: readonly Type[]): void {
    this.#emit(`${keyword} (param ${params.join(" ")}) (result ${results.join(" ")})`);
  }

  #block(keyword: "block" | "loop" | "if"): void {
    const params = this.#types();
    const results = this.#types();
    this.#produce(params);
    if (keyword === "if") this.#emit(this.#number());
    this.#header(keyword, params, results);
    this.#labels.push({ types: keyword === "loop" ? params : results, isClause: false });
    if (keyword === "loop") this.#emit("call $tick");
    this.#consume(params);
    this.#body(results);
    if (keyword === "if") {
      this.#emit("else");
      this.#consume(params);
      this.#body(results);
    }
    this.#labels.pop();
    this.#emit("end");
    this.#consume(results);
  }

  #try(): void {
    const params = this.#types();
    const results = this.#types();
    this.#produce(params);
    this.#header("try", params, results);
    this.#labels.push({ types: results, isClause: false });
    this.#consume(params);
    this.#body(results);
    this.#labels.pop();
    if (this.#random(3) === 0) this.#emit(`delegate ${this.#random(this.#labels.length)}`);
    else {
      this.#labels.push({ types: results, isClause: true });
      for (let count = this.#random(3); count > 0; count--) this.#clause(this.#pick(Object.keys(TAGS)), results);
      if (this.#random(2) === 0) this.#clause(undefined, results);
      this.#labels.pop();
      this.#emit("end");
    }
    this.#consume(results);
  }

  #clause(tag: string | undefined, results: readonly Type[]): void {
    this.#emit(tag === undefined ? "catch_all" : `catch ${tag}`);
    if (tag !== undefined) this.#consume(TAGS[tag] ?? []);
    this.#body(results);
  }
}
