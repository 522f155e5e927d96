/** Collects the sections of a module being written, in any order, and joins them in the order the format wants. */
import { HEADER, SECTION, SECTION_ORDER } from "./sections.ts";
import { Writer } from "./writer.ts";

interface VectorSection {
  count: number;
  entries: Writer;
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

  /** Begins the section `id` with `count` entries that `entries` holds; more of them are written there, too. */
  begin(id: number, count: number, entries: Writer): void {
    if (this.#sections.has(id)) throw new RangeError(`section ${id} has begun already`);
    this.#sections.set(id, { count, entries });
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

  /** The module's bytes. Sections are copied once, into a buffer of the right size: they may be large. */
  finish(): Uint8Array<ArrayBuffer> {
    const pieces: Uint8Array[] = [Uint8Array.from(HEADER)];
    this.#addCustoms(pieces, SECTION.custom);
    for (const id of SECTION_ORDER) {
      this.#addSection(pieces, id);
      this.#addCustoms(pieces, id);
    }
    const bytes = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
    let end = 0;
    for (const piece of pieces) {
      bytes.set(piece, end);
      end += piece.length;
    }
    return bytes;
  }

  #addSection(pieces: Uint8Array[], id: number): void {
    const single = id === SECTION.start ? this.start : id === SECTION.dataCount ? this.dataCount : undefined;
    const section = this.#sections.get(id);
    const head = new Writer(16);
    if (single !== undefined) head.u32(single);
    else if (section !== undefined) head.u32(section.count);
    else return;
    addSized(pieces, id, head.view(), section?.entries.view() ?? new Uint8Array());
  }

  #addCustoms(pieces: Uint8Array[], after: number): void {
    for (const custom of this.#customs) {
      if (custom.after !== after) continue;
      const head = new Writer(custom.name.length + 16);
      head.name(custom.name);
      addSized(pieces, SECTION.custom, head.view(), custom.contents);
    }
  }
}

/** Adds a section: its id, the size of its contents, and those. */
function addSized(pieces: Uint8Array[], id: number, head: Uint8Array, rest: Uint8Array): void {
  const start = new Writer(8);
  start.u8(id);
  start.u32(head.length + rest.length);
  pieces.push(start.view(), head, rest);
}
