/** Timing contestants against each other: all at once, in rounds, so that what disturbs one disturbs the others. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { engine } from "../scripts/engines.ts";
import { packageFile } from "../scripts/packages.ts";
import type { Contestant } from "./contestants.ts";
import type { Program } from "./programs.ts";
import type { Effort } from "./result.ts";
import { moduleFor, reasonOf } from "./sources.ts";
import type { WorkerOptions } from "./worker.ts";

/** How one contestant did in one case. */
export interface Entry {
  readonly contestant: string;
  /** Nanoseconds for each unit, round by round. */
  readonly samples: readonly number[];
  /** Why there are no samples, or no more of them; or what is particular about them. */
  readonly note: string | undefined;
}

/** Milliseconds for one answer of a contestant. */
const PATIENCE = 60_000;
/** Milliseconds that the rounds of one contestant may take in one case, after which it does no more. */
const BUDGET = { usual: 15_000, quick: 5_000 } as const;
const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Runs one case of a program. The engine of a contestant that cannot be had, and a process that dies, are notes. */
export async function race(
  program: Program,
  caseIndex: number,
  contestants: readonly Contestant[],
  effort: Effort,
): Promise<Entry[]> {
  const samples = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const notes = new Map<string, string>();
  const remarks = new Map<string, string>();
  const spent = new Map<string, number>();
  const isSpent = ({ name }: Contestant): boolean =>
    (spent.get(name) ?? 0) > (effort.quick ? BUDGET.quick : BUDGET.usual) && (samples.get(name) ?? []).length > 0;
  const agreed = new Agreement();
  const attempt = async <T>({ name }: Contestant, step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      notes.set(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  // Making a module may take minutes, the first time; if it cannot be made, its contestant says so when it starts.
  for (const { implementation } of contestants) await moduleFor(program.source, implementation).catch(() => undefined);
  for (let pass = 0; pass < effort.passes; pass++) {
    const running: [Contestant, Process][] = [];
    const begin = async (contestant: Contestant): Promise<void> => {
      if (notes.has(contestant.name) || isSpent(contestant)) return;
      const process = await attempt(contestant, () => start(program, caseIndex, contestant, effort, agreed));
      if (process === undefined) return;
      running.push([contestant, process]);
      const usual = program.cases[caseIndex]?.size?.[effort.quick ? 1 : 0] ?? process.size;
      if (process.size < usual) remarks.set(contestant.name, `with ${process.size.toLocaleString("en")}`);
    };
    // Two at a time: nothing is timed yet.
    for (let i = 0; i < contestants.length; i += 2) await Promise.all(contestants.slice(i, i + 2).map(begin));
    try {
      for (let round = 0; round < effort.rounds; round++) {
        for (const [contestant, process] of running) {
          if (notes.has(contestant.name) || isSpent(contestant)) continue;
          const started = performance.now();
          const answer = await attempt(contestant, () => process.ask("round"));
          spent.set(contestant.name, (spent.get(contestant.name) ?? 0) + performance.now() - started);
          if (answer !== undefined) samples.get(contestant.name)?.push((answer as { readonly ns: number }).ns);
        }
      }
    } finally {
      for (const [, process] of running) process.kill();
    }
  }
  return contestants.map(({ name }) => ({
    contestant: name,
    samples: samples.get(name) ?? [],
    note: notes.get(name) ?? remarks.get(name),
  }));
}

async function start(
  program: Program,
  caseIndex: number,
  contestant: Contestant,
  { milliseconds, cpuTime, quick }: Effort,
  agreed: Agreement,
): Promise<Process> {
  const { implementation } = contestant;
  const { command, args } = await engine(contestant.engine);
  const options: WorkerOptions = {
    implementation,
    program: program.name,
    case: caseIndex,
    module: await moduleFor(program.source, implementation),
    library: implementation === "asyncify-wasm" ? await packageFile("asyncify-wasm") : undefined,
    milliseconds,
    cpuTime,
    quick,
  };
  const child = new Process(command, [...args, ...contestant.flags, WORKER, JSON.stringify(options)]);
  try {
    if (program.expected === undefined) agreed.add(await child.ask("agree"));
    child.size = ((await child.ask("warm")) as { readonly size: number }).size;
  } catch (error) {
    child.kill();
    throw error;
  }
  return child;
}

/** What all contestants have to come to, where it cannot be told beforehand. */
class Agreement {
  #result: number | undefined;

  add(answer: unknown): void {
    const { result } = answer as { readonly result: number };
    this.#result ??= result;
    if (result !== this.#result) throw new Error(`wrong result: ${result} instead of ${this.#result}`);
  }
}

/** A contestant's process, which answers each line with one of JSON. */
class Process {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #stderr = "";
  readonly #ended: Promise<string>;
  /** What it has been warmed up with. */
  size = 0;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#child.stdin.on("error", () => undefined); // It may be gone already.
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("close", (code, signal) =>
        resolve(`${signal === null ? `exit code ${code}` : signal}: ${reasonOf(this.#stderr)}`),
      );
    });
  }

  async ask(command: string): Promise<unknown> {
    this.#child.stdin.write(`${command}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), PATIENCE);
    });
    const answer = await Promise.race([this.#answers.next(), late]);
    clearTimeout(timer);
    if (answer === "late") {
      this.kill();
      throw new Error(`no answer within ${PATIENCE / 1000} s`);
    }
    if (answer.done === true) throw new Error(await this.#ended);
    return JSON.parse(answer.value);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
