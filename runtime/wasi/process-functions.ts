/**
 * Functions of WASI preview 1 on the process: arguments, environment, clocks, random bytes, exit; and sockets, of which
 * there are none.
 */
import { CLOCK } from "./abi.ts";
import { ERRNO, WasiError } from "./errno.ts";
import type { Guest, WasiState } from "./state.ts";
import type { Errno } from "./waiting.ts";

/** Bytes that hosts give at a time. */
const RANDOM_CHUNK = 0x1_0000;

/** @param exit ends the guest: does not return */
export function processFunctions(state: WasiState, exit: (code: number) => never) {
  const { descriptors } = state;

  function sizes(guest: Guest, strings: readonly string[], countAddress: number, sizeAddress: number): number {
    guest.memory.setU32(countAddress, strings.length);
    guest.memory.setU32(
      sizeAddress,
      strings.reduce((size, text) => size + cString(text).length, 0),
    );
    return ERRNO.success;
  }

  function list(guest: Guest, strings: readonly string[], pointersAddress: number, textAddress: number): number {
    let at = textAddress >>> 0;
    for (const [i, text] of strings.entries()) {
      const bytes = cString(text);
      guest.memory.setU32((pointersAddress >>> 0) + i * 4, at);
      guest.memory.bytes(at, bytes.length).set(bytes);
      at += bytes.length;
    }
    return ERRNO.success;
  }

  function noSocket(_guest: Guest, fd: number): never {
    descriptors.get(fd);
    throw new WasiError("notsock");
  }

  return {
    args_get: (guest: Guest, pointers: number, text: number): number => list(guest, state.args, pointers, text),
    args_sizes_get: (guest: Guest, count: number, size: number): number => sizes(guest, state.args, count, size),
    environ_get: (guest: Guest, pointers: number, text: number): number => list(guest, state.env, pointers, text),
    environ_sizes_get: (guest: Guest, count: number, size: number): number => sizes(guest, state.env, count, size),

    clock_res_get(guest: Guest, id: number, address: number): number {
      clockOf(state, id);
      guest.memory.setU64(address, id === CLOCK.realtime ? 1_000_000n : 1_000n);
      return ERRNO.success;
    },

    clock_time_get(guest: Guest, id: number, _precision: bigint, address: number): number {
      guest.memory.setU64(address, clockOf(state, id)());
      return ERRNO.success;
    },

    random_get(guest: Guest, address: number, length: number): number {
      const target = guest.memory.bytes(address, length);
      for (let i = 0; i < target.length; i += RANDOM_CHUNK) {
        // By way of an array of our own, because hosts do not fill shared memory.
        const chunk = new Uint8Array(Math.min(RANDOM_CHUNK, target.length - i));
        state.random(chunk);
        target.set(chunk, i);
      }
      return ERRNO.success;
    },

    proc_exit: (_guest: Guest, code: number): never => exit(code >>> 0),

    /** There are no signals. */
    proc_raise(): never {
      throw new WasiError("notsup");
    },

    /** Lets the event loop run, if the guest may wait. */
    sched_yield(guest: Guest): Errno {
      if (!guest.mayWait()) return ERRNO.success;
      return new Promise((resolve) => setTimeout(() => resolve(ERRNO.success), 0));
    },

    sock_accept: noSocket,
    sock_recv: noSocket,
    sock_send: noSocket,
    sock_shutdown: noSocket,
  };
}

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** @throws {WasiError} `inval` for clocks of CPU time, which JavaScript does not have */
function clockOf({ clocks }: WasiState, id: number): () => bigint {
  if (id === CLOCK.realtime) return () => clocks.realtime();
  if (id === CLOCK.monotonic) return () => clocks.monotonic();
  throw new WasiError("inval");
}
