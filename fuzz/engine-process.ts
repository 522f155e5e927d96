/** Another engine as a process that runs jobs: serve.ts is what runs in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Engine } from "../scripts/engines.ts";
import type { Job, Trace } from "./job.ts";
import type { Answer } from "./serve.ts";

/** A job that the engine did not survive. */
export class EngineDeath extends Error {
  override readonly name = "EngineDeath";
}

/** No answer, because none would say anything. */
export class NotAsked extends Error {
  override readonly name = "NotAsked";
}

/** Milliseconds that a job may take. */
const LIMIT = 8000;

interface Waiting {
  readonly line: string;
  readonly resolve: (trace: Trace) => void;
  readonly reject: (error: Error) => void;
  /** How often an engine has died of it. */
  deaths: number;
}

export class EngineProcess {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stderr = "";
  /** Processes that were used up. */
  replaced = 0;

  constructor(engine: Engine, flags: readonly string[], mode: string, seed = 1) {
    const file = fileURLToPath(new URL("serve.ts", import.meta.url));
    this.#command = engine.command;
    this.#args = [...engine.args, ...flags, file, mode, String(seed)];
  }

  /** @throws {EngineDeath} if the engine crashes or hangs, twice */
  run(job: Job): Promise<Trace> {
    const { modules, ...rest } = job;
    const line = JSON.stringify({ job: rest, modules: modules.map((bytes) => Buffer.from(bytes).toString("base64")) });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject, deaths: 0 });
      const child = this.#child ?? this.#start();
      child.stdin?.write(`${line}\n`);
      if (this.#waiting.length === 1) this.#watch();
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }

  #start(): ChildProcess {
    const child = spawn(this.#command, this.#args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#stderr = "";
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (text: Buffer) => {
      this.#stderr = `${this.#stderr}${text.toString()}`.slice(-2000);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (child === this.#child) this.#answered(JSON.parse(line) as Answer);
    });
    child.on("close", (code, signal) => {
      if (child === this.#child) this.#died(`${signal ?? `exit code ${code}`} ${this.#stderr}`);
    });
    return child;
  }

  #answered({ trace, full }: Answer): void {
    this.#waiting.shift()?.resolve(trace);
    if (full) {
      this.replaced++;
      this.stop();
      this.#restart();
    } else this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => this.#died("hang"), LIMIT);
  }

  #died(reason: string): void {
    this.stop();
    const [first] = this.#waiting;
    // Whatever ran in the process before may be to blame: once more, in a fresh one.
    if (first !== undefined && ++first.deaths > 1) {
      this.#waiting.shift();
      first.reject(new EngineDeath(reason));
    }
    this.#restart();
  }

  #restart(): void {
    if (this.#waiting.length === 0) return;
    const child = this.#start();
    for (const { line } of this.#waiting) child.stdin?.write(`${line}\n`);
    this.#watch();
  }
}
