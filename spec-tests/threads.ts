/** Threads of scripts (threads proposal): see the command `thread`. */
import type { Backend } from "./engine.ts";

export interface ThreadRequest {
  /** The thread's commands. */
  readonly script: string;
  /** Line on which they begin. */
  readonly line: number;
  /** Instances of the parent that the thread sees under the same names. */
  readonly shared: readonly { readonly id: string; readonly exports: WebAssembly.Exports }[];
}

/** Starts a thread; settles with what went wrong in it, or undefined. */
export type ThreadStarter = (request: ThreadRequest) => Promise<string | undefined>;

export function threadStarter(_backend: Backend, _seed: number): ThreadStarter {
  return () => Promise.reject(new Error("not yet"));
}
