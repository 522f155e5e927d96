/** Where the instructions of a module come from in the source of its program. */
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

/** Finds the place of an offset in a module's bytes. */
type Lookup = (offset: number) => FrameSymbol | undefined;

export class Symbols {
  readonly #module: DecodedModule;
  #inSourceMap: Lookup | undefined;
  #lines: LineTable | undefined;
  #isRead = false;

  constructor(module: DecodedModule) {
    this.#module = module;
  }

  /** Where the module says its source map is; often a `data:` URL, which is the source map itself. */
  get sourceMapUrl(): string | undefined {
    const contents = this.#section(SOURCE_MAP_SECTION);
    if (contents === undefined) return undefined;
    try {
      return new Reader(contents).name();
    } catch {
      // A malformed custom section says nothing, but does no harm.
      return undefined;
    }
  }

  /**
   * Loads a source map, which is looked at before DWARF from then on. (It is not by itself, because what reads source maps is a
   * library, loaded on first use.)
   *
   * @param json the source map, as text; by default the one that is part of the module
   * @param url where it is, which its sources' paths are relative to
   * @returns whether there was one
   * @throws {SyntaxError} if it is none
   */
  async loadSourceMap(json?: string, url?: string): Promise<boolean> {
    const text = json ?? inlineMap(this.sourceMapUrl ?? "");
    if (text === undefined) return false;
    const { AnyMap, originalPositionFor } = await import("@jridgewell/trace-mapping");
    const map = new AnyMap(text, url);
    // Source maps of modules have one line, whose columns are offsets in the module's bytes.
    this.#inSourceMap = (offset) => {
      const { source, line, column } = originalPositionFor(map, { line: 1, column: offset });
      return source === null ? undefined : { file: source, line, column: column + 1 };
    };
    return true;
  }

  /** The source of the instruction at an offset in the module's bytes. */
  find(offset: number): FrameSymbol | undefined {
    if (!this.#isRead) this.#readLines();
    return this.#inSourceMap?.(offset) ?? this.#lines?.find(offset - codeStart(this.#module));
  }

  #readLines(): void {
    this.#isRead = true;
    const lines = this.#section(".debug_line");
    if (lines === undefined) return;
    const sections = { lineStrings: this.#section(".debug_line_str"), strings: this.#section(".debug_str") };
    this.#lines = new LineTable(lines, sections);
  }

  #section(name: string): Uint8Array | undefined {
    const section = this.#module.customs.find((custom) => custom.name === name);
    return section === undefined ? undefined : this.#module.bytes.subarray(section.range.start, section.range.end);
  }
}

/** The text of a source map in a `data:` URL. */
function inlineMap(url: string): string | undefined {
  const inline = INLINE_MAP.exec(url);
  if (inline === null) return undefined;
  const [, base64, data = ""] = inline;
  if (base64 === undefined) return decodeURIComponent(data);
  return new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
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
