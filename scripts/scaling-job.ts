/** Measures one shape at one size, for scaling.ts: `node scaling-job.ts SHAPE MEGABYTES` prints a {@link Measured} as JSON. */
import { LoweringError, lower } from "../continuations/index.ts";
import { decodeModule } from "../wasm/decode.ts";
import { WasmError } from "../wasm/errors.ts";
import { validateModule } from "../wasm/validate.ts";
import { peakMemory } from "./peak-memory.ts";
import { SHAPES } from "./shapes.ts";

export interface Measured {
  /** In bytes. */
  readonly size: number;
  /** `lowered`, or why it was refused. */
  readonly outcome: string;
  /** Milliseconds of processor time of each step that was reached; all threads count. */
  readonly times: Readonly<Record<string, number>>;
  /** The most that the process had before the host compiled, in bytes, beyond what it began with. */
  readonly memory: number;
}

const times: Record<string, number> = {};

function timed<T>(step: string, act: () => T): T {
  const start = process.cpuUsage();
  try {
    return act();
  } finally {
    const { user, system } = process.cpuUsage(start);
    times[step] = (user + system) / 1000;
  }
}

function judge(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    const module = timed("decode", () => decodeModule(bytes));
    timed("validate", () => validateModule(module));
    const lowered = timed("lower", () => lower(module, { everyCallSuspends: true }));
    memory = peakMemory();
    return timed("compile", () => WebAssembly.validate(lowered.bytes)) ? "lowered" : "untyped: refused by the host";
  } catch (error) {
    const { name, message } = error as Error;
    const isTyped = error instanceof WasmError || error instanceof LoweringError;
    return `${isTyped ? "refused" : "untyped"}: ${name}: ${message.replace(/ once lowered .*| \(.*/, "")}`;
  }
}

const [name = "", megabytes = "1"] = process.argv.slice(2);
const shape = SHAPES[name];
if (shape === undefined) throw new RangeError(`no shape is called ${name}`);
// What is compiled by the host before counts neither.
judge(shape.make(Math.ceil(shape.megabyte / 1000)));
const bytes = shape.make(Math.round(shape.megabyte * Number(megabytes)));
const before = peakMemory();
let memory = 0;
const outcome = judge(bytes);
if (memory === 0) memory = peakMemory();
console.log(
  JSON.stringify({ size: bytes.length, outcome, times, memory: Math.max(0, memory - before) } satisfies Measured),
);
