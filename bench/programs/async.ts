/** The programs of this folder with async functions, as fibers made of promises. */
import { type Body, Fiber, Fibers } from "../fibers.ts";
import type { Run } from "../programs.ts";
import { Ring } from "./ring.ts";

async function produce(fibers: Fibers, depth: number): Promise<number> {
  if (depth > 1) return (await produce(fibers, depth - 1)) + 1;
  for (let value = 0; ; value++) await fibers.suspend(value);
}

async function walk(fibers: Fibers, memory: Int32Array, node: number, nodes: number): Promise<void> {
  if (node > nodes) return;
  await walk(fibers, memory, 2 * node, nodes);
  await fibers.suspend(memory[node] ?? 0);
  await walk(fibers, memory, 2 * node + 1, nodes);
}

async function play(fibers: Fibers, start: number, other: () => Fiber): Promise<number> {
  let ball = start;
  for (let switched = 0; ; switched++) {
    if (ball === 0) return switched;
    ball = await fibers.switchTo(other(), ball - 1);
  }
}

const ASK = 0;
async function work(fibers: Fibers, count: number): Promise<number> {
  let sum = 0;
  for (let left = count; left > 0; left--) sum += await fibers.suspend(ASK);
  return sum;
}

async function nest(fibers: Fibers, levels: number, count: number): Promise<number> {
  if (levels === 0) return work(fibers, count);
  const inner = new Fiber(() => nest(fibers, levels - 1, count));
  let value = await fibers.resume(inner, 0);
  while (!inner.done) {
    if (value !== ASK) throw new Error("not for anybody");
    value = await fibers.resume(inner, await fibers.suspend(value));
  }
  return value;
}

const GET = -1;
async function countUp(fibers: Fibers, turns: number): Promise<number> {
  for (let left = turns; left > 0; left--) await fibers.suspend((await fibers.suspend(GET)) + 1);
  return 0;
}

async function numbers(fibers: Fibers): Promise<number> {
  for (let n = 2; ; n++) await fibers.suspend(n);
}

async function sift(fibers: Fibers, prime: number, from: Fiber): Promise<number> {
  for (;;) {
    const n = await fibers.resume(from, 0);
    if (n % prime !== 0) await fibers.suspend(n);
  }
}

async function actor(fibers: Fibers, number: number, leaves: number): Promise<number> {
  return fibers.suspend(leaves === 1 ? number : await sumOfChildren(fibers, number, leaves / 10));
}

async function sumOfChildren(fibers: Fibers, number: number, leaves: number): Promise<number> {
  let sum = 0;
  const children: Fiber[] = [];
  for (let i = 0; i < 10; i++) {
    const child = new Fiber(() => actor(fibers, number + i * leaves, leaves));
    sum += await fibers.resume(child, 0);
    children.push(child);
  }
  for (let i = 9; i >= 0; i--) await fibers.resume(children[i] as Fiber, 0);
  return sum;
}

async function pauseAndFinish(fibers: Fibers, id: number): Promise<number> {
  await fibers.suspend(0);
  return id + 1;
}

async function descend(fibers: Fibers, depth: number): Promise<number> {
  if (depth > 0) return (await descend(fibers, depth - 1)) + 1;
  return fibers.suspend(0);
}

interface Thrown {
  readonly id: number;
}

async function fail(fibers: Fibers, id: number, levels: number): Promise<number> {
  if (levels === 1) throw { id } satisfies Thrown;
  return fibers.resume(new Fiber(() => fail(fibers, id, levels - 1)), 0);
}

async function endure(fibers: Fibers, told: (id: number) => void): Promise<number> {
  for (;;) {
    try {
      await fibers.suspend(0);
    } catch (error) {
      told((error as Thrown).id);
    }
  }
}

