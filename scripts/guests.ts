/**
 * The programs in C: examples/guests/, which use the fibers of examples/fibers/, and tests/guests/, which ask WASI for this and
 * that. Their modules, and what they print, are committed beside their sources (see build-guests.ts).
 */
import { join } from "node:path";
import { root } from "./root.ts";

/** How a guest is run, and how it ends. What it prints is in a file, `NAME.expected` or `NAME-RUN.expected`. */
export interface GuestRun {
  /** Empty for the only run of a guest. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** Whether the first argument is to be an empty directory to work in. */
  readonly directory: boolean;
  readonly code: number;
}

export interface Guest {
  readonly name: string;
  /** Below the root of the repository. */
  readonly folder: string;
  /** Besides its own, below the root. */
  readonly sources: readonly string[];
  readonly fibers: boolean;
  /** A reactor: it has no main(), and its functions are called one by one. */
  readonly reactor?: boolean;
  readonly runs: readonly GuestRun[];
}

const EXAMPLES = "examples/guests";
const TESTS = "tests/guests";
const ONE_RUN: GuestRun = { name: "", args: [], env: {}, stdin: "", directory: false, code: 0 };
const PROCESS_RUN: GuestRun = {
  ...ONE_RUN,
  name: "exit",
  args: ["one", "two words", "", "--dir", "\u00e9\u4e2d\ud83d\ude00"],
  env: { NAME: "a value", EMPTY: "", CODE: "7" },
  stdin: "first line\nsecond, without end",
  code: 7,
};

export const GUESTS: readonly Guest[] = [
  ...["generators", "channels", "symmetric", "stacks"].map((name) => withFibers(name, [], ONE_RUN)),
  withFibers("async", ["examples/fibers/loop.c"], { ...ONE_RUN, stdin: "some lines\nof input\n\nfor the counter\n" }),
  plain("files", { ...ONE_RUN, directory: true }),
  plain(
    "process",
    PROCESS_RUN,
    { ...ONE_RUN, name: "return" },
    { ...ONE_RUN, name: "abort", env: { CODE: "abort" }, code: 134 },
  ),
  plain("poll", { ...ONE_RUN, stdin: "hello\n" }),
  { ...plain("activations"), reactor: true },
];

function withFibers(name: string, sources: readonly string[], run: GuestRun): Guest {
  return { name, folder: EXAMPLES, sources, fibers: true, runs: [run] };
}

function plain(name: string, ...runs: readonly GuestRun[]): Guest {
  return { name, folder: TESTS, sources: [], fibers: false, runs };
}

/** Where the module of a guest is. */
export function moduleOf({ folder, name }: Guest): string {
  return join(root, folder, `${name}.wasm`);
}

/** Where the standard output of a run is. */
export function expectedOf({ folder, name }: Guest, run: GuestRun): string {
  return join(root, folder, `${name}${run.name === "" ? "" : `-${run.name}`}.expected`);
}
