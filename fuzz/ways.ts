/** The ways in which a program is run: modes of Stackyard's, here and on other engines. */
import { EngineProcess, NotAsked } from "./engine-process.ts";
import { type Job, runJob, type Trace } from "./job.ts";
import { hostTarget, Lowering, type Mode } from "./targets.ts";
import { type Engine, engine, type EngineName } from "../scripts/engines.ts";

export interface Way {
  readonly name: string;
  run(job: Job): Promise<Trace>;
}

export interface WaysOptions {
  /** Whether programs have continuations. */
  readonly continuations: boolean;
  /** Compare Stackyard's modes with each other only. */
  readonly withoutNative: boolean;
  /** Other engines to run Stackyard on. */
  readonly engines: readonly EngineName[];
}

/** One of these for most programs, in turns. */
const OTHERS: readonly Mode[] = Object.freeze<Mode[]>([
  "waiting",
  "every call",
  "on demand",
  "waiting",
  "chaos on demand",
  "metered",
]);

/** Only one in so many programs goes to another engine, in one of these modes. */
const ENGINE_TURNS = 3;
const ENGINE_MODES: readonly Mode[] = Object.freeze<Mode[]>(["normal", "chaos"]);

const V8_FLAGS = Object.freeze(["--v8-flags=--experimental-wasm-wasmfx"]);

export class Ways {
  /** How programs have to run. */
  readonly reference: Way;
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
    const native = options.continuations && !options.withoutNative ? await engine("deno") : undefined;
    return new Ways(options, native, await Promise.all(options.engines.map((name) => engine(name))));
  }

  #native(deno: Engine): Way {
    const process = new EngineProcess(deno, V8_FLAGS, "native");
    this.#stops.push(() => process.stop());
    return {
      name: "native",
      run: (job) => (job.nativeFails ? Promise.reject(new NotAsked("known to fail")) : process.run(job)),
    };
  }

  /** The ways to run program number `index`: the usual ones, and others in turns. */
  for(index: number): Way[] {
    const seed = (index % 1000) * 7 + 1;
    const ways = [
      // Plain programs would go to the host as they are.
      this.#mode(this.#options.continuations ? "normal" : "every call", seed),
      this.#mode("chaos", seed),
      this.#mode("chaos", seed + 1),
    ];
    const another = OTHERS[index % (OTHERS.length + 3)];
    if (another !== undefined) ways.push(this.#mode(another, seed));
    const turn = this.#engines[Math.floor(index / ENGINE_TURNS) % this.#engines.length];
    if (turn !== undefined && index % ENGINE_TURNS === 0) {
      const [name, process] = turn;
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

/** The host itself, for programs that it can run. */
function host({ continuations }: WaysOptions): Way {
  return {
    name: "host",
    run: async (job) => {
      if (continuations) throw new NotAsked("there is nothing to compare with");
      return runJob(hostTarget(), job);
    },
  };
}
