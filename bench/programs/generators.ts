/**
 * The programs of this folder with JavaScript's generators. There is no switch: where a program switches, its generators yield
 * to a loop that goes on with the other.
 */
import type { Run } from "../programs.ts";
import { Ring } from "./ring.ts";

function* produce(depth: number): Generator<number, void> {
  if (depth > 1) yield* produce(depth - 1);
  else for (let value = 0; ; value++) yield value;
}

function* walk(memory: Int32Array, node: number, nodes: number): Generator<number, void> {
  if (node > nodes) return;
  yield* walk(memory, 2 * node, nodes);
  yield memory[node] ?? 0;
  yield* walk(memory, 2 * node + 1, nodes);
}

function* play(): Generator<number, number, number> {
  let ball = yield 0;
  for (let switched = 0; ; switched++) {
    if (ball === 0) return switched;
    ball = yield ball - 1;
  }
}

// oxlint-disable-next-line require-yield -- it is a generator because its callers are
function* finish(id: number): Generator<void, number> {
  return id + 1;
}

function* pauseAndFinish(id: number): Generator<void, number> {
  yield;
  return id + 1;
}

const ASK = 0;
function* work(count: number): Generator<number, number, number> {
  let sum = 0;
  for (; count > 0; count--) sum += yield ASK;
  return sum;
}

function* nest(levels: number, count: number): Generator<number, number, number> {
  const inner = levels === 1 ? work(count) : nest(levels - 1, count);
  let { done, value } = inner.next();
  while (done !== true) {
    if (value !== ASK) throw new Error("not for anybody");
    ({ done, value } = inner.next(yield value));
  }
  return value;
}

const GET = -1;
function* countUp(turns: number): Generator<number, void, number> {
  for (; turns > 0; turns--) yield (yield GET) + 1;
}

function* numbers(): Generator<number, void> {
  for (let n = 2; ; n++) yield n;
}

function* sift(prime: number, from: Generator<number, void>): Generator<number, void> {
  for (;;) {
    const n = from.next().value as number;
    if (n % prime !== 0) yield n;
  }
}

function* term(k: number): Generator<number, void> {
  yield (k % 2 === 1 ? -4 : 4) / (2 * k + 1);
}

function* actor(number: number, leaves: number): Generator<number, void> {
  yield leaves === 1 ? number : sumOfChildren(number, leaves / 10);
}

function sumOfChildren(number: number, leaves: number): number {
  let sum = 0;
  const children: Generator<number, void>[] = [];
  for (let i = 0; i < 10; i++) {
    const child = actor(number + i * leaves, leaves);
    sum += child.next().value as number;
    children.push(child);
  }
  for (let i = 9; i >= 0; i--) children[i]?.next();
  return sum;
}

function* descend(depth: number): Generator<void, number> {
  if (depth === 0) {
    yield;
    return 0;
  }
  return (yield* descend(depth - 1)) + 1;
}

/** Not an Error, which would note the stack. */
interface Thrown {
  readonly id: number;
}

// oxlint-disable-next-line require-yield -- it is a generator because its callers are
function* fail(id: number, levels: number): Generator<void, void> {
  if (levels === 1) throw { id } satisfies Thrown;
  fail(id, levels - 1).next();
}

function* endure(told: (id: number) => void): Generator<void, void> {
  for (;;) {
    try {
      yield;
    } catch (error) {
      told((error as Thrown).id);
    }
  }
}

