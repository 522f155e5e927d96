/** The programs that switch stacks, one row each: programs/SOURCE.wat and its counterparts in other ways to do the same. */
import type { PlainForm } from "./sources.ts";
import { type Goal, ahead, faster, flat } from "./goals.ts";

/** Does `size` units of work, or what `units` makes of it; the result is checked. */
export type Run = (...args: number[]) => number | bigint | Promise<number | bigint>;

/** Ways to run a program; see {@link CONTESTANTS} for the engines. */
export type Implementation =
  | "stackyard"
  | "native"
  | "asyncify"
  | "asyncify-swap"
  | "asyncify-wasm"
  | "jspi"
  | "generators"
  | "async"
  | "limit"
  | PlainForm;

export interface Case {
  readonly label: string;
  /** What `run` is given after the size. */
  readonly args: readonly number[];
  /** A size to take as it is: [usually, in a quick run]. Otherwise one that takes a set time. */
  readonly size?: readonly [number, number];
  /** A smaller one for contestants that take many seconds. */
  readonly slowSize?: number;
}

export interface Program {
  readonly name: string;
  /** Base name of its files. */
  readonly source: string;
  readonly title: string;
  readonly unit: string;
  readonly cases: readonly Case[];
  /** What the case is about, for a chart, if its first argument is a quantity. */
  readonly axis?: string;
  readonly implementations: readonly Implementation[];
  /** Why others are not there. */
  readonly without?: Readonly<Partial<Record<Implementation, string>>>;
  readonly units?: (size: number, ...args: number[]) => number;
  /** The result, if it can be told beforehand; otherwise all contestants have to agree. */
  readonly expected?: (size: number, ...args: number[]) => number;
  /** The contestant that the others are compared with: us, on the same engine, by default. */
  readonly base?: string;
  readonly goals: readonly Goal[];
  /** What else is looked at. */
  readonly comparisons?: readonly Goal[];
}

const WITHOUT_LIMIT = ["stackyard", "native", "asyncify", "asyncify-swap", "jspi", "generators", "async"] as const;
const WITH_LIMIT = [...WITHOUT_LIMIT, "limit"] as const;
const ALL = [...WITH_LIMIT, "asyncify-wasm"] as const;
const ONE_EACH = "one suspended activation for each instance: an instance for each task";

const triangle = (count: number): number => (count * (count - 1)) / 2;

