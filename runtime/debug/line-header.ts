/** Headers of line number programs (DWARF 5, section 6.2.4; versions 2 to 4 are laid out differently). */
import { DwarfReader } from "./dwarf-reader.ts";

/** Sections with strings that headers refer to. */
export interface StringSections {
  readonly lineStrings: Uint8Array | undefined;
  readonly strings: Uint8Array | undefined;
}

export interface LineHeader {
  readonly minInstructionLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Number of LEB128 operands of each standard opcode, from 1 on. */
  readonly operandCounts: readonly number[];
  /** Paths by file number. */
  readonly files: string[];
  /** Paths by directory number. */
  readonly directories: readonly string[];
  /** Where the program starts. */
  readonly program: number;
}

/** Content types of entries (section 6.2.4.1). */
const PATH = 1;
const DIRECTORY = 2;

const FORM = Object.freeze({
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  data1: 0x0b,
  strp: 0x0e,
  udata: 0x0f,
  data16: 0x1e,
  lineStrp: 0x1f,
});

/** Reads a header, from behind the unit's length on. Undefined if it is of a kind that is not known. */
export function readLineHeader(reader: DwarfReader, sections: StringSections): LineHeader | undefined {
  const version = reader.u16();
  if (version < 2 || version > 5) return undefined;
  if (version === 5) reader.pos += 2;
  const length = reader.offset();
  const program = reader.pos + length;
  const minInstructionLength = reader.u8();
  if (version >= 4) reader.pos++;
  reader.pos++;
  const lineBase = reader.s8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  const operandCounts = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.u8());
  const names = version === 5 ? readEntries5(reader, sections) : readEntries(reader);
  if (names === undefined || lineRange === 0) return undefined;
  return { minInstructionLength, lineBase, lineRange, opcodeBase, operandCounts, ...names, program };
}

interface Entries {
  readonly directories: readonly string[];
  readonly files: string[];
}

/** Versions 2 to 4: numbers count from 1; directory 0 is the compilation's, which is said elsewhere. */
function readEntries(reader: DwarfReader): Entries {
  const directories = [""];
  for (let path = reader.string(); path !== ""; path = reader.string()) directories.push(path);
  const files = [""];
  for (let path = reader.string(); path !== ""; path = reader.string()) {
    files.push(readFile(reader, path, directories));
  }
  return { directories, files };
}

/** The rest of a file's entry: directory, time, length. Also what defines a file within a program. */
export function readFile(reader: DwarfReader, path: string, directories: readonly string[]): string {
  const directory = reader.uleb();
  reader.uleb();
  reader.uleb();
  return join(directories[directory] ?? "", path);
}

function readEntries5(reader: DwarfReader, sections: StringSections): Entries | undefined {
  const directories = readTable(reader, sections)?.map(({ path }) => path);
  if (directories === undefined) return undefined;
  const files = readTable(reader, sections);
  if (files === undefined) return undefined;
  const base = directories[0] ?? "";
  return {
    directories,
    files: files.map(({ path, directory }) => join(base, join(directories[directory] ?? "", path))),
  };
}

function readTable(
  reader: DwarfReader,
  sections: StringSections,
): { readonly path: string; readonly directory: number }[] | undefined {
  const formats = Array.from({ length: reader.u8() }, () => ({ type: reader.uleb(), form: reader.uleb() }));
  const entries = [];
  for (let count = reader.uleb(); count > 0; count--) {
    const entry = { path: "", directory: 0 };
    for (const { type, form } of formats) {
      const value = readForm(reader, form, sections);
      if (value === undefined) return undefined;
      if (type === PATH) entry.path = String(value);
      else if (type === DIRECTORY) entry.directory = Number(value);
    }
    entries.push(entry);
  }
  return entries;
}

function readForm(reader: DwarfReader, form: number, sections: StringSections): string | number | undefined {
  switch (form) {
    case FORM.string:
      return reader.string();
    case FORM.lineStrp:
      return stringAt(sections.lineStrings, reader.offset());
    case FORM.strp:
      return stringAt(sections.strings, reader.offset());
    case FORM.udata:
      return reader.uleb();
    case FORM.data1:
      return reader.u8();
    case FORM.data2:
      return reader.u16();
    case FORM.data4:
      return reader.u32();
    case FORM.data8:
      return reader.u64();
    case FORM.data16:
      reader.pos += 16;
      return 0;
    case FORM.block:
      reader.pos += reader.uleb();
      return 0;
    default:
      return undefined;
  }
}

function stringAt(section: Uint8Array | undefined, offset: number): string {
  return section === undefined || offset >= section.length ? "" : new DwarfReader(section, offset).string();
}

function join(directory: string, path: string): string {
  return directory === "" || /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
