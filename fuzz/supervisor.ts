/** What the commands of fuzzing have in common: their options, and the processes that work for them, which they watch. */
import { fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";

/** Options of all the commands, for `parseArgs`. */
export const OPTIONS = Object.freeze({
  seconds: { type: "string" },
  seed: { type: "string" },
  start: { type: "string", default: "0" },
  count: { type: "string" },
  progress: { type: "string" },
} as const);

/** Values of {@link OPTIONS}. */
interface Values {
  readonly seconds?: string | undefined;
  readonly seed?: string | undefined;
  readonly start: string;
  readonly count?: string | undefined;
  readonly progress?: string | undefined;
}

/** What to run, and for how long. */
export class Range {
  /** A fresh one, if none was given. */
  readonly seed: number;
  /** Number of the first, and of the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly #seconds: number;
  readonly #progress: number;
  readonly #started = performance.now();

  constructor({ seconds, seed, start, count, progress }: Values) {
    this.seed = seed === undefined ? randomInt(2 ** 31) : number("seed", seed);
    this.first = number("start", start);
    this.end = count === undefined ? Number.MAX_SAFE_INTEGER : this.first + number("count", count);
    const unlimited = count === undefined ? 60 : Infinity;
    this.#seconds = seconds === undefined ? unlimited : number("seconds", seconds);
    this.#progress = progress === undefined ? 0 : number("progress", progress);
  }

  get elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get isOver(): boolean {
    return this.elapsed > this.#seconds;
  }

  /** Runs something, and shows meanwhile how far it is, if that was asked for. */
  async reporting(summary: () => string, act: () => Promise<void>): Promise<void> {
    console.log(`seed ${this.seed}`);
    const ticker = this.#progress > 0 ? setInterval(() => console.log(summary()), this.#progress * 1000) : undefined;
    try {
      await act();
    } finally {
      clearInterval(ticker);
    }
  }
}

/** An option that is a number; ends the process if it is none. */
export function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name}=${text}: not a number`);
  process.exit(2);
}

export interface Worker<Task> {
  /** What runs in the process, beside this file; it works by task-process.ts. */
  readonly file: string;
  readonly task: Task;
  /** Milliseconds without a sign of life after which it is killed. */
  readonly limit: number;
  readonly execArgv?: readonly string[];
  /** Asks it to end when it is not needed any more, rather than killing it: then it writes what it knows of coverage. */
  readonly endsCleanly?: boolean;
  /** Lines of its errors that say nothing. */
  readonly noise?: RegExp;
}

/** How a process ended. */
export interface End {
  /** Whether it was stopped because it was not needed any more. */
  readonly isStopped: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Has a process work on a task. `receive` gets its messages, and returns whether it is to go on. */
export function supervise<Task, Message extends object>(
  { file, task, limit, execArgv = [], endsCleanly = false, noise }: Worker<Task>,
  receive: (message: Message) => boolean,
): Promise<End> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: [...execArgv],
      stdio: ["ignore", "inherit", noise === undefined ? "inherit" : "pipe", "ipc"],
    });
    child.stderr?.on("data", (text: Buffer) => {
      const rest = text.toString().replace(noise ?? "", "");
      if (rest !== "") process.stderr.write(rest);
    });
    let isStopped = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), limit);
    };
    watch();
    child.on("message", (message: Message | { readonly ready: true }) => {
      watch();
      if ("ready" in message) child.send(task as object);
      else if (!receive(message) && !isStopped) {
        isStopped = true;
        if (endsCleanly) child.disconnect();
        else child.kill("SIGKILL");
      }
    });
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      resolve({ isStopped, code, signal });
    };
    // All messages have come by then; but after a disconnect there is no such event.
    child.on("close", ended);
    child.on("exit", (code, signal) => {
      if (isStopped) ended(code, signal);
    });
  });
}

/** How a process ended that should not have. */
export function endOf({ code, signal }: End): string {
  return signal ?? `exit code ${code}`;
}
