/** FrameInfo: one frame of a backtrace. */
import type { FrameSymbol } from "./debug/symbols.ts";
import type { Module } from "./module.ts";

export class FrameInfo {
  readonly module: Module;
  /** Index of the function in the module. */
  readonly funcIndex: number;
  /** The function's name: that of the name section, or else that of an export. */
  readonly funcName: string | undefined;
  /** Offset of the instruction in the module's bytes; undefined if the JavaScript engine does not tell. */
  readonly moduleOffset: number | undefined;

  constructor(module: Module, funcIndex: number, funcName: string | undefined, moduleOffset: number | undefined) {
    this.module = module;
    this.funcIndex = funcIndex;
    this.funcName = funcName;
    this.moduleOffset = moduleOffset;
  }

  /** The module's name, from its name section. */
  get moduleName(): string | undefined {
    return this.module.name;
  }

  /** Offset of the instruction from the start of the function's code. */
  get funcOffset(): number | undefined {
    const { code, importedFunctions } = this.module.decoded;
    const start = code[this.funcIndex - importedFunctions]?.range.start;
    return this.moduleOffset === undefined || start === undefined ? undefined : this.moduleOffset - start;
  }

  /** Where the instruction comes from in the program's source, if the module has a source map or DWARF line numbers. */
  get symbols(): readonly FrameSymbol[] {
    const symbol = this.moduleOffset === undefined ? undefined : this.module.symbols.find(this.moduleOffset);
    return symbol === undefined ? [] : [symbol];
  }

  /** The lines for this frame, the `i`-th, in a backtrace's text. */
  lines(i: number): string[] {
    const offset = this.moduleOffset === undefined ? "" : `0x${this.moduleOffset.toString(16)}`.padStart(8);
    const name = this.funcName ?? `<wasm function ${this.funcIndex}>`;
    const line = `${String(i).padStart(5)}: ${offset}${offset === "" ? "" : " - "}${this.moduleName ?? "<unknown>"}!${name}`;
    return [
      line,
      ...this.symbols.map(({ file, line: n, column }) => `                    at ${position(file, n, column)}`),
    ];
  }
}

function position(file: string, line: number | undefined, column: number | undefined): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
