/**
 * Types as the embedding API shows them: value types are the text format's words, everything else is made of them.
 *
 * A reference to a function or continuation type has that type written out, `(ref null (func (param i32)))`; other defined types
 * are named by their index in the module's type section, `(ref 3)`.
 */
import type { Export, ImportDesc, Module, TableType as DecodedTableType } from "../wasm/module.ts";
import { heapTypeText, valTypeText } from "../wasm/type-text.ts";
import { heapOf, isNullable, isRef } from "../wasm/types.ts";
import type { Limits, SubType, ValType as Code } from "../wasm/types.ts";

/** Number, vector and abbreviated reference types of the text format. */
export type ValTypeName =
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "v128"
  | "funcref"
  | "externref"
  | "anyref"
  | "eqref"
  | "i31ref"
  | "structref"
  | "arrayref"
  | "exnref"
  | "contref"
  | "nullref"
  | "nullfuncref"
  | "nullexternref"
  | "nullexnref"
  | "nullcontref";

/** A value type in the text format; references that have no abbreviation are written out. */
export type ValType = ValTypeName | `(ref ${string})`;

export interface FuncType {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

/** A tag's payload, and what a suspension with it is resumed with. */
export interface TagType {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

/** Limits in elements. */
export interface TableType {
  readonly element: ValType;
  readonly minimum: bigint | number;
  readonly maximum?: bigint | number | undefined;
  /** Type of indices; `"i32"` unless said otherwise. */
  readonly address?: "i32" | "i64" | undefined;
}

/** Limits in pages of 64 KiB. */
export interface MemoryType {
  readonly minimum: bigint | number;
  readonly maximum?: bigint | number | undefined;
  readonly shared?: boolean | undefined;
  /** Type of addresses; `"i32"` unless said otherwise. */
  readonly address?: "i32" | "i64" | undefined;
}

export interface GlobalType {
  readonly value: ValType;
  readonly mutable: boolean;
}

/** What is imported or exported, with its type. */
export type ExternType =
  | { readonly kind: "function"; readonly type: FuncType }
  | { readonly kind: "table"; readonly type: TableType }
  | { readonly kind: "memory"; readonly type: MemoryType }
  | { readonly kind: "global"; readonly type: GlobalType }
  | { readonly kind: "tag"; readonly type: TagType };

export type ExternKind = ExternType["kind"];
export type ImportType = ExternType & { readonly module: string; readonly name: string };
export type ExportType = ExternType & { readonly name: string };

/** Abbreviations of nullable references to abstract heap types that are not `heap + "ref"`. */
const ABBREVIATIONS: Readonly<Record<string, ValTypeName>> = Object.freeze({
  none: "nullref",
  nofunc: "nullfuncref",
  noextern: "nullexternref",
  noexn: "nullexnref",
  nocont: "nullcontref",
});

/** How deep types of functions that take functions are written out; beyond that, they are named by index. */
const MAX_DEPTH = 2;

/** The text of value type `t`, which counts in `types`. */
export function valTypeOf(t: Code, types: readonly SubType[], depth = 0): ValType {
  if (!isRef(t)) return valTypeText(t) as ValType;
  const heap = heapOf(t);
  const abstract = heapTypeText(heap);
  if (heap < 0 && isNullable(t)) return ABBREVIATIONS[abstract] ?? (`${abstract}ref` as ValType);
  const target = heap < 0 ? abstract : definitionText(heap, types, depth);
  return isNullable(t) ? `(ref null ${target})` : `(ref ${target})`;
}

function definitionText(x: number, types: readonly SubType[], depth: number): string {
  const composite = types[x]?.composite;
  if (depth >= MAX_DEPTH) return String(x);
  if (composite?.kind === "cont") return `(cont ${definitionText(composite.func, types, depth + 1)})`;
  if (composite?.kind !== "func") return String(x);
  const list = (word: string, codes: readonly Code[]): string =>
    codes.length === 0 ? "" : ` (${word} ${codes.map((t) => valTypeOf(t, types, depth + 1)).join(" ")})`;
  return `(func${list("param", composite.params)}${list("result", composite.results)})`;
}

/** Function type `x`. */
export function funcTypeOf(x: number, types: readonly SubType[]): FuncType {
  const composite = types[x]?.composite;
  const texts = (codes: readonly Code[]): ValType[] => codes.map((t) => valTypeOf(t, types));
  return composite?.kind === "func"
    ? { params: texts(composite.params), results: texts(composite.results) }
    : { params: [], results: [] };
}

/** Type of an import. */
export function importedType(desc: ImportDesc, types: readonly SubType[]): ExternType {
  switch (desc.kind) {
    case "func":
      return { kind: "function", type: funcTypeOf(desc.type, types) };
    case "tag":
      return { kind: "tag", type: funcTypeOf(desc.type, types) };
    case "table":
      return { kind: "table", type: tableTypeOf(desc.type, types) };
    case "memory":
      return { kind: "memory", type: memoryTypeOf(desc.type) };
    case "global":
      return { kind: "global", type: { value: valTypeOf(desc.type.type, types), mutable: desc.type.mutable } };
  }
}

/** Type of an export. */
export function exportedType(module: Module, { kind, index }: Export): ExternType {
  const { types } = module;
  switch (kind) {
    case "func":
      return { kind: "function", type: funcTypeOf(module.functions[index] ?? -1, types) };
    case "tag":
      return { kind: "tag", type: funcTypeOf(module.tags[index] ?? -1, types) };
    case "table":
      return { kind: "table", type: tableTypeOf(present(module.tables[index]).type, types) };
    case "memory":
      return { kind: "memory", type: memoryTypeOf(present(module.memories[index])) };
    case "global": {
      const { type } = present(module.globals[index]);
      return { kind: "global", type: { value: valTypeOf(type.type, types), mutable: type.mutable } };
    }
  }
}

/** Exports of a valid module refer to what is there. */
function present<T>(value: T | undefined): T {
  return value as T;
}

function tableTypeOf({ type, limits, is64 }: DecodedTableType, types: readonly SubType[]): TableType {
  return { element: valTypeOf(type, types), ...limitsOf(limits, is64) };
}

function memoryTypeOf({ limits, is64, shared }: Module["memories"][number]): MemoryType {
  return { ...limitsOf(limits, is64), ...(shared ? { shared } : {}) };
}

interface LimitsType {
  readonly minimum: bigint | number;
  readonly maximum?: bigint | number;
  readonly address?: "i64";
}

function limitsOf({ min, max }: Limits, is64: boolean): LimitsType {
  const of = (limit: bigint): bigint | number => (is64 ? limit : Number(limit));
  return { minimum: of(min), ...(max === undefined ? {} : { maximum: of(max) }), ...(is64 ? { address: "i64" } : {}) };
}

/** `[i32 i64] -> [f64]`. */
export function funcTypeText({ params, results }: FuncType): string {
  return `[${params.join(" ")}] -> [${results.join(" ")}]`;
}

export function sameFuncType(a: FuncType, b: FuncType): boolean {
  return funcTypeText(a) === funcTypeText(b);
}
