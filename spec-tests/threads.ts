/**
 * Threads of scripts (threads proposal, "Script Extension"): `(thread $T (shared (module $M)) COMMAND...)` runs commands beside
 * the rest of the script, and `(wait $T)` waits for their end.
 *
 * A thread may block in `memory.atomic.wait` until another one notifies it, so it needs a worker. What its script shares with it
 * are instances; what can be shared of them between agents of JavaScript are their shared memories.
 */
import { Worker } from "node:worker_threads";
import type { Backend } from "./engine.ts";
import type { CommandResult } from "./script-runner.ts";

/** How long a script waits for a thread, in milliseconds. */
const THREAD_TIMEOUT = 30_000;

export interface ThreadRequest {
  /** The thread's commands. */
  readonly script: string;
  /** Line on which they begin. */
  readonly line: number;
  /** Instances of the parent that the thread sees under the same names. */
  readonly shared: readonly { readonly id: string; readonly exports: WebAssembly.Exports }[];
}

/** A running thread. */
export interface ScriptThread {
  /** The results of its commands. Rejects if it does not end in time, or cannot run at all. */
  readonly results: Promise<readonly CommandResult[]>;
  /** Ends it, whatever it is doing. */
  stop(): Promise<void>;
}

export type ThreadStarter = (request: ThreadRequest) => ScriptThread;

/** What a thread's worker is given. */
export interface ThreadData {
  readonly backend: Backend;
  readonly seed: number;
  readonly script: string;
  readonly line: number;
  readonly shared: readonly { readonly id: string; readonly memories: Readonly<Record<string, WebAssembly.Memory>> }[];
}

/** Starts threads that run against the same backend as their script. */
export function threadStarter(backend: Backend, seed: number): ThreadStarter {
  return ({ script, line, shared }) => {
    const instances = shared.map(({ id, exports }) => ({ id, memories: sharedMemories(exports) }));
    const data: ThreadData = { backend, seed, script, line, shared: instances };
    // Built, this code is in a file at the top of the package's folder.
    const worker = import.meta.url.endsWith(".ts") ? "./thread-worker.ts" : "./spec-tests/thread-worker.js";
    return watch(new Worker(new URL(worker, import.meta.url), { workerData: data }));
  };
}

function watch(worker: Worker): ScriptThread {
  const results = new Promise<readonly CommandResult[]>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the thread did not end within ${THREAD_TIMEOUT} ms`));
      void worker.terminate();
    }, THREAD_TIMEOUT);
    worker.once("message", (message: readonly CommandResult[]) => resolve(message));
    worker.once("error", reject);
    worker.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the thread ended without results (exit code ${code})`));
    });
  });
  // Whoever waits gets the rejection; a thread that nobody waits for has none to tell.
  results.catch(() => undefined);
  return {
    results,
    stop: async () => {
      await worker.terminate();
    },
  };
}

function sharedMemories(exports: WebAssembly.Exports): Record<string, WebAssembly.Memory> {
  return Object.fromEntries(
    Object.entries(exports).filter((entry): entry is [string, WebAssembly.Memory] => isShared(entry[1])),
  );
}

function isShared(value: WebAssembly.ExportValue): boolean {
  return (
    value instanceof WebAssembly.Memory && Object.prototype.toString.call(value.buffer) === "[object SharedArrayBuffer]"
  );
}
