/**
 * The part of the fuzzing that may crash or hang: fuzz-binary.ts starts it as a process of its own and watches it.
 *
 * It gets `{start, end, seed}` and answers with one {@link Finding} for each input.
 */
import { LoweringError, lower, usesStackSwitching } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import { DecodeError, WasmError } from "../wasm/errors.ts";
import type { Module } from "../wasm/module.ts";
import { validateModule } from "../wasm/validate.ts";
import { loadCorpus } from "./corpus.ts";
import { Inputs } from "./mutate.ts";
import { peakMemory } from "./peak-memory.ts";
import { SHAPES } from "./shapes.ts";

export interface Task {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
}

export interface Finding {
  readonly index: number;
  /** `malformed`, `invalid`, `valid and lowered`, or why a valid module was not. */
  readonly outcome: string;
  /** What went wrong, if something did that must not. */
  readonly failure?: string;
  /** Milliseconds of processor time that it took. */
  readonly time: number;
  /** Its size in bytes. */
  readonly size: number;
  /** The most memory that the process has had so far, in megabytes. */
  readonly memory: number;
  /** How the host's verdict differs, for modules without stack switching. */
  readonly disagreement?: string;
}

type Verdict = Omit<Finding, "index" | "time" | "size" | "memory">;

/** A message without what differs from case to case. */
function category(message: string): string {
  return message
    .replace(/^WebAssembly\.Module\(\): /, "")
    .replace(/ \((?:in function|function|at offset)[^)]*\)/g, "")
    .replace(/ @\+\d+/, "")
    .replace(/Compiling function #\d+(?::"[^"]*")? failed: /, "")
    .replace(/"[^"]*"|'[^']*'/g, "'...'")
    .replace(/0x[0-9a-f]+/gi, "N")
    .replace(/\d+/g, "N")
    .slice(0, 120);
}

/** Why the host refuses a module that it has refused to validate. */
function hostMessage(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes);
    return "validate() refuses it, Module() does not";
  } catch (error) {
    return String((error as Error).message);
  }
}

function untyped(step: string, error: unknown): string {
  const { name, message } = error as Error;
  return `${step}: ${name}: ${category(message)}`;
}

function judge(bytes: Uint8Array<ArrayBuffer>): Verdict {
  let step = "decode";
  let module: Module | undefined;
  try {
    module = decodeModule(bytes);
    step = "validate";
    validateModule(module);
  } catch (error) {
    if (!(error instanceof WasmError)) return { outcome: "failed", failure: untyped(step, error) };
    const outcome = error instanceof DecodeError ? "malformed" : "invalid";
    if (!WebAssembly.validate(bytes)) return { outcome };
    return { outcome, disagreement: `only the host accepts: ${category(error.message)}` };
  }
  if (usesStackSwitching(module) || WebAssembly.validate(bytes)) return lowering(module);
  return {
    outcome: "valid, but not for the host",
    disagreement: `only the host refuses: ${category(hostMessage(bytes))}`,
  };
}

function lowering(module: Module): Verdict {
  try {
    const { bytes } = lower(module, { everyCallSuspends: true });
    if (WebAssembly.validate(bytes)) return { outcome: "valid and lowered" };
    const message = hostMessage(bytes);
    // A declared size that is valid, and more than this host is ready to give: lowered or not.
    if (/ is larger than implementation limit /.test(message))
      return { outcome: "valid, but beyond the host's limits" };
    return { outcome: "failed", failure: `lowered module is not valid: ${category(message)}` };
  } catch (error) {
    if (!(error instanceof LoweringError)) return { outcome: "failed", failure: untyped("lower", error) };
    return { outcome: `valid, lowering refused: ${category(error.message)}` };
  }
}

const modules = (await loadCorpus()).map(({ bytes }) => bytes);
process.on("message", ({ seed, start, end }: Task) => {
  const inputs = new Inputs(modules, seed, Object.values(SHAPES));
  for (let index = start; index < end; index++) {
    const bytes = inputs.at(index);
    const start = process.cpuUsage();
    const verdict = judge(bytes);
    const { user, system } = process.cpuUsage(start);
    const time = (user + system) / 1000;
    const memory = peakMemory() / 2 ** 20;
    process.send?.({ index, ...verdict, time, size: bytes.length, memory } satisfies Finding);
  }
});
process.send?.({ ready: true });