export const PROGRAMS: readonly Program[] = [
  {
    name: "generator",
    source: "generator",
    title: "Generator loop",
    unit: "round trip",
    axis: "frames",
    cases: [1, 10, 100, 1000].map((depth) => ({ label: `depth ${depth}`, args: [depth] })),
    implementations: ALL,
    expected: triangle,
    goals: [
      faster("native", 9, "depth 1"),
      faster("deno native", 5, "depth 1"),
      faster("asyncify", 2, "depth 1"),
      faster("generators", 1, "depth 1"),
      flat("depth 1", "depth 1000", 1.15),
    ],
    comparisons: [ahead()],
  },
  {
    name: "tree",
    source: "tree",
    title: "Tree walk that yields at every node",
    unit: "node",
    axis: "nodes",
    cases: [1023, 65_535].map((nodes) => ({ label: `${nodes} nodes`, args: [nodes] })),
    implementations: ALL,
    units: (walks, nodes = 0) => walks * nodes,
    expected: (walks, nodes = 0) => walks * triangle(nodes + 1),
    goals: [ahead()],
  },
  {
    name: "switch",
    source: "switch",
    title: "Symmetric switch, back and forth",
    unit: "switch",
    cases: [{ label: "two continuations", args: [] }],
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": "instances that switch would have to share their globals" },
    expected: (count) => Math.floor(count / 2),
    goals: [ahead()],
  },
  {
    name: "create-run-finish",
    source: "lifecycle",
    title: "Create, run, finish",
    unit: "continuation",
    cases: [{ label: "no suspension", args: [0] }],
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": ONE_EACH },
    expected: (count) => triangle(count + 1),
    goals: [faster("native", 5)],
    comparisons: [faster("deno native", 5), ahead()],
  },
  {
    name: "create-suspend-finish",
    source: "lifecycle",
    title: "Create, suspend once, finish",
    unit: "continuation",
    cases: [{ label: "one suspension", args: [1] }],
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": ONE_EACH },
    expected: (count) => triangle(count + 1),
    goals: [faster("native", 5)],
    comparisons: [faster("deno native", 5), ahead()],
  },
  {
    name: "levels",
    source: "levels",
    title: "Handler search through levels of other handlers",
    unit: "round trip",
    axis: "levels",
    cases: [0, 1, 5, 10].map((levels) => ({ label: `${levels} levels`, args: [levels] })),
    implementations: WITHOUT_LIMIT,
    without: { "asyncify-wasm": "instances that resume each other would have to share their globals" },
    expected: triangle,
    goals: [ahead()],
  },
  {
    name: "clauses",
    source: "clauses",
    title: "Handler with many clauses, the last one of which is meant",
    unit: "round trip",
    axis: "clauses",
    cases: [1, 2, 4, 8, 16].map((clauses) => ({ label: `${clauses} clauses`, args: [clauses] })),
    implementations: WITHOUT_LIMIT,
    without: { "asyncify-wasm": "instances that resume each other would have to share their globals" },
    expected: triangle,
    goals: [],
    comparisons: [ahead()],
  },
  {
    name: "state",
    source: "state",
    title: "State effect",
    unit: "operation",
    cases: [{ label: "get and put", args: [] }],
    implementations: ALL,
    expected: (count) => count >> 1,
    goals: [ahead()],
  },
  {
    name: "sieve",
    source: "sieve",
    title: "Prime sieve of chained generators",
    unit: "number through a filter",
    cases: [{ label: "1000 primes", args: [], size: [1000, 1000] }],
    implementations: ALL,
    units: (count) => sieve(count).passed,
    expected: (count) => sieve(count).sum,
    goals: [ahead()],
  },
  {
    name: "pi",
    source: "pi",
    title: "Pi, a task for each term",
    unit: "term",
    cases: [{ label: "10,000 tasks", args: [], size: [10_000, 10_000] }],
    implementations: WITHOUT_LIMIT,
    without: { "asyncify-wasm": ONE_EACH },
    expected: leibniz,
    goals: [ahead()],
  },
  {
    name: "scheduler",
    source: "scheduler",
    title: "Round-robin scheduler, by suspending",
    unit: "turn",
    axis: "tasks",
    cases: [10, 1000].map((tasks) => ({ label: `${tasks} tasks`, args: [tasks], size: [1_000_000, 100_000] })),
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": "tasks in instances of their own would have to share their globals" },
    expected: (count) => count,
    goals: [ahead()],
  },
  {
    name: "scheduler-switch",
    source: "scheduler-switch",
    title: "Round-robin scheduler, by switching",
    unit: "turn",
    axis: "tasks",
    cases: [10, 1000].map((tasks) => ({ label: `${tasks} tasks`, args: [tasks], size: [1_000_000, 100_000] })),
    implementations: WITHOUT_LIMIT,
    without: { "asyncify-wasm": "instances that switch would have to share their globals" },
    expected: (count) => count,
    goals: [ahead()],
  },
  {
    name: "skynet",
    source: "skynet",
    title: "Skynet",
    unit: "leaf",
    cases: [{ label: "1,000,000 leaves", args: [], size: [1_000_000, 10_000] }],
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": ONE_EACH },
    expected: triangle,
    goals: [ahead()],
  },
  {
    name: "c10m",
    source: "c10m",
    title: "10,000,000 requests",
    unit: "request",
    axis: "live tasks",
    cases: [10_000, 100_000, 1_000_000].map((live) => ({
      label: `${live.toLocaleString("en")} live`,
      args: [live],
      size: [10_000_000, Math.max(400_000, 2 * live)],
      slowSize: 2_000_000,
    })),
    implementations: WITH_LIMIT,
    without: { "asyncify-wasm": ONE_EACH },
    expected: (count) => triangle(count + 1),
    goals: [ahead()],
  },
  {
    name: "deep",
    source: "deep",
    title: "Deep recursion that suspends once at the bottom",
    unit: "frame",
    axis: "frames",
    cases: [100, 10_000].map((depth) => ({ label: `${depth} frames`, args: [depth] })),
    implementations: [...WITHOUT_LIMIT, "asyncify-wasm"],
    units: (count, depth = 0) => count * depth,
    expected: (count, depth = 0) => count * depth,
    goals: [],
    comparisons: [ahead()],
  },
  {
    name: "exceptions",
    source: "exceptions",
    title: "Exceptions through continuations",
    unit: "exception",
    cases: [
      { label: "thrown in, caught, suspended", args: [0] },
      { label: "out of 1 continuation", args: [1] },
      { label: "out of 10 continuations", args: [10] },
    ],
    implementations: ["stackyard", "native", "generators", "async"],
    without: {
      asyncify: "--asyncify cannot do exceptions",
      "asyncify-swap": "--asyncify cannot do exceptions",
      "asyncify-wasm": "--asyncify cannot do exceptions",
      jspi: "fibers made of promises carry numbers only",
    },
    expected: (count) => triangle(count + 1),
    goals: [],
    comparisons: [ahead()],
  },
];

/** Of the first `count` primes: their sum, and how many numbers come to a filter, or out of the last one, until all are found. */
function sieve(count: number): { readonly sum: number; readonly passed: number } {
  const primes: number[] = [];
  let sum = 0;
  let passed = 0;
  for (let n = 2; primes.length < count; n++) {
    const divisor = primes.findIndex((prime) => n % prime === 0);
    passed += divisor < 0 ? primes.length + 1 : divisor + 1;
    if (divisor >= 0) continue;
    primes.push(n);
    sum += n;
  }
  return { sum, passed };
}

/** The sum of the first `count` terms of 4 - 4/3 + 4/5 - ..., in units of 10^-9. */
function leibniz(count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += (k % 2 === 1 ? -4 : 4) / (2 * k + 1);
  return Math.round(sum * 1e9);
}
