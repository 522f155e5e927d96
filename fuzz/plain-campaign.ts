/** The process that makes plain modules and runs them: plain.ts starts it, and adds up what it finds. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { root } from "../scripts/root.ts";
import { decodeModule } from "../wasm/decode.ts";
import { Binaryen } from "./binaryen.ts";
import { describe, sameTrace } from "./oracles.ts";
import { runDeep, runPlain } from "./plain-run.ts";
import { hostTarget, Lowering, type Mode } from "./targets.ts";
import { workOn } from "./task-process.ts";

export interface PlainTask {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
}

export interface PlainFinding {
  readonly index: number;
  readonly bytes: number;
  readonly functions: number;
  readonly outcomes: readonly string[];
  /** Why it could not be compared. */
  readonly skipped: string | undefined;
  readonly mismatch: string | undefined;
}

/** Sent before a module runs as it is: what never ends then is no fault of the lowering's. */
export interface RunsAsIs {
  readonly asIs: boolean;
}

/** Modes in which all functions are lowered; a module runs in the first and one of the others. */
const MODES: readonly Mode[] = Object.freeze<Mode[]>([
  "every call",
  "chaos",
  "on demand",
  "metered",
  "chaos on demand",
]);

class PlainCampaign {
  readonly #lowerings = new Map<Mode, Lowering>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  judge(index: number, bytes: Uint8Array<ArrayBuffer>): PlainFinding {
    const { code } = decodeModule(bytes);
    process.send?.({ asIs: true } satisfies RunsAsIs, () => undefined);
    const expected = runPlain(hostTarget(), bytes);
    process.send?.({ asIs: false } satisfies RunsAsIs, () => undefined);
    const finding = {
      index,
      bytes: bytes.length,
      functions: code.length,
      outcomes: expected.outcomes.filter((outcome) => !outcome.includes(": ") || outcome.startsWith("trapped")),
      skipped: undefined,
      mismatch: undefined,
    };
    for (const mode of ["every call", MODES[1 + (index % (MODES.length - 1))] ?? "chaos"] as const) {
      const lowering = this.#lowerings.get(mode) ?? new Lowering(mode);
      this.#lowerings.set(mode, lowering);
      const actual = runPlain(lowering.target(index), bytes);
      if (sameTrace(expected, actual)) continue;
      // A lowered function takes more of the stack.
      if (!sameTrace(expected, runDeep(hostTarget(), bytes)))
        return { ...finding, skipped: "depends on the stack's size" };
      this.#keep(index, bytes);
      return { ...finding, mismatch: describe({ reference: "host", way: mode, expected, actual }) };
    }
    return finding;
  }

  #keep(index: number, bytes: Uint8Array): void {
    mkdirSync(join(root, ".fuzz"), { recursive: true });
    writeFileSync(join(root, ".fuzz", `plain-${this.#seed}-${index}.wasm`), bytes);
  }
}

async function run({ seed, start, end }: PlainTask): Promise<void> {
  const binaryen = await Binaryen.load();
  process.on("exit", () => binaryen.close());
  const campaign = new PlainCampaign(seed);
  for (let index = start; index < end; index++) {
    const bytes = await binaryen.module(seed, index);
    const invalid = WebAssembly.validate(bytes) ? undefined : "the host refuses it";
    const none = { index, bytes: bytes.length, functions: 0, outcomes: [], mismatch: undefined };
    process.send?.(
      invalid === undefined ? campaign.judge(index, bytes) : { ...none, skipped: invalid },
      () => undefined,
    );
    await setImmediate();
  }
}

workOn(run);
