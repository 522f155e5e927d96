/**
 * Stacks that guests keep in linear memory. A program in C has one, for variables that have an address, and a global variable
 * that says how much of it is in use. When several asynchronous calls of such a guest wait at the same time and go on in
 * any order, each needs a stack of its own: what one of them leaves on a common stack, the others overwrite.
 */
import type { Instance } from "./instance.ts";
import { TypeMismatchError } from "./usage-errors.ts";

export interface ShadowStackOptions {
  /** Bytes for each stack, in whole pages; 65536 by default. */
  readonly size?: number;
  /** The guest's export that points to the top of its stack; by default what LLVM calls it. */
  readonly pointer?: string;
  /** The guest's export that the stack is in. */
  readonly memory?: string;
  /**
   * Where stacks come from: returns the address of so many bytes, such as the guest's own `malloc`. By default from
   * `memory.grow`, which is sound for guests that take only what they have grown themselves (wasi-libc, Rust); not for
   * Emscripten's, which take all memory behind their heap for their own.
   */
  readonly allocate?: (bytes: number) => number;
}

const PAGE = 65536;

/** The stack of a call that has been entered. */
interface ShadowStack {
  /** The address behind it. Stacks grow downwards. */
  readonly top: number;
  /** Where the call has left its stack; live while it waits. */
  pointer: number;
  /** Where the code that entered the call has its stack; live while the call runs. */
  outer: number;
}

/**
 * Gives each asynchronous call into the store a stack of its own in the memory of a guest. Stacks are used again when a call
 * has ended.
 *
 * The guest has to export its stack pointer: `clang -mmutable-globals -Wl,--export=__stack_pointer`.
 *
 * @example
 * ```ts
 * separateStacks(instance, { size: 1 << 20 });
 * const results = await Promise.all(requests.map((request) => instance.callAsync("handle", [request])));
 * ```
 * @throws {TypeMismatchError} if the guest exports no such memory or pointer
 */
export function separateStacks(instance: Instance, options: ShadowStackOptions = {}): void {
  const { size = PAGE, allocate, pointer: pointerName = "__stack_pointer", memory: memoryName = "memory" } = options;
  const pointer = instance.getGlobal(pointerName);
  const memory = instance.getMemory(memoryName);
  if (pointer?.type.mutable !== true || pointer.type.value !== "i32") {
    throw new TypeMismatchError(`the guest does not export a mutable i32 as ${JSON.stringify(pointerName)}`);
  }
  if (memory === undefined) {
    throw new TypeMismatchError(`the guest does not export a memory as ${JSON.stringify(memoryName)}`);
  }
  if (!(size > 0)) throw new RangeError(`a stack needs more than ${size} bytes`);
  const pages = Math.ceil(size / PAGE);
  const stacks = new Map<object, ShadowStack>();
  const free: number[] = [];
  const { js } = pointer;
  const takeStack = (): number => {
    if (allocate === undefined) return (memory.grow(pages) + pages) * PAGE;
    const address = allocate(pages * PAGE);
    if (!(address > 0)) throw new RangeError(`there is no memory for a stack of ${pages * PAGE} bytes`);
    // C wants its stack aligned to 16 bytes.
    return (address + pages * PAGE) & ~15;
  };
  instance.store.entries.observe({
    enter(call) {
      let stack = stacks.get(call);
      if (stack === undefined) {
        const top = free.pop() ?? takeStack();
        stack = { top, pointer: top, outer: 0 };
        stacks.set(call, stack);
      }
      stack.outer = js.value as number;
      js.value = stack.pointer;
    },
    leave(call) {
      const stack = stacks.get(call);
      // There is none if there was no memory for it, so that the call has failed.
      if (stack === undefined) return;
      stack.pointer = js.value as number;
      js.value = stack.outer;
    },
    end(call) {
      const stack = stacks.get(call);
      if (stack === undefined) return;
      stacks.delete(call);
      free.push(stack.top);
    },
  });
}
