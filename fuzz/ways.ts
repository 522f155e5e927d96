/** The ways in which a program is run: modes of Stackyard's, here and on other engines. */
import { EngineProcess, NotAsked } from "./engine-process.ts";
import { type Job, runJob, type Trace } from "./job.ts";
import { hostTarget, Lowering, type Mode } from "./targets.ts";
import { type Engine, engine, type EngineName } from "../scripts/engines.ts";

export interface Way {
  readonly name: string;
  run(job: Job): Promise<Trace>;
}

/** What says how a program has to run. */
export interface Reference extends Way {
  /** Whether it has something to say about a job. */
  answers(job: Job): boolean;
}

export interface WaysOptions {
  /** Whether programs have continuations. */
  readonly continuations: boolean;
  /** Compare Stackyard's modes with each other only. */
  readonly withoutNative: boolean;
  /** Other engines to run Stackyard on. */
  readonly engines: readonly EngineName[];
}

/** A program is run in one of these modes, in turns: whatever it is, the reference says what has to come out. */
const TURNS: readonly Mode[] = Object.freeze<Mode[]>([
  "normal",
  "chaos",
  "waiting",
  "every call",
  "normal",
  "chaos",
  "on demand",
  "metered",
  "normal",
  "chaos on demand",
  "waiting",
]);

/** Only one in so many programs goes to another engine, in one of these modes. */
const ENGINE_TURNS = 3;
const ENGINE_MODES: readonly Mode[] = Object.freeze<Mode[]>(["normal", "chaos"]);

/**
 * Without what makes code faster: most functions are called a few times, and those that switch stacks go straight to
 * TurboFan.
 */
const V8_FLAGS = Object.freeze([
  `--v8-flags=${["experimental-wasm-wasmfx", "no-wasm-inlining", "no-wasm-loop-unrolling", "no-wasm-loop-peeling", "no-turboshaft-wasm-load-elimination"].map((flag) => `--${flag}`).join()}`,
]);

export class Ways {
  /** How programs have to run. */
  readonly reference: Reference;
  readonly #options: WaysOptions;
  readonly #lowerings = new Map<Mode, Lowering>();
  readonly #engines: (readonly [name: string, process: EngineProcess])[] = [];
  readonly #stops: (() => void)[] = [];

  private constructor(options: WaysOptions, native: Engine | undefined, engines: readonly Engine[]) {
    this.#options = options;
    this.reference = native === undefined ? host(options) : this.#native(native);
    for (const each of engines) {
      for (const mode of ENGINE_MODES) {
        const process = new EngineProcess(each, [], mode);
        this.#engines.push([`${each.name} ${mode}`, process]);
        this.#stops.push(() => process.stop());
      }
    }
  }

  /** Installs the engines that are wanted and are not there. */
  static async create(options: WaysOptions): Promise<Ways> {
    const native = options.continuations && !options.withoutNative ? await nativeEngine() : undefined;
    return new Ways(options, native, await Promise.all(options.engines.map((name) => engine(name))));
  }

  #native(deno: Engine): Reference {
    const process = new EngineProcess(deno, V8_FLAGS, "native");
    this.#stops.push(() => process.stop());
    return {
      name: "native",
      answers: (job) => !job.nativeFails,
      run: (job) => (job.nativeFails ? Promise.reject(new NotAsked("known to fail")) : process.run(job)),
    };
  }

  /** The ways to run program number `index`: in one mode, and more if the reference has nothing to say about it. */
  for(index: number, job: Job): Way[] {
    const seed = (index % 1000) * 7 + 1;
    // Most plain programs would go to the host as they are.
    const usual = this.#options.continuations ? "normal" : "every call";
    const turn = TURNS[index % TURNS.length] ?? usual;
    const mode = turn === "normal" && index % 2 === 0 ? usual : turn;
    const ways = [this.#mode(mode, seed)];
    if (mode.startsWith("chaos")) ways.push(this.#mode(mode, seed + 1));
    if (!this.reference.answers(job)) {
      if (mode !== usual) ways.unshift(this.#mode(usual, seed));
      else ways.push(this.#mode("chaos", seed));
    }
    const other = this.#engines[Math.floor(index / ENGINE_TURNS) % this.#engines.length];
    if (other !== undefined && index % ENGINE_TURNS === 0) {
      const [name, process] = other;
      ways.push({ name, run: (job) => process.run(job) });
    }
    return ways;
  }

  #mode(mode: Mode, seed: number): Way {
    return {
      name: mode.startsWith("chaos") || mode === "waiting" ? `${mode} ${seed}` : mode,
      run: (job) => {
        const lowering = this.#lowerings.get(mode) ?? new Lowering(mode);
        this.#lowerings.set(mode, lowering);
        return lowering.run(job, seed);
      },
    };
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}

/** The engine that switches stacks itself; undefined, and a note, if it is not there and cannot be installed. */
async function nativeEngine(): Promise<Engine | undefined> {
  try {
    return await engine("deno");
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    console.error(`no native implementation (${reason}): Stackyard's modes are compared with each other only`);
    return undefined;
  }
}

/** The host itself, for programs that it can run. */
function host({ continuations }: WaysOptions): Reference {
  return {
    name: "host",
    answers: () => !continuations,
    run: async (job) => {
      if (continuations) throw new NotAsked("there is nothing to compare with");
      return runJob(hostTarget(), job);
    },
  };
}
