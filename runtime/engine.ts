/** Engine: what modules are compiled for. Immutable, and shared by any number of stores. */
import { checkFuelCosts, type FuelCosts } from "../continuations/index.ts";
import type { ModuleCache } from "./cache.ts";
import { UnsupportedHostError } from "./errors.ts";
import { missingHostFeatures } from "./host-features.ts";

/** How modules with stack switching run: lowered to plain WebAssembly, or as they are on a host that knows the proposal. */
export type Backend = "lowered" | "native";

/**
 * Which modules are lowered (with the backend `"lowered"`):
 *
 * - `"auto"`: those that switch stacks, and those through which a suspension may pass: because function references cross their
 *   boundary, or because they call through references or through tables that others can see.
 * - `"all"`: every module.
 * - `"stack-switching-only"`: as `"auto"`, but a module that merely calls through references or tables is left to the host,
 *   which runs it without the cost of checks. No lowered function can be put into its tables then: an attempt is a
 *   {@link LinkError} or a TypeError.
 *
 * Under each of them, a module that imports a lowered function or table is lowered, too.
 */
export type Lowering = "auto" | "all" | "stack-switching-only";

/**
 * When the code is made that re-enters functions which have been left: `"ahead"`, with the module; `"on-demand"`, when a
 * function is first re-entered, which keeps large modules small but compiles while the guest runs; `"auto"`: on demand
 * for modules with more than 250,000 bytes of code.
 */
export type ResumeCopiesOption = "auto" | "ahead" | "on-demand";

const RESUME_COPIES: readonly string[] = Object.freeze(["auto", "ahead", "on-demand"]);

const LOWERINGS: readonly string[] = Object.freeze(["auto", "all", "stack-switching-only"]);

export interface EngineOptions {
  /**
   * Chaos mode, for tests: every module is lowered with every call treated as one that may suspend, and calls chosen by
   * this seed (a 32-bit integer) are unwound down to the entry and rewound at once.
   */
  readonly chaos?: number | undefined;
  /** `"lowered"` unless told otherwise. `"native"` hands every module to the host as it is. */
  readonly backend?: Backend | undefined;
  /** Which modules are lowered; `"auto"` unless told otherwise. */
  readonly lowering?: Lowering | undefined;
  /** When the code that re-enters functions is made; `"auto"` unless told otherwise. */
  readonly resumeCopies?: ResumeCopiesOption | undefined;
  /**
   * Meters code, so that stores have fuel: `true`, or what instructions cost, by name, in units of fuel; those without a
   * cost of their own cost 1, or 0 if they do no work. All modules are lowered then. Off unless told otherwise.
   */
  readonly fuel?: boolean | FuelCosts | undefined;
  /**
   * Lets stores have deadlines in epochs, which {@link Engine.incrementEpoch} counts. An array makes its first element the
   * counter: with shared memory, another thread can count while a guest keeps this one busy. All modules are metered then.
   */
  readonly epochs?: boolean | BigInt64Array | undefined;
  /** Lets stores limit what memories and tables grow to. All modules are lowered then. Off unless told otherwise. */
  readonly limits?: boolean | undefined;
  /** Where lowered modules are kept. The constructor of Module, which cannot wait, does not ask it. */
  readonly cache?: ModuleCache | undefined;
}

/** The names of the options. */
const OPTIONS: Readonly<Record<keyof EngineOptions, true>> = Object.freeze({
  chaos: true,
  backend: true,
  lowering: true,
  resumeCopies: true,
  fuel: true,
  epochs: true,
  limits: true,
  cache: true,
});

/**
 * Configuration of compilation. Engines know nothing of one another: two with different options live side by side.
 *
 * @example
 * ```ts
 * import { Engine, Instance, Module, Store } from "stackyard";
 *
 * const engine = new Engine();
 * const module = new Module(engine, bytes);
 * const instance = new Instance(new Store(engine), module, { env: { log: console.log } });
 * instance.call("main");
 * ```
 */
export class Engine {
  readonly backend: Backend;
  /** Seed of chaos mode, or undefined. */
  readonly chaos: number | undefined;
  readonly lowering: Lowering;
  readonly resumeCopies: ResumeCopiesOption;
  /** What instructions cost in metered code; undefined if code is not metered. */
  readonly fuel: FuelCosts | undefined;
  /** Whether stores can limit growth. */
  readonly limits: boolean;
  /** Whether there are epochs. */
  readonly epochs: boolean;
  /** What instructions cost, if modules are metered, for whatever reason. */
  readonly costs: FuelCosts | undefined;
  readonly #epoch: BigInt64Array;
  readonly cache: ModuleCache | undefined;
  #hostChecked = false;

