/**
 * Modules as bytes, with the work of lowering done.
 *
 * ```text
 *   magic, format   8 bytes
 *   made by         version of the package, fingerprint of the engine, hash of the machine: names
 *   checksum        of all that follows: 4 bytes
 *   guest           bytes of the module
 *   options         of compilation, as JSON
 *   lowered         0, or 1 and: bytes, frames, the rest as JSON
 * ```
 *
 * The host compiles, and so validates, what is run in any case: a forged file can make a guest misbehave, but nothing else.
 */
import type { LoweredModule } from "../continuations/index.ts";
import { machineFingerprint } from "../continuations/index.ts";
import { DecodeError } from "../wasm/errors.ts";
import { Reader } from "../wasm/reader.ts";
import { Writer } from "../wasm/writer.ts";
import type { Engine } from "./engine.ts";
import { SerializationError } from "./usage-errors.ts";
import { VERSION } from "./version.ts";

/** `\0stkyrd` and the number of the format. */
const MAGIC: readonly number[] = Object.freeze([0x00, 0x73, 0x74, 0x6b, 0x79, 0x72, 0x64, 0x01]);

/** What a serialized module holds. */
export interface SerializedModule {
  readonly guest: Uint8Array<ArrayBuffer>;
  /** Options of compilation: those that are plain data. */
  readonly options: object | undefined;
  /** Undefined if the module is lowered when an instance needs it, if ever. */
  readonly lowered: LoweredModule | undefined;
  /** Name of the table that resume copies made on demand import functions from, if they are. */
  readonly functionTable: string | undefined;
}

/** Whether `bytes` begin as a serialized module, of whatever version. */
export function isSerialized(bytes: Uint8Array): boolean {
  return MAGIC.slice(0, -1).every((byte, i) => bytes[i] === byte);
}

export function serializeModule(engine: Engine, module: SerializedModule): Uint8Array<ArrayBuffer> {
  const payload = new Writer(module.guest.length * 2);
  sized(payload, module.guest);
  payload.name(JSON.stringify(module.options ?? null));
  payload.u8(module.lowered === undefined ? 0 : 1);
  if (module.lowered !== undefined) writeLowered(payload, module.lowered);
  const out = new Writer(payload.length + 256);
  for (const byte of MAGIC) out.u8(byte);
  for (const text of [VERSION, engine.fingerprint, machineFingerprint()]) out.name(text);
  const sum = checksum(payload.view());
  for (let shift = 0; shift < 32; shift += 8) out.u8((sum >>> shift) & 0xff);
  out.append(payload);
  return out.toBytes();
}

/** @throws {SerializationError} if the bytes are none of a serialized module, or of one that this engine cannot use */
export function deserializeModule(engine: Engine, bytes: Uint8Array): SerializedModule {
  if (!isSerialized(bytes)) throw new SerializationError("these are not the bytes of a serialized module");
  if (bytes[MAGIC.length - 1] !== MAGIC.at(-1))
    throw differs("format", String(bytes[MAGIC.length - 1]), String(MAGIC.at(-1)));
  try {
    return read(engine, new Reader(bytes, MAGIC.length));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new SerializationError("the serialized module is damaged: it ends too early", { cause: error });
  }
}

function read(engine: Engine, reader: Reader): SerializedModule {
  const version = reader.name();
  if (version !== VERSION) throw differs("version of Stackyard", version, VERSION);
  const fingerprint = reader.name();
  if (fingerprint !== engine.fingerprint) throw differs("engine configuration", fingerprint, engine.fingerprint);
  const machine = reader.name();
  if (machine !== machineFingerprint()) throw differs("continuation machine", machine, machineFingerprint());
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) sum |= reader.u8() << shift;
  if (sum >>> 0 !== checksum(reader.bytes.subarray(reader.pos))) {
    throw new SerializationError("the serialized module is damaged: its checksum is wrong");
  }
  const guest = takeBytes(reader);
  const options = (JSON.parse(reader.name()) ?? undefined) as object | undefined;
  const form = reader.u8() === 0 ? { lowered: undefined, functionTable: undefined } : readLowered(reader);
  return { guest, options, ...form };
}

function differs(what: string, found: string, own: string): SerializationError {
  return new SerializationError(`the module was serialized for another ${what}: ${found}, not ${own}`);
}

/** What JSON holds of a lowered module. */
type Rest = Pick<LoweredModule, "virtualTagImports" | "identityTagImports" | "tagExports" | "frameTable"> & {
  readonly start: string | null;
  readonly drivers: readonly number[];
  readonly functionTable: string | null;
  readonly takes: readonly (readonly [string, string])[];
  readonly puts: readonly (readonly [number, string])[];
  readonly rewinds: readonly (readonly [number, string])[];
  readonly placeholders: readonly (readonly [number, string])[];
};

function writeLowered(out: Writer, lowered: LoweredModule): void {
  sized(out, lowered.bytes);
  out.u32(lowered.frames.length);
  for (const { func, resumeFunction, offsets } of lowered.frames) {
    out.u32(func);
    out.u32(resumeFunction);
    out.u32(offsets.length);
    for (const offset of offsets) out.u32(offset);
  }
  const { virtualTagImports, identityTagImports, tagExports, frameTable } = lowered;
  const rest: Rest = {
    start: lowered.start ?? null,
    drivers: lowered.drivers,
    functionTable: lowered.onDemand?.functionTable ?? null,
    virtualTagImports,
    identityTagImports,
    tagExports,
    takes: [...lowered.takes],
    puts: [...lowered.puts],
    rewinds: [...lowered.rewinds],
    placeholders: [...lowered.placeholders],
    frameTable,
  };
  out.name(JSON.stringify(rest));
}

function readLowered(reader: Reader): Pick<SerializedModule, "lowered" | "functionTable"> {
  const bytes = takeBytes(reader);
  const frames = Array.from({ length: reader.u32() }, () => {
    const func = reader.u32();
    const resumeFunction = reader.u32();
    const offsets = Uint32Array.from({ length: reader.u32() }, () => reader.u32());
    return { func, resumeFunction, offsets };
  });
  const { start, takes, puts, rewinds, placeholders, functionTable, ...rest } = JSON.parse(reader.name()) as Rest;
  const lowered: LoweredModule = {
    ...rest,
    bytes,
    frames,
    start: start ?? undefined,
    takes: new Map(takes),
    puts: new Map(puts),
    rewinds: new Map(rewinds),
    placeholders: new Map(placeholders),
    onDemand: undefined,
  };
  return { lowered, functionTable: functionTable ?? undefined };
}

function sized(out: Writer, bytes: Uint8Array): void {
  out.u32(bytes.length);
  out.bytes(bytes);
}

function takeBytes(reader: Reader): Uint8Array<ArrayBuffer> {
  const length = reader.u32();
  const start = reader.pos;
  reader.skip(length);
  return reader.bytes.slice(start, start + length);
}

/** FNV-1a, 32 bits: against accidents, not against forgery. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