/** By name of the program. */
export const asyncFunctions: Readonly<Record<string, Run>> = {
  async generator(count = 0, depth = 1) {
    const fibers = new Fibers();
    const fiber = new Fiber(() => produce(fibers, depth));
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await fibers.resume(fiber, 0);
    return sum;
  },

  async tree(walks = 0, nodes = 0) {
    const memory = Int32Array.from({ length: nodes + 1 }, (_, i) => i);
    const fibers = new Fibers();
    const body: Body = async () => {
      await walk(fibers, memory, 1, nodes);
      return 0;
    };
    let sum = 0;
    for (let i = 0; i < walks; i++) {
      for (const fiber = new Fiber(body); !fiber.done; ) sum += await fibers.resume(fiber, 0);
    }
    return sum;
  },

  switch(count = 0) {
    const fibers = new Fibers();
    const first: Fiber = new Fiber((ball) => play(fibers, ball, () => second));
    const second: Fiber = new Fiber((ball) => play(fibers, ball, () => first));
    return fibers.resume(first, count);
  },

  async lifecycle(count = 0, suspends = 0) {
    const fibers = new Fibers();
    let sum = 0;
    for (let id = count - 1; id >= 0; id--) {
      const fiber = new Fiber(suspends === 1 ? () => pauseAndFinish(fibers, id) : async () => id + 1);
      if (suspends === 1) await fibers.resume(fiber, 0);
      sum += await fibers.resume(fiber, 0);
    }
    return sum;
  },

  async levels(count = 0, levels = 0) {
    const fibers = new Fibers();
    const fiber = new Fiber(() => nest(fibers, levels, count));
    let left = count;
    let value = await fibers.resume(fiber, 0);
    while (!fiber.done) value = await fibers.resume(fiber, --left);
    return value;
  },

  async clauses(count = 0, clauses = 1) {
    const fibers = new Fibers();
    let tag = 0;
    const fiber = new Fiber(async () => {
      for (let value = 0; ; value++) {
        tag = clauses;
        await fibers.suspend(value);
      }
    });
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const value = await fibers.resume(fiber, 0);
      let clause = 1;
      while (clause !== tag) if (++clause > clauses) throw new Error("not for anybody");
      sum += value;
    }
    return sum;
  },

  async state(count = 0) {
    const fibers = new Fibers();
    const fiber = new Fiber(() => countUp(fibers, count >> 1));
    let cell = 0;
    let request = await fibers.resume(fiber, 0);
    while (!fiber.done) {
      if (request !== GET) cell = request;
      request = await fibers.resume(fiber, cell);
    }
    return cell;
  },

  async sieve(count = 0) {
    const fibers = new Fibers();
    let sum = 0;
    let chain = new Fiber(() => numbers(fibers));
    for (let i = 0; i < count; i++) {
      const prime = await fibers.resume(chain, 0);
      sum += prime;
      const from = chain;
      chain = new Fiber(() => sift(fibers, prime, from));
    }
    return sum;
  },

  async pi(count = 0) {
    const fibers = new Fibers();
    const tasks: Fiber[] = [];
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const task = new Fiber(() => fibers.suspend((k % 2 === 1 ? -4 : 4) / (2 * k + 1)));
      sum += await fibers.resume(task, 0);
      tasks[k] = task;
    }
    for (let k = count - 1; k >= 0; k--) await fibers.resume(tasks[k] as Fiber, 0);
    return Math.round(sum * 1e9);
  },

  async scheduler(count = 0, tasks = 1) {
    const fibers = new Fibers();
    let total = 0;
    const takeTurns = async (turns: number): Promise<number> => {
      for (let left = turns; left > 0; left--) {
        total++;
        await fibers.suspend(0);
      }
      return 0;
    };
    const queue = new Ring<Fiber>(tasks);
    for (let i = 0; i < tasks; i++) queue.push(new Fiber(() => takeTurns(count / tasks)));
    while (queue.waiting > 0) {
      const fiber = queue.pop();
      await fibers.resume(fiber, 0);
      if (!fiber.done) queue.push(fiber);
    }
    return total;
  },

  async "scheduler-switch"(count = 0, tasks = 1) {
    const fibers = new Fibers();
    let total = 0;
    const queue = new Ring<Fiber>(tasks);
    let switchedFrom: Fiber | undefined;
    const takeTurns = async (turns: number): Promise<number> => {
      for (let left = turns; ; left--) {
        if (switchedFrom !== undefined) queue.push(switchedFrom);
        switchedFrom = undefined;
        if (left === 0) return 0;
        total++;
        if (queue.waiting === 0) continue;
        switchedFrom = fibers.running;
        await fibers.switchTo(queue.pop(), 0);
      }
    };
    for (let i = 0; i < tasks; i++) queue.push(new Fiber(() => takeTurns(count / tasks)));
    while (queue.waiting > 0) await fibers.resume(queue.pop(), 0);
    return total;
  },

  skynet(leaves = 1) {
    const fibers = new Fibers();
    return fibers.resume(new Fiber(() => actor(fibers, 0, leaves)), 0);
  },

  async c10m(count = 0, live = 1) {
    const fibers = new Fibers();
    const slots = new Array<Fiber | undefined>(live).fill(undefined);
    let sum = 0;
    let slot = 0;
    for (let id = 0; id < count + live; id++) {
      const waiting = slots[slot];
      if (waiting !== undefined) sum += await fibers.resume(waiting, 0);
      let next: Fiber | undefined;
      if (id < count) {
        next = new Fiber(() => pauseAndFinish(fibers, id));
        await fibers.resume(next, 0);
      }
      slots[slot] = next;
      if (++slot === live) slot = 0;
    }
    return sum;
  },

  async deep(count = 0, depth = 0) {
    const fibers = new Fibers();
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const fiber = new Fiber(() => descend(fibers, depth));
      await fibers.resume(fiber, 0);
      sum += await fibers.resume(fiber, 0);
    }
    return sum;
  },

  async exceptions(count = 0, levels = 0) {
    const fibers = new Fibers();
    let sum = 0;
    const told = (id: number): void => void (sum += id);
    if (levels === 0) {
      const fiber = new Fiber(() => endure(fibers, told));
      await fibers.resume(fiber, 0);
      for (let id = count; id > 0; id--) await fibers.throwInto(fiber, { id } satisfies Thrown);
      return sum;
    }
    for (let id = count; id > 0; id--) {
      try {
        await fibers.resume(new Fiber(() => fail(fibers, id, levels)), 0);
      } catch (error) {
        told((error as Thrown).id);
      }
    }
    return sum;
  },
};
