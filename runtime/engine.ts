/** Engine: what modules are compiled for. Immutable, and shared by any number of stores. */
import { UnsupportedHostError } from "./errors.ts";
import { missingHostFeatures } from "./host-features.ts";

/** How modules with stack switching run: lowered to plain WebAssembly, or as they are on a host that knows the proposal. */
export type Backend = "lowered" | "native";

export interface EngineOptions {
  /**
   * Chaos mode, for tests: every module is lowered with every call treated as one that may suspend, and calls chosen by
   * this seed (a 32-bit integer) are unwound down to the entry and rewound at once.
   */
  readonly chaos?: number | undefined;
  /** `"lowered"` unless told otherwise. `"native"` hands every module to the host as it is. */
  readonly backend?: Backend | undefined;
}

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
  #hostChecked = false;

  /** @throws {TypeError} if the options contradict each other or are none that an engine has */
  constructor(options: EngineOptions = {}) {
    const { backend = "lowered", chaos } = options;
    if (backend !== "lowered" && backend !== "native") {
      throw new TypeError(`backend must be "lowered" or "native", not ${JSON.stringify(backend)}`);
    }
    if (chaos !== undefined && !Number.isInteger(chaos)) throw new TypeError("chaos must be an integer: the seed");
    if (chaos !== undefined && backend === "native") {
      throw new TypeError('chaos mode needs backend "lowered": the host\'s own code cannot be unwound');
    }
    this.backend = backend;
    this.chaos = chaos;
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