/** By name of the program. */
export const generators: Readonly<Record<string, Run>> = {
  generator(count = 0, depth = 1) {
    const values = produce(depth);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values.next().value ?? 0;
    return sum;
  },

  tree(walks = 0, nodes = 0) {
    const memory = Int32Array.from({ length: nodes + 1 }, (_, i) => i);
    let sum = 0;
    for (; walks > 0; walks--) for (const value of walk(memory, 1, nodes)) sum += value;
    return sum;
  },

  switch(count = 0) {
    let running = play();
    let other = play();
    running.next();
    other.next();
    for (let ball = count; ; ) {
      const { done, value } = running.next(ball);
      if (done === true) return value;
      ball = value;
      [running, other] = [other, running];
    }
  },

  lifecycle(count = 0, suspends = 0) {
    let sum = 0;
    for (let id = count - 1; id >= 0; id--) {
      const task = suspends === 1 ? pauseAndFinish(id) : finish(id);
      if (suspends === 1) task.next();
      sum += task.next().value as number;
    }
    return sum;
  },

  levels(count = 0, levels = 0) {
    const task = levels === 0 ? work(count) : nest(levels, count);
    let left = count;
    let { done, value } = task.next();
    while (done !== true) ({ done, value } = task.next(--left));
    return value;
  },

  clauses(count = 0, clauses = 1) {
    let tag = 0;
    function* produceTagged(): Generator<number, void> {
      for (let value = 0; ; value++) {
        tag = clauses;
        yield value;
      }
    }
    const values = produceTagged();
    let sum = 0;
    for (; count > 0; count--) {
      const value = values.next().value as number;
      let clause = 1;
      while (clause !== tag) if (++clause > clauses) throw new Error("not for anybody");
      sum += value;
    }
    return sum;
  },

  state(count = 0) {
    const task = countUp(count >> 1);
    let cell = 0;
    for (let { done, value } = task.next(); done !== true; { done, value } = task.next(cell)) {
      if (value !== GET) cell = value as number;
    }
    return cell;
  },

  sieve(count = 0) {
    let sum = 0;
    let chain = numbers();
    for (; count > 0; count--) {
      const prime = chain.next().value as number;
      sum += prime;
      chain = sift(prime, chain);
    }
    return sum;
  },

  pi(count = 0) {
    const tasks: Generator<number, void>[] = [];
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const task = term(k);
      sum += task.next().value as number;
      tasks[k] = task;
    }
    for (let k = count - 1; k >= 0; k--) tasks[k]?.next();
    return Math.round(sum * 1e9);
  },

  scheduler(count = 0, tasks = 1) {
    let total = 0;
    function* takeTurns(turns: number): Generator<void, void> {
      for (; turns > 0; turns--) {
        total++;
        yield;
      }
    }
    const queue = new Ring<Generator<void, void>>(tasks);
    for (let i = 0; i < tasks; i++) queue.push(takeTurns(count / tasks));
    while (queue.waiting > 0) {
      const task = queue.pop();
      if (task.next().done !== true) queue.push(task);
    }
    return total;
  },

  "scheduler-switch"(count = 0, tasks = 1) {
    interface Task extends Generator<Task | undefined, void, Task | undefined> {}
    let total = 0;
    const queue = new Ring<Task>(tasks);
    function* takeTurns(turns: number): Task {
      let before = yield undefined; // What comes in with the first `next` is lost otherwise.
      for (;;) {
        if (before !== undefined) queue.push(before);
        if (turns === 0) return;
        total++;
        turns--;
        before = queue.waiting > 0 ? yield queue.pop() : undefined;
      }
    }
    for (let i = 0; i < tasks; i++) {
      const task = takeTurns(count / tasks);
      task.next();
      queue.push(task);
    }
    while (queue.waiting > 0) {
      let before: Task | undefined;
      for (let task: Task | undefined = queue.pop(); task !== undefined; ) {
        const next: Task | undefined = task.next(before).value ?? undefined;
        before = task;
        task = next;
      }
    }
    return total;
  },

  skynet: (leaves = 1) => actor(0, leaves).next().value as number,

  c10m(count = 0, live = 1) {
    const slots = new Array<Generator<void, number> | undefined>(live).fill(undefined);
    let sum = 0;
    let slot = 0;
    for (let id = 0; id < count + live; id++) {
      const waiting = slots[slot];
      if (waiting !== undefined) sum += waiting.next().value as number;
      let next: Generator<void, number> | undefined;
      if (id < count) {
        next = pauseAndFinish(id);
        next.next();
      }
      slots[slot] = next;
      if (++slot === live) slot = 0;
    }
    return sum;
  },

  deep(count = 0, depth = 0) {
    let sum = 0;
    for (; count > 0; count--) {
      const task = descend(depth);
      task.next();
      sum += task.next().value as number;
    }
    return sum;
  },

  exceptions(count = 0, levels = 0) {
    let sum = 0;
    const told = (id: number): void => void (sum += id);
    if (levels === 0) {
      const enduring = endure(told);
      enduring.next();
      for (; count > 0; count--) enduring.throw({ id: count } satisfies Thrown);
      return sum;
    }
    for (; count > 0; count--) {
      try {
        fail(count, levels).next();
      } catch (error) {
        told((error as Thrown).id);
      }
    }
    return sum;
  },
};
