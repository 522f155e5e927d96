/**
 * Line numbers of DWARF (the section `.debug_line`; DWARF 5, section 6.2). Addresses are offsets in the code section's contents
 * ("DWARF for WebAssembly").
 */
import { DwarfReader } from "./dwarf-reader.ts";
import { type LineHeader, readFile, readLineHeader, type StringSections } from "./line-header.ts";
import type { FrameSymbol } from "./symbols.ts";

interface Row {
  readonly address: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Rows for one contiguous range of code, in the order of their addresses. */
interface Sequence {
  readonly start: number;
  readonly end: number;
  readonly rows: readonly Row[];
}

/** Standard opcodes. */
const OPCODE = Object.freeze({
  extended: 0,
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
});

const EXTENDED = Object.freeze({ endSequence: 1, setAddress: 2, defineFile: 3 });

export class LineTable {
  readonly #sequences: readonly Sequence[];

  /** Reads all line number programs of a section; those of an unknown kind, and what is malformed, are left out. */
  constructor(section: Uint8Array, sections: StringSections) {
    const sequences: Sequence[] = [];
    const reader = new DwarfReader(section);
    try {
      while (!reader.done) {
        const length = reader.unitLength();
        const end = reader.pos + length;
        const { offsetSize } = reader;
        const header = readLineHeader(reader, sections);
        if (header !== undefined) new Program(section, header, end, offsetSize, sequences).run();
        reader.pos = end;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    this.#sequences = sequences.sort((a, b) => a.start - b.start);
  }

  /** The row that covers an address. */
  find(address: number): FrameSymbol | undefined {
    const sequence = this.#sequences.findLast(({ start, end }) => start <= address && address < end);
    const row = sequence?.rows.findLast((candidate) => candidate.address <= address);
    if (row === undefined || row.line === 0) return undefined;
    return { file: row.file, line: row.line, column: row.column === 0 ? undefined : row.column };
  }
}

/** The state machine of section 6.2.2, as far as it tells lines. */
class Program {
  readonly #reader: DwarfReader;
  readonly #header: LineHeader;
  readonly #end: number;
  readonly #sequences: Sequence[];
  #rows: Row[] = [];
  #address = 0;
  #file = 1;
  #line = 1;
  #column = 0;

  constructor(section: Uint8Array, header: LineHeader, end: number, offsetSize: number, sequences: Sequence[]) {
    this.#reader = new DwarfReader(section, header.program);
    this.#reader.offsetSize = offsetSize;
    this.#header = header;
    this.#end = end;
    this.#sequences = sequences;
  }

  run(): void {
    const { opcodeBase, lineBase, lineRange } = this.#header;
    while (this.#reader.pos < this.#end) {
      const opcode = this.#reader.u8();
      if (opcode >= opcodeBase) {
        this.#advance(Math.floor((opcode - opcodeBase) / lineRange));
        this.#line += lineBase + ((opcode - opcodeBase) % lineRange);
        this.#addRow();
      } else if (opcode === OPCODE.extended) this.#extended();
      else this.#standard(opcode);
    }
  }

  #advance(instructions: number): void {
    this.#address += instructions * this.#header.minInstructionLength;
  }

  #addRow(): void {
    const file = this.#header.files[this.#file] ?? "";
    this.#rows.push({ address: this.#address, file, line: this.#line, column: this.#column });
  }

  #standard(opcode: number): void {
    const reader = this.#reader;
    const { opcodeBase, lineRange, operandCounts } = this.#header;
    switch (opcode) {
      case OPCODE.copy:
        this.#addRow();
        break;
      case OPCODE.advancePc:
        this.#advance(reader.uleb());
        break;
      case OPCODE.advanceLine:
        this.#line += reader.sleb();
        break;
      case OPCODE.setFile:
        this.#file = reader.uleb();
        break;
      case OPCODE.setColumn:
        this.#column = reader.uleb();
        break;
      case OPCODE.constAddPc:
        this.#advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case OPCODE.fixedAdvancePc:
        this.#address += reader.u16();
        break;
      default:
        for (let count = operandCounts[opcode - 1] ?? 0; count > 0; count--) reader.uleb();
    }
  }

  #extended(): void {
    const reader = this.#reader;
    const length = reader.uleb();
    const end = reader.pos + length;
    const opcode = length === 0 ? 0 : reader.u8();
    if (opcode === EXTENDED.endSequence) this.#endSequence();
    else if (opcode === EXTENDED.setAddress) this.#address = reader.unsigned(length - 1);
    else if (opcode === EXTENDED.defineFile) {
      this.#header.files.push(readFile(reader, reader.string(), this.#header.directories));
    }
    reader.pos = end;
  }

  #endSequence(): void {
    const start = this.#rows[0]?.address;
    // Linkers leave the lines of functions that they drop at address 0, where there is no code, or at one beyond all code.
    if (start !== undefined && start > 0) this.#sequences.push({ start, end: this.#address, rows: this.#rows });
    this.#rows = [];
    this.#address = 0;
    this.#file = 1;
    this.#line = 1;
    this.#column = 0;
  }
}
