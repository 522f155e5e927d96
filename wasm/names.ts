/** The name section (spec 3.0, appendix "Custom Sections"; its extensions of the extended-name-section proposal and GC). */
import { DecodeError } from "./errors.ts";
import type { Module } from "./module.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Names by index. */
export type NameMap = Map<number, string>;
/** Names by two indices, the first of which says whose they are: a function's locals, say. */
export type IndirectNameMap = Map<number, NameMap>;

/** What the name section says. */
export interface Names {
  module: string | undefined;
  readonly functions: NameMap;
  /** By function, then by local (parameters included). */
  readonly locals: IndirectNameMap;
  /** By function, then by label: blocks are counted in the order in which they begin. */
  readonly labels: IndirectNameMap;
  readonly types: NameMap;
  readonly tables: NameMap;
  readonly memories: NameMap;
  readonly globals: NameMap;
  readonly elements: NameMap;
  readonly data: NameMap;
  /** By structure type, then by field. */
  readonly fields: IndirectNameMap;
  readonly tags: NameMap;
}

/** The name section's name. */
export const NAME_SECTION = "name";

const MODULE_NAME = 0;

type Subsection =
  | { readonly id: number; readonly kind: "direct"; readonly of: (names: Names) => NameMap }
  | { readonly id: number; readonly kind: "indirect"; readonly of: (names: Names) => IndirectNameMap };

/** The subsections after the module's name, in the order of their ids. */
const SUBSECTIONS: readonly Subsection[] = Object.freeze([
  { id: 1, kind: "direct", of: (names) => names.functions },
  { id: 2, kind: "indirect", of: (names) => names.locals },
  { id: 3, kind: "indirect", of: (names) => names.labels },
  { id: 4, kind: "direct", of: (names) => names.types },
  { id: 5, kind: "direct", of: (names) => names.tables },
  { id: 6, kind: "direct", of: (names) => names.memories },
  { id: 7, kind: "direct", of: (names) => names.globals },
  { id: 8, kind: "direct", of: (names) => names.elements },
  { id: 9, kind: "direct", of: (names) => names.data },
  { id: 10, kind: "indirect", of: (names) => names.fields },
  { id: 11, kind: "direct", of: (names) => names.tags },
]);

/** Names for nothing yet. */
export function emptyNames(): Names {
  return {
    module: undefined,
    functions: new Map(),
    locals: new Map(),
    labels: new Map(),
    types: new Map(),
    tables: new Map(),
    memories: new Map(),
    globals: new Map(),
    elements: new Map(),
    data: new Map(),
    fields: new Map(),
    tags: new Map(),
  };
}

/**
 * Reads a module's name section. A module without one has no names; one that is malformed has the names before the place
 * where it is, because an error in a custom section is no error of the module.
 */
export function readNames(module: Module): Names {
  const names = emptyNames();
  const section = module.customs.find(({ name }) => name === NAME_SECTION);
  if (section === undefined) return names;
  const reader = new Reader(module.bytes, section.range.start, section.range.end);
  try {
    while (!reader.done) readSubsection(reader, names);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return names;
}

function readSubsection(reader: Reader, names: Names): void {
  const id = reader.u8();
  const start = reader.sized();
  const contents = new Reader(reader.bytes, start, reader.pos);
  if (id === MODULE_NAME) {
    names.module ??= contents.name();
    return;
  }
  const subsection = SUBSECTIONS.find((candidate) => candidate.id === id);
  // An unknown subsection is skipped: others may be added to the format.
  if (subsection === undefined) return;
  if (subsection.kind === "direct") readNameMap(contents, subsection.of(names));
  else readIndirectNameMap(contents, subsection.of(names));
}

function readNameMap(reader: Reader, map: NameMap): void {
  for (let count = reader.u32(); count > 0; count--) {
    const x = reader.u32();
    map.set(x, reader.name());
  }
}

function readIndirectNameMap(reader: Reader, map: IndirectNameMap): void {
  for (let count = reader.u32(); count > 0; count--) {
    const x = reader.u32();
    const inner = map.get(x) ?? new Map<number, string>();
    map.set(x, inner);
    readNameMap(reader, inner);
  }
}

/** The entries of a map by index, as the format demands. */
function sorted<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([x], [y]) => x - y);
}

function writeNameMap(writer: Writer, map: NameMap): void {
  writer.u32(map.size);
  for (const [x, name] of sorted(map)) {
    writer.u32(x);
    writer.name(name);
  }
}

function writeIndirectNameMap(writer: Writer, map: IndirectNameMap): void {
  writer.u32(map.size);
  for (const [x, inner] of sorted(map)) {
    writer.u32(x);
    writeNameMap(writer, inner);
  }
}

/** The contents of a name section; subsections without names are left out. */
export function writeNames(names: Names): Uint8Array<ArrayBuffer> {
  const out = new Writer();
  const contents = new Writer();
  if (names.module !== undefined) {
    contents.name(names.module);
    out.u8(MODULE_NAME);
    out.appendSized(contents);
  }
  for (const subsection of SUBSECTIONS) {
    if (subsection.of(names).size === 0) continue;
    contents.reset();
    if (subsection.kind === "direct") writeNameMap(contents, subsection.of(names));
    else writeIndirectNameMap(contents, subsection.of(names));
    out.u8(subsection.id);
    out.appendSized(contents);
  }
  return out.toBytes();
}
