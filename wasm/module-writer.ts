/** Collects the sections of a module being written, in any order, and joins them in the order the format wants. */
import { HEADER, SECTION, SECTION_ORDER } from "./sections.ts";
import { Writer } from "./writer.ts";

interface VectorSection {
  count: number;
  entries: Writer;
}

/** A section that is taken over. */
interface Copied {
  readonly count: number;
  readonly entries: Uint8Array;
}

interface Custom {
  readonly after: number;
  readonly name: string;
  readonly contents: Uint8Array;
}

/**
 * ```ts
 * const writer = new ModuleWriter();
 * writeRecGroup(writer.entry(SECTION.type), [type], IDENTITY);
 * writer.entry(SECTION.function).u32(0);
 * const body = new Writer();
 * body.u32(0); // no locals
 * writeOpcode(body, OP.end);
 * writer.entry(SECTION.code).appendSized(body);
 * new WebAssembly.Module(writer.finish());
 * ```
 */
export class ModuleWriter {
  /** The start function. */
  start: number | undefined;
  /** What the data count section says; it is left out if undefined. */
  dataCount: number | undefined;
  readonly #sections = new Map<number, VectorSection>();
  readonly #copies = new Map<number, Copied>();
  /** Id of the section whose buffer the module is put together in. */
  #largest: number | undefined;
  readonly #customs: Custom[] = [];

  /** Begins another entry of the section `id`; what is written to the result belongs to it. */
  entry(id: number): Writer {
    return this.entries(id, 1);
  }

  /** Begins `count` more entries of the section `id`; what is written to the result belongs to them. */
  entries(id: number, count: number): Writer {
    let section = this.#sections.get(id);
    if (section === undefined) {
      section = { count: 0, entries: new Writer() };
      this.#sections.set(id, section);
    }
    section.count += count;
    return section.entries;
  }

  /**
   * Begins the section `id` with `count` entries that `entries` holds; more of them are written there, too. It is the largest:
   * if its buffer has room for the whole module, the module is put together there.
   */
  begin(id: number, count: number, entries: Writer): void {
    if (this.#sections.has(id)) throw new RangeError(`section ${id} has begun already`);
    this.#sections.set(id, { count, entries });
    this.#largest = id;
  }

  /** The section `id` consists of `count` entries that are these bytes. They are copied when the module is finished. */
  copy(id: number, count: number, entries: Uint8Array): void {
    this.#copies.set(id, { count, entries });
  }

  /** Number of entries that the section `id` has so far. */
  count(id: number): number {
    return this.#sections.get(id)?.count ?? 0;
  }

  /**
   * Adds a custom section; it goes behind the section `after` (0: to the front), even if there is no such section. The
   * contents are copied when the module is finished.
   */
  custom(name: string, contents: Uint8Array, after: number): void {
    this.#customs.push({ after, name, contents });
  }

  /** The module's bytes, which may be a part of a larger buffer; to be asked for once. */
  finish(): Uint8Array<ArrayBuffer> {
    const before: Uint8Array[] = [Uint8Array.from(HEADER)];
    const after: Uint8Array[] = [];
    let pieces = before;
    this.#addCustoms(pieces, SECTION.custom);
    for (const id of SECTION_ORDER) {
      const entries = this.#addHead(pieces, id);
      if (id === this.#largest) pieces = after;
      else pieces.push(entries);
      this.#addCustoms(pieces, id);
    }
    const largest = this.#sections.get(this.#largest ?? SECTION.custom)?.entries ?? new Writer(0);
    return largest.enclosed(before, after);
  }

  /** Adds what comes before the entries of a section, if there is such a section; returns the entries. */
  #addHead(pieces: Uint8Array[], id: number): Uint8Array {
    const { number, entries } = this.#section(id);
    if (number === undefined) return NOTHING;
    const head = new Writer(16);
    head.u32(number);
    addHead(pieces, id, head.view(), entries.length);
    return entries;
  }

  /** The number that a section begins with, if there is such a section, and what follows. */
  #section(id: number): { readonly number: number | undefined; readonly entries: Uint8Array } {
    if (id === SECTION.start) return { number: this.start, entries: NOTHING };
    if (id === SECTION.dataCount) return { number: this.dataCount, entries: NOTHING };
    const copied = this.#copies.get(id);
    if (copied !== undefined) return { number: copied.count, entries: copied.entries };
    const section = this.#sections.get(id);
    return { number: section?.count, entries: section?.entries.view() ?? NOTHING };
  }

  /** Adds the custom sections of a place: short ones in one piece, for there may be any number of them. */
  #addCustoms(pieces: Uint8Array[], after: number): void {
    const head = new Writer(64);
    let piece = new Writer(64);
    for (const { name, contents, after: place } of this.#customs) {
      if (place !== after) continue;
      head.reset();
      head.name(name);
      piece.u8(SECTION.custom);
      piece.u32(head.length + contents.length);
      piece.append(head);
      if (contents.length <= SHORT) piece.bytes(contents, 0, contents.length);
      else {
        pieces.push(piece.view(), contents);
        piece = new Writer(64);
      }
    }
    if (piece.length > 0) pieces.push(piece.view());
  }
}

/** Bytes of a custom section that are rather copied than kept apart. */
const SHORT = 1024;

const NOTHING: Readonly<Uint8Array> = new Uint8Array(0);

/** Adds the start of a section: its id, the size of its contents, and the first of those; `rest` bytes follow. */
function addHead(pieces: Uint8Array[], id: number, head: Uint8Array, rest: number): void {
  const start = new Writer(8);
  start.u8(id);
  start.u32(head.length + rest);
  pieces.push(start.view(), head);
}
