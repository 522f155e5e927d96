/**
 * Bridges: generated modules that stand between a script and an export whose values JavaScript cannot hold.
 *
 * A number of JavaScript does not keep the payload of a NaN; vectors, exception and continuation references do not cross the
 * boundary at all. A bridge imports the export under its exact type, uses it in WebAssembly and speaks integers outside:
 *
 *     f32 as i32 bits, f64 as i64 bits, v128 as two i64 (low, high), exnref and contref as i32 (0 null, 1 not null)
 *
 * Null arguments are constants of the bridge, since a null has the type that its parameter needs.
 */
import { IDENTITY } from "../wasm/index-map.ts";
import { writeOpcode } from "../wasm/instruction-writer.ts";
import { OP } from "../wasm/instructions.ts";
import type { GlobalType, Module } from "../wasm/module.ts";
import { Reader } from "../wasm/reader.ts";
import { EXTERN_KINDS, HEADER, SECTION, TYPE_CODE } from "../wasm/sections.ts";
import * as t from "../wasm/types.ts";
import { writeHeapType, writeValType } from "../wasm/type-codec.ts";
import { Writer } from "../wasm/writer.ts";
import type { Const } from "./script.ts";
import type { Carrier, Signatures } from "./signatures.ts";
import type { Hierarchy } from "./values.ts";

/** Whether values of this kind need a bridge to come out (or in) unharmed. */
export function needsBridge(carrier: Carrier): boolean {
  switch (carrier) {
    case "i32":
    case "i64":
    case "any":
    case "func":
    case "extern":
      return false;
    default:
      return true;
  }
}

/** The bottom of each hierarchy. */
const BOTTOM: Readonly<Record<Hierarchy, t.HeapType>> = Object.freeze({
  any: t.HEAP_NONE,
  func: t.HEAP_NOFUNC,
  extern: t.HEAP_NOEXTERN,
  exn: t.HEAP_NOEXN,
  cont: t.HEAP_NOCONT,
});

/** A bridge in the making: its types come first, and its one function, exported as "call". */
class BridgeWriter {
  readonly #signatures: Signatures;
  /** Parameters and results as JavaScript sees them. */
  readonly params: t.ValType[] = [];
  readonly results: t.ValType[] = [];
  readonly locals: t.ValType[] = [];
  readonly code = new Writer();

  constructor(signatures: Signatures) {
    this.#signatures = signatures;
  }

  op(opcode: number, ...immediates: readonly number[]): void {
    writeOpcode(this.code, opcode);
    for (const immediate of immediates) this.code.u32(immediate);
  }

  lane(opcode: number, lane: number): void {
    writeOpcode(this.code, opcode);
    this.code.u8(lane);
  }

  /** Takes a parameter of JavaScript's and pushes it. */
  #param(type: t.ValType): void {
    this.op(OP["local.get"], this.params.length);
    this.params.push(type);
  }

  /** Pushes an argument for a parameter of type `type`. */
  push(arg: Const, type: t.ValType): void {
    switch (arg.type) {
      case "i32":
        return this.#param(t.I32);
      case "i64":
        return this.#param(t.I64);
      case "f32":
        this.#param(t.I32);
        return this.op(OP["f32.reinterpret_i32"]);
      case "f64":
        this.#param(t.I64);
        return this.op(OP["f64.reinterpret_i64"]);
      case "v128":
        this.#param(t.I64);
        this.op(OP["i64x2.splat"]);
        this.#param(t.I64);
        return this.lane(OP["i64x2.replace_lane"], 1);
      case "ref.null": {
        const carrier = this.#signatures.carrier(type);
        this.op(OP["ref.null"]);
        return writeHeapType(this.code, BOTTOM[carrier as Hierarchy] ?? t.HEAP_NONE, IDENTITY);
      }
      case "ref.extern":
      case "ref.host":
        return this.#param(type);
    }
  }

  /** Pushes what JavaScript gets for the value of type `type` that `load` pushes. */
  result(type: t.ValType, load: () => void): void {
    load();
    const carrier = this.#signatures.carrier(type);
    switch (carrier) {
      case "f32":
        this.results.push(t.I32);
        return this.op(OP["i32.reinterpret_f32"]);
      case "f64":
        this.results.push(t.I64);
        return this.op(OP["i64.reinterpret_f64"]);
      case "v128":
        this.results.push(t.I64, t.I64);
        this.lane(OP["i64x2.extract_lane"], 0);
        load();
        return this.lane(OP["i64x2.extract_lane"], 1);
      case "exn":
      case "cont":
        this.results.push(t.I32);
        this.op(OP["ref.is_null"]);
        return this.op(OP["i32.eqz"]);
      default:
        this.results.push(type);
    }
  }

  /** The module: `types` is its type section up to the bridge's own type, `count` that section's entries, `own` its index. */
  finish(types: Writer, count: number, own: number, describeImport: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
    const module = new Writer();
    for (const byte of HEADER) module.u8(byte);
    section(module, SECTION.type, (writer) => {
      writer.u32(count + 1);
      writer.append(types);
      writeFuncType(writer, this.params, this.results);
    });
    section(module, SECTION.import, (writer) => {
      writer.u32(1);
      writer.name("script");
      writer.name("export");
      describeImport(writer);
    });
    section(module, SECTION.function, (writer) => {
      writer.u32(1);
      writer.u32(own);
    });
    section(module, SECTION.export, (writer) => {
      writer.u32(1);
      writer.name("call");
      writer.u8(EXTERN_KINDS.indexOf("func"));
      writer.u32(this.#importedFunctions);
    });
    section(module, SECTION.code, (writer) => {
      const body = new Writer();
      body.u32(this.locals.length);
      for (const local of this.locals) {
        body.u32(1);
        writeValType(body, local, IDENTITY);
      }
      body.append(this.code);
      body.u8(OP["end"]);
      writer.u32(1);
      writer.appendSized(body);
    });
    return module.toBytes();
  }

  #importedFunctions = 0;

  /** Says that the import is a function; it has index 0 then, and the bridge's own function index 1. */
  importsFunction(): void {
    this.#importedFunctions = 1;
  }
}

