/**
 * WasmBacktrace: where guests are, across stacks.
 *
 * A stack that runs is in two places: its inner part on the host's stack, its outer part, not re-entered since it was last
 * suspended, in frames on the heap. Drivers separate the stacks on the host's:
 *
 * ```text
 *   host's stack                                        heap
 *   f  g  resume copy of h    | driver |                i  j        = continuation 1: f g h i j
 *   k  resume copy of l       | driver |                m           = continuation 2: k l m
 *   n  o  entry                                                     = initial stack:  n o
 * ```
 *
 * Where continuations were captured together, one driver runs them: then all frames but those of the innermost are saved.
 */
import type { ContinuationObject, StoreContext } from "../continuations/index.ts";
import { type HostFrame, parseHostStack, stackOf } from "./debug/host-stack.ts";
import type { KnownCode, Located, Resolved } from "./debug/known-code.ts";
import { captureChain, captureContinuation, type DrivenStacks, type SavedStack } from "./debug/saved-stacks.ts";
import { FrameInfo } from "./frame-info.ts";
import type { Module } from "./module.ts";

/** What a backtrace needs of a store. */
export interface TracedStore {
  readonly code: KnownCode<Module>;
  /** Undefined if no lowered code runs in the store. */
  readonly startedContext: StoreContext | undefined;
}

/** One stack of a backtrace. */
export interface BacktraceStack {
  /**
   * The continuation whose stack it is, as long as that runs or waits; undefined for the initial stack of a call from
   * JavaScript.
   */
  readonly continuation: ContinuationObject | undefined;
  /** Innermost first. */
  readonly frames: readonly FrameInfo[];
}

/**
 * The guest's frames at one time, innermost first.
 *
 * @example
 * ```ts
 * try {
 *   instance.call("main");
 * } catch (error) {
 *   if (error instanceof Trap) console.error(`${error.message}\n${error.backtrace}`);
 * }
 * ```
 */
export class WasmBacktrace {
  /** The stacks, that which was running first; each was resumed by the next, up to the initial stack of a call. */
  readonly stacks: readonly BacktraceStack[];
  /** Whether the host's trace ended early (on V8, see `Error.stackTraceLimit`), so that outer frames are missing. */
  readonly isTruncated: boolean;

  private constructor(stacks: readonly BacktraceStack[], isTruncated: boolean) {
    this.stacks = stacks;
    this.isTruncated = isTruncated;
  }

  /** All frames, across stacks. */
  get frames(): readonly FrameInfo[] {
    return this.stacks.flatMap(({ frames }) => frames);
  }

  /** Where the guests of a store are that called the function that calls this. */
  static capture(store: TracedStore): WasmBacktrace {
    const { startedContext } = store;
    const chains = startedContext === undefined ? [] : [captureChain(startedContext)];
    return WasmBacktrace.ofError(store, new Error(), chains);
  }

  /** Where a continuation that waits was suspended, with those that were captured with it. */
  static ofContinuation(store: TracedStore, continuation: ContinuationObject): WasmBacktrace {
    const { startedContext } = store;
    const saved = startedContext === undefined ? [] : captureContinuation(startedContext, continuation);
    return new WasmBacktrace(
      saved.map((stack) => savedPart(store, stack, 0)),
      false,
    );
  }

  /**
   * Where the guests of a store were when `error` was made: an error that a host function threw, say, and that came back out
   * of the guest. What was saved of stacks is not known any more, unless it was noted (`chains`).
   */
  static ofError(store: TracedStore, error: Error, chains: readonly (readonly DrivenStacks[])[] = []): WasmBacktrace {
    const host = parseHostStack(stackOf(error), error.message);
    const stacks: BacktraceStack[] = [];
    const remaining = [...chains];
    for (const run of runsOf(store.code.resolve(host))) {
      const chain = isEntry(run) ? (remaining.shift() ?? []) : [];
      stacks.push(...stacksOf(store, run, chain));
    }
    return new WasmBacktrace(
      stacks.filter(({ frames }) => frames.length > 0),
      endsEarly(host),
    );
  }

  /** The text that Wasmtime prints, with a line where one stack was resumed by another. */
  toString(): string {
    const lines = ["wasm backtrace:"];
    let i = 0;
    let inner: BacktraceStack | undefined;
    for (const stack of this.stacks) {
      if (inner !== undefined) {
        lines.push(
          inner.continuation === undefined ? "      -- entered from the host, called by" : "      -- resumed by",
        );
      }
      for (const frame of stack.frames) lines.push(...frame.lines(i++));
      inner = stack;
    }
    if (this.isTruncated) lines.push("      -- and more");
    return lines.join("\n");
  }
}

type Frame = Resolved<Module>;

/** Frames of WebAssembly with none of JavaScript between them; those in which there is nothing of a guest are left out. */
function runsOf(frames: readonly Frame[]): Frame[][] {
  const runs: Frame[][] = [[]];
  for (const frame of frames) {
    if (frame.kind === "javascript") runs.push([]);
    else runs.at(-1)?.push(frame);
  }
  return runs.filter((run) => run.some(({ kind }) => kind === "guest" || kind === "driver"));
}

/** Whether JavaScript entered lowered code there, and not a module that runs as it is. */
function isEntry(run: readonly Frame[]): boolean {
  const outermost = run.findLast(({ kind }) => kind !== "unknown");
  return outermost !== undefined && (outermost.kind !== "guest" || outermost.form?.isLowered === true);
}

function endsEarly(host: readonly HostFrame[]): boolean {
  return host.at(-1)?.isWasm === true;
}

/** The stacks of one run, with what is saved of each. */
function stacksOf(store: TracedStore, run: readonly Frame[], chain: readonly DrivenStacks[]): BacktraceStack[] {
  const segments: Frame[][] = [[]];
  for (const frame of run) {
    if (frame.kind === "driver") segments.push([]);
    else segments.at(-1)?.push(frame);
  }
  const stacks: BacktraceStack[] = [];
  for (let i = 0; i < Math.max(segments.length, chain.length); i++) {
    const segment = segments[i] ?? [];
    const [innermost, ...others] = chain[i] ?? [];
    const running = runningPart(segment);
    if (innermost === undefined) {
      stacks.push({ continuation: undefined, frames: running });
      continue;
    }
    // The innermost frame was re-entered: it is on the host's stack, and what it says is out of date.
    const saved = savedPart(store, innermost, 1);
    stacks.push({ continuation: innermost.continuation, frames: [...running, ...saved.frames] });
    for (const stack of others) stacks.push(savedPart(store, stack, 0));
  }
  return stacks;
}

function runningPart(segment: readonly Frame[]): FrameInfo[] {
  const frames: FrameInfo[] = [];
  let isInnermost = true;
  for (const frame of segment) {
    if (frame.kind !== "guest") continue;
    if (isInnermost || !frame.isTailCall) frames.push(...infoOf(frame));
    isInnermost = false;
  }
  return frames;
}

function savedPart(store: TracedStore, stack: SavedStack, skip: number): BacktraceStack {
  const frames = stack.frames.slice(skip).flatMap((frame) => {
    const located = store.code.resolveSaved(frame);
    return located === undefined ? [] : infoOf(located);
  });
  return { continuation: stack.continuation, frames };
}

function infoOf(located: Located<Module>): FrameInfo[] {
  if (located.kind !== "guest" || located.form === undefined) return [];
  return [new FrameInfo(located.form.source, located.func, located.form.names.get(located.func), located.offset)];
}
