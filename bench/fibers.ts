/**
 * Fibers made of promises: for async functions as they are, for Wasm by way of JavaScript promise integration or `asyncify-wasm`.
 * The programs of programs/fibers/ import them as "fiber".
 */

/** Runs until its first suspension at once; the promise is for its result. */
export type Body = (value: number) => Promise<number>;

export class Fiber {
  readonly body: Body;
  done = false;
  /** The fiber that resumed this one, while it runs. */
  resumer: Fiber | undefined;
  /** Settles the promise that its resumer waits for. */
  deliver: ((value: number) => void) | undefined;
  fail: ((error: unknown) => void) | undefined;
  /** Settles the promise that it waits for itself; undefined before its first suspension. */
  wake: ((value: number) => void) | undefined;
  raise: ((error: unknown) => void) | undefined;

  constructor(body: Body) {
    this.body = body;
  }
}

/** Fibers that resume each other, and the one that runs. */
export class Fibers {
  running: Fiber | undefined;

  /** Runs a fiber until it suspends or is done; the promise is for the value that it suspends with, or its result. */
  resume(fiber: Fiber, value: number): Promise<number> {
    return new Promise((deliver, fail) => {
      fiber.resumer = this.running;
      fiber.deliver = deliver;
      fiber.fail = fail;
      this.#run(fiber, value);
    });
  }

  /** Like resume, but its suspension ends with an exception. */
  throwInto(fiber: Fiber, error: unknown): Promise<number> {
    return new Promise((deliver, fail) => {
      fiber.resumer = this.running;
      fiber.deliver = deliver;
      fiber.fail = fail;
      this.running = fiber;
      fiber.raise?.(error);
    });
  }

  #run(fiber: Fiber, value: number): void {
    this.running = fiber;
    if (fiber.wake === undefined) this.#start(fiber, value);
    else fiber.wake(value);
  }

  #start(fiber: Fiber, value: number): void {
    fiber.body(value).then(
      (result) => {
        fiber.done = true;
        this.running = fiber.resumer;
        fiber.deliver?.(result);
      },
      (error: unknown) => {
        fiber.done = true;
        this.running = fiber.resumer;
        fiber.fail?.(error);
      },
    );
  }

  /** Suspends the running fiber; the promise is for the value that it is resumed with. */
  suspend(value: number): Promise<number> {
    return new Promise((wake, raise) => {
      const fiber = this.running as Fiber;
      fiber.wake = wake;
      fiber.raise = raise;
      this.running = fiber.resumer;
      fiber.deliver?.(value);
    });
  }

  /** Suspends the running fiber and goes on with another in its place. */
  switchTo(next: Fiber, value: number): Promise<number> {
    return new Promise((wake, raise) => {
      const fiber = this.running as Fiber;
      fiber.wake = wake;
      fiber.raise = raise;
      next.resumer = fiber.resumer;
      next.deliver = fiber.deliver;
      next.fail = fiber.fail;
      this.#run(next, value);
    });
  }
}

type Start = (argument: number, value: number) => Promise<number>;

/**
 * The imports of a Wasm program. `entry` gives the function with which a new fiber starts, given its number; functions that
 * wait are passed through `waiting`.
 */
export function fiberImports(
  entry: (index: number) => Start,
  waiting: (fn: (...args: number[]) => Promise<number>) => (...args: number[]) => unknown,
): { readonly fiber: WebAssembly.ModuleImports } {
  const fibers = new Fibers();
  // Handle 0 is no fiber.
  const all: (Fiber | undefined)[] = [undefined];
  const handles = new Map<Fiber, number>();
  const unused: number[] = [];
  const fiberOf = (handle: number): Fiber => {
    const fiber = all[handle];
    if (fiber === undefined) throw new RangeError(`${handle} is no fiber`);
    return fiber;
  };
  return {
    fiber: {
      new(index: number, argument: number): number {
        const start = entry(index);
        const fiber = new Fiber((value) => start(argument, value));
        const handle = unused.pop() ?? all.length;
        all[handle] = fiber;
        handles.set(fiber, handle);
        return handle;
      },
      free(handle: number): void {
        handles.delete(fiberOf(handle));
        all[handle] = undefined;
        unused.push(handle);
      },
      done: (handle: number): number => (fiberOf(handle).done ? 1 : 0),
      current: (): number => (fibers.running === undefined ? 0 : (handles.get(fibers.running) ?? 0)),
      resume: waiting((handle = 0, value = 0) => fibers.resume(fiberOf(handle), value)),
      suspend: waiting((value = 0) => fibers.suspend(value)),
      switch: waiting((handle = 0, value = 0) => fibers.switchTo(fiberOf(handle), value)),
    },
  };
}