/** The bridge that calls a function of type `index` with arguments of these kinds. */
export function functionBridge(signatures: Signatures, index: number, args: readonly Const[]): Uint8Array<ArrayBuffer> {
  const { module } = signatures;
  const type = module.types[index]?.composite;
  if (type?.kind !== "func") throw new TypeError(`type ${index} is not a function type`);
  const writer = new BridgeWriter(signatures);
  writer.importsFunction();
  for (const [i, arg] of args.entries()) writer.push(arg, type.params[i] ?? t.I32);
  writer.op(OP["call"], 0);
  // The operand stack gives the results last first, so they go through locals.
  const firstLocal = writer.params.length;
  for (const result of type.results) writer.locals.push(t.asNullable(result));
  for (let i = type.results.length - 1; i >= 0; i--) writer.op(OP["local.set"], firstLocal + i);
  for (const [i, result] of type.results.entries()) {
    writer.result(t.asNullable(result), () => writer.op(OP["local.get"], firstLocal + i));
  }
  const { types, count, own, imported } = isFlat(module, index)
    ? { types: flatType(type), count: 1, own: 1, imported: 0 }
    : { ...allTypes(module), imported: index };
  return writer.finish(types, count, own, (imports) => {
    imports.u8(EXTERN_KINDS.indexOf("func"));
    imports.u32(imported);
  });
}

/** The bridge that reads a global. */
export function globalBridge(signatures: Signatures, type: GlobalType): Uint8Array<ArrayBuffer> {
  const writer = new BridgeWriter(signatures);
  writer.result(t.asNullable(type.type), () => writer.op(OP["global.get"], 0));
  const { types, count, own } = allTypes(signatures.module);
  return writer.finish(types, count, own, (imports) => {
    imports.u8(EXTERN_KINDS.indexOf("global"));
    writeValType(imports, type.type, IDENTITY);
    imports.u8(type.mutable ? 1 : 0);
  });
}

/** Whether a function type means the same outside of its module: then equal bridges serve many modules. */
function isFlat(module: Module, index: number): boolean {
  const type = module.types[index];
  const group = module.recGroups.indexOf(index);
  const groupEnd = module.recGroups[group + 1] ?? module.types.length;
  if (type?.composite.kind !== "func" || !type.final || type.supertypes.length > 0) return false;
  const isConcrete = (type: t.ValType): boolean => t.isRef(type) && t.heapOf(type) >= 0;
  return (
    group >= 0 && groupEnd === index + 1 && ![...type.composite.params, ...type.composite.results].some(isConcrete)
  );
}

function flatType(type: t.FuncType): Writer {
  const writer = new Writer();
  writeFuncType(writer, type.params, type.results);
  return writer;
}

/** The module's type section without the count of its entries. */
function allTypes(module: Module): { types: Writer; count: number; own: number } {
  const types = new Writer();
  const reader = new Reader(module.bytes, HEADER.length, module.bytes.length);
  while (reader.pos < module.bytes.length) {
    const id = reader.u8();
    const end = reader.u32() + reader.pos;
    if (id === SECTION.type) {
      const count = reader.u32();
      types.bytes(module.bytes, reader.pos, end);
      return { types, count, own: module.types.length };
    }
    reader.pos = end;
  }
  return { types, count: 0, own: 0 };
}

function writeFuncType(writer: Writer, params: readonly t.ValType[], results: readonly t.ValType[]): void {
  writer.u8(TYPE_CODE.func);
  for (const types of [params, results]) {
    writer.u32(types.length);
    for (const type of types) writeValType(writer, type, IDENTITY);
  }
}

function section(module: Writer, id: number, write: (writer: Writer) => void): void {
  const contents = new Writer();
  write(contents);
  module.u8(id);
  module.appendSized(contents);
}
