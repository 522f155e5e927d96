/** Modules in which nothing can suspend and which nothing from outside can make suspend: they stay as they are. */
import { encodeModule } from "../wasm/encode.ts";
import { InstructionReader } from "../wasm/instruction-reader.ts";
import { OP } from "../wasm/instructions.ts";
import type { Module } from "../wasm/module.ts";
import type { OpcodeSet } from "../wasm/opcode-set.ts";
import { usesStackSwitching } from "./analysis.ts";
import { exportPrefix, type LoweredModule } from "./lowered-module.ts";
import type { OffsetRecorder } from "./offset-map.ts";
import type { CallOracle } from "./scan.ts";

/**
 * Whether a module needs nothing of what lowering does. A try_table may have to be written in another way for some hosts
 * (Copy.openTry); tags have identities; imported functions may be handed on to code that suspends; the instantiator calls the
 * start function.
 */
export function isClosed(module: Module, calls: CallOracle, opcodes: OpcodeSet): boolean {
  return (
    module.importedFunctions === 0 &&
    module.start === undefined &&
    module.tags.length === 0 &&
    opcodes[OP.try_table] !== 1 &&
    !module.functions.some((_, x) => calls.call(x)) &&
    !usesStackSwitching(module)
  );
}

/** A closed module, as if it had been lowered. */
export function closedModule(module: Module, recorder: OffsetRecorder | undefined): LoweredModule {
  if (recorder !== undefined) noteOffsets(module, recorder);
  return {
    bytes: encodeModule(module),
    start: undefined,
    virtualTagImports: [],
    identityTagImports: [],
    tagExports: [],
    takes: new Map(),
    puts: new Map(),
    rewinds: new Map(),
    placeholders: new Map(),
    frameTable: `${exportPrefix(module)}frames`,
    frames: [],
    drivers: [],
    onDemand: undefined,
  };
}

function noteOffsets(module: Module, recorder: OffsetRecorder): void {
  const reader = new InstructionReader(module.bytes);
  for (const [i, { body, range }] of module.code.entries()) {
    reader.seek(body, range.end);
    while (reader.next()) recorder.note(reader.offset - body, reader.offset);
    recorder.end(module.importedFunctions + i);
  }
}
