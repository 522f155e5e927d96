/**
 * Limits of what the guests of a store may take.
 *
 * What instances define is checked when they are made; growth is checked where it happens, by code that asks before it grows
 * anything (the engine's option `limits`). Frames of continuations are objects of the host's garbage-collected heap: nobody can
 * say how many of them are alive, so they have no limit of their own; what a guest can spend on making them is limited by
 * fuel. The depth of calls is limited by the host's stack.
 */
import { ResourceLimitError } from "./usage-errors.ts";
import type { Engine } from "./engine.ts";
import type { Module as DecodedModule } from "../wasm/module.ts";

/** Upper limits; what is left out has none. */
export interface StoreLimits {
  /** Bytes of any one memory. */
  readonly memoryBytes?: number | undefined;
  /** Elements of any one table. */
  readonly tableElements?: number | undefined;
  /** Number of instances. */
  readonly instances?: number | undefined;
  /** Number of memories that instances define. */
  readonly memories?: number | undefined;
  /** Number of tables that instances define. */
  readonly tables?: number | undefined;
}

/** Decides about growth, one by one. Sizes are those of the one memory or table that is to grow. */
export interface ResourceLimiter {
  /** Whether a memory may grow; sizes in bytes. */
  memoryGrowing?(current: number, desired: number): boolean;
  /** Whether a table may grow; sizes in elements. */
  tableGrowing?(current: number, desired: number): boolean;
}

const PAGE = 65536;

export class Limits {
  readonly #engine: Engine;
  #limits: StoreLimits = {};
  #limiter: ResourceLimiter = {};
  #instances = 0;
  #memories = 0;
  #tables = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws {TypeError} if guests would grow without asking */
  set(limits: StoreLimits, limiter: ResourceLimiter): void {
    const limitsGrowth = [limits.memoryBytes, limits.tableElements, limiter.memoryGrowing, limiter.tableGrowing];
    if (!this.#engine.limits && limitsGrowth.some((limit) => limit !== undefined)) {
      throw new TypeError("growth can only be limited with an engine that was made with the option limits");
    }
    this.#limits = { ...limits };
    this.#limiter = limiter;
  }

  /**
   * Counts a new instance of a module.
   *
   * @throws {ResourceLimitError} if it is one too many, or defines too much; it is not counted then
   */
  instantiate(module: DecodedModule): void {
    const { instances, memories, tables } = this.#limits;
    const definedMemories = module.memories.slice(module.importedMemories);
    const definedTables = module.tables.slice(module.importedTables);
    check("instance count", this.#instances + 1, instances);
    check("memory count", this.#memories + definedMemories.length, memories);
    check("table count", this.#tables + definedTables.length, tables);
    for (const { limits } of definedMemories) {
      const bytes = Number(limits.min) * PAGE;
      if (!this.#mayGrowMemory(0, bytes)) throw new ResourceLimitError(`a memory of ${bytes} bytes`);
    }
    for (const { type } of definedTables) {
      const size = Number(type.limits.min);
      if (!this.#mayGrowTable(0, size)) throw new ResourceLimitError(`a table of ${size} elements`);
    }
    this.#instances++;
    this.#memories += definedMemories.length;
    this.#tables += definedTables.length;
  }

  /** Whether a memory (in pages) or table may grow. */
  mayGrow(kind: "memory" | "table", current: bigint, delta: bigint): boolean {
    const [from, to] = [Number(current), Number(current + delta)];
    return kind === "memory" ? this.#mayGrowMemory(from * PAGE, to * PAGE) : this.#mayGrowTable(from, to);
  }

  /** @throws {ResourceLimitError} unless the embedder may let a memory (in pages) or table grow */
  requireGrowth(kind: "memory" | "table", current: number, delta: number): void {
    if (!(delta >= 0) || this.mayGrow(kind, BigInt(current), BigInt(Math.trunc(delta)))) return;
    throw new ResourceLimitError(`a ${kind} of ${current + delta} ${kind === "memory" ? "pages" : "elements"}`);
  }

  #mayGrowMemory(current: number, desired: number): boolean {
    const { memoryBytes = Number.POSITIVE_INFINITY } = this.#limits;
    return desired <= memoryBytes && (this.#limiter.memoryGrowing?.(current, desired) ?? true);
  }

  #mayGrowTable(current: number, desired: number): boolean {
    const { tableElements = Number.POSITIVE_INFINITY } = this.#limits;
    return desired <= tableElements && (this.#limiter.tableGrowing?.(current, desired) ?? true);
  }
}

function check(what: string, count: number, limit: number | undefined): void {
  if (limit !== undefined && count > limit) throw new ResourceLimitError(`${what} too high at ${count}`);
}
