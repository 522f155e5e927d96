/** Collects the sections of a module being written, in any order, and joins them in the order the format wants. */
import { HEADER, SECTION, SECTION_ORDER } from "./sections.ts";
import { Writer } from "./writer.ts";

interface VectorSection {
  count: number;
  readonly entries: Writer;
}

interface Custom {
  readonly after: number;
  readonly contents: Writer;
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

  /** Number of entries that the section `id` has so far. */
  count(id: number): number {
    return this.#sections.get(id)?.count ?? 0;
  }

  /** Adds a custom section; it goes behind the section `after` (0: to the front), even if there is no such section. */
  custom(name: string, contents: Uint8Array, after: number): void {
    const writer = new Writer(contents.length + name.length + 16);
    writer.name(name);
    writer.bytes(contents);
    this.#customs.push({ after, contents: writer });
  }

  /** The module's bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Writer(this.#size());
    for (const byte of HEADER) out.u8(byte);
    this.#writeCustoms(out, SECTION.custom);
    for (const id of SECTION_ORDER) {
      this.#writeSection(out, id);
      this.#writeCustoms(out, id);
    }
    return out.toBytes();
  }

  /** About how large the module gets. */
  #size(): number {
    let size = HEADER.length + 64;
    for (const { entries } of this.#sections.values()) size += entries.length + 16;
    for (const { contents } of this.#customs) size += contents.length + 16;
    return size;
  }

  #writeSection(out: Writer, id: number): void {
    const single = id === SECTION.start ? this.start : id === SECTION.dataCount ? this.dataCount : undefined;
    const section = this.#sections.get(id);
    const head = new Writer(16);
    if (single !== undefined) head.u32(single);
    else if (section !== undefined) head.u32(section.count);
    else return;
    out.u8(id);
    out.u32(head.length + (section?.entries.length ?? 0));
    out.append(head);
    if (section !== undefined) out.append(section.entries);
  }

  #writeCustoms(out: Writer, after: number): void {
    for (const custom of this.#customs) {
      if (custom.after !== after) continue;
      out.u8(SECTION.custom);
      out.appendSized(custom.contents);
    }
  }
}
