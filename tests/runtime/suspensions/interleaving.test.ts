/** Many asynchronous calls of one store in flight at once, going on in any order. */
import { expect, test } from "@jest/globals";
import { Engine, type EngineOptions, Instance, Module, Store } from "../../../runtime/index.ts";
import { parseText } from "../../../wasm/text.ts";

/**
 * Adds what the host tells, from within recursion, generators and references: `run x` computes a number that depends on
 * every value that its own helper calls returned, and on their order.
 */
const GUEST = `(module
  (type $step (func (param i32 i32) (result i32)))
  (type $gen (func (param i32)))
  (type $ct (cont $gen))
  (type $box (struct (field (mut i64))))
  (import "env" "ask" (func $ask (type $step)))
  (tag $yield (param i32) (result i32))
  (table 1 funcref) (elem (i32.const 0) $ask)
  (elem declare func $generate)

  (func $recurse (param $id i32) (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $id))))
    (i32.add
      (i32.mul (i32.const 31) (call $recurse (local.get $id) (i32.sub (local.get $n) (i32.const 1))))
      (call_indirect (type $step) (local.get $id) (local.get $n) (i32.const 0))))

  (func $generate (param $id i32) (local $i i32)
    (loop $next
      (drop (suspend $yield (call $ask (local.get $id) (local.get $i))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))))

  (func (export "run") (param $id i32) (result i64)
    (local $box (ref null $box)) (local $ct (ref null $ct)) (local $payload i32)
    (local.set $box (struct.new $box (i64.extend_i32_u (call $recurse (local.get $id) (i32.const 3)))))
    (local.set $ct (cont.new $ct (ref.func $generate)))
    (block $done
      (loop $next
        (block $on_yield (result i32 (ref $ct))
          (resume $ct (on $yield $on_yield) (local.get $id) (local.get $ct))
          (br $done))
        (local.set $ct)
        (local.set $payload)
        (struct.set $box 0 (local.get $box)
          (i64.add
            (i64.mul (struct.get $box 0 (local.get $box)) (i64.const 37))
            (i64.extend_i32_s (local.get $payload))))
        (br $next)))
    (struct.get $box 0 (local.get $box))))`;

function answer(id: number, n: number): number {
  return (Math.imul(id, 7) + n) | 0;
}

/** What `run` returns. */
function expected(id: number): bigint {
  let sum = id;
  for (let n = 1; n <= 3; n++) sum = (Math.imul(31, sum) + answer(id, n)) | 0;
  let total = BigInt(sum >>> 0);
  for (let i = 0; i < 3; i++) total = BigInt.asIntN(64, total * 37n + BigInt(answer(id, i)));
  return total;
}

/** xorshift32 */
function random(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const MODES: readonly (readonly [string, EngineOptions])[] = [
  ["normal", {}],
  ["chaos, seed 1", { chaos: 1 }],
  ["chaos, seed 99", { chaos: 99 }],
  ["resume copies on demand", { resumeCopies: "on-demand" }],
];

test.each(MODES)("1,000 calls wait at once, and go on in a random order: %s", async (_, options) => {
  const COUNT = 1000;
  const next = random(0xc0ffee);
  const waiting: (() => void)[] = [];
  let most = 0;
  const ask = async (id: number, n: number): Promise<number> => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return answer(id, n);
  };
  const engine = new Engine(options);
  const module = new Module(engine, await parseText(GUEST));
  const instance = new Instance(new Store(engine), module, { env: { ask } });

  let running = COUNT;
  const calls = Array.from({ length: COUNT }, async (_each, id) => {
    const result = await instance.callAsync("run", [id]);
    running--;
    return result;
  });
  while (running > 0) {
    most = Math.max(most, waiting.length);
    // A random one of those that wait, or several at once.
    for (let count = 1 + (next() % 3); count > 0 && waiting.length > 0; count--) {
      const [resolve] = waiting.splice(next() % waiting.length, 1);
      resolve?.();
    }
    // Sometimes only promises get their turn, sometimes the whole event loop.
    if (next() % 8 === 0) await new Promise((resolve) => void setImmediate(resolve));
    else for (let turn = next() % 12; turn >= 0; turn--) await Promise.resolve();
  }
  expect(await Promise.all(calls)).toEqual(Array.from({ length: COUNT }, (_each, id) => expected(id)));
  expect(most).toBe(COUNT);
});