  /** @throws {TypeError} if the options contradict each other or are none that an engine has */
  constructor(options: EngineOptions = {}) {
    // Callers without types may pass anything.
    if (typeof options !== "object" || options === null) {
      throw new TypeError(
        `the options of an engine must be an object, not ${String(options)}: leave them out for the defaults`,
      );
    }
    for (const name of Object.keys(options)) {
      if (!Object.hasOwn(OPTIONS, name)) throw new TypeError(`an engine has no option ${JSON.stringify(name)}`);
    }
    const {
      backend = "lowered",
      chaos,
      lowering = "auto",
      resumeCopies = "auto",
      fuel = false,
      epochs = false,
      limits = false,
    } = options;
    if (backend !== "lowered" && backend !== "native") {
      throw new TypeError(`backend must be "lowered" or "native", not ${JSON.stringify(backend)}`);
    }
    if (chaos !== undefined && !Number.isInteger(chaos)) throw new TypeError("chaos must be an integer: the seed");
    if (chaos !== undefined && backend === "native") {
      throw new TypeError('chaos mode needs backend "lowered": the host\'s own code cannot be unwound');
    }
    if (!LOWERINGS.includes(lowering)) {
      throw new TypeError(`lowering must be one of ${LOWERINGS.join(", ")}, not ${JSON.stringify(lowering)}`);
    }
    if (!RESUME_COPIES.includes(resumeCopies)) {
      throw new TypeError(
        `resumeCopies must be one of ${RESUME_COPIES.join(", ")}, not ${JSON.stringify(resumeCopies)}`,
      );
    }
    if (fuel !== false && backend === "native") {
      throw new TypeError('fuel needs backend "lowered": the host does not meter its own code');
    }
    this.backend = backend;
    this.resumeCopies = resumeCopies;
    this.chaos = chaos;
    this.lowering = lowering;
    this.cache = options.cache;
    if (epochs !== false && backend === "native") {
      throw new TypeError('epochs need backend "lowered": the host\'s own code cannot be interrupted');
    }
    if (limits && backend === "native") {
      throw new TypeError('limits need backend "lowered": the host\'s own code does not ask before it grows anything');
    }
    this.limits = limits;
    this.epochs = epochs !== false;
    this.#epoch = typeof epochs === "boolean" ? new BigInt64Array(1) : epochs;
    this.fuel = fuel === true ? Object.freeze({}) : fuel === false ? undefined : checkedCosts(fuel);
    this.costs = this.fuel ?? (this.epochs ? Object.freeze({}) : undefined);
  }

  /** The current epoch. */
  get epoch(): bigint {
    return Atomics.load(this.#epoch, 0);
  }

  /** Counts the epoch on; guests whose stores' deadlines are reached notice soon. */
  incrementEpoch(): void {
    Atomics.add(this.#epoch, 0, 1n);
  }

  /**
   * What compiled code depends on, as text. Two engines with the same fingerprint can use each other's serialized modules;
   * their modules are not interchangeable otherwise.
   */
  get fingerprint(): string {
    const costs = this.costs === undefined ? null : Object.entries(this.costs).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([
      this.backend,
      this.lowering,
      this.resumeCopies,
      this.chaos !== undefined,
      costs,
      this.limits,
    ]);
  }

  /**
   * Makes sure that the host runs lowered modules. Asked once per engine, when the first module has to be lowered, so that
   * modules without stack switching run on hosts below the floor, too.
   *
   * @throws {UnsupportedHostError} naming the missing features
   */
  requireHost(): void {
    if (this.#hostChecked) return;
    const missing = missingHostFeatures();
    if (missing.length > 0) throw new UnsupportedHostError(missing);
    this.#hostChecked = true;
  }
}

/** A copy of the costs that a caller gave. */
function checkedCosts(given: FuelCosts): FuelCosts {
  const costs = Object.freeze({ ...given });
  try {
    checkFuelCosts(costs);
  } catch (error) {
    throw new TypeError(`fuel: ${(error as Error).message}`, { cause: error });
  }
  return costs;
}
