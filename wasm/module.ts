/**
 * A decoded module (spec 3.0, "Syntax: Modules").
 *
 * Function bodies and constant expressions stay where they are, as ranges of the module's bytes: whoever needs one visits it
 * with a reader. So a decoded module costs memory in proportion to its number of definitions, not of its instructions.
 */
import type { Limits, SubType, ValType } from "./types.ts";

/** A range of the module's bytes: `start` inclusive, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface TableType {
  readonly type: ValType;
  readonly limits: Limits;
  /** Whether indices are i64 (table64). */
  readonly is64: boolean;
}

export interface MemoryType {
  readonly limits: Limits;
  /** Whether addresses are i64 (memory64). */
  readonly is64: boolean;
  readonly shared: boolean;
  /** log2 of the page size; 16 unless the custom-page-sizes encoding says otherwise. */
  readonly pageSizeLog2: number;
}

export interface GlobalType {
  readonly type: ValType;
  readonly mutable: boolean;
}

export type ImportDesc =
  | { readonly kind: "func"; readonly type: number }
  | { readonly kind: "table"; readonly type: TableType }
  | { readonly kind: "memory"; readonly type: MemoryType }
  | { readonly kind: "global"; readonly type: GlobalType }
  | { readonly kind: "tag"; readonly type: number };

export type ExternKind = ImportDesc["kind"];

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly desc: ImportDesc;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
}

/** A table definition; `init` is a constant expression (without its `end` excluded: the range ends after `end`). */
export interface Table {
  readonly type: TableType;
  readonly init: Range | undefined;
}

export interface Global {
  readonly type: GlobalType;
  readonly init: Range;
}

export type SegmentMode =
  | { readonly kind: "passive" }
  | { readonly kind: "declarative" }
  | { readonly kind: "active"; readonly table: number; readonly offset: Range };

export interface ElementSegment {
  readonly type: ValType;
  readonly mode: SegmentMode;
  /** Function indices, or constant expressions; a segment has one or the other. */
  readonly functions: readonly number[] | undefined;
  readonly expressions: readonly Range[] | undefined;
  /** Offset of the segment in the module's bytes. */
  readonly offset: number;
}

/** One object each, with no others in it: Go's compiler makes a hundred thousand of them. */
export interface DataSegment {
  /** Offset of the segment in the module's bytes. */
  readonly offset: number;
  /** Index of the memory that an active segment goes to; undefined if it is passive. */
  readonly memory: number | undefined;
  /** Range of the expression that says where it goes in there; empty if it is passive. */
  readonly placeStart: number;
  readonly placeEnd: number;
  /** Range of its contents. */
  readonly start: number;
  readonly end: number;
}

export interface Code {
  /** From the first byte of the locals to the byte after the body's `end`. */
  readonly range: Range;
  /** First byte of the body's first instruction. */
  readonly body: number;
  /** The declared locals (without parameters) as runs. */
  readonly locals: readonly { readonly count: number; readonly type: ValType }[];
}

export interface CustomSection {
  readonly name: string;
  /** The contents after the name. */
  readonly range: Range;
  /** Id of the last known section before this one (0 if none): where an encoder puts it back. */
  readonly after: number;
}

/**
 * A decoded module. The index spaces `functions`, `tables`, `memories`, `globals` and `tags` hold imports first, then
 * definitions; `code[i]` belongs to `functions[importedFunctions + i]`, `globalInits` likewise.
 */
export interface Module {
  readonly bytes: Uint8Array;
  readonly types: readonly SubType[];
  /** For each recursion group, the index of its first type; groups are consecutive. */
  readonly recGroups: readonly number[];
  readonly imports: readonly Import[];
  /** Type index of each function. */
  readonly functions: readonly number[];
  readonly tables: readonly Table[];
  readonly memories: readonly MemoryType[];
  readonly globals: readonly { readonly type: GlobalType; readonly init: Range | undefined }[];
  /** Type index of each tag. */
  readonly tags: readonly number[];
  readonly exports: readonly Export[];
  readonly start: number | undefined;
  readonly elements: readonly ElementSegment[];
  readonly dataCount: number | undefined;
  readonly code: readonly Code[];
  readonly data: readonly DataSegment[];
  readonly customs: readonly CustomSection[];
  readonly importedFunctions: number;
  readonly importedTables: number;
  readonly importedMemories: number;
  readonly importedGlobals: number;
  readonly importedTags: number;
}
