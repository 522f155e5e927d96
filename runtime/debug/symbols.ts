/** Where the instructions of a module come from in the source of its program. */
import { AnyMap, originalPositionFor, type TraceMap } from "@jridgewell/trace-mapping";
import type { Module as DecodedModule } from "../../wasm/module.ts";
import { Reader } from "../../wasm/reader.ts";
import { SECTION } from "../../wasm/sections.ts";
import { LineTable } from "./line-table.ts";

/** A place in a program's source. Lines and columns count from 1. */
export interface FrameSymbol {
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** Name of the custom section that says where a module's source map is. */
export const SOURCE_MAP_SECTION = "sourceMappingURL";

const INLINE_MAP = /^data:application\/json[^,]*?(;base64)?,(.*)$/s;

export class Symbols {
  readonly #module: DecodedModule;
  #map: TraceMap | undefined;
  #lines: LineTable | undefined;
  #isRead = false;

  constructor(module: DecodedModule) {
    this.#module = module;
  }

  /** URL of the module's source map, unless it is part of the module. */
  get sourceMapUrl(): string | undefined {
    const url = this.#sourceMappingUrl();
    return url === undefined || INLINE_MAP.test(url) ? undefined : url;
  }

  /**
   * Says what the source map is (as JSON text), `url` where it is, which its sources' paths are relative to.
   *
   * @throws {SyntaxError} if it is none
   */
  useSourceMap(json: string, url?: string): void {
    this.#map = new AnyMap(json, url);
  }

  /** The source of the instruction at an offset in the module's bytes; a source map goes before DWARF. */
  find(offset: number): FrameSymbol | undefined {
    if (!this.#isRead) this.#read();
    return this.#inSourceMap(offset) ?? this.#lines?.find(offset - codeStart(this.#module));
  }

  #read(): void {
    this.#isRead = true;
    const url = this.#sourceMappingUrl();
    if (this.#map === undefined && url !== undefined) this.#map = inlineMap(url);
    const lines = this.#section(".debug_line");
    if (lines === undefined) return;
    const sections = { lineStrings: this.#section(".debug_line_str"), strings: this.#section(".debug_str") };
    this.#lines = new LineTable(lines, sections);
  }

  #section(name: string): Uint8Array | undefined {
    const section = this.#module.customs.find((custom) => custom.name === name);
    return section === undefined ? undefined : this.#module.bytes.subarray(section.range.start, section.range.end);
  }

  #sourceMappingUrl(): string | undefined {
    const contents = this.#section(SOURCE_MAP_SECTION);
    if (contents === undefined) return undefined;
    try {
      return new Reader(contents).name();
    } catch {
      // A malformed custom section says nothing, but does no harm.
      return undefined;
    }
  }

  /** Source maps of modules have one line, whose columns are offsets in the module's bytes. */
  #inSourceMap(offset: number): FrameSymbol | undefined {
    if (this.#map === undefined) return undefined;
    const { source, line, column } = originalPositionFor(this.#map, { line: 1, column: offset });
    return source === null ? undefined : { file: source, line, column: column + 1 };
  }
}

function inlineMap(url: string): TraceMap | undefined {
  const inline = INLINE_MAP.exec(url);
  if (inline === null) return undefined;
  const [, base64, data = ""] = inline;
  try {
    return new AnyMap(base64 === undefined ? decodeURIComponent(data) : utf8(atob(data)));
  } catch {
    return undefined;
  }
}

function utf8(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

/** Offset of the contents of the code section: what DWARF's addresses count from. */
function codeStart({ bytes }: DecodedModule): number {
  const reader = new Reader(bytes, 8);
  while (!reader.done) {
    const id = reader.u8();
    const start = reader.sized();
    if (id === SECTION.code) return start;
  }
  return 0;
}
