/**
 * Fibers for Wasm on --asyncify as a general library provides them (Emscripten's, for one): the one operation is to swap. A
 * swap unwinds the whole stack of the fiber that it leaves, down to a loop in JavaScript, which rewinds the one that it goes to.
 * The programs of programs/fibers/ import them as "fiber".
 */
import type { Run } from "./programs.ts";

/** What --asyncify adds to a module, and what the programs export for those who provide fibers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly fibers_start: WebAssembly.Global<"i32">;
  readonly stack_size: WebAssembly.Global<"i32">;
  readonly run: Run;
  readonly asyncify_start_unwind: (data: number) => void;
  readonly asyncify_stop_unwind: () => void;
  readonly asyncify_start_rewind: (data: number) => void;
  readonly asyncify_stop_rewind: () => void;
}

type Start = (argument: number, value: number) => number;

interface Fiber {
  /** 0 for what runs on the initial stack. */
  readonly handle: number;
  /** Address of what --asyncify asks for: where the stack ends now, and where it has to end; then comes the stack. */
  readonly data: number;
  enter: (value: number) => unknown;
  isStarted: boolean;
  isDone: boolean;
  /** Who goes on when this one suspends or is done. */
  resumer: Fiber | undefined;
}

/** Bytes of a stack, at least: the program's own has to fit as well. */
const SMALLEST = 1024;

/** Instantiates a module whose imports from "fiber" suspend. */
export function swapping(module: WebAssembly.Module): Run {
  const fibers = new Swaps();
  const { exports } = new WebAssembly.Instance(module, { fiber: fibers.imports() });
  return fibers.run(exports as unknown as Exports);
}

class Swaps {
  readonly #all: (Fiber | undefined)[] = [undefined];
  readonly #unused: number[] = [];
  #exports: Exports | undefined;
  #size = 0;
  #top = 0;
  #current: Fiber | undefined;
  #next: Fiber | undefined;
  /** What is handed over in a swap. */
  #value = 0;
  #state: "running" | "unwinding" | "rewinding" = "running";

  imports(): WebAssembly.ModuleImports {
    return {
      new: (index: number, argument: number) => {
        const start = (this.exports as unknown as Record<string, Start>)[`fiber${index}`];
        if (start === undefined) throw new RangeError(`there is no fiber${index}`);
        return this.#add((value) => start(argument, value));
      },
      free: (handle: number) => void this.#unused.push(handle),
      done: (handle: number) => (this.#at(handle).isDone ? 1 : 0),
      current: () => this.#current?.handle ?? 0,
      resume: (handle: number, value: number) => {
        if (this.#state === "rewinding") return this.#arrive();
        const fiber = this.#at(handle);
        fiber.resumer = this.#current;
        return this.#leave(fiber, value);
      },
      suspend: (value: number) => {
        if (this.#state === "rewinding") return this.#arrive();
        return this.#leave(this.#current?.resumer, value);
      },
      switch: (handle: number, value: number) => {
        if (this.#state === "rewinding") return this.#arrive();
        const fiber = this.#at(handle);
        fiber.resumer = this.#current?.resumer;
        return this.#leave(fiber, value);
      },
    };
  }

  get exports(): Exports {
    if (this.#exports === undefined) throw new Error("not instantiated yet");
    return this.#exports;
  }

  /** What runs on the initial stack is a fiber, too. */
  run(exports: Exports): Run {
    this.#exports = exports;
    this.#size = exports.stack_size.value;
    this.#top = exports.fibers_start.value;
    const args: number[] = [];
    const main = this.#allocate(0, () => exports.run(...args), Math.max(SMALLEST, this.#size));
    return (...given) => {
      args.splice(0, args.length, ...given);
      return this.#loop(main);
    };
  }

  #loop(main: Fiber): number | bigint {
    this.#current = main;
    for (let fiber = main; ; ) {
      const result = fiber.enter(this.#value);
      if (this.#state === "unwinding") {
        this.exports.asyncify_stop_unwind();
        this.#state = "running";
        fiber = this.#next as Fiber;
      } else if (fiber === main) {
        main.isStarted = false;
        return result as number | bigint;
      } else {
        fiber.isDone = true;
        this.#value = result as number;
        fiber = fiber.resumer as Fiber;
      }
      this.#current = fiber;
      if (fiber.isStarted) {
        this.#state = "rewinding";
        this.exports.asyncify_start_rewind(fiber.data);
      }
      fiber.isStarted = true;
    }
  }

  #leave(next: Fiber | undefined, value: number): number {
    const { data } = this.#current as Fiber;
    (this.#current as Fiber).isStarted = true;
    this.#next = next;
    this.#value = value;
    this.#state = "unwinding";
    this.exports.asyncify_start_unwind(data);
    return 0;
  }

  #arrive(): number {
    this.#state = "running";
    this.exports.asyncify_stop_rewind();
    return this.#value;
  }

  #at(handle: number): Fiber {
    const fiber = this.#all[handle];
    if (fiber === undefined) throw new RangeError(`${handle} is no fiber`);
    return fiber;
  }

  #add(enter: Fiber["enter"]): number {
    const unused = this.#unused.pop();
    if (unused !== undefined) {
      const fiber = this.#at(unused);
      fiber.enter = enter;
      fiber.isStarted = false;
      fiber.isDone = false;
      // It may have been left in the middle.
      new Uint32Array(this.exports.memory.buffer, fiber.data, 1)[0] = fiber.data + 8;
      return unused;
    }
    const handle = this.#all.length;
    this.#all.push(this.#allocate(handle, enter, this.#size));
    return handle;
  }

  /** A fiber with a stack of its own. */
  #allocate(handle: number, enter: Fiber["enter"], size: number): Fiber {
    const { memory } = this.exports;
    const data = this.#top;
    this.#top += 8 + size;
    const missing = this.#top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(Math.max(missing, memory.buffer.byteLength / 4) / 65_536));
    new Uint32Array(memory.buffer, data, 2).set([data + 8, this.#top]);
    return { handle, data, enter, isStarted: false, isDone: false, resumer: undefined };
  }
}
